"""Whole snapshots against the independent reference, row by row, on both engines."""

import inspect
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import pytest
from ibis import Table

from graph.catalog import table_of
from imagesuggest_assets.datasets.candidates import considered_files
from imagesuggest_assets.datasets.suggestions import filtered_suggestions
from imagesuggest_assets.rules import Rules
from resources.engine import Engine
from resources.lake import Lake
from tests.acceptance.broken_dumps import run_here, with_all_before
from tests.acceptance.command import rows_of, run
from tests.acceptance.reference import compute, suggestions
from tests.acceptance.rules_alone import rules_alone
from tests.acceptance.traps import write_traps
from tests.conftest import SHARED

DATASETS = (
    "pages",
    "incoming_links",
    "image_links",
    "local_files",
    "lead_images",
    "disambiguations",
    "file_redirects",
    "page_items",
    "commons_files",
    "commons_category_files",
    "commons_category_sizes",
    "item_claims",
    "depicts",
    "feedback",
    "commons_weighted_tags",
    "overused_files",
    "candidate_images",
    "unillustrated_articles",
    "filtered_suggestions",
    "wiki_flags",
    "search_index_full",
)
SETS = ("feedback",)
"""Datasets whose rows are distinct here, while the reference keeps an event that came twice."""


class Traps(NamedTuple):
    """A folder of traps, what must come out of it, and the lake with what did."""

    expected: dict[str, list[dict[str, Any]]]
    lake: Path
    snapshot: str


SPARK = pytest.param("spark-gz", marks=pytest.mark.cluster)
"""A minute of a whole graph on Spark; each of its rules is tried on both engines by itself."""


@pytest.fixture(scope="module", params=["duckdb-gz", "duckdb-bz2-without-optional", SPARK])
def traps(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Traps:
    """Run the traps on each engine, compressed in each way, with and without optional files."""
    folder = tmp_path_factory.mktemp("traps")
    engine, compression, *rest = request.param.split("-")
    snapshot = write_traps(folder / "dumps", compression=compression, optional=not rest)
    if engine == "spark" and SHARED.is_dir():
        # The real wiki is run by the command, on a Spark that compiles, as users do.
        request.getfixturevalue("spark_engine")
        with rules_alone(), pytest.MonkeyPatch.context() as environment:
            environment.setenv("DAGSTER_HOME", str(folder / "dagster"))
            some = with_all_before(*DATASETS)
            here = run_here(
                folder / "dumps", folder / "lake", some, engine=engine, snapshot=snapshot
            )
        assert not here.error
    else:
        ended = run(folder / "dumps", folder / "lake", engine, "--snapshot", snapshot)
        assert ended.code == 0, ended.err
    return Traps(compute(folder / "dumps", snapshot), folder / "lake", snapshot)


def comparable(row: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Make a row something that can be counted."""
    return tuple(
        sorted(
            (name, tuple(value) if isinstance(value, list) else value)
            for name, value in row.items()
        )
    )


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_row_is_as_the_reference_says(traps: Traps, dataset: str) -> None:
    found = Counter(map(comparable, rows_of(traps.lake, dataset, traps.snapshot)))
    expected = Counter(map(comparable, traps.expected[dataset]))
    if dataset in SETS:
        expected = Counter(set(expected))
    assert not list((expected - found).elements())[:5], "rows that are missing"
    assert not list((found - expected).elements())[:5], "rows that should not be there"


def test_what_communities_decided_gives_the_suggestions_of_the_reference(
    traps: Traps, duckdb_engine: Engine
) -> None:
    before = traps.expected["filtered_suggestions"]
    ((wiki, _),) = Counter(row["wiki_db"] for row in before).most_common(1)
    names = {row["page_id"]: row["file_name"] for row in traps.expected["commons_files"]}
    shown = {row["image"] for row in before if row["wiki_db"] == wiki}
    category = next(
        row["category"]
        for row in traps.expected["commons_category_files"]
        if names.get(row["page_id"]) in shown
    )
    each: list[dict[str, Any]] = [
        {"kinds_off": ["istype-depicts", "istype-lead-image"]},
        {"least_confidence": 80},
        {"excluded_files": [min(shown)]},
        {"excluded_categories": [category]},
    ]
    lake = Lake(traps.lake)

    def function_of(asset: dg.AssetsDefinition) -> Any:
        return asset.op.compute_fn.decorated_fn  # type: ignore[union-attr]

    def from_lake(asset: dg.AssetsDefinition) -> dict[str, Table]:
        names = [
            name for name in inspect.signature(function_of(asset)).parameters if name != "rules"
        ]
        return {name: duckdb_engine.read(lake.files(name, traps.snapshot)) for name in names}

    for own in each:
        rules = Rules(wikis={wiki: own})
        tables = {
            **from_lake(filtered_suggestions),
            "considered_files": table_of(
                function_of(considered_files)(**from_lake(considered_files), rules=rules)
            ),
        }
        kept = table_of(function_of(filtered_suggestions)(**tables, rules=rules))
        expected = suggestions(traps.expected, {wiki: own})
        assert Counter(map(comparable, duckdb_engine.rows(kept))) == Counter(
            map(comparable, expected)
        )
        assert expected != before, own
    lake.close()
