"""Reads pages with their suggestions from a snapshot's files in the lake, a part at a time.

A page is a dictionary as /v1/suggestions gives it.
"""

import os
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from imagesuggest_assets.server.wanted import Wanted
from resources.errors import UserError
from resources.lake_paths import LakePath
from resources.stores.kinds import strongest_first
from resources.stores.store import ORIGIN

MEMORY = "64MB"
"""For all queries at once; what has to be sorted beyond it goes to a temporary folder meanwhile."""
STREAMED_ROWS = 1_000
"""Suggestions of a stream that are read at once, about a quarter of a megabyte."""
Page = dict[str, Any]

_FROM = """
FROM read_parquet($files, hive_partitioning = false)
WHERE wiki_db = $wiki AND confidence >= $confidence
    AND ($kinds::VARCHAR[] IS NULL OR list_has_any(kinds, $kinds::VARCHAR[]))
"""
_OF_IDS = "AND page_id IN (SELECT unnest($ids::BIGINT[])) "
_PLACE = """
CREATE MACRO place(page_id, seed) AS CASE
    WHEN seed = 0 THEN page_id::HUGEINT ELSE hash(page_id::BIGINT, seed::BIGINT)::HUGEINT
END
"""
"""Where a page stands in the order of a seed."""
_CHOSEN = """
SELECT page_id FROM (SELECT DISTINCT page_id, place(page_id, $seed) AS place {rows})
WHERE $after::BIGINT IS NULL
    OR (place, page_id) > (place($after::BIGINT, $seed), $after::BIGINT)
ORDER BY place, page_id LIMIT $limit
"""
_ROWS = """
SELECT page_id, revision_id, item_id, title, image, confidence, kinds, found_on
{rows} ORDER BY page_id, rank
"""
_ARTICLES = """
SELECT wiki_db, count(DISTINCT page_id), count(*)
FROM read_parquet($files, hive_partitioning = false) GROUP BY wiki_db
"""
_KINDS = """
SELECT wiki_db, kind, count(*) FROM (
    SELECT wiki_db, unnest(kinds) AS kind FROM read_parquet($files, hive_partitioning = false)
) GROUP BY wiki_db, kind
"""


_SAMPLE = """
SELECT page_id, image FROM (
    SELECT *, row_number() OVER (PARTITION BY kinds ORDER BY place) AS turn
    FROM (
        SELECT page_id, place(page_id, $seed) AS place,
            arg_min(image, hash(image, page_id, $seed)) AS image,
            arg_min(array_to_string(kinds, ' '), hash(image, page_id, $seed)) AS kinds
        {rows} GROUP BY page_id
    )
) WHERE turn <= $most ORDER BY turn, hash(kinds)
"""
"""One file an article, drawn among all of it, and in turn one of each combination of kinds."""


@dataclass(frozen=True)
class Numbers:
    """What a wiki has of a snapshot."""

    articles: int
    suggestions: int
    by_kind: dict[str, int]


