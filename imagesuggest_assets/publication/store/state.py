"""What the ledger remembers of a wiki's rows in the readers' store: files of which later ones
supersede earlier ones page by page, so that a week writes down only what changed.

A page that is gone has one row without a digest. Each file is sorted by page.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from imagesuggest_assets.publication.store.difference import aligned, pages_in, placed
from imagesuggest_assets.publication.store.files import READ_ROWS, STATE
from resources.lake_paths import LakePath
from resources.ledger import Shipped
from resources.sources.parquet import read_parquet

MOST_FILES = 8
"""Files of a state; all are read at once, a part of each."""


def has_digests(files: Sequence[LakePath]) -> bool:
    """Tell whether a state has digests; those of before they came do not."""
    return all("digest" in pq.read_schema(file).names for file in files)


def can_grow(files: Sequence[LakePath]) -> bool:
    """Tell whether changes may be added to a state, or whether it has to be written anew.

    That is so when what was added has more than half the rows of the first file.
    """
    first, *more = (pq.read_metadata(file).num_rows for file in files) if files else (0,)
    return 0 < len(files) < MOST_FILES and sum(more) <= first // 2


def state_rows(
    files: Sequence[LakePath], pages: np.ndarray | None = None, columns: Sequence[str] = STATE.names
) -> Iterator[pa.Table]:
    """Give the rows that count, by page; of some pages only, if ``pages`` (sorted) are given.

    First comes a table without rows. "page_id" and "digest" have to be among the columns.
    """
    schema = pa.schema([STATE.field(name) for name in columns])
    yield schema.empty_table()
    if files and (pages is None or len(pages)):
        streams = [_rows(file, schema, pages) for file in files]
        yield from (_that_count(parts) for parts in aligned(streams))


@dataclass(frozen=True)
class Changed:
    """Which pages of a wiki are others than the ledger remembers, or gone, sorted; and how many
    pages and rows are as they were.
    """

    pages: np.ndarray
    same_pages: int
    same_rows: int


def changed_pages(
    wanted: Iterator[pa.Table], files: Sequence[LakePath], doubt: np.ndarray
) -> Changed:
    """Compare pages by their digests, in the columns of DIGESTS and sorted, with a state.

    Those in ``doubt`` are taken for changed.
    """
    changed, same_pages, same_rows = [np.empty(0, np.int64)], 0, 0
    for new, rows in aligned([wanted, state_rows(files, columns=("page_id", "digest"))]):
        ids, held = new["page_id"].to_numpy(), pages_in(rows)
        digests = np.bitwise_xor.reduceat(rows["digest"].to_numpy(), held.first)
        place, found = placed(held.ids, ids)
        same = np.zeros(len(ids), bool)
        same[place[found]] = new["digest"].to_numpy()[place[found]] == digests[found]
        same &= ~placed(ids, doubt)[1]
        changed.append(np.union1d(ids[~same], held.ids[~found]))
        same_pages += int(same.sum())
        same_rows += int(new["rows"].to_numpy()[same].sum())
    return Changed(np.concatenate(changed), same_pages, same_rows)


def rows_that_stay(
    files: Sequence[LakePath], changed: Changed, titles: pa.Array, columns: Sequence[str]
) -> pa.Table:
    """Give the rows of a state's pages that are as they were and have one of some titles."""
    found = [
        rows["page_id"].filter(pc.is_in(rows["title"], titles)).to_numpy()
        for rows in read_parquet(files, READ_ROWS, ["page_id", "title"])
    ]
    # Of these some may have got another title since.
    pages = np.setdiff1d(np.concatenate([np.empty(0, np.int64), *found]), changed.pages)
    rows = pa.concat_tables(state_rows(files, pages, ("digest", *columns)))
    return rows.filter(pc.is_in(rows["title"], titles)).select(columns)


def together(parts: Sequence[pa.Table]) -> pa.Table:
    """Put rows of different pages together, by page; what a part has no column of is NULL."""
    rows = pa.concat_tables(parts, promote_options="default")
    if len(parts) == 1:
        return rows
    return rows.take(pa.array(np.argsort(rows["page_id"].to_numpy(), kind="stable")))


def _rows(file: LakePath, schema: pa.Schema, pages: np.ndarray | None) -> Iterator[pa.Table]:
    yield schema.empty_table()
    for batch in read_parquet([file], READ_ROWS, schema.names):
        rows = pa.Table.from_batches([batch]).cast(schema)
        if pages is not None:
            rows = rows.filter(pa.array(placed(rows["page_id"].to_numpy(), pages)[1]))
        yield rows


def _that_count(parts: Sequence[pa.Table]) -> pa.Table:
    """Put rows of some files together, oldest first; of a page those of the last that has it."""
    later = np.empty(0, np.int64)
    kept: list[pa.Table] = []
    for part in reversed(parts):
        if not len(part):
            continue
        ids = part["page_id"].to_numpy()
        kept.append(part.filter(pa.array(np.isin(ids, later, invert=True))) if len(later) else part)
        later = np.union1d(later, ids)
    rows = together(kept or parts[:1])
    return rows.filter(pc.is_valid(rows["digest"]))


def sampled(state: Shipped, most: int) -> list[int]:
    """Choose pages of a shipment at random, the same ones each time."""
    chosen = (pages for *_, pages in _sampled_groups(state, most))
    return sorted({page for pages in chosen for page in pages})


def sampled_rows(state: Shipped, most: int) -> Iterator[list[dict[str, Any]]]:
    """Give all rows of pages of a shipment that are chosen at random, the same ones each time."""
    for parquet, group, pages in _sampled_groups(state, most):
        rows = parquet.read_row_group(group)
        wanted = pc.is_in(rows["page_id"], pa.array(pages, pa.int64()))
        of_page = groupby(rows.filter(wanted).to_pylist(), itemgetter("page_id"))
        yield from (list(page) for _, page in of_page)


def _sampled_groups(state: Shipped, most: int) -> Iterator[tuple[pq.ParquetFile, int, list[int]]]:
    """Choose row groups of a shipment's files, and pages in each that count there."""
    chance = random.Random(f"{state.snapshot} {most}")  # noqa: S311 - no secret
    groups = [
        (place, group)
        for place, file in enumerate(state.files)
        for group in range(pq.read_metadata(file).num_row_groups)
    ]
    chosen = sorted(chance.sample(groups, min(len(groups), most)))
    share = max(1, most // max(1, len(chosen)))
    for place, in_file in groupby(chosen, itemgetter(0)):
        later = [pq.read_table(each, columns=["page_id"]) for each in state.files[place + 1 :]]
        gone = pa.concat_tables(later)["page_id"] if later else pa.array([], pa.int64())
        with closing(pq.ParquetFile(state.files[place])) as parquet:
            for _, group in in_file:
                rows = parquet.read_row_group(group, columns=["page_id", "digest"])
                counts = pc.and_not(pc.is_valid(rows["digest"]), pc.is_in(rows["page_id"], gone))
                pages = sorted(rows["page_id"].filter(counts).unique().to_pylist())
                yield parquet, group, sorted(chance.sample(pages, min(len(pages), share)))
