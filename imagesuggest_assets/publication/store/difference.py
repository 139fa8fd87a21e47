"""What has to change in the readers' store: a snapshot against what the store holds by now.

Both come sorted, and are compared page by page in Arrow, a few thousand pages at a time. Where they
are read from, and how the difference is written, is elsewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PAGE = ["wiki_db", "page_id"]
SUGGESTION = ["image", "page_rev", "page_qid", "confidence", "found_on", "kind"]
"""What makes a page's suggestions others."""
_OF_PAGE = ["page_id", "title", "page_rev", "instance_of"]
"""What all rows of a page have in common, and its caches hold."""

COMPARED_ROWS = 20_000
"""Rows that are compared at once, about: one comparison of many costs little more than of few."""


@dataclass(frozen=True)
class Held:
    """What a store holds of some pages of a wiki: rows of its three tables, sorted by page."""

    suggestions: pa.Table
    title_cache: pa.Table
    instanceof_cache: pa.Table


def held_by(state: pa.Table) -> Held:
    """Bring rows that the ledger remembers, one a page and file, to the store's tables."""
    pages = state.select(_OF_PAGE).take(pages_in(state).first)
    return Held(state, pages, pages)


@dataclass(frozen=True)
class Difference:
    """What has to change of some pages.

    ``rows`` are those wanted, one a page and file; ``put`` tells which of them are to be written,
    ``fresh`` which are of pages that have no row yet, and ``id`` which id a row has that stays.
    ``titles`` and ``classes`` are of the pages whose caches are to be written. ``gone_*`` are the
    keys of what has to go, of titles only if no other page has them now. ``gone`` counts the
    suggestions that are no more.
    """

    rows: pa.Table
    put: pa.ChunkedArray
    fresh: pa.ChunkedArray
    id: pa.ChunkedArray
    titles: pa.Table
    classes: pa.Table
    gone_pages: np.ndarray
    gone_classes: np.ndarray
    gone_titles: pa.ChunkedArray
    pages: int
    gone: int

    @property
    def touched(self) -> np.ndarray:
        """The ids of all pages of which anything is written or removed."""
        put = self.rows["page_id"].filter(self.put)
        parts = (put, self.titles["page_id"], self.classes["page_id"])
        return np.unique(
            np.concatenate(
                [self.gone_pages, self.gone_classes, *(each.to_numpy() for each in parts)]
            )
        )


def difference(wanted: pa.Table, held: Held, doubt: np.ndarray) -> Difference:
    """Compare some pages of a wiki; those in ``doubt`` may hold anything, or nothing."""
    new, old = pages_in(wanted), pages_in(held.suggestions)
    pages = new.ids
    doubted = np.isin(pages, doubt)
    same, there = _same_suggestions(wanted, new, held.suggestions, old)
    put = ~same | doubted
    put_rows = pa.array(np.repeat(put, new.rows))
    of_page = wanted.select(_OF_PAGE).take(new.first)
    titled, other_titles = _known_titles(of_page, pages, held.title_cache)
    classed = _known_classes(of_page, pages, held.instanceof_cache)
    of_classes = held.instanceof_cache["page_id"].to_numpy()
    stay = np.concatenate([pages[~put], doubt])
    leave = _without(doubt, pages)
    return Difference(
        rows=wanted,
        put=pa.chunked_array([put_rows]),
        fresh=pa.chunked_array([pa.array(np.repeat(~there & ~doubted, new.rows))]),
        id=_ids(held.suggestions, old, np.repeat(pages, new.rows)),
        titles=of_page.filter(pa.array(~titled | doubted)),
        classes=of_page.filter(pa.array(~classed | doubted)),
        gone_pages=np.union1d(_without(old.ids, pages), leave),
        gone_classes=np.union1d(_without(of_classes, pages), leave),
        gone_titles=other_titles,
        pages=len(pages),
        gone=_gone(held.suggestions, stay, wanted.filter(put_rows)),
    )


class Pages(NamedTuple):
    """The pages of rows that are sorted by them: ids, first row of each, number of rows."""

    ids: np.ndarray
    first: np.ndarray
    rows: np.ndarray


def pages_in(rows: pa.Table) -> Pages:
    """Find the pages of rows that are sorted by them."""
    ids = rows["page_id"].to_numpy()
    first = np.flatnonzero(np.append(True, ids[1:] != ids[:-1])[: len(ids)])
    return Pages(ids[first], first, np.diff(np.append(first, len(ids))))


def _same_suggestions(
    wanted: pa.Table, new: Pages, held: pa.Table, old: Pages
) -> tuple[np.ndarray, np.ndarray]:
    """Tell of each page wanted whether its rows are the same, and whether it has any by now."""
    same, there = np.zeros(len(new.ids), bool), np.zeros(len(new.ids), bool)
    place, found = placed(old.ids, new.ids)
    of_new, of_old = place[found], np.flatnonzero(found)
    there[of_new] = True
    alike = new.rows[of_new] == old.rows[of_old]
    of_new, of_old = of_new[alike], of_old[alike]
    if not len(of_new):
        return same, there
    rows = new.rows[of_new]
    starts = np.append(0, np.cumsum(rows)[:-1])
    ours = _rows_of(wanted.select(SUGGESTION), new, of_new)
    theirs = _rows_of(held.select([*SUGGESTION, "id"]), old, of_old)
    # Rows of several ids are several loads mixed, whatever else they are.
    equal = _equal(theirs["id"], theirs["id"].take(pa.array(np.repeat(starts, rows))))
    for name in SUGGESTION:
        equal &= _equal(ours[name], theirs[name])
    same[of_new] = np.logical_and.reduceat(equal, starts)
    return same, there