class Pages:
    """Reads pages, for several threads at once. Raises UserError where files can not be read."""

    def __init__(self) -> None:
        self._spill = TemporaryDirectory(prefix="imagesuggest-")
        self._database = duckdb.connect(
            config={"memory_limit": MEMORY, "threads": 1, "temp_directory": self._spill.name}
        )
        self._database.execute("SET parquet_metadata_cache = true")
        self._database.execute(_PLACE)

    def close(self) -> None:
        """Let go of memory and threads."""
        self._database.close()
        self._spill.cleanup()

    def part(
        self, files: Sequence[LakePath], wanted: Wanted, *, seed: int, after: int | None, limit: int
    ) -> tuple[list[Page], int | None]:
        """Give the pages that come after one, in the order of a seed (0: by page id).

        Give, too, the page after which the next part begins; None where this was the last.
        """
        values = _values(files, wanted)
        of_ids = _OF_IDS if wanted.ids is not None else ""
        given: dict[str, Any] = {"seed": seed, "after": after, "limit": limit + 1}
        if wanted.ids is not None:
            given["ids"] = list(wanted.ids)
        with self._asked() as ask:
            found = [page for (page,) in ask(_CHOSEN, of_ids, {**values, **given})]
            chosen = found[:limit]
            if not chosen:
                return [], None
            rows = ask(_ROWS, _OF_IDS, {**values, "ids": chosen})
        pages = {page["page_id"]: page for page in _pages(wanted.wiki, rows)}
        return [pages[page] for page in chosen], chosen[-1] if len(found) > limit else None

    def all(self, files: Sequence[LakePath], wanted: Wanted) -> Iterator[list[Page]]:
        """Give all pages, by page id, some at a time."""
        with self._asked() as ask:
            rows: list[Any] = []
            for some in ask.some(_ROWS, "", _values(files, wanted), STREAMED_ROWS):
                rows += some
                # The last page may go on.
                whole = bisect_left(rows, rows[-1][0], key=itemgetter(0))
                yield list(_pages(wanted.wiki, rows[:whole]))
                del rows[:whole]
            yield list(_pages(wanted.wiki, rows))

    def sample(
        self, files: Sequence[LakePath], wanted: Wanted, seed: int, most: int
    ) -> list[tuple[int, str]]:
        """Draw pages, each with one of its files: up to ``most`` of each combination of kinds."""
        with self._asked() as ask:
            return ask(_SAMPLE, "", {**_values(files, wanted), "seed": seed, "most": most})

    def numbers(self, files: Sequence[LakePath]) -> dict[str, Numbers]:
        """Count what is there, by wiki."""
        values = {"files": [os.fspath(file) for file in files]}
        with self._asked() as ask:
            articles, kinds = ask(_ARTICLES, "", values), ask(_KINDS, "", values)
        by_kind: dict[str, dict[str, int]] = {}
        for wiki, kind, suggestions in kinds:
            by_kind.setdefault(wiki, {})[kind] = suggestions
        return {
            wiki: Numbers(pages, suggestions, by_kind.get(wiki, {}))
            for wiki, pages, suggestions in articles
        }

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor for other questions, for one thread."""
        with self._database.cursor() as cursor:
            yield cursor

    @contextmanager
    def _asked(self) -> Iterator["_Cursor"]:
        """Give what asks, for one thread at a time."""
        with self._database.cursor() as cursor:
            try:
                yield _Cursor(cursor)
            except (duckdb.Error, OSError) as error:
                raise UserError(f"suggestions in the lake can not be read: {error}") from error


class _Cursor:
    """Asks statements that are about ``{rows}``."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def __call__(self, text: str, more: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Give all that is found."""
        return [row for some in self.some(text, more, values, STREAMED_ROWS) for row in some]

    def some(
        self, text: str, more: str, values: dict[str, Any], most: int
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Give what is found, so many rows at a time."""
        self._cursor.execute(text.replace("{rows}", _FROM + more), values)
        while rows := self._cursor.fetchmany(most):
            yield rows


def _values(files: Sequence[LakePath], wanted: Wanted) -> dict[str, Any]:
    return {
        "files": [os.fspath(file) for file in files],
        "wiki": wanted.wiki,
        "kinds": list(wanted.kinds) if wanted.kinds else None,
        "confidence": wanted.confidence,
    }


def _pages(wiki: str, rows: Sequence[tuple[Any, ...]]) -> Iterator[Page]:
    for (page, revision, item, title), suggested in groupby(rows, itemgetter(0, 1, 2, 3)):
        yield {
            "wiki": wiki,
            "page_id": page,
            "page_rev": revision,
            "page_qid": item,
            "title": title,
            "suggestions": [
                {
                    "image": image,
                    "origin_wiki": ORIGIN,
                    "confidence": confidence,
                    "kind": strongest_first(tuple(kinds)),
                    "found_on": found_on or None,
                }
                for *_, image, confidence, kinds, found_on in suggested
            ],
        }
