"""Old runs are forgotten wholly, on a real Dagster instance, and it stays as large as it is."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest

from graph import old_runs
from graph.old_runs import forget_old_runs
from graph.past_runs import PARTITION_TAG, last_materialized
from imagesuggest_assets.catalog.asset import CATALOG
from imagesuggest_assets.rules import Rules
from module_assets.catalog.asset import CATALOG as MODULE_CATALOG
from module_assets.catalog.asset import SNAPSHOTS as MODULES
from tests.acceptance.broken_dumps import run_here
from tests.imagesuggest_assets.killed_run import endless
from tests.imagesuggest_assets.published import publish
from tests.imagesuggest_assets.snapshots.sensors import Sensors

KEYS = [str(date(2026, 1, 5) + timedelta(weeks=week)) for week in range(20)]


@pytest.fixture
def instance(new_instance: Path, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """As the daemon opens it: what is in SQLite's own files beside them is put in their place."""
    shutil.copytree(new_instance, tmp_path, dirs_exist_ok=True)
    with dg.instance_for_test(temp_dir=str(tmp_path)) as made:
        yield made


@dg.asset(partitions_def=dg.DynamicPartitionsDefinition(name="snapshot"))
def dataset() -> dg.MaterializeResult[None]:
    """Something with a plot."""
    return dg.MaterializeResult(metadata={"plot": dg.MetadataValue.md(os.urandom(20_000).hex())})


@dg.asset_check(asset=dataset)
def look() -> dg.AssetCheckResult:
    """Something else with a plot."""
    return dg.AssetCheckResult(
        passed=True, metadata={"plot": dg.MetadataValue.md(os.urandom(20_000).hex())}
    )


def run(instance: dg.DagsterInstance, key: str) -> str:
    """Run a snapshot as a whole; give the run's identifier."""
    instance.add_dynamic_partitions("snapshot", [key])
    return dg.materialize([dataset, look], instance=instance, partition_key=key).run_id


def shown(instance: dg.DagsterInstance) -> list[str]:
    """List the snapshots of the runs that are shown, newest run first."""
    return [each.tags.get(PARTITION_TAG, "") for each in instance.get_runs()]


def rows(instance: dg.DagsterInstance, run_id: str) -> dict[str, int]:
    """Count what the instance's databases hold of a run, by table."""
    home = Path(instance.root_directory)
    found = {}
    for file in ("history/runs.db", "history/runs/index.db"):
        with closing(sqlite3.connect(home / file)) as database:
            for table in ("runs", "run_tags", "event_logs", "asset_check_executions"):
                try:
                    query = f"SELECT count(*) FROM {table} WHERE run_id = ?"
                    (found[table],) = database.execute(query, [run_id]).fetchone()
                except sqlite3.OperationalError:
                    continue
    return found


def size(instance: dg.DagsterInstance) -> int:
    """Give the bytes of all the instance's files."""
    home = Path(instance.root_directory)
    return sum(file.stat().st_size for file in home.rglob("*") if file.is_file())


def test_a_run_is_forgotten_with_all_that_was_kept_of_it(instance: dg.DagsterInstance) -> None:
    old, *others = [run(instance, key) for key in KEYS[:3]]
    before = rows(instance, old)
    assert set(before) == {"runs", "run_tags", "event_logs", "asset_check_executions"}
    assert all(before.values())
    logs = [file for file in Path(instance.root_directory).rglob("*") if old in str(file)]
    assert len(logs) > 3

    assert forget_old_runs(instance, CATALOG, 2, KEYS[2]) == (
        "1 old run forgotten; those of the 2 snapshots that ran last are kept"
    )
    assert not any(rows(instance, old).values())
    assert not [file for file in Path(instance.root_directory).rglob("*") if old in str(file)]
    for other in others:
        assert rows(instance, other) == before
        assert instance.all_logs(other)
    # Nor is the partition shown as one that is missing; what is newest is known.
    assert instance.get_dynamic_partitions("snapshot") == KEYS[1:3]
    assert last_materialized(instance, CATALOG, KEYS[2], ["dataset"])["dataset"]
    assert forget_old_runs(instance, CATALOG, 2, KEYS[2]).startswith("0 old runs forgotten;")


