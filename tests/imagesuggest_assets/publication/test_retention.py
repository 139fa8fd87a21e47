"""Old data goes, and nothing that is published, compared with, decided about or said by people."""

import json
import shutil
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from graph.decisions import PLACE, Decision, decide
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.command.main import main
from imagesuggest_assets.datasets.feedback import KNOWN_BEFORE, known_before
from imagesuggest_assets.publication.retention import Old, find_old, remove_old
from imagesuggest_assets.rules import Rules
from resources.errors import InputError
from resources.instance import open_instance
from resources.lake import Lake
from resources.metastore import MetastoreSettings
from resources.turns import turn
from resources.versions import CURRENT
from tests.asset_checks.partitions import keep, keep_gate, keep_manifest, keep_shipped
from tests.imagesuggest_assets.snapshots.sensors import Sensors
from tests.servers.process import free_port

MONTHS = [f"2025-0{month}-05" for month in range(1, 8)]
NEWEST = MONTHS[-1]
DATASETS = ("pages", "image_links", "filtered_suggestions", "item_claims", "search_index_full")
LATER = datetime.now(UTC) + timedelta(days=46)
RULES = Rules(anomaly_history=2)


def made(lake: Lake, keys: Iterable[str] = MONTHS, **states: str) -> None:
    """Keep snapshots in which two wikis went out, unless they have another state."""
    for key in keys:
        for dataset in DATASETS:
            keep(lake, dataset, snapshot=key)
        keep_manifest(lake, key, ["arwiki", "ptwiki"])
        keep_gate(lake, key, {"arwiki": "published", "ptwiki": "published"} | states)


def fates(lake: Lake, now: datetime = LATER, days: int = 45) -> dict[str, dict[str, str]]:
    """Why what is old stays, by snapshot and dataset."""
    found: dict[str, dict[str, str]] = {}
    for each in find_old(lake, RULES, days, now):
        found.setdefault(each.snapshot, {})[each.dataset] = each.stays
    return found


def aged(lake: Lake) -> None:
    """Let all partitions have been written years ago."""
    for current in lake.path.glob(f"*/snapshot=*/{CURRENT}"):
        told = json.loads(current.read_text())
        before = told["version"]
        told["version"] = f"20200101T000000Z{before[-9:]}"
        (current.parent / before).rename(current.parent / told["version"])
        current.write_text(json.dumps(told))


def test_what_nobody_needs_goes_and_the_newest_stays(lake: Lake) -> None:
    made(lake)
    found = fates(lake)
    assert found[MONTHS[0]] == dict.fromkeys(DATASETS, "")
    assert set(found[NEWEST].values()) == {"no newer snapshot has come to its gate"}
    assert not any({"manifest", "publishable"} & each.keys() for each in found.values())


def test_what_is_young_by_its_date_or_was_written_of_late_is_not_old(lake: Lake) -> None:
    made(lake)
    assert fates(lake, datetime.now(UTC)) == {}
    aged(lake)
    assert fates(lake, datetime(2025, 3, 1, tzinfo=UTC)).keys() == {MONTHS[0]}
    assert fates(lake, days=0) == {}


def test_what_explains_is_kept_of_the_newest_snapshots_and_of_what_is_published(
    lake: Lake,
) -> None:
    explains = ("considered_articles", "considered_files")
    made(lake)
    for key in MONTHS:
        for dataset in explains:
            keep(lake, dataset, snapshot=key)
    keep_shipped(lake.path, f"{MONTHS[2]}T00:00:00+00:00", "arwiki")
    found = fates(lake, datetime.now(UTC))
    assert found.keys() == {*MONTHS[:-2]}
    assert {*found[MONTHS[0]].items()} == {(name, "") for name in explains}
    assert {*found[MONTHS[2]].values()} == {"published: arwiki in the readers' store"}


def test_what_is_published_of_any_wiki_stays_whole(lake: Lake) -> None:
    made(lake)
    keep_shipped(lake.path, f"{MONTHS[0]}T00:00:00+00:00", "ptwiki", "frwiki")
    keep_shipped(lake.path, f"{NEWEST}T00:00:00+00:00", "arwiki")
    assert {*fates(lake)[MONTHS[0]].values()} == {"published: ptwiki in the readers' store"}


def test_what_would_be_put_back_stays(lake: Lake) -> None:
    made(lake, MONTHS[:2])
    made(lake, MONTHS[2:], ptwiki="held")
    found = fates(lake)
    for key in MONTHS[:2]:
        assert found[key] == {
            "pages": "counts are compared with it",
            "image_links": "",
            **dict.fromkeys(DATASETS[2:], "would be put back: ptwiki"),
        }


def test_what_counts_are_compared_with_stays(lake: Lake) -> None:
    made(lake)
    # Of the newest its two before, and itself and one of these of the next.
    stay = [key for key, each in fates(lake).items() if "compared" in each["pages"]]
    assert stay == MONTHS[-3:-1]


def test_what_somebody_decided_about_stays(lake: Lake) -> None:
    made(lake)
    at = "2025-02-06T00:00:00+00:00"
    decide(lake.storage, [Decision(MONTHS[1], "ptwiki", "released", "ana", at, "why")])
    decided = "somebody has decided about it"
    assert fates(lake)[MONTHS[1]] == {
        **dict.fromkeys(DATASETS, ""),
        "pages": decided,
        "filtered_suggestions": decided,
    }