def _rows_of(rows: pa.Table, pages: Pages, places: np.ndarray) -> pa.Table:
    """Give the rows of the pages at some places, in their order."""
    if len(places) == len(pages.ids):
        return rows
    chosen = np.zeros(len(pages.ids), bool)
    chosen[places] = True
    return rows.filter(pa.array(np.repeat(chosen, pages.rows)))


def _ids(held: pa.Table, old: Pages, pages: np.ndarray) -> pa.ChunkedArray:
    """Give the id that each of some pages has by now, NULL where it has none."""
    place, found = placed(pages, old.ids)
    return held["id"].take(pa.array(old.first)).take(pa.array(place, mask=~found))


def _known_titles(
    wanted: pa.Table, pages: np.ndarray, held: pa.Table
) -> tuple[np.ndarray, pa.ChunkedArray]:
    """Tell of each page whether its title leads to it by now; and give titles that should not."""
    known = np.zeros(len(pages), bool)
    place, found = placed(held["page_id"].to_numpy(), pages)
    now = wanted.take(pa.array(place, mask=~found))
    same = found & _equal(now["title"], held["title"])
    known[place[same & _equal(now["page_rev"], held["page_rev"])]] = True
    return known, held["title"].filter(pa.array(~same))


def _known_classes(wanted: pa.Table, pages: np.ndarray, held: pa.Table) -> np.ndarray:
    """Tell of each page whether its classes are there as they should be."""
    known = np.zeros(len(pages), bool)
    place, found = placed(held["page_id"].to_numpy(), pages)
    now = wanted.take(pa.array(place, mask=~found))
    for name in ("page_rev", "instance_of"):
        found = found & _equal(now[name], held[name])
    known[place[found]] = True
    return known


def placed(ids: np.ndarray, pages: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the place of each id among pages, which are sorted, and whether it is there at all."""
    if not len(pages):
        return np.zeros(len(ids), np.int64), np.zeros(len(ids), bool)
    place = np.minimum(np.searchsorted(pages, ids), len(pages) - 1)
    return place, pages[place] == ids


def _without(ids: np.ndarray, pages: np.ndarray) -> np.ndarray:
    """Leave out the ids of pages."""
    return ids[~placed(ids, pages)[1]]


def _gone(held: pa.Table, stay: np.ndarray, put: pa.Table) -> int:
    """Count the rows of pages that do not stay whose file is not put."""
    left = held.filter(pa.array(np.isin(held["page_id"].to_numpy(), stay, invert=True)))
    if not len(left):
        return 0
    there = pc.is_in(_key(left), _key(put).combine_chunks())
    return int(len(left) - (pc.sum(there).as_py() or 0))


def _key(rows: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(rows["page_id"].cast("string"), rows["image"], "|")


def _equal(one: pa.ChunkedArray, other: pa.ChunkedArray) -> np.ndarray:
    """Compare values, of which NULL is one; an empty set is NULL."""
    if pa.types.is_list(one.type):
        one, other = (pc.fill_null(pc.binary_join(each, "|"), "") for each in (one, other))
    equal = pc.fill_null(pc.equal(one, other), False)
    return pc.or_(equal, pc.and_(pc.is_null(one), pc.is_null(other))).to_numpy()


def aligned(streams: Sequence[Iterator[pa.Table]]) -> Iterator[list[pa.Table]]:
    """Cut streams of rows that are sorted by page at the same pages, so that none is cut itself.

    Each stream gives at least one table, even if there is nothing in it.
    """
    buffers = [_Buffer(stream) for stream in streams]
    while True:
        for buffer in buffers:
            buffer.fill()
        until = min((buffer.last for buffer in buffers if not buffer.ended), default=None)
        yield [buffer.before(until) for buffer in buffers]
        if until is None:
            return


class _Buffer:
    """What of a stream was read and not yet given."""

    def __init__(self, stream: Iterator[pa.Table]) -> None:
        self._stream = stream
        self._rows = next(stream)
        self.ended = False

    @property
    def last(self) -> int:
        return int(self._rows["page_id"][-1].as_py())

    def fill(self) -> None:
        """Read until there are enough rows, of more than one page, or no more."""
        while not self.ended and (
            len(self._rows) < COMPARED_ROWS or self._rows["page_id"][0].as_py() == self.last
        ):
            more = next(self._stream, None)
            if more is None:
                self.ended = True
            else:
                self._rows = pa.concat_tables([self._rows, more])

    def before(self, page: int | None) -> pa.Table:
        """Give the rows before a page, or all that are left."""
        cut = len(self._rows)
        if page is not None:
            cut = int(np.searchsorted(self._rows["page_id"].to_numpy(), page))
        given, self._rows = self._rows.slice(0, cut), self._rows.slice(cut)
        return given
