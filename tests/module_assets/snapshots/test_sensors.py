"""The sensor starts the run of a date once, when the dumps of all wikis are whole or late."""

import os
import shutil
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from graph.declared import GATE
from graph.past_runs import INPUTS_TAG
from graph.watch import blind
from module_assets.catalog.asset import SNAPSHOTS
from module_assets.definitions import build_definitions, build_resources
from module_assets.rules import Rules
from module_assets.sample import make_modules
from module_assets.settings import Settings
from module_assets.snapshots.choice import ModuleLooker
from module_assets.snapshots.jobs import ALL
from module_assets.snapshots.sensors import (
    SENSOR,
    WATCHED,
    Arrival,
    complete_snapshots,
    why_not_due,
    with_views,
)
from resources.lake import Lake
from resources.sources.module_dumps import ModuleDumps
from resources.sources.places import Folder
from tests.module_assets.partitions import keep_gate

KEY = "2026-11-02"
MISSING = "bgwiki/20261102/bgwiki-20261102-templatelinks.sql.gz"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("modules") / "dumps"
    make_modules(folder, wikis=2, families=1, versions=2)
    return folder


@pytest.fixture
def dumps(sample: Path, tmp_path: Path) -> Path:
    """The same, of which a test may take something away."""
    shutil.copytree(sample, tmp_path / "dumps", copy_function=os.link)
    return tmp_path / "dumps"


@cache
def repository() -> dg.RepositoryDefinition:
    """All assets and jobs; where things are is told apart from them."""
    return build_definitions(Settings()).get_repository_def()


def tick(instance: dg.DagsterInstance, dumps: Path, lake: Path, **rules: Any) -> Any:
    """Let the sensor look."""
    settings = Settings(dumps=str(dumps), lake=str(lake))
    made = build_resources(settings)
    resources = {
        "dumps": made["dumps"],
        "lake": made["lake"],
        "rules": Rules(**{"settling_minutes": 0, **rules}),
    }
    with dg.build_sensor_context(
        instance,
        repository_def=repository(),
        sensor_name="modules_complete",
        resources=resources,
        instance_ref=instance.get_ref(),
    ) as context:
        return complete_snapshots(settings).evaluate_tick(context)


def test_when_all_dumps_are_whole_their_run_is_asked_for_by_its_files(
    instance: dg.DagsterInstance, dumps: Path, tmp_path: Path
) -> None:
    told = tick(instance, dumps, tmp_path / "lake")
    (request,) = told.run_requests
    assert request.partition_key == KEY
    assert request.run_key is None
    config = request.run_config["ops"]["modules__manifest"]["config"]
    assert (config["wikis"], config["left_out"]) == (["bgwiki", "enwiki"], {})
    # One that was lost before it began is asked for again.
    (again,) = tick(instance, dumps, tmp_path / "lake").run_requests
    assert again.tags[INPUTS_TAG] == request.tags[INPUTS_TAG]
    (added,) = told.dynamic_partitions_requests
    assert list(added.partition_keys) == [KEY]


def test_a_wiki_that_is_not_whole_is_waited_for_and_then_left_out_with_its_reason(
    instance: dg.DagsterInstance, dumps: Path, tmp_path: Path
) -> None:
    (dumps / MISSING).unlink()
    waits = tick(instance, dumps, tmp_path / "lake", wiki_patience_days=36_000)
    assert waits.run_requests in (None, [])
    assert f"{KEY} waits for bgwiki ({MISSING} is not there)" in waits.skip_message
    (request,) = tick(instance, dumps, tmp_path / "lake", wiki_patience_days=0).run_requests
    config = request.run_config["ops"]["modules__manifest"]["config"]
    assert config["wikis"] == ["enwiki"]
    assert MISSING in config["left_out"]["bgwiki"]


def test_a_range_of_history_that_is_missing_keeps_its_wiki_waiting(
    instance: dg.DagsterInstance, dumps: Path, tmp_path: Path
) -> None:
    folder = dumps / "other/mediawiki_history/2026-10/bgwiki"
    (folder / "2026-10.bgwiki.2025.tsv.bz2").rename(folder / "2026-10.bgwiki.2024.tsv.bz2")
    waits = tick(instance, dumps, tmp_path / "lake", wiki_patience_days=36_000)
    assert "waits for bgwiki (can not be looked at: " in waits.skip_message
    assert "2025" in waits.skip_message


def test_a_snapshot_that_is_there_is_not_asked_for_again(
    instance: dg.DagsterInstance, dumps: Path, tmp_path: Path
) -> None:
    lake = Lake(tmp_path / "lake")
    keep_gate(lake, KEY, bgwiki="held", enwiki="published")
    assert lake.has(GATE, KEY)
    assert tick(instance, dumps, tmp_path / "lake").skip_message == f"{KEY} is done"


