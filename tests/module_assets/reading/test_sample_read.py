"""The made-up dumps read whole: what was planted is found in each layout, schema and width."""

import bz2
import csv
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from module_assets.reading.activity import read_views
from module_assets.reading.links import page_ids_of
from module_assets.reading.sites import hosts_of
from module_assets.sample import make_modules, world
from module_assets.sample.export import LAYOUTS
from module_assets.sample.world import ARTICLES, Page, Wiki, World, make_world
from resources.sources.history import LAYOUTS as HISTORY_LAYOUTS
from resources.sources.module_dumps import ModuleDumps
from resources.sources.names import with_capital
from resources.sources.places import Folder
from resources.sources.reading import Job
from tests.module_assets.reading.read import Rows, read, rows_of
from tests.resources.sample.test_sample import read_table

WIKIS, FAMILIES, SEED, VERSIONS = len(LAYOUTS), 3, 11, 12
DAY, KEY, MONTH = "20261102", date(2026, 11, 2), "2026-10"
OF_MODULES = ("module_items", "module_languages", "module_restrictions")


@dataclass(frozen=True)
class Read:
    """What was made, and what was read of it: rows by table, and what was counted by wiki."""

    dumps: Path
    made: World
    rows: dict[str, Rows]
    counts: dict[str, dict[str, object]]

    def of(self, table: str, wiki: str) -> Rows:
        return [row for row in self.rows[table] if row["wiki_db"] == wiki]

    def sql(self, wiki: str, table: str) -> list[dict[str, bytes]]:
        """Read a table by plain Python."""
        path = self.dumps / f"{wiki}/{DAY}/{wiki}-{DAY}-{table}.sql.gz"
        return read_table(path) if path.exists() else []


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Read:
    folder = tmp_path_factory.mktemp("read")
    dumps = folder / "dumps"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world, "HOT", 3)
        make_modules(dumps, WIKIS, FAMILIES, SEED, VERSIONS)
        made = make_world(WIKIS, FAMILIES, SEED, VERSIONS)
    rows: dict[str, Rows] = {}
    counts: dict[str, dict[str, object]] = {}
    layout = ModuleDumps(Folder(dumps))
    assert {*layout.wikis()} == {wiki.wiki_db for wiki in made.pages}
    for wiki in layout.wikis():
        found = layout.wiki_files(wiki, DAY)
        assert found.waiting == ()
        history = layout.history_of(wiki, KEY)
        assert history
        month, of_month = history
        assert month == MONTH
        named = [*found.files, *of_month]
        files = {file.what: dumps / file.path for file in named}
        target = folder / wiki
        target.mkdir()
        for table in ("exported_modules", "wiki_sites", "module_transclusions", "module_edits"):
            each, told = read(table, files, target, wiki)
            rows[table] = rows.get(table, []) + each
            counts.setdefault(table, {})[wiki] = told
        ids = page_ids_of(target / "exported_modules.parquet").tolist()
        for table in OF_MODULES:
            if table != "module_languages" or "langlinks" in files:
                each, _ = read(table, files, target, wiki, ids)
                rows[table] = rows.get(table, []) + each
    month_and_views = layout.pageviews_of(KEY)
    assert month_and_views
    _, views = month_and_views
    hosts = hosts_of([*folder.glob("*/wiki_sites.parquet")])
    target = folder / "article_views.parquet"
    read_views(Job(dumps / views.path, target, hosts), lambda _: None)
    rows["article_views"] = rows_of("article_views", target)
    return Read(dumps, made, rows, counts)


def are_modules(pages: list[Page]) -> list[Page]:
    return [page for page in pages if page.model == "Scribunto" and not page.is_deleted]


def module(wiki: Wiki, page: Page) -> dict[str, object]:
    title = unicodedata.normalize("NFC", page.title.replace(" ", "_"))
    revision = page.page_id * 10
    return {
        "wiki_db": wiki.wiki_db,
        "page_id": page.page_id,
        "title": title if wiki.is_case_sensitive else with_capital(title),
        "revision_id": revision,
        "revised_at": datetime(2026, 1 + revision % 9, 2, 3, 4, 5, tzinfo=UTC),
        "bytes": len(page.text.encode()),
        "is_redirect": page.is_redirect,
        "text": page.text.lstrip("\ufeff").rstrip(),
    }


def test_every_layout_of_an_export_gives_the_modules_that_were_made(sample: Read) -> None:
    for wiki, pages in sample.made.pages.items():
        found = {row["page_id"]: row for row in sample.of("exported_modules", wiki.wiki_db)}
        expected = {page.page_id: module(wiki, page) for page in are_modules(pages)}
        assert found == expected


def test_pages_that_are_no_modules_or_there_twice_are_counted(sample: Read) -> None:
    for wiki, pages in sample.made.pages.items():
        told = sample.counts["exported_modules"][wiki.wiki_db]
        assert isinstance(told, dict)
        models = Counter(page.model for page in pages)
        assert told["modules"] == len(are_modules(pages))
        assert told["pages of other content models"] == models.total() - models["Scribunto"]
        assert (told["deleted texts"], told["pages that are there twice"]) == (1, 1)
        assert told["modules with an empty text"] == 1
        assert told["titles that their stream lacks"] == 0
        assert told["titles in the index"] in (0, len(pages))


