"""The readers' store: a first load, a weekly change, and memory by rows.

    python -m benchmarks.store --cassandra HOST:PORT --rows 150000
    python -m benchmarks.store --rows 3000000 --memory 1GB

Against Cassandra, the same rows are also copied with cqlsh's COPY where `cqlsh` is on the PATH.
Without it, they go to a SQLite file.
"""

import argparse
import csv
import json
import multiprocessing
import resource
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from imagesuggest_assets.store_load import Load
from resources.engine import DuckDBEngine
from resources.lake import Lake
from resources.stores.cassandra import CassandraStore, make_schema
from resources.stores.settings import CassandraSettings
from resources.stores.sqlite import SQLiteStore
from resources.stores.store import COLUMNS, ORIGIN, snapshot_id

FIRST, SECOND = "2026-10-26", "2026-11-02"
PER_PAGE = 3
WIKIS = 20
CHANGED = 0.05
BLOCK = 300_000
_texts = pa.list_(pa.string())


def write_snapshot(folder: Path, rows: int, *, changed: bool) -> tuple[Path, Path]:
    """Write suggestions, three a page in twenty wikis, and the classes of their items.

    ``changed`` gives one page in twenty another revision.
    """
    suggestions = folder / f"suggestions-{changed}.parquet"
    claims = folder / f"claims-{changed}.parquet"
    pages = rows // PER_PAGE
    schema = pa.schema(
        [
            *[("wiki_db", pa.string()), ("page_id", pa.int64()), ("revision_id", pa.int64())],
            *[("title", pa.string()), ("item_id", pa.string()), ("image", pa.string())],
            *[("confidence", pa.int64()), ("kinds", _texts), ("found_on", _texts)],
            ("rank", pa.int64()),
        ]
    )
    with pq.ParquetWriter(suggestions, schema) as writer:
        for start in range(0, pages, BLOCK // PER_PAGE):
            page = np.arange(start, min(pages, start + BLOCK // PER_PAGE))
            each = np.repeat(page, PER_PAGE)
            rank = np.tile(np.arange(1, PER_PAGE + 1), len(page))
            revision = 1_000_000_000 + each
            if changed:
                revision += each % round(1 / CHANGED) == 0
            columns = [
                [f"w{wiki:02}wiki" for wiki in each * WIKIS // pages],
                each + 1,
                revision,
                [f"An_article_with_a_title_{number}" for number in each],
                [f"Q{number // 2 + 1}" for number in each],
                [
                    f"A_picture_of_{n}_({r})_from_somewhere.jpg"
                    for n, r in zip(each, rank, strict=True)
                ],
                90 - 10 * rank,
                [["istype-commons-category", "istype-lead-image"]] * len(each),
                [["ptwiki", "eswiki"] if one == 1 else None for one in rank],
                rank,
            ]
            writer.write_table(
                pa.Table.from_arrays(list(map(pa.array, columns, schema.types)), schema=schema)
            )
    items = pages // 2 + 1
    item_claims = pa.schema([(name, pa.string()) for name in ("item_id", "property", "value")])
    with pq.ParquetWriter(claims, item_claims) as writer:
        for start in range(0, items, BLOCK):
            number = range(start, min(items, start + BLOCK))
            columns = [
                [f"Q{n + 1}" for n in number],
                ["P31"] * len(number),
                [f"Q{n % 900 + 5}" for n in number],
            ]
            writer.write_table(
                pa.Table.from_arrays(list(map(pa.array, columns)), schema=item_claims)
            )
    return suggestions, claims


def measure(
    folder: str,
    cassandra: CassandraSettings | None,
    memory: str,
    snapshot: str,
    files: tuple[Path, Path],
) -> dict[str, Any]:
    """Load a snapshot in this process; give seconds, rows and peak memory in MB."""
    place = Path(folder)
    store = CassandraStore(cassandra) if cassandra else SQLiteStore(place / "store.sqlite")
    with closing(Lake(place / "lake")) as lake, closing(store):
        engine = DuckDBEngine(memory, lake.scratch.path)
        wikis = [f"w{wiki:02}wiki" for wiki in range(WIKIS)]
        started = time.perf_counter()
        outcome = Load(lake, engine, store, snapshot, wikis).run(
            *(engine.read([file]) for file in files)
        )
        seconds = time.perf_counter() - started
        engine.close()
    written = {
        table: sum(each.written for each in rows.values()) for table, rows in outcome.items()
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "seconds": round(seconds, 1),
        "written": written,
        "suggestions/s": round(written["suggestions"] / seconds),
        "rows/s": round(sum(written.values()) / seconds),
        "peak MB": round(peak),
        "largest worker MB": round(workers),
    }


def copy(settings: CassandraSettings, suggestions: Path, folder: Path) -> dict[str, Any]:
    """Copy the same suggestions into a table of the same columns with cqlsh."""
    columns = list(COLUMNS["suggestions"])
    file = folder / "suggestions.csv"
    made = snapshot_id(FIRST)
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        rows = 0
        for batch in pq.ParquetFile(suggestions).iter_batches():
            for row in batch.to_pylist():
                found = (
                    "{" + ",".join(f"'{each}'" for each in row["found_on"] or ()) + "}"
                    if row["found_on"]
                    else ""
                )
                kinds = "{" + ",".join(f"'{each}'" for each in row["kinds"]) + "}"
                writer.writerow(
                    [
                        row["wiki_db"],
                        row["page_id"],
                        made,
                        row["image"],
                        ORIGIN,
                        row["confidence"],
                        found,
                        kinds,
                        row["revision_id"],
                        "",
                        "",
                        row["item_id"],
                    ]
                )
                rows += 1
    ((host, port),) = settings.hosts
    command = f"COPY {settings.keyspace}.suggestions ({', '.join(columns)}) FROM '{file}'"
    started = time.perf_counter()
    subprocess.run(["cqlsh", host, str(port), "-e", command], check=True)
    seconds = time.perf_counter() - started
    return {"seconds": round(seconds, 1), "suggestions/s": round(rows / seconds)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cassandra", default="", metavar="HOST:PORT")
    parser.add_argument("--rows", type=int, default=150_000)
    parser.add_argument("--memory", default="1GB", help="for DuckDB")
    parser.add_argument("--processes", type=int, default=CassandraSettings.processes)
    parser.add_argument("--in-flight", type=int, default=CassandraSettings.in_flight)
    options = parser.parse_args()

    def settings() -> CassandraSettings | None:
        if not options.cassandra:
            return None
        made = CassandraSettings(
            (options.cassandra,),
            keyspace=f"bench{uuid4().hex[:8]}",
            replication="1",
            processes=options.processes,
            in_flight=options.in_flight,
        )
        make_schema(made)
        return made

    spawned = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        files = {
            changed: write_snapshot(Path(folder), options.rows, changed=changed)
            for changed in (False, True)
        }
        where = settings()
        for name, snapshot, changed in (
            ("first load", FIRST, False),
            ("5 % changed", SECOND, True),
            ("the same again", SECOND, True),
        ):
            # A process each, whose peak is its own.
            with ProcessPoolExecutor(1, mp_context=spawned) as pool:
                given = (folder, where, options.memory, snapshot, files[changed])
                found = pool.submit(measure, *given).result()
            print(f"{name}: {json.dumps(found)}", flush=True)
        if where and shutil.which("cqlsh"):
            copied = copy(settings() or where, files[False][0], Path(folder))
            print(f"cqlsh COPY: {json.dumps(copied)}")


if __name__ == "__main__":
    main()