def test_a_wiki_that_is_whole_after_all_joins_the_snapshot_that_was_made_without_it(
    instance: dg.DagsterInstance, dumps: Path, tmp_path: Path
) -> None:
    keep_gate(Lake(tmp_path / "lake"), KEY, bgwiki="left out", enwiki="published")
    instance.add_dynamic_partitions(str(SNAPSHOTS.name), [KEY])
    (request,) = tick(instance, dumps, tmp_path / "lake").run_requests
    config = request.run_config["ops"]["modules__manifest"]["config"]
    assert (config["wikis"], config["left_out"]) == (["bgwiki", "enwiki"], {})


def ended(
    instance: dg.DagsterInstance, tags: Mapping[str, str], status: dg.DagsterRunStatus
) -> None:
    """Let a run of the snapshot be there."""
    instance.add_dynamic_partitions(str(SNAPSHOTS.name), [KEY])
    run = instance.create_run_for_job(
        build_definitions(Settings()).resolve_job_def(ALL.name),
        tags={**tags, "dagster/partition": KEY},
    )
    if status == dg.DagsterRunStatus.FAILURE:
        instance.report_run_failed(run, "the mirror does not answer")
    else:
        assert status == dg.DagsterRunStatus.NOT_STARTED


def test_a_run_that_failed_in_passing_is_tried_again_a_bounded_number_of_times(
    instance: dg.DagsterInstance, dumps: Path, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    (request,) = tick(instance, dumps, lake).run_requests
    ended(instance, request.tags, dg.DagsterRunStatus.FAILURE)
    waits = tick(instance, dumps, lake)
    assert not waits.run_requests
    assert f"{KEY} is tried again at" in waits.skip_message
    assert "the mirror does not answer" in waits.skip_message
    (again,) = tick(instance, dumps, lake, run_wait_minutes=0).run_requests
    ended(instance, again.tags, dg.DagsterRunStatus.FAILURE)
    often = tick(instance, dumps, lake, run_wait_minutes=0, run_attempts=2)
    assert not often.run_requests
    assert f"{KEY} failed 2 times" in often.skip_message


def test_as_long_as_its_run_goes_on_a_snapshot_gets_no_other(
    instance: dg.DagsterInstance, dumps: Path, tmp_path: Path
) -> None:
    (request,) = tick(instance, dumps, tmp_path / "lake").run_requests
    ended(instance, request.tags, dg.DagsterRunStatus.NOT_STARTED)
    told = tick(instance, dumps, tmp_path / "lake")
    assert not told.run_requests
    assert "goes on" in told.skip_message


def test_a_sensor_that_can_look_at_nothing_for_long_is_told_of(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    tick(instance, tmp_path / "nowhere", lake)
    with closing(Lake(lake)) as here:
        later = datetime.now(UTC) + timedelta(minutes=61)
        told = blind(here, {SENSOR: WATCHED}, 60, later)
        assert "nowhere: no such folder" in told[SENSOR]
        assert blind(here, {SENSOR: WATCHED}, 60, datetime.now(UTC)) == {}


def test_what_nothing_says_is_whole_has_to_settle(
    instance: dg.DagsterInstance, dumps: Path, tmp_path: Path
) -> None:
    (dumps / "enwiki/20261102/dumpstatus.json").unlink()
    told = tick(instance, dumps, tmp_path / "lake", settling_minutes=60, wiki_patience_days=36_000)
    assert not told.run_requests


def test_views_that_are_still_written_are_waited_for_and_others_ask_for_another_run(
    dumps: Path,
) -> None:
    (views,) = dumps.rglob("pageviews-*-user.bz2")
    arrival = Arrival(KEY, ("enwiki",), files="those of enwiki")

    def seen(minutes: float) -> tuple[Arrival, str]:
        settling = timedelta(minutes=minutes)
        return with_views(arrival, ModuleLooker(ModuleDumps(Folder(dumps)), settling))

    assert views.name in seen(60)[1]
    whole, nothing = seen(0)
    data = views.read_bytes()
    views.unlink()
    views.write_bytes(data[:-10])
    assert nothing == ""
    assert len({arrival.files, whole.files, seen(0)[0].files}) == 3


def test_where_nothing_can_be_looked_at_the_sensor_says_so(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    told = tick(instance, tmp_path / "nowhere", tmp_path / "lake").skip_message
    assert told.startswith("nothing could be looked at since ")
    assert "nowhere: no such folder" in told


def test_patience_is_counted_from_the_date_of_the_dumps() -> None:
    late = Arrival(KEY, ("enwiki",), {"bgwiki": "not there"})
    rules = Rules(wiki_patience_days=10)
    assert why_not_due(late, date(2026, 11, 11), rules)
    assert not why_not_due(late, date(2026, 11, 12), rules)
    assert not why_not_due(Arrival(KEY, ("enwiki",)), date(2026, 11, 2), rules)
