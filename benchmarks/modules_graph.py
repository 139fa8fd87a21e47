"""How fast the module finder is: a wiki's texts by their index, and the whole graph, step by step.

    python -m benchmarks.modules_graph

First a wiki of which few streams hold modules: what is decompressed of it by the index, beside the
same file read whole. Then made-up wikis of two sizes, most of whose modules are copies; one family
has 600 versions whatever the size. How a step grows is told by the two. Each is measured in a
process of its own, on DuckDB.
"""

import argparse
import bz2
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.graph import exponent, steps_of
from benchmarks.measure import Measured, machine, print_table, run
from benchmarks.modules import module

EVERYWHERE = 300_000
"""Modules of all wikis, about."""
LARGEST, WIKI_MODULES = 3_500, 16
"""Modules that are there whatever the families: the largest one and what is small, and of each
wiki."""
STREAM_PAGES, PAGE_BYTES = 100, 5_000
LEAST_SECONDS = 0.5
"""A step that takes less says little about how it grows."""
_SITEINFO = (
    '<mediawiki xml:lang="en"><siteinfo><dbname>enwiki</dbname><base>https://en.wikipedia.org/wiki/'
    '</base><case>first-letter</case><namespaces><namespace key="0" case="first-letter" />'
    '<namespace key="828" case="first-letter">Module</namespace></namespaces></siteinfo>\n'
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=2_000, help="(default: %(default)s)")
    parser.add_argument("--with-modules", type=float, default=0.02, help="share of the streams")
    parser.add_argument("--modules", default="6000,15000", help="sizes (default: %(default)s)")
    parser.add_argument("--wikis", type=int, default=40, help="(default: %(default)s)")
    parser.add_argument("--memory", default="4GB", help="of DuckDB (default: %(default)s)")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(STEPS[options.child[0]](**json.loads(options.child[1]))))
        return
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        texts(Path(temporary), options.streams, options.with_modules)
        grown: dict[str, list[tuple[int, float]]] = {}
        for size in map(int, options.modules.split(",")):
            graph(Path(temporary) / str(size), size, options, grown)
    print_growth(grown)


def texts(folder: Path, streams: int, share: float) -> None:
    """Measure what reading takes that knows where modules are, and reading all."""
    write_wiki(folder, streams, share)
    rows = []
    for how, indexed in (("by the index", True), ("read whole", False)):
        found = _child("read", {"folder": str(folder), "indexed": indexed})
        peak = found.peak_between(found.report["start"], found.report["end"])
        rows.append(
            {
                "texts of a wiki": how,
                "modules": found.report["modules"],
                "MB decompressed": found.report["bytes"] / 1e6,
                "CPU seconds": found.report["seconds"],
                "MB more in memory": (peak - found.report["memory"]) / 1e6,
            }
        )
    stored = (folder / "enwiki-20261102-pages.xml.bz2").stat().st_size / 1e6
    whole, some = rows[1]["MB decompressed"], rows[0]["MB decompressed"]
    print_table(f"{streams:,} streams, {share:.0%} with modules; {stored:,.0f} MB stored", rows)
    print(f"\n{some / whole:.1%} of the text is decompressed")


