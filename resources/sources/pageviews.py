"""Reads how often pages were read in a month, from pageview_complete's files of all wikis.

A row has, with blanks between them: the wiki's name, the title, the page's id, the access method,
the views, and those of each day. A title that is quoted may hold blanks, so that columns are
counted from the right; rows of the first years have no page's id.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from resources.sources.compressed import open_compressed
from resources.sources.lines import Lines, blocks_of, numbers, pieces

_COLUMNS = 6
_PAGE, _VIEWS = 4, 2
"""From the right."""


@dataclass
class PageviewCounts:
    """``rows`` are those of the wanted wikis; of these ``without_page`` were dropped, since they
    name no page's id, and ``without_views``, since their number of views is none.
    """

    rows: int = 0
    without_page: int = 0
    without_views: int = 0


class Pageviews:
    """The views of pages in a file, as record batches with columns as in ``schema``; iterate once.

    ``hosts`` are the wanted wikis with their hosts. A page has a row for each access method: these
    are added up within a batch, and who reads all batches adds up those of a page, so that memory
    does not grow with the file. Raises InputError for a file that is not whole.
    """

    schema: ClassVar[pa.Schema] = pa.schema(
        [("wiki_db", pa.string()), ("page_id", pa.int64()), ("views", pa.int64())]
    )

    def __init__(
        self,
        path: Path,
        hosts: Mapping[str, str],
        on_bytes: Callable[[int], None] | None = None,
    ) -> None:
        self.counts = PageviewCounts()
        self._path, self._on_bytes = path, on_bytes
        self._wikis = pa.array(list(hosts), pa.string())
        self._names = pa.array([name_of(host).encode() for host in hosts.values()], pa.binary())

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give the pages, a batch for each block of text that holds any."""
        with open_compressed(self._path, self._on_bytes) as file:
            for lines in blocks_of(file):
                views = self._views(lines)
                added = views.group_by(["wiki_db", "page_id"]).aggregate([("views", "sum")])
                yield from added.rename_columns(self.schema.names).cast(self.schema).to_batches()

    def _views(self, lines: Lines) -> pa.Table:
        """Read the rows of the wanted wikis that have both numbers."""
        text, blanks = lines.text, lines.positions(" ")
        firsts, lasts = (np.searchsorted(blanks, each) for each in (lines.begins, lines.ends))
        name_ends = np.minimum(np.append(blanks, len(text))[firsts], lines.ends)
        wikis = pc.index_in(pieces(text, lines.begins, name_ends), self._names)
        wanted = wikis.is_valid().to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(wanted & (lasts - firsts >= _COLUMNS - 1))
        ends = lasts[rows]
        pages, views = (
            numbers(pieces(text, blanks[ends - right] + 1, blanks[ends - right + 1]))
            for right in (_PAGE, _VIEWS)
        )
        columns = [self._wikis.take(wikis.take(pa.array(rows))), pages, views]
        found = pa.table(columns, self.schema)
        named = len(found) - pages.null_count
        whole = found.drop_null()
        self.counts.rows += int(wanted.sum())
        self.counts.without_page += int(wanted.sum()) - named
        self.counts.without_views += named - len(whole)
        return whole


def name_of(host: str) -> str:
    """Give the name of a wiki in pageviews: `en.wikipedia` for `en.wikipedia.org`, `wikidata` for
    `www.wikidata.org`.
    """
    return host.removeprefix("www.").removesuffix(".org")