def test_wikis_are_known_by_their_hosts_and_names(sample: Read) -> None:
    for wiki in sample.made.pages:
        assert sample.of("wiki_sites", wiki.wiki_db) == [
            {
                "wiki_db": wiki.wiki_db,
                "language": wiki.language,
                "host": wiki.host,
                "articles": ARTICLES,
                "names": sorted({wiki.module, *wiki.aliases}),
                "is_first_letter": not wiki.is_case_sensitive,
            }
        ]


def test_uses_are_those_of_the_link_tables_in_every_schema(sample: Read) -> None:
    schemas = set()
    for wiki in (each.wiki_db for each in sample.made.pages):
        targets = {row["lt_id"]: row for row in sample.sql(wiki, "linktarget")}
        expected: Counter[tuple[int, int, str]] = Counter()
        for row in sample.sql(wiki, "templatelinks"):
            schemas.add(tuple(row))
            by_id = targets.get(row.get("tl_target_id") or b"")
            namespace, title = (
                (by_id["lt_namespace"], by_id["lt_title"])
                if by_id
                else (row["tl_namespace"], row["tl_title"])
            )
            if namespace == b"828":
                page = int(row["tl_from"]), int(row["tl_from_namespace"])
                expected[(*page, title.decode())] += 1
        found = Counter(
            (row["from_page"], row["from_namespace"], row["title"])
            for row in sample.of("module_transclusions", wiki)
        )
        assert found == expected
        assert found
    assert len(schemas) == 3


def test_what_is_used_are_modules_but_for_what_was_planted(sample: Read) -> None:
    for wiki, pages in sample.made.pages.items():
        # Uses are of pages of the namespace, whatever they are.
        titles = {page.title.replace(" ", "_") for page in pages}
        used = {row["title"] for row in sample.of("module_transclusions", wiki.wiki_db)}
        assert used - titles <= {"There_is_no_such_module", "What_the_title_says"}


def test_what_is_said_of_modules_is_read_and_of_no_other_page(sample: Read) -> None:
    for wiki, pages in sample.made.pages.items():
        modules = {page.page_id for page in are_modules(pages)}
        items = {row["page_id"]: row["item_id"] for row in sample.of("module_items", wiki.wiki_db)}
        assert items == {page.page_id: f"Q{page.item}" for page in pages if page.item}
        languages = {
            (int(row["ll_from"]), row["ll_lang"].decode())
            for row in sample.sql(wiki.wiki_db, "langlinks")
        }
        found = sample.of("module_languages", wiki.wiki_db)
        assert {(row["page_id"], row["language"]) for row in found} == {
            each for each in languages if each[0] in modules
        }
        restrictions = [
            (int(row["pr_page"]), row["pr_type"], row["pr_level"], row["pr_expiry"])
            for row in sample.sql(wiki.wiki_db, "page_restrictions")
        ]
        found = sample.of("module_restrictions", wiki.wiki_db)
        assert [
            (
                row["page_id"],
                row["type"].encode(),
                row["level"].encode(),
                None if row["expiry"] is None else row["expiry"].encode(),
            )
            for row in found
        ] == [each for each in restrictions if each[0] in modules]


def test_edits_are_those_of_all_files_of_the_history(sample: Read) -> None:
    for wiki in (each.wiki_db for each in sample.made.pages):
        expected: Counter[tuple[int, datetime, bool, bool, str | None]] = Counter()
        for path in (sample.dumps / f"other/mediawiki_history/{MONTH}/{wiki}").iterdir():
            lines = bz2.decompress(path.read_bytes()).decode().splitlines()
            for values in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                row = dict(zip(HISTORY_LAYOUTS[len(values)], values, strict=True))
                if row["page_namespace"] != "828":
                    continue
                if row["revision_is_deleted_by_page_deletion"] == "true":
                    continue
                is_anonymous = "true" in (
                    row["event_user_is_anonymous"],
                    row.get("event_user_is_temporary"),
                )
                key = f"#{row['event_user_id']}"
                time = datetime.fromisoformat(f"{row['event_timestamp'][:19]}+00:00")
                expected[
                    int(row["page_id"]),
                    time,
                    row["revision_minor_edit"] == "true",
                    is_anonymous,
                    None if is_anonymous else key,
                ] += 1
        found = Counter(
            (row["page_id"], row["time"], row["is_minor"], row["is_anonymous"], row["editor"])
            for row in sample.of("module_edits", wiki)
        )
        assert found == expected
        assert found


def test_the_views_of_all_articles_are_read(sample: Read) -> None:
    found = {(row["wiki_db"], row["page_id"]) for row in sample.rows["article_views"]}
    wikis = [wiki.wiki_db for wiki in sample.made.pages]
    assert found == {(wiki, page) for wiki in wikis for page in range(1, ARTICLES + 1)}
