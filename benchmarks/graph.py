"""How fast the graph is, by size and engine: made-up dumps, read and computed in new processes.

Each size is read once. Then everything after reading is computed with the checks and without, on
DuckDB and, up to some size, on local Spark with as much memory. The data goes when it is done.
"""

import argparse
import json
import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured, machine, print_table, run

LINKS_PER_ARTICLE = 29.0
"""What the sample gives: 30 are asked for, a few fall together."""
READ = ("item_claims", "depicts")
"""What is read beside the tables of the SQL dumps. Feedback is read with what was computed of it
before, so that is measured with the graph."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--links", default="3,30,100", help="sizes, in million page links (default: %(default)s)"
    )
    parser.add_argument("--no-unchecked", action="store_true", help="DuckDB with checks alone")
    parser.add_argument("--spark-up-to", type=float, default=30, help="million page links")
    parser.add_argument("--memory", default="4GB", help="for either engine (default: %(default)s)")
    parser.add_argument("--wikis", type=int, default=10, help="target wikis of the made-up dumps")
    parser.add_argument("--steps", action="store_true", help="also print each step's figures")
    parser.add_argument("--folder", type=Path, help="where dumps and lakes stay, to be used again")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(materialize(**json.loads(options.child))))
        return
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        for million in map(float, options.links.split(",")):
            folder = (options.folder or Path(temporary)) / f"{million:g}"
            Size(folder, million, options).measure()
            if options.folder is None:
                shutil.rmtree(folder)
        print_exponents(_GRAPHS)


_GRAPHS: dict[str, list[tuple[int, float, float]]] = {}
"""Of each way to compute the graph: page links, seconds and CPU seconds."""


class Size:
    """One size: its dumps, its lake, and what is measured on them."""

    def __init__(self, folder: Path, million: float, options: argparse.Namespace) -> None:
        self.dumps, self.lake, self.home = folder / "dumps", folder / "lake", folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self.options, self.million = options, million
        self.articles = round(million * 1e6 / LINKS_PER_ARTICLE)

    def measure(self) -> None:
        """Make what is not there yet, then measure and print."""
        self.make()
        pages, links, images = (
            self.statistics(f"mediawiki_{name}")["rows"]
            for name in ("page", "pagelinks", "imagelinks")
        )
        title = f"{links:,} page links, {images:,} image links, {pages:,} pages"
        ways = [("duckdb", True)]
        if not self.options.no_unchecked:
            ways.append(("duckdb", False))
        if self.million <= self.options.spark_up_to:
            ways += [("spark", True), ("spark", False)]
        figures = []
        for engine, checks in ways:
            load = os.getloadavg()[0]
            measured = self.run(engine, checks, names(reading=False))
            name = f"{engine}, {'with' if checks else 'without'} checks"
            _GRAPHS.setdefault(name, []).append(
                (links, measured.report["seconds"], measured.cpu_seconds)
            )
            figures.append(
                {
                    "graph": name,
                    "seconds": measured.report["seconds"],
                    "whole process": measured.seconds,
                    "CPU seconds": measured.cpu_seconds,
                    "peak GiB": measured.peak_bytes / 2**30,
                    "spilled GB": measured.spilled_bytes / 1e9,
                    "load before": load,
                }
            )
            if self.options.steps:
                print_steps(f"{title}: {name}", measured)
        print_table(f"{title}; memory {self.options.memory}", figures)

    def make(self) -> None:
        """Make the dumps and read them, where that is not done."""
        if not (self.dumps / "sample.json").exists():
            self._make()
        if not (self.home / "read").exists():
            self._read()
            (self.home / "read").touch()

    def _make(self) -> None:
        options = ["--articles", str(self.articles), "--wikis", str(self.options.wikis)]
        program = "from imagesuggest_assets.command.main import main; main()"
        command = [sys.executable, "-c", program, "sample", str(self.dumps), *options]
        measured = run(command)
        stored = sum(file.stat().st_size for file in self.dumps.rglob("*.gz"))
        row = {
            "articles": self.articles,
            "MB of files": stored / 1e6,
            "seconds": measured.seconds,
            "CPU seconds": measured.cpu_seconds,
            "peak GiB": measured.peak_bytes / 2**30,
        }
        print_table("Making the dumps", [row])

    def _read(self) -> None:
        measured = self.run("duckdb", checks=False, only=names(reading=True))
        rows = []
        for name, step in measured.report["steps"].items():
            if name == "manifest":
                continue
            tables = self.lake.glob("mediawiki_*") if name == "mediawiki_tables" else [Path(name)]
            statistics = [self.statistics(table.name) for table in tables]
            text = sum(
                count.get("bytes of SQL", 0) or count.get("json_bytes", 0)
                for each in statistics
                for count in each["details"]["read"].values()
                if isinstance(count, dict)
            )
            seconds = step["end"] - step["start"]
            rows.append(
                {
                    "read": name,
                    "rows": sum(each["rows"] for each in statistics),
                    "MB of text": text / 1e6,
                    "seconds": seconds,
                    "MB/s": text / 1e6 / seconds,
                    "peak GiB": measured.peak_between(step["start"], step["end"]) / 2**30,
                }
            )
        total = {
            "read": "all",
            "rows": sum(row["rows"] for row in rows),
            "MB of text": sum(row["MB of text"] for row in rows),
            "seconds": measured.report["seconds"],
            "MB/s": sum(row["MB of text"] for row in rows) / measured.report["seconds"],
            "peak GiB": measured.peak_bytes / 2**30,
        }
        print_table(f"Reading; {measured.cpu_seconds:,.0f} CPU seconds", [*rows, total])

    def run(self, engine: str, checks: bool, only: Sequence[str], spark: str = "") -> Measured:
        """Compute datasets in a new process; ``spark`` are settings of Spark."""
        what = {"checks": checks, "only": only}
        command = [sys.executable, "-m", "benchmarks.graph", "--child", json.dumps(what)]
        environment = {
            "DAGSTER_HOME": str(self.home),
            "IMAGESUGGEST_DUMPS": str(self.dumps),
            "IMAGESUGGEST_LAKE": str(self.lake),
            "IMAGESUGGEST_ENGINE": engine,
            "IMAGESUGGEST_MEMORY": self.options.memory,
            "IMAGESUGGEST_SPARK": spark,
        }
        return run(command, environment, spill=self.lake)

    def statistics(self, dataset: str) -> dict[str, Any]:
        """Give what the lake knows of a dataset."""
        file = next((self.lake / dataset).glob("snapshot=*/_current.json"))
        statistics: dict[str, Any] = json.loads(file.read_text())["statistics"]
        return statistics


def names(reading: bool) -> list[str]:
    """Name the datasets that are read, or those that are computed after them."""
    from imagesuggest_assets.catalog.datasets import DATASETS

    return [
        name
        for name, dataset in DATASETS.items()
        if (dataset.group in ("snapshot", "dump_tables") or name in READ) == reading
    ]


def materialize(checks: bool, only: Sequence[str]) -> dict[str, Any]:
    """Compute datasets as the environment says; report on it.

    ``steps`` has the start and end of each asset and check, in seconds since 1970.
    """
    import dagster as dg

    from graph.choice import newest_snapshot
    from graph.green_lights import Looker
    from imagesuggest_assets.catalog.partition import SNAPSHOTS
    from imagesuggest_assets.definitions import build_definitions, build_dumps
    from imagesuggest_assets.settings import Settings
    from resources.instance import open_instance
    from resources.progress import Progress

    selection = dg.AssetSelection.assets(*only)
    settings = Settings.from_environment()
    definitions = dg.Definitions.merge(
        build_definitions(settings, {"progress": Progress()}),
        dg.Definitions(
            jobs=[
                dg.define_asset_job(
                    "measured",
                    selection if checks else selection.without_checks(),
                    partitions_def=SNAPSHOTS,
                )
            ]
        ),
    )
    instance = open_instance()
    snapshot = newest_snapshot(Looker(build_dumps(settings).get(), None), [])
    instance.add_dynamic_partitions(str(SNAPSHOTS.name), [snapshot])
    started = time.perf_counter()
    result = definitions.resolve_job_def("measured").execute_in_process(
        instance=instance, partition_key=snapshot
    )
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "steps": steps_of(instance.all_logs(result.run_id))}


def steps_of(log: Iterable[Any]) -> dict[str, dict[str, float]]:
    """Give the start and end of each step of a run, in seconds since 1970."""
    steps: dict[str, dict[str, float]] = {}
    for record in log:
        event = record.dagster_event
        if event is not None and event.is_step_start:
            steps[str(event.step_key)] = {"start": record.timestamp}
        if event is not None and event.is_step_success:
            steps[str(event.step_key)]["end"] = record.timestamp
    return steps


def print_steps(title: str, measured: Measured) -> None:
    """Print what each step took, the longest first."""
    rows = [
        {
            "step": name,
            "seconds": step["end"] - step["start"],
            "peak GiB": measured.peak_between(step["start"], step["end"]) / 2**30,
        }
        for name, step in measured.report["steps"].items()
    ]
    print_table(title, sorted(rows, key=lambda row: -float(str(row["seconds"]))))


def print_exponents(graphs: dict[str, list[tuple[int, float, float]]]) -> None:
    """Print how time grows with page links, as exponents."""
    rows = [
        {
            "graph": name,
            "exponent of seconds": f"{exponent([(links, each) for links, each, _ in points]):.2f}",
            "of CPU seconds": f"{exponent([(links, each) for links, _, each in points]):.2f}",
        }
        for name, points in graphs.items()
        if len(points) > 1
    ]
    if rows:
        print_table("Growth with page links", rows)


def exponent(points: Sequence[tuple[int, float]]) -> float:
    """Give the slope of the straight line nearest to the logarithms of points."""
    horizontal = [math.log(x) for x, _ in points]
    vertical = [math.log(y) for _, y in points]
    middle, height = sum(horizontal) / len(points), sum(vertical) / len(points)
    covariance = sum((x - middle) * (y - height) for x, y in zip(horizontal, vertical, strict=True))
    return covariance / sum((x - middle) ** 2 for x in horizontal)


if __name__ == "__main__":
    main()
