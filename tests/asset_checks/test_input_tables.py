"""What is found missing in the input tables, wiki by wiki."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from asset_checks.input_tables import (
    CHECKED,
    COMPARED,
    FINDINGS_TOLD,
    INPUT_CHECKS,
    NEVER_ALL_NULL,
    OF_ARTICLES,
    OF_COMMONS,
    Finding,
    fewer_pages,
    input_result,
    lost_targets,
    run_input_check,
)
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.inputs import FEEDBACK_DAMAGED, FEEDBACK_DROPPED, FEEDBACK_GONE
from imagesuggest_assets.datasets.inputs import image_links
from imagesuggest_assets.rules import Rules
from resources.engine import Engine
from resources.lake import Lake, Statistics
from tests.asset_checks.declared import Row, good_row
from tests.asset_checks.graphs import check_of, made_up, materialize, whole_graph
from tests.asset_checks.partitions import SNAPSHOT, keep, keep_manifest, problems_of, shown

pytestmark = pytest.mark.filterwarnings(
    # Dagster's own, about resources that hold resources.
    "ignore:InitResourceContext.dagster_run is deprecated:DeprecationWarning"
)

PAGES: list[Row] = [
    ("chwiki", 1, 0, "One", False, 7),
    ("chwiki", 2, 0, "Two", False, 7),
    ("arwiki", 1, 0, "One", False, 7),
    # A wiki without articles.
    ("ptwiki", 1, 0, "Redirect", True, 7),
    ("commonswiki", 1, 0, "Gallery", False, 7),
    ("commonswiki", 2, 6, "File.jpg", False, 7),
]
WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    made = Lake(tmp_path / "lake")
    yield made
    made.close()


def run(name: str, engine: Engine, lake: Lake) -> dg.AssetCheckResult:
    return run_input_check(name, engine, lake, SNAPSHOT, Rules())


def of_wiki(name: str, wiki: str) -> Row:
    """A good row of a table, of that wiki."""
    return (wiki, *good_row(DATASETS[name], 1)[1:])


def test_a_table_that_is_empty_for_a_wiki_with_articles_warns(engine: Engine, lake: Lake) -> None:
    keep(lake, "pages", PAGES)
    keep(lake, "image_links", [of_wiki("image_links", "chwiki")])
    result = run("image_links", engine, lake)
    assert not result.passed
    assert result.severity == WARN
    assert result.description == "arwiki: no rows, expected some, for 1 page"
    assert result.metadata["wikis looked at"].value == 2
    assert shown(result, "findings") == [
        {"wiki": "arwiki", "found": "no rows", "expected": "some, for 1 page"}
    ]


@pytest.mark.parametrize("name", OF_ARTICLES)
def test_a_table_needs_rows_for_the_wikis_with_articles_alone(
    duckdb_engine: Engine, lake: Lake, name: str
) -> None:
    keep(lake, "pages", PAGES)
    keep(lake, name, [of_wiki(name, wiki) for wiki in ("chwiki", "arwiki")])
    result = run(name, duckdb_engine, lake)
    assert result.passed
    assert result.description == "nothing missing, wikis looked at: 2"
    keep(lake, name)
    result = run(name, duckdb_engine, lake)
    assert not result.passed
    assert result.severity == WARN
    assert str(result.description).count("no rows") == 2
    assert "chwiki: no rows, expected some, for 2 pages" in str(result.description)


@pytest.mark.parametrize("name", OF_COMMONS)
def test_a_table_of_commons_needs_rows_where_commons_has_pages(
    duckdb_engine: Engine, lake: Lake, name: str
) -> None:
    keep(lake, "mediawiki_image", [("commonswiki", "File.jpg", "BITMAP", 1)])
    keep(lake, "pages", PAGES)
    keep(lake, name, [good_row(DATASETS[name], 1)])
    assert run(name, duckdb_engine, lake).passed
    keep(lake, name)
    result = run(name, duckdb_engine, lake)
    assert not result.passed
    assert result.severity == WARN
    assert result.description == "commonswiki: no rows, expected some, for 2 pages"
    keep(lake, "pages", PAGES[:4])
    assert run(name, duckdb_engine, lake).passed


def test_claims_of_items_are_needed_where_there_is_an_article(
    duckdb_engine: Engine, lake: Lake
) -> None:
    keep(lake, "pages", PAGES)
    keep(lake, "item_claims")
    result = run("item_claims", duckdb_engine, lake)
    assert not result.passed
    assert result.description == "wikidatawiki: no rows, expected some, for 3 pages"
    keep(lake, "item_claims", [("Q1", "P18", "A.jpg")])
    assert run("item_claims", duckdb_engine, lake).passed
    keep(lake, "item_claims")
    keep(lake, "pages", PAGES[3:])
    assert run("item_claims", duckdb_engine, lake).passed


def test_without_pages_it_is_told_that_nothing_was_compared(
    duckdb_engine: Engine, lake: Lake
) -> None:
    keep(lake, "image_links")
    result = run("image_links", duckdb_engine, lake)
    assert not result.passed
    assert result.severity == WARN
    assert "pages is not there" in str(result.description)


def test_a_column_that_is_null_in_every_row_of_a_wiki_warns(engine: Engine, lake: Lake) -> None:
    rows: list[Row] = [
        ("chwiki", "A.jpg", None, 1),
        ("chwiki", "B.jpg", None, None),
        # One value is enough, and 0 is one.
        ("arwiki", "A.jpg", "BITMAP", None),
        ("arwiki", "B.jpg", None, 0),
        ("commonswiki", "A.jpg", None, None),
    ]
    keep(lake, "mediawiki_image", rows)
    result = run("mediawiki_image", engine, lake)
    assert not result.passed
    assert result.severity == WARN
    assert sorted(str(result.description).split("; ")) == [
        "chwiki: img_media_type is always NULL, expected values",
        "commonswiki: img_media_type is always NULL, expected values",
        "commonswiki: img_width is always NULL, expected values",
    ]
    assert result.metadata["wikis looked at"].value == 3
    keep(lake, "mediawiki_image", rows[2:4])
    assert run("mediawiki_image", engine, lake).passed


def test_files_of_commons_need_values_only_where_its_image_table_is_there(
    engine: Engine, lake: Lake
) -> None:
    keep(lake, "pages", PAGES)
    keep(lake, "commons_files", [(2, "File.jpg", None, None), (3, "B.jpg", "AUDIO", None)])
    keep(lake, "mediawiki_image", [("chwiki", "File.jpg", "BITMAP", 1)])
    assert run("commons_files", engine, lake).passed
    keep(lake, "mediawiki_image", [("commonswiki", "File.jpg", "BITMAP", 1)])
    result = run("commons_files", engine, lake)
    assert not result.passed
    assert result.severity == WARN
    assert result.description == "commonswiki: width is always NULL, expected values"


def lost(no_target: int, links: int, rules: Rules | None = None) -> list[Finding]:
    statistics = Statistics(0, 0, 0, {}, {"chwiki": links}, {"no_target": {"chwiki": no_target}})
    return lost_targets(statistics, rules or Rules())


@pytest.mark.parametrize("links", [100, 300, 700, 30_000_000, 10**15])
def test_links_without_target_warn_above_one_percent_and_stop_above_ten(links: int) -> None:
    one, ten = links // 100, links // 10
    assert lost(0, links) == []
    assert lost(one, links) == []
    assert [finding.stops for finding in lost(one + 1, links)] == [False]
    assert [finding.stops for finding in lost(ten, links)] == [False]
    assert [finding.stops for finding in lost(ten + 1, links)] == [True]


def test_a_wiki_without_links_has_lost_none() -> None:
    assert lost(0, 0) == []


def test_the_limits_of_lost_links_are_settings() -> None:
    rules = Rules(lost_links_warn=0.5, lost_links_error=0.75)
    assert lost(50, 100, rules) == []
    assert lost(51, 100, rules) == [
        Finding("chwiki", "51 of 100 links without target (51.00%)", "at most 50.00%")
    ]
    assert [finding.stops for finding in lost(76, 100, rules)] == [True]


@pytest.mark.parametrize("name", ["incoming_links", "image_links"])
def test_lost_links_are_told_by_wiki_and_one_wiki_is_enough_to_stop(
    duckdb_engine: Engine, lake: Lake, name: str
) -> None:
    keep(lake, "pages", PAGES)
    keep(
        lake,
        name,
        [of_wiki(name, wiki) for wiki in ("chwiki", "arwiki")],
        candidates={"arwiki": 1_000, "chwiki": 1_000, "ptwiki": 1_000},
        no_target={"arwiki": 11, "chwiki": 101, "ptwiki": 10},
    )
    result = run(name, duckdb_engine, lake)
    assert not result.passed
    assert result.severity == ERROR
    assert result.description == (
        "chwiki: 101 of 1,000 links without target (10.10%), expected at most 10.00%; "
        "arwiki: 11 of 1,000 links without target (1.10%), expected at most 1.00%"
    )


def test_lost_links_of_commons_categories_count_too(duckdb_engine: Engine, lake: Lake) -> None:
    keep(lake, "pages", PAGES)
    keep(
        lake,
        "commons_category_files",
        [("Cats", 2)],
        candidates={"commonswiki": 10},
        no_target={"commonswiki": 2},
    )
    result = run("commons_category_files", duckdb_engine, lake)
    assert result.severity == ERROR
    assert "commonswiki: 2 of 10 links without target" in str(result.description)


def test_what_stops_the_run_is_told_first_and_the_rest_is_in_the_table() -> None:
    warnings = [Finding(f"wiki{n}", "no rows", "some") for n in range(FINDINGS_TOLD)]
    result = input_result(9, [*warnings, Finding("zhwiki", "much", "less", stops=True)])
    assert result.severity == ERROR
    assert str(result.description).startswith("zhwiki: much, expected less; wiki0: no rows")
    assert str(result.description).endswith("; and 1 more")
    assert len(shown(result, "findings")) == FINDINGS_TOLD + 1


@pytest.mark.parametrize("before", [1, 5, 10, 1_000, 100_000_000])
def test_a_wiki_with_fewer_than_80_percent_of_its_pages_warns(before: int) -> None:
    least = -(-before * 4 // 5)
    pages = {"chwiki": before}
    assert fewer_pages({"chwiki": least}, pages, "2026-10-26", Rules()) == []
    assert fewer_pages({"chwiki": 2 * before}, pages, "2026-10-26", Rules()) == []
    (found,) = fewer_pages({"chwiki": least - 1}, pages, "2026-10-26", Rules())
    assert found == Finding(
        "chwiki", f"{least - 1:,} pages", f"at least 80% of the {before:,} of 2026-10-26"
    )
    assert not found.stops


def test_a_wiki_that_had_no_pages_before_has_lost_none() -> None:
    assert fewer_pages({"newwiki": 0, "chwiki": 3}, {"chwiki": 0}, "2026-10-26", Rules()) == []


def test_the_share_of_pages_that_may_be_lost_is_a_setting() -> None:
    rules = Rules(pages_share_warn=0.5)
    assert fewer_pages({"chwiki": 5}, {"chwiki": 10}, "2026-10-26", rules) == []
    assert len(fewer_pages({"chwiki": 4}, {"chwiki": 10}, "2026-10-26", rules)) == 1


def test_pages_are_compared_with_the_snapshot_before_wiki_by_wiki(
    duckdb_engine: Engine, lake: Lake
) -> None:
    def pages(**counts: int) -> list[Row]:
        return [
            (wiki, page, 0, f"Page {page}", False, 7)
            for wiki, count in counts.items()
            for page in range(1, count + 1)
        ]

    # Neither what is two snapshots ago nor what is newer is looked at.
    keep(lake, "pages", pages(chwiki=99, arwiki=99), snapshot="2026-10-19")
    keep(lake, "pages", pages(chwiki=99, arwiki=99), snapshot="2026-11-09")
    keep(
        lake,
        "pages",
        pages(arwiki=10, chwiki=10, dewiki=9, ptwiki=10, commonswiki=10),
        snapshot="2026-10-26",
    )
    keep(lake, "pages", pages(arwiki=8, chwiki=7, commonswiki=8, newwiki=1))
    # ptwiki lost them all; dewiki is no part of the snapshot.
    keep_manifest(lake, SNAPSHOT, ["arwiki", "chwiki", "newwiki", "ptwiki"])
    result = run("pages", duckdb_engine, lake)
    assert not result.passed
    assert result.severity == WARN
    assert result.description == (
        "chwiki: 7 pages, expected at least 80% of the 10 of 2026-10-26; "
        "ptwiki: 0 pages, expected at least 80% of the 10 of 2026-10-26"
    )
    assert result.metadata["wikis looked at"].value == 5
    assert [(each["wiki"], each["severity"]) for each in problems_of(result)] == [
        ("chwiki", "WARN"),
        ("ptwiki", "WARN"),
    ]


def test_the_first_snapshot_of_pages_has_nothing_to_be_compared_with(
    duckdb_engine: Engine, lake: Lake
) -> None:
    keep(lake, "pages", PAGES)
    keep_manifest(lake, SNAPSHOT, ["arwiki", "chwiki", "ptwiki"])
    assert run("pages", duckdb_engine, lake).passed


def test_each_table_of_which_something_is_expected_has_one_blocking_check() -> None:
    graph = whole_graph()
    assert {"pages", "feedback", *COMPARED, *NEVER_ALL_NULL} == CHECKED
    assert len(INPUT_CHECKS) == len(CHECKED)
    for name in CHECKED:
        check = graph.get(dg.AssetCheckKey(dg.AssetKey(name), "inputs"))
        assert check.blocking
        assert (dg.AssetKey("pages") in check.parent_entity_keys) == (name in {"pages", *COMPARED})


def test_a_table_is_compared_with_the_pages_of_the_same_run(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    computed: list[str] = []
    assets = [
        made_up("image_links", [], computed=computed),
        check_of("image_links", "inputs"),
        made_up("pages", PAGES, computed=computed),
        made_up("unillustrated_articles", [], computed=computed, after=["image_links"]),
    ]
    result = materialize(instance, tmp_path / "lake", assets)
    (evaluation,) = result.get_asset_check_evaluations()
    assert str(evaluation.description).count("no rows, expected some") == 2
    assert evaluation.severity == WARN
    # A warning lets the run go on.
    assert result.success
    assert sorted(computed) == ["image_links", "pages", "unillustrated_articles"]


@pytest.mark.parametrize(("no_target", "stops"), [(1, False), (2, True)])
def test_nothing_after_a_table_that_lost_too_many_links_is_computed(
    instance: dg.DagsterInstance, tmp_path: Path, no_target: int, stops: bool
) -> None:
    links: list[Row] = [("chwiki", 1, None, number) for number in range(10)]
    targets: list[Row] = [("chwiki", number, 6, f"{number}.jpg") for number in range(no_target, 10)]
    computed: list[str] = []
    assets = [
        made_up("mediawiki_imagelinks", links, computed=computed),
        made_up("mediawiki_linktarget", targets, computed=computed),
        made_up("file_redirects", [], computed=computed),
        made_up("local_files", [], computed=computed),
        made_up("pages", [("chwiki", 1, 0, "One", False, 7)], computed=computed),
        image_links,
        check_of("image_links", "inputs"),
        made_up("unillustrated_articles", [], computed=computed, after=["image_links"]),
    ]
    result = materialize(instance, tmp_path / "lake", assets)
    (evaluation,) = result.get_asset_check_evaluations()
    assert not evaluation.passed
    assert evaluation.severity == (ERROR if stops else WARN)
    assert f"{no_target} of 10 links without target" in str(evaluation.description)
    assert result.success is not stops
    assert ("unillustrated_articles" in computed) is not stops


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
    duckdb_engine: Engine, lake: Lake, details: dict[str, object], says: str
) -> None:
    keep(lake, "feedback", details=details)
    result = run("feedback", duckdb_engine, lake)
    assert not result.passed
    assert result.severity == WARN
    assert says in str(result.description)
    assert [each["severity"] for each in problems_of(result)] == ["WARN"]


def test_a_tenth_of_a_files_events_may_be_odd(duckdb_engine: Engine, lake: Lake) -> None:
    keep(lake, "feedback", details={FEEDBACK_DROPPED: {"a.json": [2, 20], "b.json": [1, 10]}})
    assert run("feedback", duckdb_engine, lake).passed
    rules = Rules(odd_feedback_warn=0.05)
    result = run_input_check("feedback", duckdb_engine, lake, SNAPSHOT, rules)
    assert str(result.description).count("can not be understood") == 2
