"""The checks of the module finder on what a run has made, and on what has a row that is wrong."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from asset_checks.modules import MODULE_CHECKS, found_result
from asset_checks.modules.runbook import RUNBOOK
from graph.shown import PROBLEMS
from graph.steps import Checked
from module_assets.catalog.asset import CATALOG
from module_assets.catalog.datasets import DATASETS
from module_assets.catalog.measures import MEASURES
from module_assets.definitions import build_resources
from module_assets.publication.faults import FAULTS, Found
from module_assets.rules import Rules
from module_assets.settings import Settings
from resources.lake import Lake
from tests.acceptance.command import rows_of
from tests.module_assets.partitions import KEY, keep
from tests.module_assets.runs import Snapshot

pytest_plugins = ["tests.module_assets.fixtures"]
WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR
Row = dict[str, Any]
Run = Callable[[Path, str, str], dg.AssetCheckResult]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Runs one check on a lake."""
    engine = build_resources(Settings(memory="1GB"))["engine"]
    by_name = {(each.spec.asset_key, each.spec.name): each for each in MODULE_CHECKS}

    def run_check(lake: Path, dataset: str, check: str) -> dg.AssetCheckResult:
        with closing(Lake(lake)) as here:
            return by_name[CATALOG.key(dataset), check].run(Checked(here, engine, Rules(), KEY))

    yield run_check
    engine.teardown_after_execution(dg.build_init_resource_context())


def test_every_dataset_has_a_contract_that_stops_a_run_and_the_others_stop_nothing() -> None:
    blocking = {each.spec.asset_key for each in MODULE_CHECKS if each.spec.blocking}
    assert blocking == {*CATALOG.keys(DATASETS)}
    assert {each.spec.name for each in MODULE_CHECKS if each.spec.blocking} == {"contract"}


def test_every_check_has_its_paragraph_in_the_runbook() -> None:
    assert {each.spec.name for each in MODULE_CHECKS} <= RUNBOOK.keys()


@pytest.mark.parametrize("dataset", DATASETS)
def test_what_a_run_has_made_keeps_its_contract(
    modules_run: Snapshot, run: Run, dataset: str
) -> None:
    result = run(modules_run.lake, dataset, "contract")
    assert result.passed, result.description


@pytest.mark.parametrize(
    ("dataset", "check"),
    [*((name, "anomaly") for name in MEASURES)]
    + [(name, each.name) for name, each in FAULTS.items() if each.name != "targets"],
)
def test_a_first_snapshot_that_is_well_passes(
    modules_run: Snapshot, run: Run, dataset: str, check: str
) -> None:
    assert run(modules_run.lake, dataset, check).passed


def another(**values: Any) -> Callable[[Row], list[Row]]:
    """The row, with something else in it."""
    return lambda row: [row | values]


def nothing(row: Row) -> list[Row]:
    """No row in its place."""
    return []


BROKEN: dict[str, tuple[str, Callable[[Row], list[Row]], str]] = {
    "a row twice": (
        "module_code",
        lambda row: [row, row],
        "the key (wiki_db, page_id) occurs once",
    ),
    "a share above 1": ("module_families", another(similarity=1.5), "similarity is at most 1"),
    "no such kind": ("module_code", another(kind="prose"), "kind is one of"),
    "no digest": ("module_code", another(shape="A" * 32), "shape matches"),
    "of no module": ("module_use", another(page_id=10**6), "is in modules"),
    "no row of a module": ("module_links", nothing, "what is in modules is here"),
    "no text of a module": ("module_text", nothing, "what is in exported_modules is here"),
    "no family of a module": ("module_families", nothing, "what is in module_names is here"),
    "no row of a shape": ("shapes", nothing, "what is in module_names is here"),
    "no name of a module": (
        "module_names",
        nothing,
        "what is in module_code of kind code or data is here",
    ),
    "on one wiki": ("families", another(wikis=1), "wikis is at least 2"),
    "of no family": ("family_scores", another(family_id="xwiki/1"), "is found in families"),
    "no title": ("module_references", another(title=None), "title is not NULL"),
    "a function's line": ("module_functions", another(line=0), "line is at least 1"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_one_row_that_is_wrong_is_found_and_named(modules_lake: Path, run: Run, case: str) -> None:
    dataset, broken, rule = BROKEN[case]
    first, *rows = rows_of(modules_lake, dataset, KEY)
    with closing(Lake(modules_lake)) as lake:
        keep(lake, dataset, [*rows, *broken(first)])
    result = run(modules_lake, dataset, "contract")
    assert not result.passed
    assert rule in str(result.description)


def test_a_dataset_without_rows_breaks_its_contract_where_there_are_modules(
    modules_lake: Path, run: Run
) -> None:
    with closing(Lake(modules_lake)) as lake:
        keep(lake, "module_code")
    assert not run(modules_lake, "module_code", "contract").passed


def test_a_fault_of_the_whole_is_one_problem_and_of_wikis_one_each_the_worst_first() -> None:
    found = [Found("arwiki", "a little", "WARN", 0.1), Found("enwiki", "much", "ERROR", 0.9)]
    result = found_result(found, "All is well.")
    assert (result.passed, result.severity) == (False, ERROR)
    assert result.description == "much; a little"
    problems = result.metadata[PROBLEMS].value
    assert [(each["wiki"], each["severity"], each["weight"]) for each in problems] == [
        ("arwiki", "WARN", 0.1),
        ("enwiki", "ERROR", 0.9),
    ]
    result = found_result([Found("", "of all")], "All is well.")
    assert (result.severity, result.description) == (WARN, "of all")
    well = found_result([], "All is well.")
    assert (well.passed, well.description) == (True, "All is well.")
