"""Reads what explains one article from the files of a snapshot. What it means is not known here.

The files are sorted by what is asked for, so that few of their rows are looked at.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from imagesuggest_assets.server.published import CONSIDERED
from resources.errors import UserError
from resources.lake_paths import LakePath
from resources.sources.names import NS_MAIN, with_capital

ARTICLES, FILES, SUGGESTED, JUDGED, PAGES = CONSIDERED
Row = dict[str, Any]

_FROM = "FROM read_parquet($files, hive_partitioning = false) WHERE"
_BY_TITLE = f"SELECT * {_FROM} wiki_db = $wiki AND title = $title"
_BY_PAGE = f"SELECT * {_FROM} wiki_db = $wiki AND page_id = $page"
_BY_ITEM = f"SELECT * {_FROM} item_id = $item ORDER BY image"
_MAIN = f" AND namespace = {NS_MAIN}"


class Considered:
    """The files of a snapshot, by dataset. Raises UserError where they can not be read."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, files: Mapping[str, Sequence[LakePath]]
    ) -> None:
        self._cursor = cursor
        self._files = files

    def page(self, wiki: str, asked: str | int) -> tuple[Row | None, bool]:
        """Find a page by its title, in the form of section 1, or by its id; tell whether it is an
        article. A title is looked for as it is among all pages, and then with its first letter
        upper-case.
        """
        if isinstance(asked, int):
            # Articles are in the order of titles, pages mostly in that of their ids.
            pages = self._asked(PAGES, _BY_PAGE + _MAIN, {"wiki": wiki, "page": asked})
            titles = [page["title"] for page in pages]
        else:
            titles = [*dict.fromkeys((asked, with_capital(asked)))]
        for title in titles:
            values = {"wiki": wiki, "title": title}
            if articles := self._asked(ARTICLES, _BY_TITLE, values):
                return articles[0], True
            if redirects := self._asked(PAGES, _BY_TITLE + _MAIN, values):
                return redirects[0], False
        return None, False

    def files(self, item: str) -> list[Row]:
        """Read what was considered of an item."""
        return self._asked(FILES, _BY_ITEM, {"item": item})

    def suggested(self, wiki: str, page_id: int) -> list[Row]:
        """Read what is suggested for an article, best first."""
        return self._asked(SUGGESTED, f"{_BY_PAGE} ORDER BY rank", {"wiki": wiki, "page": page_id})

    def judged(self, wiki: str, page_id: int) -> list[Row]:
        """Read what was said of files for an article, oldest first."""
        about = f"{_BY_PAGE} AND about = 'article' ORDER BY dt NULLS FIRST, file_name, outcome"
        return self._asked(JUDGED, about, {"wiki": wiki, "page": page_id})

    def _asked(self, dataset: str, text: str, values: Row) -> list[Row]:
        files = [os.fspath(file) for file in self._files[dataset]]
        try:
            self._cursor.execute(text, {"files": files, **values})
            names = [column for column, *_ in self._cursor.description]
            return [dict(zip(names, row, strict=True)) for row in self._cursor.fetchall()]
        except (duckdb.Error, OSError) as error:
            raise UserError(f"{dataset} in the lake can not be read: {error}") from error