def test_each_graph_forgets_its_own_runs_and_counts_its_own_snapshots(
    instance: dg.DagsterInstance,
) -> None:
    @dg.asset(key_prefix="modules", partitions_def=MODULES)
    def texts() -> None: ...

    job = dg.define_asset_job("modules_snapshot", selection=[texts])
    modules = dg.Definitions(assets=[texts], jobs=[job]).resolve_job_def(job.name)
    for key in KEYS[:3]:
        instance.add_dynamic_partitions(str(MODULES.name), [key])
        modules.execute_in_process(instance=instance, partition_key=key)
    run(instance, KEYS[3])
    told = forget_old_runs(instance, CATALOG, 2, KEYS[3])
    assert told.startswith("0 old runs forgotten;")
    assert len(shown(instance)) == 4
    told = forget_old_runs(instance, MODULE_CATALOG, 2, KEYS[2])
    assert told.startswith("1 old run forgotten;")
    assert shown(instance) == [KEYS[3], KEYS[2], KEYS[1]]
    assert instance.get_dynamic_partitions(str(MODULES.name)) == KEYS[1:3]
    assert instance.get_dynamic_partitions("snapshot") == [KEYS[3]]


def test_twenty_snapshots_take_no_more_room_than_those_that_are_kept(
    instance: dg.DagsterInstance,
) -> None:
    sizes = []
    for key in KEYS:
        run(instance, key)
        forget_old_runs(instance, CATALOG, 4, key)
        sizes.append(size(instance))
    assert shown(instance) == KEYS[:-5:-1]
    assert sizes[3] > 2 * sizes[0]
    # The rows' numbers become longer.
    assert max(sizes[8:]) < 1.01 * max(sizes[4:8])


def test_what_is_decided_about_the_newest_snapshots_keeps_its_runs(
    instance: dg.DagsterInstance,
) -> None:
    # The first two are finished, the others fail at their first dataset.
    for key in [*KEYS[:5], KEYS[0]]:
        run(instance, key)
    forget_old_runs(instance, CATALOG, 1, KEYS[1])
    assert shown(instance) == [KEYS[0], *KEYS[4:0:-1], KEYS[0]]
    forget_old_runs(instance, CATALOG, 1, KEYS[4])
    assert shown(instance) == [KEYS[0], KEYS[4], KEYS[0]]


def test_where_fewer_ran_or_none_is_finished_or_all_are_to_be_kept_nothing_is_forgotten(
    instance: dg.DagsterInstance,
) -> None:
    for key in KEYS[:3]:
        run(instance, key)
    for kept, finished in ((1, ""), (0, KEYS[2]), (3, KEYS[2]), (8, KEYS[2])):
        assert forget_old_runs(instance, CATALOG, kept, finished).startswith("0 old runs forgotten")
        assert len(shown(instance)) == 3
        assert instance.get_dynamic_partitions("snapshot") == KEYS[:3]


def test_an_old_snapshot_that_was_added_by_hand_waits_for_its_run(
    instance: dg.DagsterInstance,
) -> None:
    for key in KEYS[1:4]:
        run(instance, key)
    instance.add_dynamic_partitions("snapshot", [KEYS[0]])
    forget_old_runs(instance, CATALOG, 2, KEYS[3])
    assert sorted(instance.get_dynamic_partitions("snapshot")) == [KEYS[0], *KEYS[2:4]]
    run(instance, KEYS[0])
    forget_old_runs(instance, CATALOG, 2, KEYS[3])
    assert sorted(instance.get_dynamic_partitions("snapshot")) == [KEYS[0], KEYS[3]]


def test_runs_that_go_on_and_runs_of_no_snapshot_are_kept(instance: dg.DagsterInstance) -> None:
    config = {"ops": {"goes_on": {"config": {"begun": ""}}}}
    instance.create_run_for_job(endless, run_config=config)
    instance.create_run_for_job(endless, run_config=config, tags={PARTITION_TAG: KEYS[0]})
    for key in KEYS[:3]:
        run(instance, key)
    forget_old_runs(instance, CATALOG, 1, KEYS[2])
    assert shown(instance) == [KEYS[2], KEYS[0], ""]


