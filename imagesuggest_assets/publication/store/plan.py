"""What a load does to one wiki, written down before anything is sent: a file for each step, the
keys that will be touched, and what the ledger is to remember.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from imagesuggest_assets.publication.store.difference import (
    Difference,
    Held,
    aligned,
    difference,
    held_by,
)
from imagesuggest_assets.publication.store.files import KEYS, READ_ROWS, STATE, WikiFile
from imagesuggest_assets.publication.store.state import Changed, rows_that_stay, together
from resources.lake_paths import LakePath
from resources.sources.parquet import read_parquet
from resources.stores.files import STEP_SCHEMAS
from resources.stores.store import TABLES, Table


@dataclass
class Loaded:
    """What became of the rows of a wiki's table."""

    written: int = 0
    removed: int = 0
    unchanged: int = 0


Plan = dict[Table, Loaded]
"""What becomes of the rows of a wiki, by table."""


@dataclass(frozen=True)
class Rest:
    """What a wiki has besides the pages that are compared, which are those that ``changed``: what
    else is in the ledger's ``files``.
    """

    files: Sequence[LakePath]
    changed: Changed


def plan(
    folder: Path,
    made: str,
    wanted: Iterator[pa.Table],
    held: Sequence[Iterator[pa.Table]],
    doubt: Sequence[LakePath],
    rest: Rest | None = None,
) -> Plan:
    """Write into ``folder`` what is to be done with a wiki; give what becomes of its rows.

    ``held`` are the rows that the ledger remembers, or the store's tables suggestions, title_cache
    and instanceof_cache; ``doubt`` are files of the keys of which nothing is certain. New rows get
    the id ``made``. With a ``rest`` that stays as it is, what the ledger is to remember is only
    what comes on top of that.
    """
    unchanged = (rest.changed.same_rows, rest.changed.same_pages) if rest else (0, 0)
    loaded = {table: Loaded(unchanged=unchanged[table != "suggestions"]) for table in TABLES}
    keys = _keys(doubt)
    doubted = pa.table({"page_id": _ids(keys)})
    gone = keys["title"].drop_null().chunks
    schemas = {**STEP_SCHEMAS, "pending": KEYS, "state": STATE}
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(WikiFile(folder / f"{name}.parquet", schema))
            for name, schema in schemas.items()
        }
        for new, *old, unsure in aligned([wanted, *held, iter([doubted])]):
            there = held_by(*old) if len(old) == 1 else Held(*old)
            found = difference(new, there, unsure["page_id"].to_numpy())
            _add(files, made, found, tells_gone=rest is not None)
            _count(loaded, found)
            gone += found.gone_titles.chunks
        files["state"].end()
        titles = pa.chunked_array(gone, pa.string()).unique()
        taken = _pages_of_titles(titles, folder, rest)
        # Where two pages had one title, the store has it of one; now it is of who wants it.
        files["put_title_cache"].add(taken)
        left = titles.filter(pc.invert(pc.is_in(titles, taken["title"].combine_chunks())))
        files["remove_title_cache"].add(pa.table({"title": left}))
        files["pending"].add(_titles(pa.chunked_array([left])))
        loaded["title_cache"].removed = len(left)
    return loaded


def pages_of(doubt: Sequence[LakePath]) -> np.ndarray:
    """Give the ids of pages of which nothing is certain, sorted."""
    return _ids(_keys(doubt))


def _ids(keys: pa.Table) -> np.ndarray:
    return np.unique(keys["page_id"].drop_null().to_numpy())


def _keys(doubt: Sequence[LakePath]) -> pa.Table:
    return pa.concat_tables(
        [KEYS.empty_table(), *(pq.read_table(file, schema=KEYS) for file in doubt)]
    )


def _add(files: dict[str, WikiFile], made: str, found: Difference, *, tells_gone: bool) -> None:
    """Write what is to be done with some pages."""
    rows, put = found.rows, found.put
    state = rows.append_column("id", pc.if_else(put, pa.scalar(made), found.id))
    if tells_gone and len(found.gone_pages):
        # Without a digest: see state.py.
        state = together([state, pa.table({"page_id": found.gone_pages})])
    files["state"].add(state)
    files["put_suggestions"].add(rows.append_column("fresh", found.fresh).filter(put))
    files["put_title_cache"].add(found.titles)
    files["put_instanceof_cache"].add(found.classes)
    files["remove_suggestions"].add(pa.table({"page_id": found.gone_pages}))
    files["remove_instanceof_cache"].add(pa.table({"page_id": found.gone_classes}))
    files["pending"].add(_pages(found.touched))
    files["pending"].add(_titles(found.titles["title"]))


def _count(loaded: dict[Table, Loaded], found: Difference) -> None:
    written = int(pc.sum(found.put).as_py() or 0)
    counts: dict[Table, tuple[int, int, int]] = {
        "suggestions": (written, found.gone, len(found.rows)),
        "title_cache": (len(found.titles), 0, found.pages),
        "instanceof_cache": (len(found.classes), len(found.gone_classes), found.pages),
    }
    for table, (put, gone, wanted) in counts.items():
        loaded[table].written += put
        loaded[table].removed += gone
        loaded[table].unchanged += wanted - put


def _pages(pages: np.ndarray) -> pa.Table:
    """Bring page ids to the columns of KEYS."""
    rows = len(pages)
    return pa.table([pa.nulls(rows, pa.string()), pages, pa.nulls(rows, pa.string())], schema=KEYS)


def _titles(titles: pa.ChunkedArray) -> pa.Table:
    """Bring titles to the columns of KEYS."""
    rows = len(titles)
    return pa.table([pa.nulls(rows, pa.string()), pa.nulls(rows, pa.int64()), titles], schema=KEYS)


def _pages_of_titles(titles: pa.Array, folder: Path, rest: Rest | None) -> pa.Table:
    """Find which pages of the wiki are called so now; gives rows of put_title_cache."""
    schema = STEP_SCHEMAS["put_title_cache"]
    found = [schema.empty_table()]
    if len(titles):
        if rest:
            found.append(rows_that_stay(rest.files, rest.changed, titles, schema.names))
        state = folder / "state.parquet"
        states = [state] if state.exists() else []
        found += (
            pa.Table.from_batches([rows.filter(pc.is_in(rows["title"], titles))])
            for rows in read_parquet(states, READ_ROWS, schema.names)
        )
    return pa.concat_tables(found).group_by(schema.names).aggregate([]).sort_by("page_id")
