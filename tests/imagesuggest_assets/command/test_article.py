"""What `imagesuggest article` shows: what readers get of the page that a person means."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from imagesuggest_assets.command.main import main
from resources.engine import Engine
from resources.lake import Lake
from resources.stores.sqlite import SQLiteStore
from tests.asset_checks.partitions import keep
from tests.imagesuggest_assets.publication.store.world import article, load

WIKI, SNAPSHOT = "enwiktionary", "2026-11-02"
PAGES = {1: "Turkey", 2: "turkey", 3: "Zebra", 4: "okapi", 5: "Okapi"}


@pytest.fixture
def published(
    lake: Lake, duckdb_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Lake:
    """A lake of which a wiktionary was published: two titles differ in their first letter only."""
    monkeypatch.setenv("IMAGESUGGEST_STORE", str(tmp_path / "store.sqlite"))
    store = SQLiteStore(tmp_path / "store.sqlite")
    store.check()
    shown = {page: article(title, f"{page}.jpg") for page, title in PAGES.items() if page != 2}
    load(lake, duckdb_engine, store, SNAPSHOT, {WIKI: shown})
    store.close()
    rows = [(WIKI, page, 0, title, False, 1) for page, title in PAGES.items()]
    keep(lake, "pages", rows, snapshot=SNAPSHOT)
    # Of a later snapshot, which was not published.
    keep(lake, "pages", [(WIKI, 9, 0, "zebra", False, 1)], snapshot="2026-11-09")
    return lake


def ask(lake: Lake, title: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, ["article", WIKI, title, "--lake", str(lake.path)])


@pytest.mark.parametrize(
    ("typed", "page"), [("Turkey", 1), ("Zebra", 3), ("zebra", 3), ("okapi", 4), ("Okapi", 5)]
)
def test_each_title_gives_its_own_article(published: Lake, typed: str, page: int) -> None:
    ended = ask(published, typed)
    assert ended.exit_code == 0, ended.output
    assert f"(page {page}, " in ended.output
    assert f"{page}.jpg" in ended.output


def test_a_title_that_a_page_has_never_stands_for_another(published: Lake) -> None:
    ended = ask(published, "turkey")
    assert ended.exit_code
    assert "there are no suggestions for turkey in" in ended.output


def test_a_title_is_also_found_where_the_pages_are_not_kept_any_more(published: Lake) -> None:
    shutil.rmtree(published.path / "pages")
    assert "(page 3, " in ask(published, "zebra").output
    assert "(page 4, " in ask(published, "okapi").output
    assert "nothing or Nothing" in ask(published, "nothing").output