def write_wiki(folder: Path, streams: int, share: float) -> None:
    """Write an export in streams, and its index; what is no module is the same again and again."""
    dice = random.Random(1)
    words = ["".join(dice.choices("etaoinshrdlu", k=dice.randint(2, 9))) for _ in range(3_000)]
    others = []
    for _ in range(20):
        pages = "".join(
            _page(1, "Article", 0, "wikitext", " ".join(dice.choices(words, k=PAGE_BYTES // 6)))
            for _ in range(STREAM_PAGES)
        )
        others.append(bz2.compress(pages.encode()))
    index = []
    with (folder / "enwiki-20261102-pages.xml.bz2").open("wb") as file:
        file.write(bz2.compress(_SITEINFO.encode()))
        for number in range(streams):
            named, data = "Article", others[number % len(others)]
            if number < share * streams:
                titles = [f"Module:M {number} {page}" for page in range(STREAM_PAGES)]
                text = "".join(
                    _page(number * STREAM_PAGES + page + 1, title, 828, "Scribunto", module(dice))
                    for page, title in enumerate(titles)
                )
                named, data = "Module:M", bz2.compress(text.encode())
            offset = file.tell()
            for page in range(STREAM_PAGES):
                page_id = number * STREAM_PAGES + page + 1
                index.append(f"{offset}:{page_id}:{named} {number} {page}\n")
            file.write(data)
        file.write(bz2.compress(b"</mediawiki>\n"))
    listed = bz2.compress("".join(index).encode())
    (folder / "enwiki-20261102-index.txt.bz2").write_bytes(listed)


def _page(page_id: int, title: str, namespace: int, model: str, text: str) -> str:
    written = text.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f"<page><title>{title}</title><ns>{namespace}</ns><id>{page_id}</id><revision>"
        f"<id>{page_id}</id><timestamp>2026-01-02T03:04:05Z</timestamp><model>{model}</model>"
        f'<text bytes="{len(text)}" xml:space="preserve">{written}</text></revision></page>\n'
    )


def read(folder: str, indexed: bool) -> dict[str, Any]:
    """Read all modules of the wiki, and say what of it was decompressed."""
    from resources.sources.export.files import open_export

    stem = Path(folder) / "enwiki-20261102"
    dump, index = (Path(f"{stem}-{name}.bz2") for name in ("pages.xml", "index.txt"))
    start, memory, started = time.time(), _memory(), time.process_time()
    export = open_export([dump], [index] if indexed else [], 828)
    modules = sum(1 for _ in export)
    seconds = time.process_time() - started
    told = {"modules": modules, "bytes": export.counts.bytes, "seconds": seconds}
    return {**told, "memory": memory, "start": start, "end": time.time()}


def _memory() -> int:
    """Give the memory of this process now, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def graph(
    folder: Path,
    size: int,
    options: argparse.Namespace,
    grown: dict[str, list[tuple[int, float]]],
) -> None:
    """Measure each step of the graph on about so many modules; add what it took to ``grown``."""
    folder.mkdir()
    carried = 2 + options.wikis / 3
    families = max(round((size - LARGEST - WIKI_MODULES * options.wikis) / carried), 0)
    given = {"folder": str(folder), "wikis": options.wikis, "families": families}
    _child("make", given)
    environment = {"DAGSTER_HOME": str(folder / "home")}
    lake = folder / "lake"
    whole = _child("materialize", {"folder": str(folder), "memory": options.memory}, environment)
    count = whole.report["rows"]["modules"]
    rows = []
    for name, step in whole.report["steps"].items():
        seconds = whole.cpu_between(step["start"], step["end"])
        grown.setdefault(name, []).append((count, seconds))
        rows.append(
            {
                "step": name.removeprefix("modules__"),
                "rows": whole.report["rows"].get(name.removeprefix("modules__"), ""),
                "seconds": step["end"] - step["start"],
                "CPU seconds": seconds,
                "peak MB": whole.peak_between(step["start"], step["end"]) // 10**6,
            }
        )
    grown.setdefault("all", []).append((count, whole.cpu_seconds))
    bytes_kept = sum(file.stat().st_size for file in lake.rglob("*.parquet"))
    rows = sorted(rows, key=lambda row: -float(row["CPU seconds"]))
    print_table(
        f"{count:,} modules of {options.wikis} wikis: {whole.report['seconds']:,.0f} s, "
        f"{whole.cpu_seconds:,.0f} CPU seconds, peak {whole.peak_bytes / 1e9:.1f} GB, "
        f"{bytes_kept / 1e6:,.0f} MB kept; memory {options.memory}",
        [row for row in rows if row["CPU seconds"] >= LEAST_SECONDS / 5],
    )


def make(folder: str, wikis: int, families: int) -> dict[str, Any]:
    """Make the dumps."""
    from module_assets.sample import make_modules

    make_modules(Path(folder) / "dumps", wikis, families)
    return {}


def materialize(folder: str, memory: str) -> dict[str, Any]:
    """Compute everything; say when each step began and ended, and how many rows there are."""
    from contextlib import closing

    from graph.choice import newest_snapshot
    from module_assets.catalog.asset import SNAPSHOTS
    from module_assets.catalog.datasets import DATASETS
    from module_assets.definitions import build_definitions, build_dumps
    from module_assets.settings import Settings
    from module_assets.snapshots.choice import ModuleLooker
    from module_assets.snapshots.jobs import ALL
    from resources.instance import open_instance
    from resources.lake import Lake
    from resources.progress import Progress

    place = Path(folder)
    settings = Settings(
        dumps=str(place / "dumps"), lake=str(place / "lake"), engine="duckdb", memory=memory
    )
    snapshot = newest_snapshot(ModuleLooker(build_dumps(settings).modules(), None), [])
    job = build_definitions(settings, {"progress": Progress()}).resolve_job_def(ALL.name)
    (place / "home").mkdir()
    instance = open_instance()
    instance.add_dynamic_partitions(str(SNAPSHOTS.name), [snapshot])
    started = time.perf_counter()
    result = job.execute_in_process(instance=instance, partition_key=snapshot)
    seconds = time.perf_counter() - started
    with closing(Lake(settings.lake)) as lake:
        rows = {name: lake.statistics(name, snapshot).rows for name in DATASETS}
    return {
        "seconds": seconds,
        "steps": steps_of(instance.all_logs(result.run_id)),
        "rows": rows,
    }


def print_growth(grown: dict[str, list[tuple[int, float]]]) -> None:
    """Print how the CPU seconds of the steps grow that take long enough, and, of those that grow as
    modules do, what they would be for all there are.
    """
    rows = []
    for name, points in grown.items():
        if len(points) < 2 or points[-1][1] < LEAST_SECONDS:
            continue
        power = exponent(points)
        count, seconds = points[-1]
        is_line = 0.9 <= power <= 1.15
        rows.append(
            {
                "step": name.removeprefix("modules__"),
                "exponent": f"{power:.2f}",
                f"CPU seconds at {EVERYWHERE:,}, if it goes on as a line": (
                    f"{seconds * EVERYWHERE / count:,.0f}" if is_line else "it is none"
                ),
            }
        )
    if rows:
        print_table("Growth with modules", rows)


def _child(step: str, given: dict[str, Any], environment: dict[str, str] | None = None) -> Measured:
    command = [sys.executable, "-m", "benchmarks.modules_graph", "--child", step]
    return run([*command, json.dumps(given)], environment)


STEPS = {"make": make, "read": read, "materialize": materialize}

if __name__ == "__main__":
    main()
