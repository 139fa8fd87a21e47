"""Writes a wiki's SQL tables that say where modules are used, linked and protected."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal, TypeVar

from module_assets.sample.world import ARTICLES, TEMPLATES, Page, Wiki
from resources.sample.columns import texts
from resources.sample.sql import DumpFile, SqlFile, Table
from resources.sample.tables import LINKTARGET, PAGE_PROPS

Schema = Literal["old", "new", "mixed"]
SCHEMAS: tuple[Schema, ...] = ("new", "old", "mixed")
_INT, _NAME = "int(11) NOT NULL", "varbinary(255) NOT NULL"
LANGLINKS = Table("langlinks", {"ll_from": _INT, "ll_lang": _NAME, "ll_title": _NAME})
SITE_STATS = Table(
    "site_stats",
    {"ss_row_id": _INT, "ss_total_edits": _INT, "ss_good_articles": _INT, "ss_total_pages": _INT},
)
PAGE_RESTRICTIONS = Table(
    "page_restrictions",
    {
        "pr_page": _INT,
        "pr_type": _NAME,
        "pr_level": _NAME,
        "pr_cascade": _INT,
        "pr_expiry": "varbinary(14) DEFAULT NULL",
        "pr_id": _INT,
    },
)
_EXPIRIES = (None, "infinity", "20991231000000", "20200101000000")
_LANGUAGES = ("de", "pt-br", "zh")
Row = Sequence[str | int | None]
T = TypeVar("T")


def templatelinks(schema: Schema) -> Table:
    """The table of the years before target ids, of those after, and of those between."""
    old = {"tl_namespace": _INT, "tl_title": _NAME}
    new = {"tl_target_id": "bigint(20) unsigned DEFAULT NULL"}
    columns = {"tl_from": _INT, **(old if schema != "new" else {}), "tl_from_namespace": _INT}
    return Table("templatelinks", columns | (new if schema != "old" else {}))


class TableWriter:
    """Writes the tables of one wiki into the folder of its dump."""

    def __init__(
        self, folder: Path, wiki: Wiki, pages: Sequence[Page], day: date, dice: random.Random
    ) -> None:
        self._folder, self._wiki, self._day = folder, wiki, day
        self._pages, self._dice = pages, dice

    def write(self, schema: Schema, *, languages: bool) -> list[DumpFile]:
        """Write all tables; langlinks only where there are to be ``languages``."""
        targets = self._targets()
        files = [
            self._put(LINKTARGET, [(number, *target) for target, number in targets.items()]),
            self._put(templatelinks(schema), self._uses(schema, targets)),
            self._put(PAGE_PROPS, self._props()),
            self._put(PAGE_RESTRICTIONS, self._restrictions()),
            self._put(SITE_STATS, [(1, 10**6, ARTICLES, ARTICLES + len(self._pages))]),
        ]
        if languages:
            files.append(self._put(LANGLINKS, self._some(_language_links)))
        return files

    def _targets(self) -> Mapping[tuple[int, str], int]:
        modules = [(828, _key(page.title)) for page in self._pages]
        templates = [(10, f"T{ARTICLES + number + 1}") for number in range(TEMPLATES)]
        found = [*templates, *modules, (828, "There_is_no_such_module")]
        return {target: number for number, target in enumerate(dict.fromkeys(found), 11)}

    def _uses(self, schema: Schema, targets: Mapping[tuple[int, str], int]) -> list[Row]:
        rows: list[Row] = []
        for target, number in targets.items():
            pages = int((ARTICLES + TEMPLATES) * self._dice.random() ** 4)
            for page_id in self._dice.sample(range(1, ARTICLES + TEMPLATES + 1), pages):
                namespace = 0 if page_id <= ARTICLES else 10
                old: Row = () if schema == "new" else target
                # Where there is an id it counts, whatever the title says.
                if schema == "mixed" and page_id % 2:
                    old = (828, "What_the_title_says")
                by_id = number if schema == "new" or page_id % 2 else None
                rows.append((page_id, *old, namespace, *(() if schema == "old" else (by_id,))))
        return rows

    def _props(self) -> list[Row]:
        items = [(page.page_id, "wikibase_item", f"Q{page.item}", None) for page in self._pages]
        kept = [row for row, page in zip(items, self._pages, strict=True) if page.item]
        return [*kept, (1, "defaultsort", 'it\'s \\ "odd"\n', None)]

    def _restrictions(self) -> list[Row]:
        rows: list[Row] = []
        for page in self._some(lambda page: [page]):
            expiry = self._dice.choice(_EXPIRIES)
            for kind in ("edit", "move"):
                level = self._dice.choice(("sysop", "autoconfirmed"))
                rows.append((page.page_id, kind, level, 0, expiry, len(rows) + 1))
        return rows

    def _some(self, rows: Callable[[Page], Sequence[T]]) -> list[T]:
        return [row for page in self._pages if self._dice.random() < 0.2 for row in rows(page)]

    def _put(self, table: Table, rows: Sequence[Row]) -> DumpFile:
        stem = f"{self._wiki.wiki_db}-{self._day:%Y%m%d}"
        path = self._folder / f"{stem}-{table.name}.sql.gz"
        with SqlFile(path, self._wiki.wiki_db, table, self._day) as file:
            if rows:
                file.add_rows(texts(f"({','.join(map(_sql, row))})," for row in rows))
            return file.finish()


def _language_links(page: Page) -> list[Row]:
    return [(page.page_id, language, f"Module:{page.title}") for language in _LANGUAGES]


def _key(title: str) -> str:
    return title.replace(" ", "_")


def _sql(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
