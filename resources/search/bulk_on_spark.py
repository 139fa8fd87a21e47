"""Bulk files written where Spark computes: each task has pages that follow each other, and writes
files of them. Their place, a folder or an address, has to be in reach of all machines.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial

import pyarrow as pa

from resources.engine import Engine
from resources.lake_paths import LakePath
from resources.search.bulk import (
    MOST_PAIRS,
    ORDER,
    BulkFile,
    Manifest,
    bulk_files,
    name_bulk_files,
    pages_whole,
)
from resources.search.places import Place
from resources.sources.parquet import read_parquet
from resources.spark import on_workers

_KINDS = {str: pa.string(), int: pa.int64()}
_SCHEMA = pa.schema([(name, _KINDS[kind]) for name, kind in BulkFile.__annotations__.items()])
_READ_ROWS = 1_000


def write_bulk_files_on_spark(
    delta: Sequence[LakePath],
    place: Place,
    *,
    engine: Engine,
    aside: LakePath,
    snapshot: str,
    delta_id: str,
    indexes: Mapping[str, str],
    before: Sequence[BulkFile] = (),
    most_pairs: int = MOST_PAIRS,
) -> Manifest:
    """Do what write_bulk_files() does; ``aside`` is a directory in reach of all machines, which
    must not exist yet. A task that is tried again writes anew, and what it left before goes.
    """
    # Not by tag, too: what is alike in these columns comes to one task, as a page has to.
    rows = engine.read(delta).order_by(*ORDER[:3])
    work = partial(_write, place=place, delta_id=delta_id, indexes=indexes, most_pairs=most_pairs)
    with on_workers(f"write bulk files to {place.shown}", "the place in their reach"):
        engine.worked(rows, work, _SCHEMA, aside, lambda _: None)
    told = read_parquet(sorted(aside.glob("*.parquet")), _READ_ROWS)
    files = [BulkFile(**row) for batch in told for row in batch.to_pylist()]
    files.sort(key=lambda file: (file.wiki, file.page_namespace, file.first_page))
    return name_bulk_files(place, snapshot, [*before, *files])


def _write(
    batches: Iterable[pa.RecordBatch],
    *,
    place: Place,
    delta_id: str,
    indexes: Mapping[str, str],
    most_pairs: int,
) -> Iterator[pa.RecordBatch]:
    """Write what a task has; give what there is to say of each file."""
    tags = [(name, "ascending") for name in ORDER]
    rows = (batch.select([*ORDER, "values"]).sort_by(tags) for batch in pages_whole(iter(batches)))
    files = bulk_files(rows, place, delta_id, indexes, most_pairs=most_pairs)
    yield pa.RecordBatch.from_pylist([asdict(file) for file in files], _SCHEMA)
