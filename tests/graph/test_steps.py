"""The checks of a dataset are one step, in which each stays a check by itself."""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import pytest

from graph.steps import CHECKS_OF, Check, Checked, check_of, in_steps
from imagesuggest_assets.catalog.asset import CATALOG
from tests.asset_checks.graphs import made_up, materialize

NAME = "overused_files"


def check(name: str, *, passes: bool, blocking: bool, asked: list[str]) -> Check:
    """A check that writes down that it was asked."""

    def run(on: Checked) -> dg.AssetCheckResult:
        assert on.lake.has(NAME, on.snapshot)
        asked.append(name)
        return dg.AssetCheckResult(passed=passes, description=f"{name} says so")

    return check_of(CATALOG, NAME, name, run, description="Nothing.", blocking=blocking)


def run_with(
    checks: Sequence[Check], instance: dg.DagsterInstance, folder: Path, computed: list[str]
) -> dg.ExecuteInProcessResult:
    """Materialize a dataset, its checks, and one that comes after it."""
    before = made_up(NAME, [], computed=computed)
    after = made_up("local_files", [], computed=computed, after=[NAME])
    return materialize(instance, folder, [before, after, *in_steps(checks)])


@pytest.mark.parametrize("stops", [True, False])
def test_each_check_has_its_verdict_and_only_a_blocking_one_stops_what_comes_after(
    instance: dg.DagsterInstance, tmp_path: Path, stops: bool
) -> None:
    asked: list[str] = []
    computed: list[str] = []
    checks = [
        check("first", passes=not stops, blocking=True, asked=asked),
        check("second", passes=stops, blocking=False, asked=asked),
        check("third", passes=True, blocking=True, asked=asked),
    ]
    result = run_with(checks, instance, tmp_path / "lake", computed)
    assert asked == ["first", "second", "third"]
    assert {each.check_name: each.passed for each in result.get_asset_check_evaluations()} == {
        "first": not stops,
        "second": stops,
        "third": True,
    }
    assert result.success is not stops
    assert computed == [NAME] + ["local_files"] * (not stops)
    steps = {event.step_key for event in result.all_events if event.is_step_start}
    assert {step for step in steps if str(step).startswith(CHECKS_OF)} == {f"{CHECKS_OF}{NAME}"}


def test_of_checks_that_were_chosen_only_those_run(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    asked: list[str] = []
    checks = [check(name, passes=True, blocking=False, asked=asked) for name in ("one", "other")]
    run_with(checks, instance, tmp_path / "lake", [])
    asked.clear()
    computed: list[str] = []
    before = made_up(NAME, [], computed=computed)
    other = made_up("local_files", [], computed=computed)
    # Dagster takes the partitions of a run from its datasets, so that one has to be chosen, too.
    chosen = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey(NAME), "other"))
    chosen |= dg.AssetSelection.assets("local_files")
    assets = [before, other, *in_steps(checks)]
    assert materialize(instance, tmp_path / "lake", assets, chosen).success
    assert (asked, computed) == (["other"], ["local_files"])
