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
from imagesuggest_assets.publication.store.state import Changed, titles_that_stay, together
from resources.sources.parquet import read_parquet
from resources.stores.store import STEP_SCHEMAS, TABLES, Table


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

    files: Sequence[Path]
    changed: Changed


def plan(
    folder: Path,
    made: str,
    wanted: Iterator[pa.Table],
    held: Sequence[Iterator[pa.Table]],
    doubt: Sequence[Path],
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
        left = _titles_left(pa.chunked_array(gone, pa.string()), folder, rest)
        titles = pa.table({"title": left})
        files["remove_title_cache"].add(titles)
        files["pending"].add(_titles(titles["title"]))
        loaded["title_cache"].removed = len(titles)
    return loaded


def pages_of(doubt: Sequence[Path]) -> np.ndarray:
    """Give the ids of pages of which nothing is certain, sorted."""
    return _ids(_keys(doubt))


def _ids(keys: pa.Table) -> np.ndarray:
    return np.unique(keys["page_id"].drop_null().to_numpy())


def _keys(doubt: Sequence[Path]) -> pa.Table:
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


def _titles_left(titles: pa.ChunkedArray, folder: Path, rest: Rest | None) -> pa.Array:
    """Leave out the titles that are wanted, by whatever page of the wiki."""
    left = titles.unique()
    if not len(left):
        return left
    if rest:
        stay = titles_that_stay(rest.files, rest.changed, left)
        left = left.filter(pc.invert(pc.is_in(left, stay)))
    state = folder / "state.parquet"
    for rows in read_parquet([state] if state.exists() else [], READ_ROWS, ["title"]):
        left = left.filter(pc.invert(pc.is_in(left, rows["title"])))
    return left
