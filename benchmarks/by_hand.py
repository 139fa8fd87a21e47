"""The graph on Spark beside its datasets written by hand in PySpark, to say what ours costs.

In turns, each in new processes, with the same settings of Spark; each round begins with another of
them.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.datasets_by_hand import NAMES, ByHand
from benchmarks.graph import Size, names
from benchmarks.measure import Measured, machine, print_table, run
from resources.lake import parquet_rows
from resources.spark import spark_resource

BY_HAND = "by hand"


def main() -> None:
    """Measure by hand, and the graph without checks and with them; print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=float, default=3, help="million page links")
    parser.add_argument("--memory", default="4GB", help="(default: %(default)s)")
    parser.add_argument("--wikis", type=int, default=10, help="target wikis of the made-up dumps")
    parser.add_argument("--rounds", type=int, default=3, help="of all three, in turns")
    parser.add_argument("--steps", action="store_true", help="also print each dataset's figures")
    parser.add_argument("--folder", type=Path, help="where dumps and lakes stay, to be used again")
    parser.add_argument("--child", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        lake, out = options.child
        session = spark_resource(options.memory, {}).spark_session
        started = time.perf_counter()
        steps = ByHand(session, lake, out).run()
        print(json.dumps({"seconds": time.perf_counter() - started, "steps": steps}))
        return
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        compare((options.folder or Path(temporary)) / f"{options.links:g}", options)


def compare(folder: Path, options: argparse.Namespace) -> None:
    """Compute the same datasets in three ways, in turns; say how much more ours take.

    Raises RuntimeError where a dataset has other rows by hand.
    """
    size = Size(folder, options.links, options)
    size.make()
    # What is by hand needs feedback, too; and what is compared are its rows.
    size.run("duckdb", False, names(reading=False))
    out = folder / "by_hand"
    command = [sys.executable, "-m", "benchmarks.by_hand", "--memory", options.memory]

    def by_hand() -> Measured:
        shutil.rmtree(out, ignore_errors=True)
        measured = run([*command, "--child", str(size.lake), str(out)])
        for name in NAMES:
            ours = size.statistics(name)["rows"]
            if (theirs := parquet_rows(list((out / name).glob("*.parquet")))) != ours:
                raise RuntimeError(f"{name} has {theirs:,} rows by hand, and {ours:,} in the graph")
        return measured

    each: dict[str, Callable[[], Measured]] = {
        BY_HAND: by_hand,
        "the graph, without checks": lambda: size.run("spark", False, NAMES),
        "the graph, with checks": lambda: size.run("spark", True, NAMES),
    }
    rounds: list[dict[str, Measured]] = []
    for number in range(options.rounds):
        # A machine that was idle gives the first more than others: none is always the first.
        first = number % len(each)
        found = {way: each[way]() for way in [*each][first:] + [*each][:first]}
        rounds.append({way: found[way] for way in each})
        if options.steps:
            print_table("CPU seconds of each dataset", list(_steps(rounds[-1])))
    links = size.statistics("mediawiki_pagelinks")["rows"]
    title = f"{links:,} page links; memory {options.memory}; round by round"
    print_table(title, [row for ways in rounds for row in _rows(ways)])
    print_table("Of all rounds", list(_medians(rounds)))


def _rows(ways: Mapping[str, Measured]) -> Iterator[dict[str, object]]:
    """Say what each way took in a round."""
    for way, measured in ways.items():
        yield {
            "on Spark": way,
            "seconds": measured.report["seconds"],
            "CPU seconds": measured.cpu_seconds,
            "times by hand": f"{measured.cpu_seconds / ways[BY_HAND].cpu_seconds:.2f}",
            "peak GiB": measured.peak_bytes / 2**30,
        }


def _medians(rounds: Sequence[Mapping[str, Measured]]) -> Iterator[dict[str, object]]:
    """Say what each way took in the middle."""
    middle = {way: median(ways[way].cpu_seconds for ways in rounds) for way in rounds[0]}
    for way, seconds in middle.items():
        yield {
            "on Spark": way,
            "median of CPU seconds": seconds,
            "times by hand": f"{seconds / middle[BY_HAND]:.2f}",
        }


def _steps(ways: Mapping[str, Measured]) -> Iterator[dict[str, object]]:
    """Say what each dataset took in each way."""
    for name in NAMES:
        steps = {way: measured.report["steps"][name] for way, measured in ways.items()}
        yield {"dataset": name} | {
            way: ways[way].cpu_between(step["start"], step["end"]) for way, step in steps.items()
        }
    yield {"dataset": "before the first"} | {
        way: measured.cpu_between(0, min(s["start"] for s in measured.report["steps"].values()))
        for way, measured in ways.items()
    }


if __name__ == "__main__":
    main()
