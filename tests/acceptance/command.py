"""Runs the commands `imagesuggest` and `modules` as a user does, in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.acceptance.undrawn import COMMAND, MODULES
from tests.conftest import NOTHING_JUDGED, need_java


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        """The last line that it wrote to standard error."""
        return self.err.strip().splitlines()[-1]


def start(
    *arguments: str | Path, home: Path, command: Sequence[str] = (), **environment: str
) -> subprocess.Popen[str]:
    """Start the command; ``home`` is where its Dagster instance is, unless a test keeps one."""
    if "spark" in arguments:
        need_java()
    settings = ("IMAGESUGGEST", "MODULES")
    kept = {name: os.environ[name] for name in os.environ if not name.startswith(settings)}
    kept |= NOTHING_JUDGED
    return subprocess.Popen(
        [*(command or (Path(sys.executable).with_name("imagesuggest"),)), *arguments],
        env={**kept, "DAGSTER_HOME": str(home / "dagster"), "COLUMNS": "160", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> Ended:
    """Wait for a command to end, which is killed if it does not."""
    with process:
        try:
            out, err = process.communicate(timeout=900)
        except BaseException:
            process.kill()
            raise
    return Ended(process.returncode, out, err)


def imagesuggest(*arguments: str | Path, home: Path, **environment: str) -> Ended:
    """Run the command to its end; see start()."""
    return ended(start(*arguments, home=home, **environment))


def modules(*arguments: str | Path, home: Path) -> Ended:
    """Run the command of the module finder to its end; see start()."""
    return ended(start(*arguments, home=home, command=[sys.executable, "-c", MODULES]))


def run(dumps: Path, lake: Path, engine: str, *arguments: str, **environment: str) -> Ended:
    """Run everything for the newest snapshot of ``dumps``, and draw nothing."""
    places = ("--dumps", dumps, "--lake", lake, "--engine", engine)
    python = (sys.executable, "-c", COMMAND)
    return ended(start("run", *places, *arguments, home=lake.parent, command=python, **environment))


def run_modules(dumps: Path, lake: Path, *arguments: str) -> Ended:
    """Run the module finder for the newest snapshot of ``dumps``, and draw nothing."""
    places = ("--dumps", dumps, "--lake", lake)
    return modules("run", *places, *arguments, home=lake.parent)


def rows_of(lake: Path, dataset: str, snapshot: str) -> list[dict[str, Any]]:
    """Read a partition without any of the project's own code."""
    files = files_of(lake, dataset, snapshot)
    assert files, f"no partition {snapshot} of {dataset}"
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def current_of(lake: Path, dataset: str, snapshot: str) -> dict[str, Any]:
    """Read what says which version of a partition counts; nothing where there is no partition."""
    place = lake / dataset / f"snapshot={snapshot}" / "_current.json"
    return dict(json.loads(place.read_text())) if place.exists() else {}


def files_of(lake: Path, dataset: str, snapshot: str) -> list[Path]:
    """List the files of a partition, which are all that its version has."""
    current = current_of(lake, dataset, snapshot)
    if not current:
        return []
    version = lake / dataset / f"snapshot={snapshot}" / current["version"]
    files = sorted(version.glob("*.parquet"))
    assert [file.name for file in files] == current["files"]
    return files
