"""How long things take before they start: the command's help, the definitions, a run of Dagster
that computes nothing, the whole demo.

Each in new processes, with a new Dagster instance; the fastest of a few runs is shown.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Measured, machine, print_table, run

_COMMAND = [sys.executable, "-c", "from imagesuggest_assets.command.main import main; main()"]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="of which the fastest is shown")
    runs = parser.parse_args().runs
    print(machine())
    definitions = [sys.executable, "-c", "import imagesuggest_assets.definitions as d; d.defs()"]
    alone = [sys.executable, "-m", "benchmarks.dagster_alone"]
    rows = [
        _row("imagesuggest --help", [_fastest([*_COMMAND, "--help"], runs)]),
        _row("the definitions", [_fastest(definitions, runs)]),
        _row("Dagster alone", [_fastest(alone, runs)]),
    ]
    demos = [_demo() for _ in range(runs)]
    demo = min(demos, key=lambda steps: sum(step.seconds for step in steps))
    for name, step in zip(("sample", "run", "show"), demo, strict=True):
        rows.append(_row(f"demo: {name}", [step]))
    rows.append(_row("demo, whole", demo))
    print_table("Start-up", rows)


def _demo() -> list[Measured]:
    """Do what `make demo` does after installation."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environment = {
            "DAGSTER_HOME": str(folder / "home"),
            "IMAGESUGGEST_DUMPS": str(folder / "dumps"),
            "IMAGESUGGEST_LAKE": str(folder / "lake"),
        }
        commands = [
            ["sample", str(folder / "dumps")],
            ["run"],
            ["show", "filtered_suggestions", "--limit", "15"],
        ]
        return [run([*_COMMAND, *command], environment) for command in commands]


def _fastest(command: list[str], runs: int) -> Measured:
    return min((run(command) for _ in range(runs)), key=lambda measured: measured.seconds)


def _row(name: str, parts: list[Measured]) -> dict[str, object]:
    return {
        "what": name,
        "seconds": f"{sum(part.seconds for part in parts):.2f}",
        "CPU seconds": f"{sum(part.cpu_seconds for part in parts):.2f}",
        "peak MB": max(part.peak_bytes for part in parts) // 10**6,
    }


if __name__ == "__main__":
    main()
