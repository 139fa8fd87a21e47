"""What is wrong with one wiki costs that wiki: the others go out, and it keeps what it had."""

import os
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from asset_checks.runbook import RUNBOOK
from graph.paging import open_pager
from imagesuggest_assets.rules import Rules
from resources.lake import parquet_rows
from resources.ledger import ledgers
from resources.paging.problems import Page
from resources.search import KIND as SEARCH
from resources.search.resource import Search
from resources.storage import storage_at
from resources.stores.sqlite import SQLiteStore
from tests.acceptance.broken_dumps import SNAPSHOT, Ended, run_here, stored, without_papers
from tests.acceptance.command import current_of, files_of, imagesuggest, rows_of
from tests.acceptance.reference import compute
from tests.acceptance.test_traps import DATASETS, SETS, comparable
from tests.acceptance.weeks import states

pytestmark = pytest.mark.filterwarnings(
    # Dagster's own, about resources that hold resources.
    "ignore:InitResourceContext.dagster_run is deprecated:DeprecationWarning"
)
IMAGE = f"ptwiki/{SNAPSHOT.replace('-', '')}/ptwiki-{SNAPSHOT.replace('-', '')}-image.sql.gz"
ALL_GO = dict.fromkeys(("arwiki", "commonswiki", "ptwiki"), "published")
NOT_ITS_ROWS = ("feedback", "ratings", "measured_confidence", "publishable", "manifest")
"""What people said of its suggestions stays, and what became of it is told."""


class World:
    """Whole dumps of two wikis, with a lake to which they were published; runs of both."""

    def __init__(self, folder: Path) -> None:
        self.dumps, self.lake = folder / "dumps", folder / "lake"

    def run(self) -> Ended:
        """Run the snapshot by hand."""
        return run_here(self.dumps, self.lake, search=Search.of("files"), choose_again=True)

    def pages(self) -> list[Page]:
        """Give the pages that were written, the newest first."""
        return open_pager("", Rules(), RUNBOOK).pages()

    def published(self) -> tuple[dict[str, int], dict[str, int]]:
        """Count by wiki the suggestions that readers get, and the tags in the search index."""
        with closing(SQLiteStore(self.lake / "suggestions.sqlite")) as store:
            suggestions = store.counts("suggestions")
        shipped = {
            wiki: parquet_rows([*state.files])
            for ledger in ledgers(storage_at(self.lake), [SEARCH])
            for wiki in ledger.wikis()
            if (state := ledger.state(wiki))
        }
        return suggestions, shipped


@pytest.fixture
def world(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    shutil.copytree(good / "dumps", tmp_path / "dumps", copy_function=os.link)
    shutil.copytree(good / "lake", tmp_path / "lake")
    return World(tmp_path)


@pytest.mark.cluster
def test_a_table_that_can_not_be_read_costs_its_own_wiki_until_its_file_is_another(
    world: World, good: Path
) -> None:
    assert not world.run().error
    before = world.published()
    assert all(counts["ptwiki"] > 0 for counts in before)
    # The last of its tables, in the order in which they are read.
    stored(lambda data: data[:-9])(world.dumps / IMAGE)
    without_papers(world.dumps / IMAGE)
    ended = world.run()
    said = f"{world.dumps / IMAGE}, byte "
    assert ended.error.startswith(
        f"search_index_update: the check wikis_read failed: ptwiki is left out: {said}"
    )
    assert ended.error.endswith("; all else is done")
    assert states(world.lake, SNAPSHOT) == {**ALL_GO, "ptwiki": "left out"}
    # All else is as if it had never been there; what was published of it stays.
    expected = compute(world.dumps, SNAPSHOT, ["arwiki"])
    for dataset in DATASETS:
        found = Counter(map(comparable, rows_of(world.lake, dataset, SNAPSHOT)))
        rows = Counter(map(comparable, expected[dataset]))
        assert found == (Counter(set(rows)) if dataset in SETS else rows), dataset
    folders = [
        folder.name
        for folder in world.lake.iterdir()
        if current_of(world.lake, folder.name, SNAPSHOT)
    ]
    for dataset in {*folders} - {*NOT_ITS_ROWS}:
        wikis = {row.get("wiki_db", row.get("wikiid")) for row in of_partition(world.lake, dataset)}
        assert "ptwiki" not in wikis, dataset
    for counts, were in zip(world.published(), before, strict=True):
        assert counts["ptwiki"] == were["ptwiki"]
    # One page, of the wiki; the run has none of its own, and the next does not tell it again.
    (page,) = world.pages()
    assert page.severity == "ERROR"
    assert f"ptwiki is left out of the snapshot, its last data stays: {said}" in page.body
    assert world.run().error == ended.error
    assert len(world.pages()) == 1
    checked = imagesuggest("check", "--lake", world.lake, home=world.lake.parent)
    assert checked.code == 1
    assert "ptwiki is left out" in checked.out
    shutil.copy(good / "dumps" / IMAGE, world.dumps / IMAGE)
    assert not world.run().error
    assert states(world.lake, SNAPSHOT) == ALL_GO
    assert world.published() == before
    assert [each.kind for each in world.pages()] == ["over", "open"]


def of_partition(lake: Path, dataset: str) -> list[dict[str, Any]]:
    """Give the rows of a partition; none where it has other files."""
    return rows_of(lake, dataset, SNAPSHOT) if files_of(lake, dataset, SNAPSHOT) else []


@pytest.mark.cluster
def test_what_a_person_decides_of_another_wiki_does_not_fail_for_the_one_that_is_left_out(
    world: World,
) -> None:
    stored(lambda data: data[:-9])(world.dumps / IMAGE)
    without_papers(world.dumps / IMAGE)
    assert world.run().error
    words = ("--snapshot", SNAPSHOT, "--wiki", "arwiki", "--reason", "I looked at it")
    held = imagesuggest("hold", *words, "--lake", world.lake, home=world.lake.parent)
    assert held.code == 0, held.err
    assert states(world.lake, SNAPSHOT)["arwiki"] == "held"
