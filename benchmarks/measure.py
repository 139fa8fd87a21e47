"""Runs a command and measures it with all the processes it starts; prints tables of figures.

What is run and what the figures mean is known to the benchmarks. Linux only: it reads /proc.
"""

import json
import os
import resource
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EVERY_SECONDS = 0.05
"""How often memory is looked at; a peak that is shorter can be missed."""
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Measured:
    """What a command took, with all the processes it started.

    ``peak_bytes`` is resident memory, of all of them together; ``spilled_bytes`` the most that
    was in DuckDB's temporary files at once. ``samples`` are moments (seconds since 1970) with the
    memory then, ``cpu_samples`` with the CPU seconds up to then. ``report`` is what the command
    printed as its last line, in JSON.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    spilled_bytes: int = 0
    samples: list[tuple[float, int]] = field(default_factory=list)
    cpu_samples: list[tuple[float, float]] = field(default_factory=list)
    report: Any = None

    def peak_between(self, start: float, end: float) -> int:
        """Give the most memory between two moments, in bytes; 0 when nobody looked."""
        return max((size for moment, size in self.samples if start <= moment <= end), default=0)

    def cpu_between(self, start: float, end: float) -> float:
        """Give the CPU seconds between two moments, as far as anybody looked."""
        seen = [seconds for moment, seconds in self.cpu_samples if start <= moment <= end]
        return seen[-1] - seen[0] if seen else 0.0


def run(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    spill: Path | None = None,
) -> Measured:
    """Run ``command`` to its end and measure it; ``spill`` is a lake whose engine may spill.

    ``environment`` is added to the variables that are there. Raises RuntimeError with the end of
    what it wrote when it fails.
    """
    measured = Measured()
    started, waited_for = time.perf_counter(), _waited_for()
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **(environment or {})},
            text=True,
        )
        watcher = _Watcher(process.pid, spill, measured)
        watcher.start()
        output, _ = process.communicate()
        measured.seconds = time.perf_counter() - started
        watcher.stop()
        # What ended between two looks is in the first, what nobody waited for in the second.
        measured.cpu_seconds = max(_waited_for() - waited_for, measured.cpu_seconds)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"{' '.join(command)} failed:\n{output}\n{errors.read()[-3000:]}")
    lines = output.strip().splitlines()
    if lines and lines[-1].startswith("{"):
        measured.report = json.loads(lines[-1])
    return measured


def _waited_for() -> float:
    """Give the CPU seconds of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class _Watcher(threading.Thread):
    """Looks at a process and those below it again and again, until it is told to stop."""

    def __init__(self, pid: int, spill: Path | None, measured: Measured) -> None:
        super().__init__(daemon=True)
        self._pid, self._spill, self._measured = pid, spill, measured
        self._cpu: dict[int, float] = {}
        self._stopping = threading.Event()

    def run(self) -> None:
        """Look, until the end."""
        while not self._stopping.wait(EVERY_SECONDS):
            memory = 0
            for pid in _tree(self._pid):
                try:
                    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
                except (FileNotFoundError, ProcessLookupError):
                    continue
                memory += int(fields[21]) * _PAGE
                self._cpu[pid] = (int(fields[11]) + int(fields[12])) / _TICKS
            now = time.time()
            self._measured.samples.append((now, memory))
            self._measured.cpu_samples.append((now, sum(self._cpu.values())))
            if self._spill is not None:
                spilled = _spilled(self._spill)
                self._measured.spilled_bytes = max(self._measured.spilled_bytes, spilled)

    def stop(self) -> None:
        """Stop looking and sum up."""
        self._stopping.set()
        self.join()
        self._measured.cpu_seconds = sum(self._cpu.values())
        self._measured.peak_bytes = max((size for _, size in self._measured.samples), default=0)


def cpu_seconds(pid: int) -> float:
    """Give the CPU seconds that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _tree(pid: int) -> list[int]:
    """Give a process and all that descend from it, as far as they are there."""
    found = [pid]
    for parent in found:
        try:
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def _spilled(lake: Path) -> int:
    size = 0
    for file in lake.glob(".scratch/*/duckdb_temp*"):
        try:
            # What is on disk: DuckDB makes holes where it needs something no more.
            size += file.stat().st_blocks * 512
        except FileNotFoundError:
            continue
    return size


def print_table(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows of the same columns, as a Markdown table."""
    names = list(rows[0])
    texts = [[_text(row[name]) for name in names] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *texts, strict=True)]
    print(f"\n{title}\n")
    for line in [names, ["-" * width for width in widths], *texts]:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print(f"| {' | '.join(cells)} |", flush=True)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def machine() -> str:
    """Say what this machine is and how busy it is right now."""
    memory = os.sysconf("SC_PHYS_PAGES") * _PAGE / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, load {os.getloadavg()[0]:.1f}"
