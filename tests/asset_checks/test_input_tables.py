"""What is found missing in the input tables, wiki by wiki."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from asset_checks.input_tables import (
    FINDINGS_TOLD,
    INPUT_CHECKS,
    input_result,
    run_input_check,
)
from graph.manifest import UNREADABLE
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.inputs import (
    ARTICLES,
    FEEDBACK_DAMAGED,
    FEEDBACK_DROPPED,
    FEEDBACK_GONE,
    VALUES,
)
from imagesuggest_assets.datasets.inputs import image_links, pages
from imagesuggest_assets.publication.missing import (
    CHECKED,
    COMPARED,
    OF_ALL,
    OF_ARTICLES,
    OF_COMMONS,
    Missing,
    fewer_pages,
    lost_targets,
)
from imagesuggest_assets.rules import Rules
from resources.lake import Lake
from resources.versions import Statistics
from tests.asset_checks.declared import Row, good_row
from tests.asset_checks.graphs import made_up, materialize, step_of, whole_graph
from tests.asset_checks.partitions import SNAPSHOT, keep, keep_manifest, problems_of, shown

pytestmark = pytest.mark.filterwarnings(
    # Dagster's own, about resources that hold resources.
    "ignore:InitResourceContext.dagster_run is deprecated:DeprecationWarning"
)

WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    made = Lake(tmp_path / "lake")
    yield made
    made.close()


def run(name: str, lake: Lake) -> dg.AssetCheckResult:
    return run_input_check(name, lake, SNAPSHOT, Rules())


def of_wiki(name: str, wiki: str) -> Row:
    """A good row of a table, of that wiki."""
    return (wiki, *good_row(DATASETS[name], 1)[1:])


def keep_pages(lake: Lake, snapshot: str = SNAPSHOT, commons: int = 2, **articles: int) -> None:
    """Keep pages: so many articles of each wiki, and so many pages of Commons."""
    rows: list[Row] = [
        (wiki, page, 0, f"Page {page}", False, 7)
        for wiki, count in articles.items()
        for page in range(1, count + 1)
    ]
    rows += [("commonswiki", page, 6, f"{page}.jpg", False, 7) for page in range(1, commons + 1)]
    counted = {wiki: {"": count} for wiki, count in articles.items() if count}
    keep(lake, "pages", rows, snapshot=snapshot, counts={ARTICLES: counted})


@pytest.mark.parametrize(("articles", "severity"), [(1, WARN), (99, WARN), (100, ERROR)])
@pytest.mark.parametrize("name", OF_ARTICLES)
def test_an_empty_table_is_an_error_of_a_wiki_of_100_articles_and_warns_of_a_smaller_one(
    lake: Lake, name: str, articles: int, severity: dg.AssetCheckSeverity
) -> None:
    keep_pages(lake, chwiki=2, arwiki=articles)
    keep(lake, name, [of_wiki(name, "chwiki")])
    result = run(name, lake)
    assert not result.passed
    assert result.severity == severity
    pages = "1 page" if articles == 1 else f"{articles} pages"
    said = f"arwiki: no rows, expected some, for {pages}"
    assert result.description == said
    assert shown(result, "missing") == [
        {"wiki": "arwiki", "found": "no rows", "expected": f"some, for {pages}"}
    ]
    (problem,) = problems_of(result)
    assert (problem["wiki"], problem["severity"], problem["says"]) == (
        "arwiki",
        severity.value,
        said,
    )


@pytest.mark.parametrize("name", OF_ARTICLES)
def test_a_table_needs_rows_for_the_wikis_with_articles_alone(lake: Lake, name: str) -> None:
    keep_pages(lake, chwiki=100, arwiki=1, ptwiki=0)
    keep(lake, name, [of_wiki(name, wiki) for wiki in ("chwiki", "arwiki")])
    result = run(name, lake)
    assert result.passed
    assert result.description == "nothing is missing"
    keep(lake, name)
    result = run(name, lake)
    # The worst is told first.
    assert str(result.description).startswith("chwiki: no rows, expected some, for 100 pages; ar")
    assert [each["severity"] for each in problems_of(result)] == ["ERROR", "WARN"]


def test_from_how_many_articles_on_an_empty_table_is_an_error_is_a_setting(lake: Lake) -> None:
    keep_pages(lake, chwiki=5)
    keep(lake, "image_links")
    rules = Rules(missing_error_articles=5)
    assert run_input_check("image_links", lake, SNAPSHOT, rules).severity == ERROR


@pytest.mark.parametrize(("commons", "severity"), [(99, WARN), (100, ERROR)])
@pytest.mark.parametrize("name", OF_COMMONS)
def test_a_table_of_commons_needs_rows_where_commons_has_pages(
    lake: Lake, name: str, commons: int, severity: dg.AssetCheckSeverity
) -> None:
    keep(lake, "mediawiki_image", [("commonswiki", "File.jpg", "BITMAP", 1)])
    keep_pages(lake, commons=commons)
    keep(lake, name, [good_row(DATASETS[name], 1)], counts={VALUES: {"commonswiki": {"width": 1}}})
    assert run(name, lake).passed
    keep(lake, name)
    result = run(name, lake)
    assert result.severity == severity
    assert result.description == f"commonswiki: no rows, expected some, for {commons} pages"
    keep_pages(lake, commons=0, chwiki=3)
    assert run(name, lake).passed


@pytest.mark.parametrize(("articles", "severity"), [(49, WARN), (50, ERROR)])
def test_claims_of_items_are_needed_where_there_is_an_article(
    lake: Lake, articles: int, severity: dg.AssetCheckSeverity
) -> None:
    keep_pages(lake, chwiki=50, arwiki=articles)
    keep(lake, "item_claims")
    result = run("item_claims", lake)
    assert result.severity == severity
    assert result.description == (
        f"wikidatawiki: no rows, expected some, for {50 + articles} pages"
    )
    keep(lake, "item_claims", [("Q1", "P18", "A.jpg")])
    assert run("item_claims", lake).passed
    keep(lake, "item_claims")
    keep_pages(lake)
    assert run("item_claims", lake).passed


def test_without_pages_it_is_told_that_nothing_was_compared(lake: Lake) -> None:
    keep(lake, "image_links")
    result = run("image_links", lake)
    assert not result.passed
    assert result.severity == WARN
    assert "pages is not there" in str(result.description)


@pytest.mark.parametrize(("commons", "severity"), [(99, WARN), (100, ERROR)])
def test_files_of_commons_need_values_only_where_its_image_table_is_there(
    lake: Lake, commons: int, severity: dg.AssetCheckSeverity
) -> None:
    keep_pages(lake, commons=commons)
    counts = {VALUES: {"commonswiki": {"media_type": 1, "width": 0}}}
    rows: list[Row] = [(2, "File.jpg", None, None), (3, "B.jpg", "AUDIO", None)]
    keep(lake, "commons_files", rows, counts=counts)
    keep(lake, "mediawiki_image", [("chwiki", "File.jpg", "BITMAP", 1)])
    assert run("commons_files", lake).passed
    keep(lake, "mediawiki_image", [("commonswiki", "File.jpg", "BITMAP", 1)])
    result = run("commons_files", lake)
    assert result.severity == severity
    assert result.description == "commonswiki: width is always NULL, expected values"


def lost(no_target: int, links: int, rules: Rules | None = None) -> list[Missing]:
    statistics = Statistics(0, 0, 0, {}, {"chwiki": links}, {"no_target": {"chwiki": no_target}})
    return lost_targets(statistics, rules or Rules())


@pytest.mark.parametrize("links", [100, 300, 700, 30_000_000, 10**15])
def test_links_without_target_warn_above_one_percent_and_are_an_error_above_ten(links: int) -> None:
    one, ten = links // 100, links // 10
    assert lost(0, links) == []
    assert lost(one, links) == []
    assert [found.severity for found in lost(one + 1, links)] == ["WARN"]
    assert [found.severity for found in lost(ten, links)] == ["WARN"]
    assert [found.severity for found in lost(ten + 1, links)] == ["ERROR"]


def test_a_wiki_without_links_has_lost_none() -> None:
    assert lost(0, 0) == []


def test_the_limits_of_lost_links_are_settings() -> None:
    rules = Rules(lost_links_warn=0.5, lost_links_error=0.75)
    assert lost(50, 100, rules) == []
    assert lost(51, 100, rules) == [
        Missing("chwiki", "51 of 100 links without target (51.00%)", "at most 50.00%", share=0.51)
    ]
    assert [found.severity for found in lost(76, 100, rules)] == ["ERROR"]


@pytest.mark.parametrize("name", ["incoming_links", "image_links"])
def test_lost_links_are_told_by_wiki_the_worst_first(lake: Lake, name: str) -> None:
    keep_pages(lake, arwiki=1, chwiki=1)
    keep(
        lake,
        name,
        [of_wiki(name, wiki) for wiki in ("chwiki", "arwiki")],
        candidates={"arwiki": 1_000, "chwiki": 1_000, "ptwiki": 1_000},
        no_target={"arwiki": 11, "chwiki": 101, "ptwiki": 10},
    )
    result = run(name, lake)
    assert not result.passed
    assert result.severity == ERROR
    assert result.description == (
        "chwiki: 101 of 1,000 links without target (10.10%), expected at most 10.00%; "
        "arwiki: 11 of 1,000 links without target (1.10%), expected at most 1.00%"
    )


def test_lost_links_of_commons_categories_count_too(lake: Lake) -> None:
    keep_pages(lake)
    keep(
        lake,
        "commons_category_files",
        [("Cats", 2)],
        candidates={"commonswiki": 10},
        no_target={"commonswiki": 2},
    )
    result = run("commons_category_files", lake)
    assert result.severity == ERROR
    assert "commonswiki: 2 of 10 links without target" in str(result.description)


def test_of_many_the_first_are_told_and_all_are_in_the_table() -> None:
    missing = [Missing(f"wiki{n}", "no rows", "some") for n in range(FINDINGS_TOLD + 1)]
    result = input_result(missing)
    assert str(result.description).startswith("wiki0: no rows, expected some; wiki1: no rows")
    assert str(result.description).endswith("; and 1 more")
    assert len(shown(result, "missing")) == FINDINGS_TOLD + 1


LAST = "2026-10-26"


@pytest.mark.parametrize("before", [1, 5, 10, 1_000, 100_000_000])
def test_a_wiki_with_fewer_than_80_percent_of_its_pages_warns(before: int) -> None:
    least = -(-before * 4 // 5)
    pages = {"chwiki": (LAST, before)}
    assert fewer_pages({"chwiki": least}, pages, Rules()) == []
    assert fewer_pages({"chwiki": 2 * before}, pages, Rules()) == []
    (found,) = fewer_pages({"chwiki": least - 1}, pages, Rules())
    assert found == Missing(
        "chwiki", f"{least - 1:,} pages", f"at least 80% of the {before:,} of {LAST}"
    )
    assert not found.error


def test_a_wiki_without_any_page_warns_whatever_it_had_before() -> None:
    none = Missing("newwiki", "no rows", "some")
    assert fewer_pages({"newwiki": 0, "chwiki": 3}, {"chwiki": (LAST, 0)}, Rules()) == [none]


def test_the_share_of_pages_that_may_be_lost_is_a_setting() -> None:
    rules = Rules(pages_share_warn=0.5)
    assert fewer_pages({"chwiki": 5}, {"chwiki": (LAST, 10)}, rules) == []
    assert len(fewer_pages({"chwiki": 4}, {"chwiki": (LAST, 10)}, rules)) == 1


def test_pages_are_compared_with_the_last_snapshot_of_each_wiki(lake: Lake) -> None:
    # Neither what is two snapshots ago nor what is newer is looked at, but for a wiki that was
    # left out of the last.
    keep_pages(lake, "2026-10-19", commons=99, chwiki=99, arwiki=99, kawiki=99)
    keep_pages(lake, "2026-11-09", commons=99, chwiki=99, arwiki=99)
    keep_pages(lake, LAST, commons=10, arwiki=10, chwiki=10, dewiki=9, ptwiki=10)
    keep_pages(lake, commons=8, arwiki=8, chwiki=7, kawiki=9, newwiki=1)
    # ptwiki lost them all; dewiki is no part of the snapshot.
    keep_manifest(lake, SNAPSHOT, ["arwiki", "chwiki", "kawiki", "newwiki", "ptwiki"])
    result = run("pages", lake)
    assert not result.passed
    assert result.severity == WARN
    assert result.description == (
        "chwiki: 7 pages, expected at least 80% of the 10 of 2026-10-26; "
        "kawiki: 9 pages, expected at least 80% of the 99 of 2026-10-19; "
        "ptwiki: 0 pages, expected at least 80% of the 10 of 2026-10-26"
    )
    assert [(each["wiki"], each["severity"]) for each in problems_of(result)] == [
        ("chwiki", "WARN"),
        ("kawiki", "WARN"),
        ("ptwiki", "WARN"),
    ]


def test_the_first_snapshot_of_pages_has_nothing_to_be_compared_with(lake: Lake) -> None:
    keep_pages(lake, chwiki=1)
    keep_manifest(lake, SNAPSHOT, ["chwiki"])
    assert run("pages", lake).passed


def test_a_wiki_that_can_not_be_read_is_not_looked_for(lake: Lake) -> None:
    keep_pages(lake, LAST, chwiki=1, ptwiki=1)
    keep_pages(lake, chwiki=1)
    keep_manifest(lake, SNAPSHOT, ["chwiki", "ptwiki"])
    assert not run("pages", lake).passed
    keep(lake, "mediawiki_page", details={UNREADABLE: {"ptwiki": "row 3: page_id: …"}})
    assert run("pages", lake).passed


def test_each_table_of_which_something_is_expected_has_a_check_and_those_of_all_wikis_block() -> (
    None
):
    graph = whole_graph()
    assert len(INPUT_CHECKS) == len(CHECKED)
    for name in CHECKED:
        check = graph.get(dg.AssetCheckKey(dg.AssetKey(name), "inputs"))
        assert check.blocking == (name in OF_ALL)
        assert (dg.AssetKey("pages") in check.parent_entity_keys) == (name in {"pages", *COMPARED})


@pytest.mark.parametrize(("name", "stops"), [("image_links", False), ("item_claims", True)])
def test_an_error_of_a_target_wiki_lets_the_run_go_on_and_one_of_the_entities_stops_it(
    instance: dg.DagsterInstance, tmp_path: Path, name: str, stops: bool
) -> None:
    rows: list[Row] = [("chwiki", page, 0, f"Page {page}", False, 7) for page in range(1, 101)]
    rows += [("commonswiki", 1, 6, "A.jpg", False, 7)]
    computed: list[str] = []
    assets = [
        made_up(name, [], computed=computed),
        step_of(name, "inputs"),
        made_up("mediawiki_page", rows, computed=computed),
        pages,
        made_up("unillustrated_articles", [], computed=computed, after=[name]),
    ]
    result = materialize(instance, tmp_path / "lake", assets)
    (evaluation,) = result.get_asset_check_evaluations()
    assert str(evaluation.description).endswith("no rows, expected some, for 100 pages")
    assert evaluation.severity == ERROR
    assert result.success is not stops
    assert ("unillustrated_articles" in computed) is not stops


@pytest.mark.parametrize(("no_target", "severity"), [(1, WARN), (2, ERROR)])
def test_links_without_target_are_counted_where_they_are_dropped(
    instance: dg.DagsterInstance, tmp_path: Path, no_target: int, severity: dg.AssetCheckSeverity
) -> None:
    links: list[Row] = [("chwiki", 1, None, number) for number in range(10)]
    targets: list[Row] = [("chwiki", number, 6, f"{number}.jpg") for number in range(no_target, 10)]
    computed: list[str] = []
    assets = [
        made_up("mediawiki_imagelinks", links, computed=computed),
        made_up("mediawiki_linktarget", targets, computed=computed),
        made_up("file_redirects", [], computed=computed),
        made_up("local_files", [], computed=computed),
        made_up("mediawiki_page", [("chwiki", 1, 0, "One", False, 7)], computed=computed),
        pages,
        image_links,
        step_of("image_links", "inputs"),
    ]
    result = materialize(instance, tmp_path / "lake", assets)
    (evaluation,) = result.get_asset_check_evaluations()
    assert evaluation.severity == severity
    assert f"{no_target} of 10 links without target" in str(evaluation.description)


DAMAGED = {"a.json": "line 3: not one whole JSON object: Expecting value"}


@pytest.mark.parametrize(
    ("details", "says"),
    [
        (
            {FEEDBACK_GONE: ["a.json", "b.json"]},
            "files of feedback are gone, what they said stays "
            "known: a.json, b.json, expected all that were read before",
        ),
        ({FEEDBACK_GONE: [f"{n}.json" for n in range(9)]}, "4.json and 4 more, expected"),
        (
            {FEEDBACK_DAMAGED: DAMAGED},
            "a.json: line 3: not one whole JSON object: Expecting value; "
            "what follows is left out, expected a file that is whole",
        ),
        (
            {FEEDBACK_DROPPED: {"a.json": [2, 19]}},
            "a.json: 2 of 19 events can not be understood, expected at most 10.00%",
        ),
    ],
)
def test_a_file_of_feedback_that_is_not_as_it_should_be_warns(
    lake: Lake, details: dict[str, object], says: str
) -> None:
    keep(lake, "feedback", details=details)
    result = run("feedback", lake)
    assert not result.passed
    assert result.severity == WARN
    assert says in str(result.description)
    assert [each["severity"] for each in problems_of(result)] == ["WARN"]


def test_a_tenth_of_a_files_events_may_be_odd(lake: Lake) -> None:
    keep(lake, "feedback", details={FEEDBACK_DROPPED: {"a.json": [2, 20], "b.json": [1, 10]}})
    assert run("feedback", lake).passed
    rules = Rules(odd_feedback_warn=0.05)
    result = run_input_check("feedback", lake, SNAPSHOT, rules)
    assert str(result.description).count("can not be understood") == 2
