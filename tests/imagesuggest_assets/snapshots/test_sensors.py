"""What the sensors do at each tick: what they see, say and ask for."""

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from asset_checks.publication import read_result
from graph.choice import newest_snapshot
from graph.history import newest_finished
from graph.manifest import UNREADABLE
from graph.past_runs import INPUTS_TAG
from graph.watch import Memory, look_at
from imagesuggest_assets.catalog.inputs import FEEDBACK_FILES
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.catalog.sinks import STORE_TABLES
from imagesuggest_assets.command.arrivals import snapshots_table
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.choice import choose_inputs
from imagesuggest_assets.snapshots.event_files import settled_event_files
from imagesuggest_assets.snapshots.jobs import SINKS
from imagesuggest_assets.snapshots.source_sensors import blind_sensors
from imagesuggest_assets.snapshots.sources import FEEDBACK_EVENTS, WIKIS
from resources.dagster_internals import SensorExecutionData
from resources.instance import open_instance
from resources.lake import Lake
from resources.sources.dumps import COMMONS, ITEMS
from resources.storage import storage_at
from resources.turns import turn
from tests.asset_checks.partitions import keep
from tests.imagesuggest_assets.snapshots.sensors import (
    Sensors,
    descriptions,
    plain,
    repository,
    requests_of,
)
from tests.imagesuggest_assets.snapshots.small_dumps import (
    add_dump,
    add_entities,
    add_other_dumps,
    files_of,
    looker,
    say,
    table_file,
)
from tests.resources.sources.mirror_server import CHANGED, Answer, MirrorServer, serving