def test_feedback_that_no_newer_partition_holds_stays(lake: Lake) -> None:
    made(lake)
    for key in MONTHS[:2]:
        keep(lake, "feedback", snapshot=key)
    held = {each.snapshot: each.told() for each in known_before(lake) if each.snapshot != MONTHS[1]}
    keep(lake, "feedback", snapshot=NEWEST, details={KNOWN_BEFORE: held})
    found = fates(lake)
    assert found[MONTHS[0]]["feedback"] == ""
    assert found[MONTHS[1]]["feedback"] == "holds feedback that no newer one does"


def test_nothing_goes_while_nobody_can_tell_what_stays(lake: Lake) -> None:
    made(lake)
    (lake.path / PLACE).write_text("spoiled\n\n")
    with pytest.raises(InputError, match="is no decision"):
        fates(lake)
    (lake.path / PLACE).unlink()
    keep_shipped(lake.path, f"{NEWEST}T00:00:00+00:00", "arwiki")
    (state,) = lake.path.glob("ledger/*/arwiki/shipped.json")
    state.write_text("spoiled")
    with pytest.raises(InputError, match="it is no ledger"):
        fates(lake)


def test_a_removal_that_is_killed_leaves_no_partition_and_is_done_to_its_end(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(lake)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(shutil, "rmtree", die)
        with pytest.raises(KeyboardInterrupt):
            remove_old(lake, find_old(lake, RULES, 45, LATER), None)
    half = lake.partition("filtered_suggestions", MONTHS[0])
    assert half.is_dir()
    assert not lake.has("filtered_suggestions", MONTHS[0])
    remove_old(lake, find_old(lake, RULES, 45, LATER), None)
    assert not half.exists()
    for key, each in fates(lake).items():
        assert all(each.values()), key
    assert lake.snapshots("manifest") == lake.snapshots("publishable") == MONTHS


def test_what_a_run_works_on_waits(lake: Lake) -> None:
    made(lake)
    with turn(lake.storage, MONTHS[0], "a-run", print):
        removed = remove_old(lake, find_old(lake, RULES, 45, LATER), None)
    assert "works on 2025-01-05" in removed.problems[MONTHS[0]]
    assert MONTHS[0] not in removed.snapshots
    assert lake.has("pages", MONTHS[0])


@pytest.mark.parametrize("there", [False, True])
def test_a_table_stays_while_the_metastore_can_not_be_told(lake: Lake, there: bool) -> None:
    made(lake, MONTHS[:2])
    keep(lake, "search_index_full", snapshot=MONTHS[0])
    kept = lake.partition("search_index_full", MONTHS[0])
    shutil.copytree(kept, lake.partition("published_search_index_full", MONTHS[0]))
    metastore = MetastoreSettings(f"thrift://127.0.0.1:{free_port()}") if there else None
    old = [Old(MONTHS[0], name, 1) for name in ("pages", "published_search_index_full")]
    removed = remove_old(lake, old, metastore)
    why = metastore.address if metastore else "IMAGESUGGEST_METASTORE is not set"
    assert removed.problems[MONTHS[0]].startswith(why)
    assert [each.dataset for each in removed.partitions] == ["pages"]
    assert lake.has("published_search_index_full", MONTHS[0])


def test_the_sensor_removes_what_is_old_and_says_so(
    lake: Lake, instance: dg.DagsterInstance
) -> None:
    sensors = Sensors(instance, "", lake.path, RULES)
    made(lake)
    assert sensors.says("old_data") == "nothing is old enough to be removed"
    aged(lake)
    assert " old partitions removed, of 2025-01-05, 2025-02-05, " in sensors.says("old_data")
    assert sensors.says("old_data") == "nothing is old enough to be removed"
    (lake.path / PLACE).write_text("spoiled\n\n")
    assert sensors.says("old_data").startswith("nothing is removed: ")


def test_the_command_lists_first_then_removes_and_dagster_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    with closing(Lake(tmp_path / "lake")) as lake:
        made(lake)
        aged(lake)
        with open_instance() as instance:
            instance.add_dynamic_partitions(str(SNAPSHOTS.name), MONTHS)
        command = ["lake", "expire", "--lake", str(lake.path)]
        listed = CliRunner().invoke(main, [*command, "--dry-run"])
        assert listed.exit_code == 0
        assert "stays: no newer snapshot has come to its gate" in listed.output
        assert "image_links" in listed.output
        assert lake.snapshots("image_links") == MONTHS
        done = CliRunner().invoke(main, command)
        assert "partitions removed" in done.output.splitlines()[-1]
        assert lake.snapshots("image_links") == [NEWEST]
        with open_instance() as instance:
            assert instance.get_dynamic_partitions(str(SNAPSHOTS.name)) == [NEWEST]
            gate = dg.AssetKey("publishable")
            seen = instance.fetch_observations(gate, limit=20).records
        assert {each.partition_key for each in seen} == {*MONTHS} - {NEWEST}
        again = CliRunner().invoke(main, [*command, "--keep-days", "0"])
        assert again.output.endswith("nothing is older than 0 days\n")
