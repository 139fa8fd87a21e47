"""Contracts of partitions in the lake, and what Dagster does when one is broken."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from graph.contracts import run_contract
from imagesuggest_assets.catalog.datasets import DATASETS
from resources.engine import Engine
from resources.errors import UserError
from resources.lake import Lake
from tests.asset_checks.declared import Row, good_row
from tests.asset_checks.graphs import made_up, materialize, step_of, whole_graph
from tests.asset_checks.partitions import SNAPSHOT, keep

pytestmark = pytest.mark.filterwarnings(
    # Dagster's own, about resources that hold resources.
    "ignore:InitResourceContext.dagster_run is deprecated:DeprecationWarning"
)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    made = Lake(tmp_path / "lake")
    yield made
    made.close()


def run(name: str, engine: Engine, lake: Lake) -> dg.AssetCheckResult:
    return run_contract(DATASETS[name], engine, lake, SNAPSHOT)


def test_a_partition_keeps_its_contract_or_is_told_apart_from_what_it_refers_to(
    engine: Engine, lake: Lake
) -> None:
    keep(lake, "pages", [("chwiki", page, 0, f"Page {page}", False, 7) for page in (1, 2)])
    keep(lake, "page_items", [("chwiki", 1, "Q1"), ("chwiki", 2, "Q1")])
    result = run("page_items", engine, lake)
    assert result.passed, result.description
    keep(lake, "page_items", [("chwiki", 1, "Q1"), ("arwiki", 2, "Q1")])
    result = run("page_items", engine, lake)
    assert not result.passed
    assert result.description == (
        "(wiki_db, page_id) is found in pages: broken 1 time, first by "
        "{'wiki_db': 'arwiki', 'page_id': 2, 'item_id': 'Q1'}"
    )
    assert result.metadata["rows looked at"].value == 2


@pytest.mark.parametrize(
    ("name", "other"),
    [(each.name, other) for each in DATASETS.values() for other in each.rows_when],
)
def test_no_rows_are_found_where_another_dataset_has_some(
    duckdb_engine: Engine, lake: Lake, name: str, other: str
) -> None:
    dataset = DATASETS[name]
    for each in {*dataset.rows_when, *dataset.others}:
        keep(lake, each)
    keep(lake, name)
    result = run(name, duckdb_engine, lake)
    assert result.passed
    assert str(result.description).endswith("rules kept, rows looked at: 0")
    assert result.metadata["rows looked at"].value == 0
    keep(lake, other, [good_row(DATASETS[other], 1)])
    result = run(name, duckdb_engine, lake)
    assert not result.passed
    assert result.description == f"has rows where {other} has some: broken 1 time"
    assert result.metadata["rows looked at"].value == 0


def test_a_partition_that_is_not_there_is_an_error_and_not_a_pass(
    duckdb_engine: Engine, lake: Lake
) -> None:
    with pytest.raises(UserError, match="wiki_flags has no partition 2026-11-02"):
        run("wiki_flags", duckdb_engine, lake)


def test_every_dataset_has_a_blocking_contract_that_compares_it_with_what_is_upstream() -> None:
    graph = whole_graph()
    for dataset in DATASETS.values():
        check = graph.get(dg.AssetCheckKey(dg.AssetKey(dataset.name), "contract"))
        assert check.blocking
        upstream = dg.AssetSelection.assets(dataset.name).upstream(include_self=False)
        compared = {*dataset.rows_when, *dataset.others}
        assert {dg.AssetKey(name) for name in compared} <= upstream.resolve(graph)


def run_with(
    instance: dg.DagsterInstance, folder: Path, rows: list[Row]
) -> tuple[list[str], dg.AssetCheckEvaluation, bool]:
    """Run overused_files, its contract and what comes after; give which assets were computed."""
    computed: list[str] = []
    assets = [
        made_up("overused_files", rows, computed=computed),
        step_of("overused_files", "contract"),
        made_up("candidate_images", [], computed=computed, after=["overused_files"]),
    ]
    result = materialize(instance, folder / "lake", assets)
    (evaluation,) = result.get_asset_check_evaluations()
    return computed, evaluation, result.success


def test_what_comes_after_a_kept_contract_is_computed(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    computed, evaluation, success = run_with(instance, tmp_path, [("A.jpg", 9, 4)])
    assert success
    assert computed == ["overused_files", "candidate_images"]
    assert evaluation.passed
    assert evaluation.description == "all 10 rules kept, rows looked at: 1"


def test_nothing_after_a_broken_contract_is_computed(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    rows = [("A.jpg", 9, 4), ("A.jpg", 9, 4), ("B.jpg", 0, 4)]
    computed, evaluation, success = run_with(instance, tmp_path, rows)
    assert not success
    assert computed == ["overused_files"]
    assert not (tmp_path / "lake" / "candidate_images").exists()
    assert not evaluation.passed
    assert evaluation.severity == dg.AssetCheckSeverity.ERROR
    assert evaluation.description == (
        "pages is at least 1: broken 1 time, first by "
        "{'file_name': 'B.jpg', 'pages': 0, 'limit': 4}; "
        "the key (file_name) occurs once: broken 1 time, first by {'file_name': 'A.jpg', 'rows': 2}"
    )
    assert evaluation.metadata["offending rows"].value == {
        "pages is at least 1": [{"file_name": "B.jpg", "pages": 0, "limit": 4}],
        "the key (file_name) occurs once": [{"file_name": "A.jpg", "rows": 2}],
    }