KEY, DAY = "2026-11-02", "20261102"
AT_ONCE = Rules(settling_minutes=0, run_wait_minutes=0, run_attempts=2)
FEEDBACK = "event/mediawiki_image_suggestions_feedback"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Whole dumps of two wikis, Commons and the entities."""
    for wiki in ("arwiki", "ptwiki", COMMONS):
        add_dump(tmp_path / "dumps", wiki, DAY)
        say(tmp_path / "dumps", wiki, DAY)
    add_entities(tmp_path / "dumps", DAY)
    return tmp_path / "dumps"


@pytest.fixture
def sensors(instance: dg.DagsterInstance, root: Path, tmp_path: Path) -> Sensors:
    return Sensors(instance, root, tmp_path / "lake", AT_ONCE)


@pytest.fixture
def after(instance: dg.DagsterInstance, finished: Path) -> Sensors:
    """The sensors after a snapshot that is finished, on an instance that knows its partition."""
    instance.add_dynamic_partitions(str(SNAPSHOTS.name), [KEY])
    return Sensors(instance, finished / "dumps", finished / "lake", AT_ONCE)


def requested(done: SensorExecutionData) -> dict[str, Any]:
    """Give the configuration of the manifest of the one run that a tick asks for."""
    (request,) = requests_of(done)
    assert request.partition_key == KEY
    assert request.run_key is None
    config: dict[str, Any] = request.run_config["ops"]["manifest"]["config"]
    return config


def materialized(sensors: Sensors, *assets: str) -> None:
    """Let assets of the snapshot be materialized, one after the other."""
    for asset in assets:
        event = dg.AssetMaterialization(asset, partition=KEY)
        sensors.instance.report_runless_asset_event(event)


def fail(sensors: Sensors, run: dg.DagsterRun) -> None:
    """End a run as one that fails before any asset did."""
    sensors.instance.report_run_failed(run, "Its machine is gone.")


def test_a_source_is_materialized_whenever_it_changed_and_only_then(
    sensors: Sensors, root: Path
) -> None:
    table_file(root, "ptwiki", DAY, "page").unlink()
    missing = f"ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz is not there, since TIME"
    told = f"1 dumps are green, 1 are waited for, such as {missing}"
    first = sensors.tick("wiki_dumps_sensor")
    assert [plain(each) for each in descriptions(first.asset_events)] == [told]
    assert first.asset_events[0].asset_key == dg.AssetKey("wiki_dumps")
    assert plain(first.skip_message or "") == told
    second = sensors.tick("wiki_dumps_sensor")
    assert not second.asset_events
    assert plain(second.skip_message or "") == f"nothing new: {told}"
    table_file(root, "ptwiki", DAY, "page").write_text(f"page of ptwiki on {DAY}")
    third = sensors.tick("wiki_dumps_sensor")
    assert descriptions(third.asset_events) == ["2 dumps are green, 0 are waited for"]


@pytest.mark.parametrize("source", ["commons_dumps", "wikidata_entities", "mediainfo_entities"])
def test_each_source_has_its_own_sensor(sensors: Sensors, source: str) -> None:
    done = sensors.tick(f"{source}_sensor")
    assert [event.asset_key for event in done.asset_events] == [dg.AssetKey(source)]
    assert done.skip_message == "1 dumps are green, 0 are waited for"


def test_all_sensors_are_on_from_the_start_and_as_often_as_set(
    instance: dg.DagsterInstance, root: Path, tmp_path: Path
) -> None:
    found = Sensors(instance, root, tmp_path / "lake", AT_ONCE, tick_seconds=7)
    assert set(found.made) == {
        "wiki_dumps_sensor",
        "commons_dumps_sensor",
        "wikidata_entities_sensor",
        "mediainfo_entities_sensor",
        "feedback_events_sensor",
        "snapshot_complete",
        "pages",
        "old_runs",
        "old_data",
    }
    # A snapshot is run once a week; nobody waits for what is old to go.
    rarely = {"old_runs": 600, "old_data": 3600}
    for name, each in found.made.items():
        assert each.default_status == dg.DefaultSensorStatus.RUNNING
        assert each.minimum_interval_seconds == rarely.get(name, 7)


@pytest.mark.parametrize("where", ["", "gone"])
def test_without_dumps_every_sensor_says_what_to_set(
    instance: dg.DagsterInstance, tmp_path: Path, where: str
) -> None:
    sensors = Sensors(instance, where and tmp_path / where, tmp_path / "lake", AT_ONCE)
    told = "gone: no such folder" if where else "no dumps: set IMAGESUGGEST_DUMPS"
    for name in ("wiki_dumps", "commons_dumps", "wikidata_entities", "feedback_events"):
        assert told in sensors.says(f"{name}_sensor")
    assert sensors.says("snapshot_complete") == "no dump of any wiki was seen yet"


def test_a_complete_snapshot_gets_its_partition_and_one_run(sensors: Sensors) -> None:
    assert sensors.says("snapshot_complete") == "no dump of any wiki was seen yet"
    sensors.look()
    done = sensors.tick("snapshot_complete")
    assert requested(done) == {"wikis": ["arwiki", "ptwiki"], "left_out": {}, "settling_minutes": 0}
    (run,) = sensors.accept(done)
    assert sensors.instance.has_dynamic_partition(str(SNAPSHOTS.name), KEY)
    assert sensors.says("snapshot_complete") == f"the run {run.run_id[:8]} of {KEY} goes on"
    # A daemon that was started anew has no cursor.
    again = Sensors(sensors.instance, sensors.settings.dumps, Path(sensors.settings.lake), AT_ONCE)
    assert "goes on" in again.says("snapshot_complete")


def test_who_works_on_a_snapshot_on_a_terminal_is_waited_for(
    sensors: Sensors, after: Sensors, finished: Path, tmp_path: Path
) -> None:
    """Of another Dagster instance, which this one knows nothing of."""
    sensors.look()
    with turn(storage_at(tmp_path / "lake"), KEY, "0123456789", print):
        told = sensors.says("snapshot_complete")
        assert told.startswith("the run 01234567 (process ")
        assert f"works on {KEY} since " in told
    assert requested(sensors.tick("snapshot_complete"))
    (finished / "dumps" / FEEDBACK / "20261103.json").write_text("")
    with turn(storage_at(finished / "lake"), KEY, "0123456789", print):
        assert f"works on {KEY} since " in after.says("feedback_events_sensor")
    assert requests_of(after.tick("feedback_events_sensor"))


def test_a_tick_whose_run_was_never_made_is_made_good_by_the_next(sensors: Sensors) -> None:
    sensors.look()
    first = sensors.tick("snapshot_complete")
    # The daemon is killed after it has added the partition.
    sensors.instance.add_dynamic_partitions(str(SNAPSHOTS.name), [KEY])
    second = sensors.tick("snapshot_complete")
    assert requested(second) == requested(first)
    assert not second.dynamic_partitions_requests


def test_what_is_not_there_yet_is_said_and_nothing_is_asked_for(
    sensors: Sensors, root: Path
) -> None:
    table_file(root, "ptwiki", DAY, "page").unlink()
    table_file(root, COMMONS, DAY, "page").unlink()
    sensors.look()
    told = sensors.says("snapshot_complete")
    wiki = f"wikis: ptwiki (ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz is not there); until "
    assert told.startswith(f"{KEY} waits for {wiki}")
    assert f"; {COMMONS}: {COMMONS}/{DAY}/{COMMONS}-{DAY}-page.sql.gz is not there, since" in told


def test_a_lost_run_is_asked_for_again_and_not_for_ever(sensors: Sensors) -> None:
    sensors.look()
    first = sensors.tick("snapshot_complete")
    for attempt in range(AT_ONCE.run_attempts):
        done = sensors.tick("snapshot_complete") if attempt else first
        (run,) = sensors.accept(done)
        assert run.tags[INPUTS_TAG] == requests_of(first)[0].tags[INPUTS_TAG]
        fail(sensors, run)
    assert sensors.says("snapshot_complete") == (
        f"{KEY} failed 2 times, last: Its machine is gone; run it again by hand"
    )


def test_other_files_are_another_beginning(sensors: Sensors, root: Path) -> None:
    sensors.look()
    for _ in range(AT_ONCE.run_attempts):
        (run,) = sensors.accept(sensors.tick("snapshot_complete"))
        fail(sensors, run)
    sensors.says("snapshot_complete")
    table_file(root, "ptwiki", DAY, "page").write_text("another file")
    say(root, "ptwiki", DAY)
    sensors.look()
    assert requested(sensors.tick("snapshot_complete"))


def test_a_deleted_partition_is_not_added_again(sensors: Sensors) -> None:
    sensors.look()
    (run,) = sensors.accept(sensors.tick("snapshot_complete"))
    fail(sensors, run)
    sensors.instance.delete_dynamic_partition(str(SNAPSHOTS.name), KEY)
    assert f"{KEY} was deleted" in sensors.says("snapshot_complete")
    sensors.instance.add_dynamic_partitions(str(SNAPSHOTS.name), [KEY])
    assert requested(sensors.tick("snapshot_complete"))


def test_a_late_wiki_is_left_out_with_its_reason_when_the_patience_is_over(
    instance: dg.DagsterInstance, root: Path, tmp_path: Path
) -> None:
    table_file(root, "ptwiki", DAY, "page").unlink()
    rules = Rules(settling_minutes=0, patience_days=0)
    sensors = Sensors(instance, root, tmp_path / "lake", rules)
    sensors.look()
    assert requested(sensors.tick("snapshot_complete")) == {
        "wikis": ["arwiki"],
        "left_out": {"ptwiki": f"ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz is not there"},
        "settling_minutes": 0,
    }


def test_named_wikis_are_waited_for_and_others_are_not(
    instance: dg.DagsterInstance, root: Path, tmp_path: Path
) -> None:
    more = {"wikis": "ptwiki,xxwiki"}
    sensors = Sensors(instance, root, tmp_path / "lake", AT_ONCE, **more)
    sensors.look()
    told = sensors.says("snapshot_complete")
    assert told.startswith(f"{KEY} waits for wikis: xxwiki (no dump of {KEY}); until ")
    assert "arwiki" not in told


def test_dumps_of_other_kinds_between_hide_no_snapshot_from_anybody(
    sensors: Sensors, root: Path
) -> None:
    add_other_dumps(root)
    sensors.look()
    assert requested(sensors.tick("snapshot_complete"))["wikis"] == ["arwiki", "ptwiki"]
    # The commands `run` and `snapshots` see the same.
    assert newest_snapshot(looker(root), []) == KEY
    assert {file.dump_date for file in choose_inputs(looker(root), KEY, [], AT_ONCE).files} == {DAY}
    rules = sensors.settings.lake + ".toml"
    Path(rules).write_text("settling_minutes = 0")
    shown = snapshots_table(replace(sensors.settings, rules=rules))
    assert [list(column.cells) for column in shown.columns[:3]] == [
        [KEY],
        ["complete"],
        ["2 green, 0 not"],
    ]


@pytest.fixture
def server(root: Path) -> Iterator[MirrorServer]:
    """The dumps on a mirror, where each file changed long ago."""
    with serving(files_of(root)) as found:
        found.changed = dict.fromkeys(found.files, CHANGED)
        yield found


def mirrored(
    instance: dg.DagsterInstance, server: MirrorServer, lake: Path, rules: Rules
) -> Sensors:
    """The sensors of a mirror."""
    return Sensors(instance, server.url, lake, rules, cache=str(lake / "cache"))


@pytest.mark.parametrize("path", ["ptwiki/", f"ptwiki/{DAY}/", f"ptwiki/{DAY}/dumpstatus.json"])
def test_a_wiki_that_can_not_be_looked_at_is_waited_for_and_then_left_out_with_its_reason(
    instance: dg.DagsterInstance, server: MirrorServer, tmp_path: Path, path: str
) -> None:
    server.always[path] = Answer(403)
    # Patience begins with the date of the dump; these files are said to be older.
    sensors = mirrored(instance, server, tmp_path / "lake", Rules(patience_days=10_000))
    sensors.look()
    told = sensors.says("snapshot_complete")
    assert told.startswith(f"{KEY} waits for wikis: ptwiki (can not be looked at")
    assert f"{server.url}/{path}: the mirror answers 403 Forbidden" in told
    assert "; until " in told
    assert "403 Forbidden" in sensors.says("wiki_dumps_sensor")
    sensors = mirrored(instance, server, tmp_path / "lake", Rules())
    asked = requested(sensors.tick("snapshot_complete"))
    assert asked["wikis"] == ["arwiki"]
    assert "403 Forbidden" in asked["left_out"]["ptwiki"]


@pytest.mark.parametrize("path", [f"{COMMONS}/", ITEMS.folder + "/"])
def test_a_source_that_no_snapshot_can_do_without_and_can_not_be_looked_at_says_so(
    instance: dg.DagsterInstance, server: MirrorServer, tmp_path: Path, path: str
) -> None:
    server.always[path] = Answer(403)
    sensors = mirrored(instance, server, tmp_path / "lake", Rules())
    sensors.look()
    told = sensors.says("snapshot_complete")
    assert re.search(rf"(commonswiki|wikidata entities): can not be looked at since .*{path}", told)


def test_patience_does_not_begin_anew_where_what_was_seen_is_lost(
    instance: dg.DagsterInstance, server: MirrorServer, tmp_path: Path
) -> None:
    del server.files[f"ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz"]
    sensors = mirrored(instance, server, tmp_path / "lake", Rules())
    for _ in range(2):
        sensors.look()
        assert list(requested(sensors.tick("snapshot_complete"))["left_out"]) == ["ptwiki"]
        shutil.rmtree(tmp_path / "lake" / ".sources")


def test_patience_follows_from_what_was_told_last_where_files_have_newer_times(
    sensors: Sensors, root: Path, tmp_path: Path
) -> None:
    table_file(root, "ptwiki", DAY, "page").unlink()
    sensors.look()
    assert "; until " in sensors.says("snapshot_complete")
    long_ago = datetime.now(UTC) - timedelta(days=8)
    memory = Memory(storage_at(tmp_path / "lake"), WIKIS)
    memory.seen = {
        key: replace(seen, since=long_ago.isoformat()) for key, seen in memory.seen.items()
    }
    memory.save()
    sensors.look()
    shutil.rmtree(tmp_path / "lake" / ".sources")
    sensors.look()
    assert list(requested(sensors.tick("snapshot_complete"))["left_out"]) == ["ptwiki"]


def test_that_nothing_can_be_looked_at_is_remembered_until_something_can(
    sensors: Sensors, root: Path, tmp_path: Path
) -> None:
    sensors.look()
    before = Memory(storage_at(tmp_path / "lake"), WIKIS).seen
    root.rename(tmp_path / "away")
    first = sensors.tick("wiki_dumps_sensor")
    assert "nothing could be looked at since" in descriptions(first.asset_events)[0]
    for _ in range(2):
        assert f"{root}: no such folder" in sensors.says("wiki_dumps_sensor")
    memory = Memory(storage_at(tmp_path / "lake"), WIKIS)
    assert memory.seen == before
    assert memory.blind is not None
    # Passing errors page nobody.
    with closing(Lake(tmp_path / "lake")) as lake:
        at = datetime.fromisoformat(memory.blind.since)
        assert blind_sensors(lake, Rules(), at + timedelta(minutes=59)) == {}
        (told,) = blind_sensors(lake, Rules(), at + timedelta(minutes=60)).items()
        assert told[0] == "wiki_dumps_sensor"
        assert told[1].startswith(f"could look at nothing since {memory.blind.since}: {root}")
        (tmp_path / "away").rename(root)
        sensors.look()
        assert blind_sensors(lake, Rules(blind_minutes=0), at) == {}


def test_a_place_without_any_wiki_is_one_where_nothing_can_be_looked_at(
    sensors: Sensors, root: Path, tmp_path: Path
) -> None:
    """As a disk that is not mounted."""
    sensors.look()
    shutil.rmtree(root)
    root.mkdir()
    assert "no wiki's dump in it" in sensors.says("wiki_dumps_sensor")
    assert Memory(storage_at(tmp_path / "lake"), WIKIS).sources() == ["arwiki", "ptwiki"]


def test_the_newest_snapshot_comes_first_where_nothing_is_finished(
    sensors: Sensors, root: Path
) -> None:
    for wiki in ("arwiki", "ptwiki"):
        add_dump(root, wiki, "20261026")
        say(root, wiki, "20261026")
    add_entities(root, "20261026")
    add_dump(root, COMMONS, "20261026")
    sensors.look()
    (run,) = sensors.accept(sensors.tick("snapshot_complete"))
    assert run.tags["dagster/partition"] == KEY
    # One at a time.
    assert "goes on" in sensors.says("snapshot_complete")


def test_a_finished_snapshot_is_done_and_an_older_one_is_not_begun(
    after: Sensors, finished: Path
) -> None:
    assert newest_finished(Lake(finished / "lake")) == KEY
    add_dump(finished / "dumps", "ptwiki", "20261026")
    say(finished / "dumps", "ptwiki", "20261026")
    after.look()
    assert after.says("snapshot_complete") == f"{KEY} is done"


def test_what_the_gate_let_through_and_could_not_be_published_is_published_again(
    after: Sensors,
) -> None:
    after.look()
    materialized(after, "publishable", *STORE_TABLES)
    done = after.tick("snapshot_complete")
    (request,) = requests_of(done)
    assert request.partition_key == KEY
    names = {key.path[-1] for key in request.asset_selection or ()}
    below = repository().asset_graph.get(dg.AssetKey("publishable")).child_keys
    assert {key.path[-1] for key in below} < names
    assert names == {
        *STORE_TABLES,
        "search_index_delta",
        "search_bulk_files",
        "search_index_update",
    }
    (run,) = after.accept(done)
    told = f"the run {run.run_id[:8]} of the publication of {KEY} goes on"
    assert after.says("snapshot_complete") == told
    fail(after, run)
    (run,) = after.accept(after.tick("snapshot_complete"))
    fail(after, run)
    assert f"the publication of {KEY} failed 2 times" in after.says("snapshot_complete")
    # Somebody has put it right, and published by hand.
    materialized(after, "search_index_update")
    assert after.says("snapshot_complete") == f"{KEY} is done"
    # A decision opens the gate again, and its run is lost before it has published anything.
    materialized(after, "publishable")
    assert "the publication" in after.says("snapshot_complete")


def test_a_finished_snapshot_that_is_run_again_and_lost_before_its_gate_is_run_to_its_end(
    after: Sensors, finished: Path
) -> None:
    after.look()
    materialized(after, "publishable", *SINKS, "manifest")
    done = after.tick("snapshot_complete")
    assert requested(done)["wikis"] == ["arwiki", "ptwiki"]
    # Newer feedback would otherwise be joined to what is half of one run and half of another.
    (finished / "dumps" / FEEDBACK / "20261103.json").write_text("")
    told = f"3 files of events; {KEY} has to be run to its end first"
    assert after.says("feedback_events_sensor") == told


def test_a_wiki_that_comes_late_joins_the_finished_snapshot(after: Sensors, finished: Path) -> None:
    add_dump(finished / "dumps", "xxwiki", DAY)
    say(finished / "dumps", "xxwiki", DAY)
    after.look()
    done = after.tick("snapshot_complete")
    assert "xxwiki" in requested(done)["wikis"]
    assert len(requested(done)["wikis"]) == 3
    assert not done.dynamic_partitions_requests
    after.accept(done)
    assert "of xxwiki of 2026-11-02 goes on" in after.says("snapshot_complete")


def leaves_out(sensors: Sensors, request: dg.RunRequest, wiki: str) -> None:
    """Let the run that was asked for find that a file of a wiki can not be read."""

    @dg.asset
    def last() -> None:
        """What comes after all."""

    @dg.asset_check(asset=last, name="wikis_read", blocking=True)
    def wikis_read() -> dg.AssetCheckResult:
        return read_result({wiki: "page.sql.gz, row 3: …"})

    job = dg.define_asset_job("snapshot")
    definitions = dg.Definitions(assets=[last], asset_checks=[wikis_read], jobs=[job])
    result = definitions.resolve_job_def("snapshot").execute_in_process(
        instance=sensors.instance,
        tags={"dagster/partition": KEY, **request.tags},
        raise_on_error=False,
    )
    assert not result.success
    with closing(Lake(Path(sensors.settings.lake))) as lake:
        keep(lake, "mediawiki_page", details={UNREADABLE: {wiki: "page.sql.gz, row 3: …"}})


def test_a_wiki_that_could_not_be_read_is_tried_again_when_its_files_are_others(
    after: Sensors, finished: Path
) -> None:
    add_dump(finished / "dumps", "xxwiki", DAY)
    say(finished / "dumps", "xxwiki", DAY)
    after.look()
    done = after.tick("snapshot_complete")
    (request,) = requests_of(done)
    leaves_out(after, request, "ptwiki")
    told = after.says("snapshot_complete")
    assert "failed for a reason that stays: last: the check wikis_read failed: ptwiki is " in told
    assert told.endswith("put it right, then run it by hand or wait for other files")
    table_file(finished / "dumps", "ptwiki", DAY, "page").write_text("another file")
    say(finished / "dumps", "ptwiki", DAY)
    after.look()
    assert requested(after.tick("snapshot_complete"))["wikis"] == ["arwiki", "ptwiki", "xxwiki"]


def test_a_newer_snapshot_waits_for_the_wikis_of_the_last_one(
    after: Sensors, finished: Path
) -> None:
    add_dump(finished / "dumps", "ptwiki", "20261109")
    say(finished / "dumps", "ptwiki", "20261109")
    after.look()
    told = after.says("snapshot_complete")
    assert told.startswith("2026-11-09 waits for wikis: arwiki (no dump of 2026-11-09); until ")
    assert told.endswith(f"; {KEY} is done")


def test_no_snapshot_is_made_of_only_the_wikis_that_the_first_ticks_had_time_for(
    sensors: Sensors, root: Path, tmp_path: Path
) -> None:
    sensors.look()
    memory = Memory(storage_at(tmp_path / "lake"), WIKIS)
    memory.seen, memory.looked = {}, {}
    told = look_at(looker(root), memory, ["arwiki", "ptwiki"], datetime.now(UTC), seconds=-1)
    assert told == "2 of 2 are looked at in the next tick"
    memory.save()
    told = sensors.says("snapshot_complete")
    assert told == "2 wikis are not looked at yet, such as arwiki"
    sensors.look()
    assert requested(sensors.tick("snapshot_complete"))["wikis"] == ["arwiki", "ptwiki"]


def test_a_history_of_runs_that_was_thrown_away_repeats_nothing_and_stops_nothing(
    finished: Path,
) -> None:
    shutil.rmtree(finished / "dagster" / "history")
    with open_instance() as instance:
        sensors = Sensors(instance, finished / "dumps", finished / "lake", AT_ONCE)
        sensors.look()
        assert sensors.says("snapshot_complete") == f"{KEY} is done"
        for wiki in ("arwiki", "ptwiki"):
            add_dump(finished / "dumps", wiki, "20261109")
        sensors.look()
        (request,) = requests_of(sensors.tick("snapshot_complete"))
        assert request.partition_key == "2026-11-09"


def test_feedback_that_a_snapshot_has_read_asks_for_nothing(after: Sensors) -> None:
    first = after.tick("feedback_events_sensor")
    assert [event.asset_key for event in first.asset_events] == [dg.AssetKey("feedback_events")]
    told = f"2 files of events; {KEY} has read them"
    assert (first.run_requests, first.skip_message) == ([], told)
    assert after.says("feedback_events_sensor") == told


def test_feedback_that_comes_later_asks_once_for_a_run_of_what_depends_on_it(
    after: Sensors, finished: Path
) -> None:
    after.tick("feedback_events_sensor")
    (finished / "dumps" / FEEDBACK / "20261103.json").write_text("")
    done = after.tick("feedback_events_sensor")
    assert descriptions(done.asset_events) == ["3 files of events"]
    (request,) = requests_of(done)
    assert (request.partition_key, request.run_key) == (KEY, None)
    job = repository().get_job("newer_feedback")
    steps = {node.name for node in job.nodes}
    assert "feedback" in steps
    assert "publishable" in steps
    assert not steps & {"manifest", "image_links", "signals"}
    (run,) = after.accept(done, "newer_feedback")
    told = f"3 files of events; the run {run.run_id[:8]} of {KEY} with newer feedback goes on"
    assert after.says("feedback_events_sensor") == told
    fail(after, run)
    assert after.tick("feedback_events_sensor").run_requests


def test_feedback_that_was_read_by_a_run_that_came_to_nothing_is_asked_for_again(
    after: Sensors,
) -> None:
    materialized(after, "publishable", "feedback")
    assert requests_of(after.tick("feedback_events_sensor"))
    materialized(after, "publishable")
    assert "has read them" in after.says("feedback_events_sensor")


def test_feedback_waits_until_a_run_of_its_snapshot_has_ended(
    after: Sensors, finished: Path
) -> None:
    (finished / "dumps" / FEEDBACK / "20261103.json").write_text("")
    after.begin(dg.RunRequest(partition_key=KEY), "snapshot")
    assert "goes on" in after.says("feedback_events_sensor")


def test_feedback_that_is_being_written_is_waited_for(
    instance: dg.DagsterInstance, finished: Path
) -> None:
    sensors = Sensors(instance, finished / "dumps", finished / "lake", Rules())
    file = finished / "dumps" / FEEDBACK / "20261103.json"
    file.write_text("")
    told = sensors.says("feedback_events_sensor")
    assert f"{FEEDBACK}/{file.name} changed " in told


def test_an_event_file_that_is_being_written_holds_up_no_other(
    instance: dg.DagsterInstance, finished: Path
) -> None:
    """A file that somebody appends to for ever would hold up all feedback for ever."""
    instance.add_dynamic_partitions(str(SNAPSHOTS.name), [KEY])
    dumps = finished / "dumps"
    mirrored_files = {
        path: content for path, content in files_of(dumps).items() if path.startswith("event/")
    }
    with serving(mirrored_files) as server:
        now = int(datetime.now(UTC).timestamp())
        server.changed = {f"{FEEDBACK}/written.json": now, f"{FEEDBACK}/new.json": now - 1000}
        server.files |= dict.fromkeys(server.changed, b"{")
        sensors = mirrored(instance, server, finished / "lake", Rules())
        (request,) = requests_of(sensors.tick("feedback_events_sensor"))
        assert request.run_config == {"ops": {"feedback": {"config": {"settling_minutes": 10}}}}
        sensors.begin(request, "newer_feedback")
        # What the run has read is not asked for again, whatever is still being written.
        read = Memory(storage_at(finished / "lake"), FEEDBACK_EVENTS)
        assert read.event_files[f"{FEEDBACK}/new.json"].version
        with closing(Lake(finished / "lake")) as lake:
            statistics = lake.statistics("feedback", KEY)
            statistics.details[FEEDBACK_FILES] = settled_event_files(read, timedelta(minutes=10))
            with lake.replacing("feedback", KEY, statistics) as folder:
                folder.mkdir()
                for file in lake.files("feedback", KEY):
                    shutil.copy(file, folder)
        told = sensors.says("feedback_events_sensor")
        assert f"{KEY} has read them" in told
        assert "written.json changed at " in told


def test_feedback_before_any_snapshot_is_told_and_nothing_more(
    sensors: Sensors, root: Path
) -> None:
    assert sensors.says("feedback_events_sensor") == "0 files of events; no snapshot is there yet"
