"""The dump tables of Commons in one week: files and other pages, categories, image metadata."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resources.sample import tables
from resources.sample.columns import (
    Column,
    Ints,
    Mask,
    choose,
    concatenate,
    digits,
    either,
    join,
    pick,
    sql_quoted,
    stream,
)
from resources.sample.commons import (
    CLAIMED,
    RENAMED_PREFIX,
    SPECIAL_CATEGORIES,
    Commons,
    memberships,
    renamed_files,
)
from resources.sample.plan import Plan
from resources.sample.sql import DumpFile, SqlFile, Table, quoted
from resources.sample.values import BLOBS, binary_blobs, fractions, image_rows, stamps

BATCH = 100_000
NOTHING: Ints = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class CommonsDump:
    """Commons' tables of one week; ``open_table`` opens the file of a table."""

    plan: Plan
    commons: Commons
    schema: tables.Schema
    week: int
    open_table: Callable[[Table], SqlFile]

    @cached_property
    def _alive(self) -> Mask:
        return self.commons.alive(self.week)

    @cached_property
    def _names(self) -> Column:
        return sql_quoted(self.commons.names)

    @cached_property
    def _categories(self) -> Column:
        return sql_quoted(self.commons.categories)

    @cached_property
    def _memberships(self) -> tuple[Ints, Ints]:
        files, categories = memberships(self.plan, self.commons)
        there = self._alive[files]
        return files[there], categories[there]

    @cached_property
    def _first_other_page(self) -> int:
        return int(self.commons.page_ids.max()) + 100

    @cached_property
    def _counts(self) -> tuple[int, int, int]:
        """How many files, redirects to files, and categories there are, in the order of pages."""
        commons = self.commons
        return len(commons), len(renamed_files(commons)), len(commons.categories)

    @cached_property
    def _old_names(self) -> Column:
        return join(RENAMED_PREFIX, pick(self._names, renamed_files(self.commons)))

    @cached_property
    def _moved_galleries(self) -> Mask:
        """Which galleries redirect to the one before."""
        return np.arange(len(self.commons.categories)) % 23 == 5

    def page(self) -> DumpFile:
        """Files, redirects of renamed files, galleries, and the pages of the categories."""
        commons = self.commons
        count, renamed, categories = self._counts
        generator = stream(self.plan.seed, "commons page")
        names = concatenate([self._names, self._old_names, self._categories, self._categories])
        spaces = np.repeat([6, 6, 14, 0], [count, renamed, categories, categories])
        redirect = np.repeat([0, 1, 0], [count, renamed, categories])
        redirect = np.concatenate([redirect, self._moved_galleries])
        others = len(names) - count
        ids = np.concatenate([commons.page_ids, self._first_other_page + np.arange(others)])
        there = np.concatenate([self._alive, np.ones(others, dtype=bool)])
        order = np.argsort(ids)
        with self.open_table(tables.as_on("commonswiki", 1, tables.PAGE)) as file:
            for start in range(0, len(order), BATCH):
                pages = order[start : start + BATCH]
                touched = stamps(generator, len(pages), 2026)
                luck = fractions(generator, len(pages))
                kept = np.flatnonzero(there[pages])
                pages = pages[kept]
                file.add(
                    {
                        "page_id": digits(ids[pages]),
                        "page_namespace": digits(spaces[pages]),
                        "page_title": quoted(pick(names, pages)),
                        "page_is_redirect": digits(redirect[pages]),
                        "page_is_new": b"0",
                        "page_random": pick(luck, kept),
                        "page_touched": quoted(pick(touched, kept)),
                        "page_links_updated": b"NULL",
                        "page_latest": digits(ids[pages] * 7),
                        "page_len": digits(pages % 5000),
                        "page_content_model": b"'wikitext'",
                        "page_lang": b"NULL",
                    }
                )
            return file.finish()

    def image(self) -> DumpFile:
        """Metadata of the files; a few files have none, as after a failed upload."""
        generator = stream(self.plan.seed, "commons image")
        with self.open_table(tables.IMAGE) as file:
            for start in range(0, len(self.commons), BATCH):
                files = np.arange(start, min(start + BATCH, len(self.commons)))
                rows = image_rows(
                    generator,
                    pick(self._names, files),
                    self.commons.formats[files],
                    self.commons.widths[files],
                )
                rows["img_media_type"] = either(files % 911 == 77, b"NULL", rows["img_media_type"])
                kept = np.flatnonzero(self._alive[files] & (files % 499 != 3))
                file.add({name: _kept(value, kept) for name, value in rows.items()})
            return file.finish()

    def categorylinks(self) -> DumpFile:
        """Files in categories, and categories and galleries in categories, by page."""
        files, categories = self._memberships
        _, renamed, count = self._counts
        first = self._first_other_page + renamed
        children = np.arange(0, count, 2)
        sources = np.concatenate(
            [self.commons.page_ids[files], first + children, first + count + children]
        )
        targets = np.concatenate([categories, children // 2, children])
        kinds = np.repeat([0, 1, 2], [len(files), len(children), len(children)])
        order = np.argsort(sources, kind="stable")
        generator = stream(self.plan.seed, "categorylinks")
        table = tables.as_on("commonswiki", 1, tables.categorylinks(self.schema))
        with self.open_table(table) as file:
            for start in range(0, len(order), BATCH):
                rows = order[start : start + BATCH]
                file.add(self._links(generator, sources[rows], targets[rows], kinds[rows]))
            return file.finish()

    def _links(
        self, generator: np.random.Generator, sources: Ints, targets: Ints, kinds: Ints
    ) -> dict[str, Any]:
        count = len(sources)
        name = join(b"'", pick(self._categories, targets), b"'")
        if self.schema == "mixed":
            name = either(sources % 10 < 3, b"NULL", name)
        days = generator.integers(10, 29, count)
        blobs = pick(binary_blobs(), generator.integers(0, BLOBS, count))
        key = either(generator.random(count) < 0.01, blobs, b"SORT KEY\\nsort key")
        ids = self._target_ids(targets)
        return {
            "cl_from": digits(sources),
            "cl_to": name,
            "cl_sortkey": quoted(key),
            "cl_timestamp": join(b"'2025-04-", digits(days), b" 10:20:30'"),
            "cl_sortkey_prefix": b"''",
            "cl_type": choose(("'file'", "'subcat'", "'page'"), kinds),
            "cl_collation": b"'uppercase'",
            "cl_collation_id": b"1",
            "cl_target_id": digits(np.where(sources % 997 == 5, ids + (1 << 40), ids)),
        }

    def _target_ids(self, categories: NDArray[Any]) -> Ints:
        return categories * 17 + 1009

    def linktarget(self) -> DumpFile:
        """Categories as link targets; galleries of the same titles have other ids."""
        codes = np.arange(len(self.commons.categories)) if self.schema != "old" else NOTHING
        with self.open_table(tables.as_on("commonswiki", 1, tables.LINKTARGET)) as file:
            for namespace, shift in ((0, 5), (14, 0)):
                for start in range(0, len(codes), BATCH):
                    batch = codes[start : start + BATCH]
                    file.add(
                        {
                            "lt_id": digits(self._target_ids(batch) + shift),
                            "lt_namespace": str(namespace).encode(),
                            "lt_title": quoted(pick(self._categories, batch)),
                        }
                    )
            return file.finish()

    def category(self) -> DumpFile:
        """Sizes of the categories: some claimed, some out of date, some not there at all."""
        _, categories = self._memberships
        count = len(self.commons.categories)
        files = np.bincount(categories, minlength=count)
        files[: len(CLAIMED)] = CLAIMED
        stale = (np.arange(count) % 41 == 40) & (np.arange(count) >= len(SPECIAL_CATEGORIES))
        files = files + stale
        kept = np.flatnonzero(np.arange(count) % 53 != 52)
        with self.open_table(tables.CATEGORY) as file:
            for start in range(0, len(kept), BATCH):
                rows = kept[start : start + BATCH]
                file.add(
                    {
                        "cat_id": digits(rows + 1),
                        "cat_title": quoted(pick(self._categories, rows)),
                        "cat_pages": digits(files[rows] + 2),
                        "cat_subcats": b"1",
                        "cat_files": digits(files[rows]),
                    }
                )
            return file.finish()

    def redirect(self) -> DumpFile:
        """Where pages redirect to: old names of files to new ones, a few of them to a name that is
        old as well, to another namespace or another site; and galleries.
        """
        _, renamed, categories = self._counts
        places = np.arange(renamed)
        chained = places % 9 == 4
        elsewhere = places % 17 == 8
        names = pick(self._names, renamed_files(self.commons))
        names = either(chained, pick(self._old_names, np.maximum(places - 1, 0)), names)
        galleries = np.flatnonzero(self._moved_galleries)
        count = renamed + len(galleries)
        spaces = np.where(np.arange(count) < renamed, 6, 0)
        spaces[:renamed][elsewhere] = 4
        site = either(np.arange(count) % 3 == 1, b"''", b"NULL")
        sources = np.concatenate([places, renamed + categories + galleries])
        with self.open_table(tables.as_on("commonswiki", 1, tables.REDIRECT)) as file:
            file.add(
                {
                    "rd_from": digits(self._first_other_page + sources),
                    "rd_namespace": digits(spaces),
                    "rd_title": quoted(concatenate([names, pick(self._categories, galleries - 1)])),
                    "rd_interwiki": either(np.arange(count) % 13 == 6, b"'meta'", site),
                    "rd_fragment": b"NULL",
                }
            )
            return file.finish()


def _kept(value: Any, rows: Ints) -> Any:
    """The rows of a column that is a Column, a constant, or pieces of both."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, tuple):
        return tuple(_kept(piece, rows) for piece in value)
    return pick(value, rows)
