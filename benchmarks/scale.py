"""What each dataset costs executors on Spark, and what it would cost for all wikis, on paper.

The graph is computed once on local Spark, which keeps a log of its tasks; the figures of a dataset
are those of the queries that write it; all other queries are one line. They are taken to grow with
what most of its rows come from.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.datasets_by_hand import NAMES
from benchmarks.graph import Size, names
from benchmarks.measure import machine, print_table

ALL_WIKIS = {
    "page links": 2_500_000_000,
    "image links": 500_000_000,
    "category links": 900_000_000,
    "pages": 250_000_000,
    "files": 120_000_000,
    "items": 120_000_000,
}
"""Rows of three hundred wikis with Commons and Wikidata, rounded up."""
COUNTED_IN = {
    "page links": "mediawiki_pagelinks",
    "image links": "mediawiki_imagelinks",
    "category links": "mediawiki_categorylinks",
    "pages": "mediawiki_page",
    "files": "commons_files",
    "items": "page_items",
}
"""The dataset whose rows are as many. Items of the sample are those of articles."""
GROWS_WITH = {
    "counts and checks": "page links",
    "incoming_links": "page links",
    "image_links": "image links",
    "overused_files": "image links",
    "commons_category_files": "category links",
    "commons_category_sizes": "category links",
    "commons_files": "files",
    "file_redirects": "files",
    "local_files": "files",
    "signals": "items",
    "candidate_images": "items",
    "commons_weighted_tags": "items",
}
"""Those that are not named grow with pages."""
OTHERS = "counts and checks"
"""Queries that write nothing: they count what conditions take out, and look at large datasets."""


@dataclass
class Cost:
    """What tasks took: seconds of processors, and bytes shuffled and spilled."""

    cpu_seconds: float = 0.0
    shuffled: int = 0
    spilled: int = 0


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=float, default=30, help="million page links")
    parser.add_argument("--memory", default="4GB", help="(default: %(default)s)")
    parser.add_argument("--wikis", type=int, default=10, help="target wikis of the made-up dumps")
    parser.add_argument("--folder", type=Path, help="where dumps and lakes stay, to be used again")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)) / f"{options.links:g}"
        size = Size(folder, options.links, options)
        size.make()
        size.run("duckdb", False, names(reading=False))
        log = Path(temporary) / "log"
        log.mkdir()
        kept = {"enabled": "true", "compress": "false", "dir": log.as_uri()}
        settings = " ".join(f"spark.eventLog.{name}={value}" for name, value in kept.items())
        measured = size.run("spark", True, NAMES, settings)
        print_scale(size, costs(log))
        print(
            f"{measured.report['seconds']:,.0f} seconds with checks, {measured.cpu_seconds:,.0f} "
            f"CPU seconds, peak {measured.peak_bytes / 2**30:.1f} GiB, memory {options.memory}"
        )


def print_scale(size: Size, cost: dict[str, Cost]) -> None:
    """Print what was measured of each dataset, and what that comes to for all wikis."""
    here = {what: size.statistics(name)["rows"] for what, name in COUNTED_IN.items()}
    rows = []
    total = {"hours": 0.0, "shuffled": 0.0, "lake": 0.0}
    for name in (*NAMES, OTHERS):
        took = cost.get(name, Cost())
        kept = size.statistics(name) if name != OTHERS else {"rows": 0, "bytes": 0}
        what = GROWS_WITH.get(name, "pages")
        times = ALL_WIKIS[what] / here[what]
        hours, shuffled = took.cpu_seconds * times / 3600, took.shuffled * times / 1e9
        lake = kept["bytes"] * times / 1e9
        for each, figure in (("hours", hours), ("shuffled", shuffled), ("lake", lake)):
            total[each] += figure
        rows.append(
            {
                "dataset": name,
                "rows": kept["rows"],
                "CPU seconds": took.cpu_seconds,
                "shuffled MB": took.shuffled / 1e6,
                "spilled MB": took.spilled / 1e6,
                "kept MB": kept["bytes"] / 1e6,
                "grows with": f"{what}, {times:,.0f} times",
                "executor hours": hours,
                "shuffled GB": shuffled,
                "lake GB": lake,
            }
        )
    print_table("Measured, and for all wikis", rows)
    print_table(
        "All wikis",
        [
            {
                "executor hours": total["hours"],
                "shuffled GB": total["shuffled"],
                "lake GB": total["lake"],
            }
        ],
    )


def costs(log: Path) -> dict[str, Cost]:
    """Add up the tasks of a log of Spark's events, by the dataset that their query writes."""
    queries: dict[str, str] = {}
    stages: dict[int, str] = {}
    found: dict[str, Cost] = {}
    for event in _events(log):
        kind = event["Event"].rpartition(".")[2]
        if kind == "SparkListenerSQLExecutionStart":
            # Both what is written and what is kept aside for it are named in the lake.
            written = re.search(
                r"Arguments: file:\S*?/(\w+)-[0-9a-f]{32}[/,]", event["physicalPlanDescription"]
            )
            queries[str(event["executionId"])] = written[1] if written else OTHERS
        elif kind == "SparkListenerJobStart":
            query = (event.get("Properties") or {}).get("spark.sql.execution.id", "")
            stages.update(dict.fromkeys(event["Stage IDs"], queries.get(query, OTHERS)))
        elif kind == "SparkListenerTaskEnd" and event.get("Task Metrics"):
            metrics = event["Task Metrics"]
            cost = found.setdefault(stages.get(event["Stage ID"], OTHERS), Cost())
            cost.cpu_seconds += metrics["Executor CPU Time"] / 1e9
            cost.shuffled += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
            cost.spilled += metrics["Disk Bytes Spilled"]
    return found


def _events(log: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(log.rglob("events_*")) or sorted(log.iterdir()):
        with file.open() as lines:
            yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
