"""Every case beside the checkout gives what its README and expected.json say, on both engines."""

import pytest
from click.testing import CliRunner

from imagesuggest_assets.command.main import main
from imagesuggest_assets.publication.store.load import ledger_of
from tests.acceptance.cases import Case, case_names, made_case
from tests.acceptance.expected import EXPECTED

NAMES = case_names()
pytestmark = pytest.mark.skipif(not NAMES, reason="../shared/cases is not beside this checkout")


@pytest.fixture(scope="module", params=["duckdb", "spark"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn, started before the first case needs it."""
    request.getfixturevalue(f"{request.param}_engine")
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
    with case.opened() as (lake, _):
        read = lake.statistics("item_claims", "2026-01-01").details["read"]
    (counts,) = read.values()  # type: ignore[attr-defined]
    assert counts["redirects"] == 1
    assert counts["items"] == counts["entities"] - 1
