"""Every case beside the checkout gives what its README and expected.json say, on both engines.

On Spark they are dear, a run each, so `make test-cluster` runs them; the traps run there each time.
"""

import pytest
from click.testing import CliRunner

from asset_checks.runbook import RUNBOOK
from graph.paging import open_pager
from imagesuggest_assets.command.main import main
from imagesuggest_assets.publication.store.load import ledger_of
from imagesuggest_assets.rules import Rules
from tests.acceptance.cases import Case, case_names, made_case
from tests.acceptance.expected import EXPECTED

NAMES = case_names()
FLAG = ("recommendation.image", ["exists|1"])
pytestmark = pytest.mark.skipif(not NAMES, reason="../shared/cases is not beside this checkout")


@pytest.fixture(scope="module", params=["duckdb", pytest.param("spark", marks=pytest.mark.cluster)])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn; Spark is started before the first case needs it."""
    if request.param == "spark":
        request.getfixturevalue("spark_engine")
    return str(request.param)


@pytest.fixture(scope="module", params=NAMES)
def case(
    request: pytest.FixtureRequest, engine: str, tmp_path_factory: pytest.TempPathFactory
) -> Case:
    """Run each case on each engine."""
    made = made_case(request.param, engine, tmp_path_factory.mktemp(request.param))
    ended = made.run()
    assert not ended.error
    return made


def test_what_comes_out_is_what_was_expected(case: Case) -> None:
    found = {name: of(case.rows) for name, of in EXPECTED.items()}
    assert found == case.expected


@pytest.mark.parametrize("case", ["case-sensitive-wiki"], indirect=True)
def test_titles_that_differ_in_their_first_letter_are_two_for_readers(case: Case) -> None:
    pages = {row["title"]: row["page_id"] for row in case.rows("pages")}
    with case.opened() as (lake, store):
        for title in ("turkey", "Turkey"):
            found = store.title("enwiktionary", title)
            assert found is not None
            assert found[0] == pages[title]
        loaded = ledger_of(lake, store).state("enwiktionary")
        assert loaded is not None
        assert loaded.verified, "the check `published` found something wrong"
    for title, image in (("turkey", "Lower.jpg"), ("Turkey", "Upper.jpg")):
        arguments = ["article", "enwiktionary", title, "--lake", str(case.lake)]
        shown = CliRunner().invoke(main, arguments).output
        assert f"(page {pages[title]}, " in shown
        assert image in shown


@pytest.mark.parametrize("case", ["entity-redirect"], indirect=True)
def test_a_redirect_between_the_items_is_counted(case: Case) -> None:
    (counts,) = case.counted("item_claims").values()
    assert counts["redirects"] == 1
    assert counts["items"] == counts["entities"] - 1


@pytest.mark.parametrize("case", ["empty-filename"], indirect=True)
def test_an_event_without_a_file_name_takes_nothing_out_and_is_counted(case: Case) -> None:
    assert case.delta("ptwiki")[100] == FLAG
    counts = case.counted("feedback")
    assert (counts["pages"], counts["rows"]) == (1, 2)


@pytest.mark.parametrize("case", ["canary"], indirect=True)
def test_a_canary_is_dropped_and_counted(case: Case) -> None:
    counts = case.counted("feedback")
    assert (counts["canaries"], counts["rows"]) == (1, 0)


LATER = {
    # Judging a section's suggestion clears the article's flag, too.
    "section-feedback": {100: FLAG, 101: FLAG},
    # 101 got feedback that was known.
    "late-event": {100: FLAG, 102: FLAG, 103: FLAG},
}


@pytest.mark.parametrize("case", LATER, indirect=True)
def test_articles_of_which_an_event_was_not_known_are_in_the_next_delta(case: Case) -> None:
    assert case.delta("ptwiki").keys() == {100, 101, 102, 103}
    case.add_later()
    assert not case.run().error
    assert case.delta("ptwiki") == LATER[case.name]
    assert {name: of(case.rows) for name, of in EXPECTED.items()} == case.expected


@pytest.mark.parametrize("case", ["too-large-revision"], indirect=True)
def test_a_revision_that_the_readers_columns_can_not_hold_holds_its_own_wiki_back(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = {row["wiki_db"]: row for row in case.rows("publishable")}
    states = {"bnwiki": "published", "commonswiki": "published", "ptwiki": "held"}
    assert {wiki: row["state"] for wiki, row in gate.items()} == states
    reason = (
        "ptwiki: the page 100 has the revision 2147483648, and the readers' columns hold numbers "
        "up to 2147483647"
    )
    assert gate["ptwiki"]["reason"] == reason
    with case.opened() as (_, store):
        assert store.counts("suggestions") == {"bnwiki": 4}
        assert store.counts("title_cache") == {"bnwiki": 4}
    delta = {row["wikiid"] for row in case.rows("search_index_delta")}
    assert delta == {"bnwiki", "commonswiki"}
    monkeypatch.setenv("DAGSTER_HOME", str(case.home))
    pages = open_pager("", Rules(), RUNBOOK).pages()
    assert any(f"held back: {reason}" in page.body for page in pages)