@pytest.mark.parametrize("step", ["delete_events_for_run", "delete_run"])
def test_what_is_half_forgotten_is_forgotten_the_next_time(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    old, _ = [run(instance, key) for key in KEYS[:2]]
    storage = instance.event_log_storage if step != "delete_run" else instance.run_storage
    with monkeypatch.context() as interrupted:
        interrupted.setattr(storage, step, lambda *_: exec("raise KeyboardInterrupt"))
        with pytest.raises(KeyboardInterrupt):
            forget_old_runs(instance, CATALOG, 1, KEYS[1])
    assert shown(instance) == [KEYS[1], KEYS[0]]
    forget_old_runs(instance, CATALOG, 1, KEYS[1])
    assert shown(instance) == [KEYS[1]]
    assert not any(rows(instance, old).values())
    assert not [file for file in Path(instance.root_directory).rglob("*") if old in str(file)]


def test_what_takes_long_is_left_to_the_next_tick(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in KEYS[:4]:
        run(instance, key)
    monkeypatch.setattr(old_runs, "FORGETTING_SECONDS", -1)
    assert forget_old_runs(instance, CATALOG, 1, KEYS[3]) == (
        "0 old runs forgotten, 3 wait; those of the 1 snapshots that ran last are kept"
    )
    monkeypatch.undo()
    assert forget_old_runs(instance, CATALOG, 1, KEYS[3]).startswith("3 old runs forgotten;")


def reported(instance: dg.DagsterInstance) -> dict[str, int]:
    """Count what was reported outside of runs: events, in both places, and checks."""
    found = rows(instance, "")
    home = Path(instance.root_directory)
    with closing(sqlite3.connect(home / "history" / "runs" / ".db")) as database:
        (found["own file"],) = database.execute("SELECT count(*) FROM event_logs").fetchone()
    return {name: number for name, number in found.items() if number}


def test_of_what_sensors_reported_before_the_runs_the_last_is_kept(
    instance: dg.DagsterInstance,
) -> None:
    def report(times: int) -> None:
        for name in ("wiki_dumps", "commons_dumps") * times:
            event = dg.AssetMaterialization(name)
            instance.report_runless_asset_event(event)
            instance.report_runless_asset_event(
                dg.AssetCheckEvaluation(
                    asset_key=dg.AssetKey(name), check_name="fresh", passed=True, metadata={}
                )
            )

    report(1)
    forget_old_runs(instance, CATALOG, 1, "")
    run(instance, KEYS[0])
    report(5)
    run(instance, KEYS[1])
    report(1)
    assert reported(instance) == {
        "event_logs": 28,
        "asset_check_executions": 14,
        "own file": 28,
    }
    # Those before the first run, of which there were later ones.
    forget_old_runs(instance, CATALOG, 2, KEYS[1])
    assert reported(instance) == {
        "event_logs": 24,
        "asset_check_executions": 12,
        "own file": 24,
    }
    forget_old_runs(instance, CATALOG, 1, KEYS[1])
    assert reported(instance) == {"event_logs": 4, "asset_check_executions": 2, "own file": 4}
    latest = instance.get_latest_materialization_event(dg.AssetKey("wiki_dumps"))
    assert latest is not None
    # Again and again the last stays; what a check found is told where checks are, too.
    for key in KEYS[2:4]:
        run(instance, key)
        forget_old_runs(instance, CATALOG, 1, key)
        assert reported(instance) == {"event_logs": 3, "asset_check_executions": 2, "own file": 3}


def test_the_sensor_says_what_it_forgets(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    sensors = Sensors(instance, tmp_path, tmp_path / "lake", Rules(), history_snapshots=2)
    for key in KEYS[:3]:
        run(instance, key)
    assert sensors.says("old_runs").startswith("0 old runs forgotten;")
    for key in KEYS[:3]:
        publish(tmp_path / "lake", key, ptwiki="published")
    assert sensors.says("old_runs") == (
        "1 old run forgotten; those of the 2 snapshots that ran last are kept"
    )
    assert shown(instance) == KEYS[2:0:-1]


def test_without_a_daemon_the_next_run_forgets(finished: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        run(instance, KEYS[0])
        newest = shown(instance)[-1]
        assert shown(instance) == [KEYS[0], newest]
        ended = run_here(finished / "dumps", finished / "lake", ["feedback"], history_snapshots=1)
        assert not ended.error
        assert shown(instance) == [newest, newest]
