"""Properties of a wiki's pages: their items, their lead images, and others that nobody reads."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resources.sample.columns import (
    Column,
    Floats,
    Ints,
    choose,
    concatenate,
    digits,
    join,
    pick,
    texts,
)
from resources.sample.sql import quoted
from resources.sample.subjects import DISAMBIGUATION, Subjects
from resources.sample.values import BLOBS, binary_blobs, metadata_blobs
from resources.sample.wiki import Wiki


@dataclass(frozen=True)
class _Property:
    """One property of some pages; ``rows`` are places in the batch, ``values`` are escaped."""

    name: str
    rows: NDArray[Any]
    values: Column
    sortkey: str = "NULL"


@dataclass(frozen=True)
class PagesOfBatch:
    """A batch of pages: their codes, lead images (file codes or -1) and luck from 0 to 1.

    ``titles`` and ``file_names`` are escaped and of all pages and files of the wiki. Where
    ``items_lost``, every second page has lost its item.
    """

    wiki: Wiki
    subjects: Subjects
    titles: Column
    file_names: Column
    pages: Ints
    leads: Ints
    luck: Floats
    items_lost: bool = False

    def columns(self) -> dict[str, Any]:
        """Columns of the page_props table, by page."""
        properties = [
            self._items(),
            *self._lead_images(),
            self._disambiguations(),
            *self._others(),
        ]
        counts = [len(one.rows) for one in properties]
        which = np.repeat(np.arange(len(properties)), counts)
        rows = np.concatenate([one.rows for one in properties])
        order = np.lexsort((which, rows))
        values = concatenate([one.values for one in properties])
        return {
            "pp_page": digits(self.wiki.page_ids[self.pages[rows[order]]]),
            "pp_propname": quoted(choose([one.name for one in properties], which[order])),
            "pp_value": quoted(pick(values, order)),
            "pp_sortkey": choose([one.sortkey for one in properties], which[order]),
        }

    def _items(self) -> _Property:
        """Items of articles; a few redirects still have that of the article they lead to."""
        wiki, pages = self.wiki, self.pages
        redirect = (pages >= wiki.articles) & (pages < wiki.first_red)
        articles = np.where(pages < wiki.articles, pages, 0)
        articles[redirect] = wiki.redirects_to[pages[redirect] - wiki.articles]
        items = wiki.items[articles]
        kept = (pages < wiki.articles) | (redirect & (self.luck < 0.02))
        if self.items_lost:
            kept &= pages % 2 == 0
        rows = np.flatnonzero(kept & (items >= 0))
        numbers = digits(self.subjects.items[items[rows]])
        return _Property("wikibase_item", rows, join(b"Q", numbers))

    def _lead_images(self) -> list[_Property]:
        """Most lead images are free; some pages have an unfree one, some both, some a lost one."""
        wiki, names, leads = self.wiki, self.file_names, self.leads
        nowhere = len(names) - len(wiki.missing_names) + self.pages % len(wiki.missing_names)
        stale = (leads < 0) & (self.luck < 0.012) & (self.pages < wiki.first_red)
        unfree = (leads >= 0) & (self.luck > 0.8) & (self.luck < 0.83)
        both = np.flatnonzero((leads >= 0) & (self.luck > 0.83) & (self.luck < 0.86))
        free = np.flatnonzero(((leads >= 0) | stale) & ~unfree)
        unfree_rows = np.flatnonzero(unfree)
        shown = np.where(stale, nowhere, leads)
        return [
            _Property("page_image_free", free, pick(names, shown[free])),
            _Property("page_image", unfree_rows, pick(names, leads[unfree_rows])),
            _Property("page_image", both, pick(names, nowhere[both])),
        ]

    def _disambiguations(self) -> _Property:
        """Most articles of items that are one, a few whose item does not say so, and redirects."""
        wiki, pages = self.wiki, self.pages
        items = wiki.items[np.where(pages < wiki.articles, pages, 0)]
        known = (items >= 0) & (self.subjects.kinds[np.maximum(items, 0)] == DISAMBIGUATION)
        article = pages < wiki.articles
        said = article & known & (self.luck < 0.9)
        said |= (self.luck > 0.7) & (self.luck < np.where(article, 0.703, 0.72))
        rows = np.flatnonzero(said & (pages < wiki.first_red))
        return _Property("disambiguation", rows, texts([b""] * len(rows)))

    def _others(self) -> list[_Property]:
        def some(low: float, high: float) -> NDArray[Any]:
            return np.flatnonzero((self.luck > low) & (self.luck < high))

        sorted_by, shown_as, graphs = some(0.9, 1.0), some(0.47, 0.5), some(0.3, 0.303)
        templates, bare, unconnected = some(0.31, 0.315), some(0.2, 0.24), some(0.6, 0.61)
        title = join(b"<i>", pick(self.titles, self.pages[shown_as]), b"</i>")
        return [
            _Property("defaultsort", sorted_by, pick(self.titles, self.pages[sorted_by])),
            _Property("displaytitle", shown_as, title),
            _Property("graph_specs", graphs, pick(binary_blobs(), self.pages[graphs] % BLOBS)),
            _Property(
                "templatedata", templates, pick(metadata_blobs(), self.pages[templates] % BLOBS)
            ),
            _Property("notoc", bare, texts([b""] * len(bare))),
            _Property(
                "unexpectedUnconnectedPage", unconnected, texts([b"-10"] * len(unconnected)), "-10"
            ),
        ]
