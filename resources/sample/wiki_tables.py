"""The dump tables of one target wiki in one week, written row by row into its files."""

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
    concatenate,
    digits,
    either,
    join,
    pick,
    sql_quoted,
    stream,
    texts,
)
from resources.sample.commons import Commons
from resources.sample.links import image_links, page_links
from resources.sample.page_props import PagesOfBatch
from resources.sample.plan import Plan
from resources.sample.sql import DumpFile, SqlFile, Table, quoted
from resources.sample.subjects import Subjects
from resources.sample.values import (
    fractions,
    image_rows,
    stamps,
)
from resources.sample.wiki import Wiki

BATCH = 100_000
EDITED_WEEKLY = 0.02
STALE_TITLE = "Title_before_it_was_'moved'"


@dataclass(frozen=True)
class WikiDump:
    """A wiki's tables of one week; ``open_table`` opens the file of a table."""

    plan: Plan
    wiki: Wiki
    subjects: Subjects
    commons: Commons
    week: int
    open_table: Callable[[Table], SqlFile]

    def page(self) -> DumpFile:
        """All pages of all namespaces, by id."""
        wiki, week = self.wiki, self.week
        titles = sql_quoted(wiki.titles)
        generator = stream(self.plan.seed, "page", wiki.name)
        revisions = self._revisions()
        alive = wiki.alive(week)
        redirect = np.zeros(wiki.pages, dtype=np.int64)
        redirect[wiki.articles : wiki.first_red] = 1
        with self._open(tables.PAGE) as file:
            for start in range(0, wiki.pages, BATCH):
                pages = wiki.by_id[start : start + BATCH]
                count = len(pages)
                fixed = {
                    "page_random": fractions(generator, count),
                    "page_touched": stamps(generator, count, 2026),
                    "page_len": digits(generator.integers(20, 90_000, count)),
                    "page_is_new": digits(generator.integers(0, 2, count)),
                }
                there = np.flatnonzero(alive[pages])
                pages = pages[there]
                linked = either(redirect[pages] == 0, b"'20261030010203'", b"NULL")
                file.add(
                    {
                        "page_id": digits(wiki.page_ids[pages]),
                        "page_namespace": digits(wiki.namespaces[pages]),
                        "page_title": quoted(pick(titles, pages)),
                        "page_is_redirect": digits(redirect[pages]),
                        "page_is_new": pick(fixed["page_is_new"], there),
                        "page_random": pick(fixed["page_random"], there),
                        "page_touched": quoted(pick(fixed["page_touched"], there)),
                        "page_links_updated": linked,
                        "page_latest": digits(revisions[pages]),
                        "page_len": pick(fixed["page_len"], there),
                        "page_content_model": b"'wikitext'",
                        "page_lang": b"NULL",
                    }
                )
            return file.finish()

    def _revisions(self) -> Ints:
        """The newest revision of each page: most are old, some were edited in these weeks."""
        wiki = self.wiki
        last = np.zeros(wiki.pages, dtype=np.int64)
        for week in range(1, self.week + 1):
            edited = stream(self.plan.seed, "edits", wiki.name, week).random(wiki.pages)
            last[edited < EDITED_WEEKLY] = week
            last[: wiki.articles][wiki.pictured_from == week] = week
            last[wiki.born == week] = week
        return wiki.page_ids * 3 + last * int(wiki.page_ids.max() + 1) * 3

    def pagelinks(self) -> DumpFile:
        """Links between pages, by source."""
        wiki = self.wiki
        schema, _ = tables.link_schemas(wiki.index)
        titles = sql_quoted(wiki.target_titles)
        namespaces = wiki.target_namespaces
        with self._open(tables.pagelinks(schema)) as file:
            for links in page_links(self.plan, wiki, self.week):
                title = b"" if schema == "new" else self._titles(titles, links.targets, schema)
                file.add(
                    {
                        "pl_from": digits(wiki.page_ids[links.sources]),
                        "pl_namespace": digits(namespaces[links.targets]),
                        "pl_title": title,
                        "pl_from_namespace": digits(wiki.namespaces[links.sources]),
                        "pl_target_id": self._target_ids(links.targets, links.lost),
                    }
                )
            self._link_to_nothing(file, schema)
            return file.finish()

    def _link_to_nothing(self, file: SqlFile, schema: tables.Schema) -> None:
        """One link from the first page to the empty title, as broken wikitext makes it."""
        nothing = texts(["''" if schema == "old" else "NULL"])
        file.add(
            {
                "pl_from": digits(self.wiki.page_ids[self.wiki.by_id[:1]]),
                "pl_namespace": b"0",
                "pl_title": nothing,
                "pl_from_namespace": digits(self.wiki.namespaces[self.wiki.by_id[:1]]),
                "pl_target_id": digits(self._empty_title_id),
            }
        )

    @cached_property
    def _empty_title_id(self) -> Ints:
        """The target id of the empty title."""
        return self.wiki.lost_target_ids(np.array([-1]))

    def _target_ids(self, targets: Ints, lost: NDArray[np.bool_]) -> Column:
        """Target ids; where the wiki is tiny none is lost, since one would be too large a share."""
        there = self.wiki.target_ids(targets)
        if self.wiki.articles < 300:
            return digits(there)
        return digits(np.where(lost, self.wiki.lost_target_ids(targets), there))

    def _titles(self, titles: Column, codes: Ints, schema: tables.Schema) -> Any:
        """Title values; in the mixed schema some are NULL and a few are of before a move."""
        picked = pick(titles, codes)
        if schema == "old":
            return quoted(picked)
        luck = stream(self.plan.seed, "mixed", len(codes)).random(len(codes))
        stale = either(luck < 0.003, sql_quoted(texts([STALE_TITLE]))[0].as_py(), picked)
        return either(luck > 0.7, b"NULL", join(b"'", stale, b"'"))

    def imagelinks(self) -> tuple[DumpFile, Ints, NDArray[np.bool_]]:
        """Links to files, by source; with them each page's lead image and which files are used."""
        wiki = self.wiki
        _, schema = tables.link_schemas(wiki.index)
        names = self._file_names
        leads = np.full(wiki.pages, -1, dtype=np.int64)
        used = np.zeros(wiki.targets - wiki.first_file, dtype=bool)
        with self._open(tables.imagelinks(schema)) as file:
            for chunk in image_links(self.plan, wiki, self.subjects, self.commons, self.week):
                leads[chunk.pages] = chunk.leads
                used[chunk.files] = True
                targets = chunk.files + wiki.first_file
                lost = (wiki.page_ids[chunk.sources] * 31 + chunk.files) % 499 == 0
                lost &= chunk.files != leads[chunk.sources]
                file.add(
                    {
                        "il_from": digits(wiki.page_ids[chunk.sources]),
                        "il_to": b""
                        if schema == "new"
                        else self._titles(names, chunk.files, schema),
                        "il_from_namespace": digits(wiki.namespaces[chunk.sources]),
                        "il_target_id": self._target_ids(targets, lost),
                    }
                )
            return file.finish(), leads, used

    @cached_property
    def _file_names(self) -> Column:
        """Escaped names of all file codes."""
        wiki = self.wiki
        return sql_quoted(concatenate([self.commons.names, wiki.local_names, wiki.missing_names]))

    def linktarget(self, used: NDArray[np.bool_]) -> DumpFile:
        """Link targets; a wiki whose links are all by title has those of templates alone."""
        wiki = self.wiki
        schemas = tables.link_schemas(wiki.index)
        pages = np.arange(wiki.first_file)
        if schemas[0] == "old":
            pages = pages[np.isin(wiki.target_namespaces, (10, 828))]
        files = np.flatnonzero(used) if schemas[1] != "old" else np.zeros(0, dtype=np.int64)
        titles = sql_quoted(wiki.target_titles)
        with self._open(tables.LINKTARGET) as file:
            for codes in _batches(pages):
                file.add(
                    {
                        "lt_id": digits(wiki.target_ids(codes)),
                        "lt_namespace": digits(wiki.target_namespaces[codes]),
                        "lt_title": quoted(pick(titles, codes)),
                    }
                )
            for codes in _batches(files):
                file.add(
                    {
                        "lt_id": digits(wiki.target_ids(codes + wiki.first_file)),
                        "lt_namespace": b"6",
                        "lt_title": quoted(pick(self._file_names, codes)),
                    }
                )
            if schemas[0] != "old":
                ids = digits(self._empty_title_id)
                file.add({"lt_id": ids, "lt_namespace": b"0", "lt_title": b"''"})
            return file.finish()

    def image(self) -> DumpFile:
        """The wiki's own files; some have the name of a Commons file and hide it."""
        wiki = self.wiki
        generator = stream(self.plan.seed, "image", wiki.name)
        hiding = pick(self.commons.names, wiki.hiding)
        names = sql_quoted(concatenate([wiki.local_names, hiding]))
        with self._open(tables.IMAGE) as file:
            if len(names):
                formats = generator.integers(0, 4, len(names))
                widths = generator.integers(80, 1200, len(names))
                file.add(image_rows(generator, names, formats, widths))
            return file.finish()

    def page_props(self, leads: Ints) -> DumpFile:
        """Properties of pages, by page: items, lead images, and what else there is."""
        wiki = self.wiki
        luck = stream(self.plan.seed, "props", wiki.name).random(wiki.pages)
        titles, names = sql_quoted(wiki.titles), self._file_names
        with self._open(tables.PAGE_PROPS) as file:
            for pages in _batches(wiki.by_id[wiki.alive(self.week)[wiki.by_id]]):
                batch = PagesOfBatch(
                    wiki,
                    self.subjects,
                    titles,
                    names,
                    pages,
                    leads[pages],
                    luck[pages],
                    items_lost=wiki.index == 0 and self.plan.is_bad(self.week),
                )
                file.add(batch.columns())
            return file.finish()

    def _open(self, table: Table) -> SqlFile:
        return self.open_table(tables.as_on(self.wiki.name, self.wiki.index, table))


def _batches(codes: Ints) -> list[Ints]:
    return [codes[start : start + BATCH] for start in range(0, len(codes), BATCH)]
