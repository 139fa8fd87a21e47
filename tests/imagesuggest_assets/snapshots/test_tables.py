"""The Data Lake's partitions as a snapshot's inputs: waited for, fixed, and refused when others."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from graph.choice import newest_snapshot
from graph.green_lights import Looker
from graph.inputs import SnapshotInputs
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.choice import choose_inputs
from imagesuggest_assets.snapshots.manifest import chosen_inputs, manifest
from imagesuggest_assets.snapshots.source_sensors import late_snapshots
from resources.dumps import DumpsResource
from resources.engine import EngineResource
from resources.errors import InputError, UserError
from resources.io_manager import LakeIOManager, LakeResource
from resources.lake import Lake
from resources.progress import Progress
from resources.sources.dumps import COMMONS, ITEMS
from resources.sources.places import Wanted
from resources.spark import spark_resource
from tests.imagesuggest_assets.published import publish
from tests.imagesuggest_assets.snapshots.sensors import Sensors, requests_of
from tests.resources.sources.hive.folders import Lake as Tables
from tests.resources.sources.hive.folders import data_lake

KEY = "2026-11-02"
SETTLING = timedelta(minutes=10)
LINK = "wmf.wikidata_item_page_link"


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return data_lake(tmp_path)


def looker(tables: Tables, settling: timedelta | None = SETTLING, *targets: str) -> Looker:
    return Looker(tables.tables(*targets), settling)


def test_a_snapshot_is_made_of_its_weeks_partitions_and_of_the_newest_month(
    tables: Tables,
) -> None:
    inputs = choose_inputs(looker(tables), KEY, [], Rules())
    assert inputs.wikis == ("ptwiki",)
    page = inputs.file("ptwiki", "page")
    assert page is not None
    assert page.path == "wmf_raw.mediawiki_page/snapshot=2026-10/wiki_db=ptwiki"
    assert page.version.startswith("1 files, newest 2026-11-01T00:00:00Z, in ")
    link = inputs.file("ptwiki", "item_page_link")
    assert link is not None
    assert link.path == f"{LINK}/snapshot={KEY}/wiki_db=ptwiki"
    items = inputs.file(ITEMS.source)
    assert items is not None
    assert items.path == f"wmf.wikidata_entity/snapshot={KEY}"
    assert {file.dump_date for file in inputs.of(COMMONS)} == {"20261031"}
    assert newest_snapshot(looker(tables), []) == KEY


def test_a_partition_that_is_written_just_now_is_waited_for(tables: Tables) -> None:
    tables.add("pagelinks", snapshot="2026-10", wiki_db="ptwiki", changed=datetime.now(UTC))
    light = looker(tables).light("ptwiki", "20261102")
    (waiting,) = light.waiting
    assert waiting.startswith("wmf_raw.mediawiki_pagelinks/snapshot=2026-10/wiki_db=ptwiki changed")


def test_a_marker_says_that_a_partition_is_whole_whenever_it_changed(tmp_path: Path) -> None:
    tables = data_lake(tmp_path, "_SUCCESS")
    (waiting, *_) = looker(tables).light(ITEMS.source, "20261102").waiting
    assert waiting == f"wmf.wikidata_entity/snapshot={KEY} has no _SUCCESS yet"
    file = tables.add("wikidata_entity", snapshot=KEY, changed=datetime.now(UTC))
    file.with_name("_SUCCESS").touch()
    assert looker(tables).light(ITEMS.source, "20261102").green


def test_a_wiki_without_a_partition_of_a_table_is_waited_for_unless_somebody_vouches(
    tables: Tables,
) -> None:
    tables.add("page", snapshot="2026-10", wiki_db="arwiki")
    waiting = looker(tables, SETTLING, "arwiki").light("arwiki", "20261102").waiting
    assert f"{tables.names['image']}/snapshot=2026-10/wiki_db=arwiki is not there" in waiting
    assert looker(tables, None, "arwiki").light("arwiki", "20261102").green


def test_the_image_table_may_be_absent_and_no_other_of_a_wiki(tables: Tables) -> None:
    for table in ("image", "redirect"):
        (tables.root / tables.names[table]).rename(tables.root / f"no-{table}")
    inputs = choose_inputs(looker(tables), KEY, [], Rules())
    assert inputs.file("ptwiki", "image") is None
    (tables.root / tables.names["pagelinks"]).rename(tables.root / "no-pagelinks")
    with pytest.raises(UserError, match="mediawiki_pagelinks/snapshot=2026-10/wiki_db=ptwiki is"):
        choose_inputs(looker(tables), KEY, [], Rules())


def test_a_partition_of_which_a_file_is_another_is_refused(tables: Tables) -> None:
    inputs = choose_inputs(looker(tables), KEY, [], Rules())
    wanted = [Wanted(file.path, file.bytes, file.version) for file in inputs.files]
    before = tables.tables().place.fingerprints(wanted, lambda _: None)
    assert before == tables.tables().place.fingerprints(wanted, lambda _: None)
    tables.add("page", snapshot="2026-10", wiki_db="ptwiki", changed=datetime(2026, 11, 2))
    with pytest.raises(InputError, match="is another partition now") as told:
        tables.tables().place.fingerprints(wanted, lambda _: None)
    assert "hive/wmf_raw.mediawiki_page/snapshot=2026-10/wiki_db=ptwiki" in str(told.value)


def test_what_is_read_is_looked_at_again_though_a_run_looks_once(tables: Tables) -> None:
    file = choose_inputs(looker(tables), KEY, [], Rules()).file("ptwiki", "page")
    assert file is not None
    wanted = [Wanted(file.path, file.bytes, file.version)]
    place = tables.tables().place
    once = place.fingerprints(wanted, lambda _: None)
    tables.add("page", snapshot="2026-10", wiki_db="ptwiki", changed=datetime(2026, 11, 2))
    assert place.fingerprints(wanted, lambda _: None) == once
    place.forget()
    with pytest.raises(InputError, match="is another partition now"):
        place.fingerprints(wanted, lambda _: None)


@pytest.fixture
def sensors(tables: Tables, tmp_path: Path, instance: dg.DagsterInstance) -> Sensors:
    made = Sensors(instance, "hive", tmp_path / "lake", Rules(), engine="spark")
    made._resources["dumps"] = DumpsResource(path="hive", hive=tables.hive())
    return made


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with closing(Lake(tmp_path / "lake")) as made:
        yield made


def chosen(instance: dg.DagsterInstance, tables: Tables, lake: Path) -> SnapshotInputs:
    """Materialize the manifest, and give what it names."""
    engine = EngineResource(kind="duckdb", memory="512MB", spark=spark_resource("1GB", {}))
    here = LakeResource(path=str(lake))
    instance.add_dynamic_partitions(str(SNAPSHOTS.name), [KEY])
    dg.materialize(
        [manifest],
        instance=instance,
        partition_key=KEY,
        resources={
            "dumps": DumpsResource(path="hive", hive=tables.hive()),
            "lake": here,
            "io_manager": LakeIOManager(lake=here, engine=engine),
            "rules": Rules(),
            "progress": Progress(),
        },
    )
    with closing(Lake(lake)) as opened:
        return chosen_inputs(opened, KEY)


def test_the_manifest_chooses_a_changed_partition_anew_until_the_gate_and_then_refuses_it(
    tables: Tables, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    def version(inputs: SnapshotInputs) -> str:
        file = inputs.file("ptwiki", "page")
        assert file is not None
        return file.version

    lake = tmp_path / "lake"
    first = chosen(instance, tables, lake)
    assert chosen(instance, tables, lake).files == first.files
    tables.add("page", snapshot="2026-10", wiki_db="ptwiki", changed=datetime(2026, 11, 2))
    second = chosen(instance, tables, lake)
    assert version(second) != version(first)
    publish(lake, KEY, ptwiki="published")
    tables.add("page", snapshot="2026-10", wiki_db="ptwiki", changed=datetime(2026, 11, 3))
    with pytest.raises(InputError, match="is another file than the one that the manifest of"):
        chosen(instance, tables, lake)


def run_of(sensors: Sensors) -> dict[str, Any]:
    """Look, and give the key and the wikis of the run that is asked for."""
    sensors.look()
    requests = requests_of(sensors.tick("snapshot_complete"))
    return {
        str(each.partition_key): each.run_config["ops"]["manifest"]["config"]["wikis"]
        for each in requests
    }


def test_a_week_is_run_when_all_its_partitions_are_there(sensors: Sensors, tables: Tables) -> None:
    links = tables.root / LINK
    links.rename(tables.root / "aside")
    sensors.look()
    said = sensors.says("snapshot_complete")
    assert (
        f"{KEY} waits for wikis: ptwiki ({LINK}/snapshot={KEY}/wiki_db=ptwiki is not there" in said
    )
    (tables.root / "aside").rename(links)
    assert run_of(sensors) == {KEY: ["ptwiki"]}


def test_people_are_told_of_a_week_that_does_not_come_and_since_when(
    sensors: Sensors, tables: Tables, lake: Lake
) -> None:
    tables.add("wikidata_entity", snapshot="2026-11-09")
    sensors.look()
    now = datetime.now(UTC)
    assert "2026-11-09" not in late_snapshots(lake, Rules(), now)
    late = late_snapshots(lake, Rules(), now + timedelta(days=7, hours=1))
    assert late["2026-11-09"].startswith(f"the snapshot 2026-11-09 waits since {now:%Y-%m-%dT}")
    assert late["2026-11-09"].endswith(f"{LINK}/snapshot=2026-11-09/wiki_db=ptwiki is not there")
    assert KEY not in late
    tables.add("item_page_link", snapshot="2026-11-09")
    sensors.look()
    assert "2026-11-09" not in late_snapshots(lake, Rules(), now + timedelta(days=8))
