"""What others find in a metastore, a real one: what may go out of each snapshot, nothing else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.decisions import Decision, decide
from imagesuggest_assets.catalog.published import HIVE_TABLES, kept_as
from imagesuggest_assets.catalog.sinks import HIVE_DELTA
from imagesuggest_assets.publication.back import if_held
from imagesuggest_assets.publication.retention import find_old, remove_old
from imagesuggest_assets.rules import Rules
from resources import lake as lake_module
from resources.errors import UserError
from resources.metastore import LONGEST_COMMENT, HiveColumn, MetastoreSettings
from resources.stores.store import snapshot_id
from tests.conftest import SPARK_FOR_SMALL_TABLES
from tests.imagesuggest_assets.publication.metastore.publishing import World
from tests.servers.metastore import MetastoreServer
from tests.servers.process import free_port

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.servers
OLDER, NEWER = "2026-10-26", "2026-11-02"
ALL = {"arwiki", "ptwiki"}
TAGS = {*ALL, "commonswiki"}


@pytest.fixture
def world(
    metastore_server: MetastoreServer, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[World]:
    prefix = f"{request.node.originalname[:60]}_"
    lake = str(tmp_path / "lake")
    if getattr(request, "param", "") == "hdfs":
        lake = f"{request.getfixturevalue('hdfs_server').url}/{prefix}"
    made = World(lake, MetastoreSettings(metastore_server.url, prefix=prefix))
    yield made
    made.close()


def retire(world: World, wiki: str) -> None:
    at = "2026-11-03T00:00:00+00:00"
    decide(world.lake.get().storage, [Decision(NEWER, wiki, "retired", "ana", at, "closed")])


def types_are_as_told(world: World) -> None:
    """Files have the columns and types that the metastore tells of."""
    types = {
        "string": pa.string(),
        "int": pa.int32(),
        "bigint": pa.int64(),
        "float": pa.float32(),
    }
    for table in HIVE_TABLES.values():
        (file,) = world.locations(table.name)[NEWER].glob("*.parquet")
        schema = pq.read_schema(file)
        assert schema.names == [column.name for column in table.columns]
        for column in table.columns:
            there = schema.field(column.name).type
            if column.type == "array<string>":
                assert pa.types.is_list(there)
            else:
                assert there == types[column.type], column


def test_tables_have_what_readers_and_search_get(world: World) -> None:
    world.snapshot(NEWER)
    done = world.publish(NEWER)
    assert [(each["snapshot"], each["rows"], each["what"]) for each in done] == [
        (NEWER, rows, "written made") for rows in (4, 2, 2, 3, 3)
    ]
    best = world.rows("suggestions", NEWER)[0]
    assert best == {
        "wiki": "arwiki",
        "page_id": 1,
        "id": str(snapshot_id(NEWER)),
        "image": "A.jpg",
        "origin_wiki": "commonswiki",
        "confidence": 90.0,
        "found_on": ["arwiki"],
        "kind": ["istype-depicts", "istype-wikidata-image"],
        "page_rev": 7,
        "section_heading": None,
        "section_index": None,
        "page_qid": "Q1",
    }
    page = {"wiki": "arwiki", "page_id": 1, "page_rev": 7}
    assert {**page, "title": "Page_1"} in world.rows("title_cache", NEWER)
    assert {**page, "instance_of": ["Q5"]} in world.rows("instanceof_cache", NEWER)
    assert world.every_table(NEWER)["search_index_full"] == TAGS
    types_are_as_told(world)
    assert world.problems() == []


def test_the_metastore_has_room_for_all_comments() -> None:
    for table in HIVE_TABLES.values():
        assert all(0 < len(each.comment) <= LONGEST_COMMENT for each in table.columns)


def test_a_held_wiki_is_in_no_table(world: World) -> None:
    world.snapshot(NEWER, ptwiki="held", commonswiki="held")
    world.publish(NEWER)
    assert set().union(*world.every_table(NEWER).values()) == {"arwiki"}
    assert world.problems() == []


def test_what_is_held_after_it_went_out_leaves_its_snapshot_and_comes_back_when_released(
    world: World,
) -> None:
    for key in (OLDER, NEWER):
        world.snapshot(key)
        world.publish(key)
    assert if_held(world.lake.get(), "ptwiki", NEWER) == [
        f"ptwiki: the tables in the metastore lose its rows of {NEWER}; those of other snapshots "
        "stay"
    ]
    world.gate(NEWER, ptwiki="held")
    problems = world.problems()
    assert len(problems) == len(HIVE_TABLES)
    assert all(f"of ptwiki for {NEWER}, which may not go out; mat" in each for each in problems)
    world.publish(NEWER)
    assert world.wikis("suggestions", NEWER) == {"arwiki"}
    assert world.wikis("suggestions", OLDER) == ALL
    world.gate(NEWER, ptwiki="released")
    world.publish(NEWER)
    assert world.wikis("suggestions", NEWER) == ALL
    assert world.problems() == []


def test_a_retired_wiki_leaves_all_snapshots(world: World) -> None:
    for key in (OLDER, NEWER):
        world.snapshot(key)
        world.publish(key)
    retire(world, "ptwiki")
    done = world.publish(NEWER)
    for key in (OLDER, NEWER):
        assert not any("ptwiki" in wikis for wikis in world.every_table(key).values())
    assert {each["what"] for each in done if each["snapshot"] == OLDER} == {"taken out: ptwiki"}
    assert world.problems() == []


def test_the_delta_keeps_what_it_puts_back_of_a_held_wiki(world: World) -> None:
    world.assets = [HIVE_DELTA]
    world.snapshot(NEWER, ptwiki="held")
    back = [("ptwiki", 1, 0, "recommendation.image", ["__DELETE_GROUPING__"])]
    world.delta(NEWER, back, put_back=["ptwiki"])
    world.publish(NEWER)
    retire(world, "arwiki")
    world.snapshot(OLDER)
    world.publish(OLDER)
    assert [row["values"] for row in world.rows("search_index_delta", NEWER)] == [back[0][4]]
    assert world.problems() == []


def test_the_location_follows_and_whoever_reads_goes_on(world: World) -> None:
    world.assets = [HIVE_DELTA]
    world.snapshot(NEWER)
    world.publish(NEWER)
    before = world.locations()[NEWER]
    files = [*before.glob("*.parquet")]
    world.publish(NEWER)
    assert world.locations()[NEWER] != before
    assert all(pq.read_table(file).num_rows for file in files)
    assert [*world.locations()] == [NEWER]


def test_what_a_metastore_missed_is_told_and_made_up_for_by_the_next_run(world: World) -> None:
    world.assets = [HIVE_DELTA]
    world.snapshot(OLDER)
    world.publish(OLDER)
    with world.metastore.open() as opened:
        opened.drop("search_index_delta", OLDER)
        opened.point("search_index_delta", "2026-01-05", Path(world.lake.path).as_uri())
    strange, missing = world.problems()
    assert "_delta has a partition 2026-01-05, which is not in the lake; drop it" in strange
    assert f"_delta has nothing for {OLDER}, expected file:///" in missing
    world.snapshot(NEWER)
    world.publish(NEWER)
    assert world.wikis("search_index_delta", OLDER) == TAGS
    assert world.problems() == [strange]
    # Another metastore, or a new one.
    world.metastore = replace(world.metastore, prefix=f"{world.metastore.prefix}new_")
    world.publish(NEWER)
    assert {*world.locations()} == {OLDER, NEWER}
    assert world.problems() == []


def test_no_version_is_removed_that_the_metastore_still_names(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that a run had replaced when the metastore went away."""
    monkeypatch.setattr(lake_module, "KEPT", timedelta(0))
    world.assets = [HIVE_DELTA]
    world.snapshot(OLDER)
    world.publish(OLDER)
    first = world.locations()[OLDER]
    world.publish(OLDER)
    assert first.is_dir()
    with world.metastore.open() as opened:
        opened.point("search_index_delta", OLDER, f"file://{first}")
    world.snapshot(NEWER)
    world.publish(NEWER)
    assert first.is_dir()
    assert world.locations()[OLDER] != first
    world.publish(NEWER)
    assert not first.exists()


def test_nothing_is_written_while_the_metastore_is_away(world: World) -> None:
    world.assets = [HIVE_DELTA]
    world.snapshot(NEWER)
    there = world.metastore
    away = world.metastore = replace(there, address=f"thrift://127.0.0.1:{free_port()}")
    with pytest.raises(UserError, match=f"^{away.address}: the metastore does not do it: "):
        world.publish(NEWER)
    assert world.lake.get().snapshots("published_search_index_delta") == []
    assert len(world.problems()) == 1
    world.metastore = there
    world.publish(NEWER)
    assert world.problems() == []


def test_an_old_partition_goes_from_the_metastore_before_its_files_do(world: World) -> None:
    lake = world.lake.get()
    for key in (OLDER, NEWER):
        world.snapshot(key)
        world.publish(key)
    old = find_old(lake, Rules(), 45, datetime.now(UTC) + timedelta(days=1000))
    removed = remove_old(lake, old, world.metastore)
    assert {kept_as(table) for table in HIVE_TABLES} <= {
        each.dataset for each in removed.partitions
    }
    assert all([*world.locations(table)] == [NEWER] for table in HIVE_TABLES)
    assert world.problems() == []


_SPARK = """
import sys
from resources.spark import spark_resource
settings = dict(each.split("=", 1) for each in sys.argv[2:])
session = spark_resource("1GB", settings).spark_session
for query in (
    "SELECT * FROM {}suggestions WHERE snapshot = '2026-11-02' AND wiki = 'ptwiki' ORDER BY image",
    "SELECT explode(values) FROM {}search_index_full WHERE wikiid = 'commonswiki'",
    "SELECT new FROM {}title_cache WHERE wiki = 'ptwiki'",
    "DESCRIBE {}instanceof_cache",
):
    for row in session.sql(query.format(sys.argv[1])).toLocalIterator():
        print(*row, sep="|")
"""


@pytest.mark.cluster
@pytest.mark.parametrize("world", ["local", "hdfs"], indirect=True)
def test_spark_sql_reads_the_tables(world: World, tmp_path: Path) -> None:
    world.snapshot(NEWER)
    world.publish(NEWER)
    with world.metastore.open() as opened:
        scheme = opened.locations("suggestions")[NEWER].partition(":")[0]
    assert scheme == world.lake.get().folder("").partition(":")[0]
    table = HIVE_TABLES["title_cache"]
    more = replace(table, columns=(*table.columns, HiveColumn("new", "int", "New.")))
    with world.metastore.open() as opened:
        opened.keep(more, world.lake.get().folder("published_title_cache"))
    told = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-c", _SPARK, world.metastore.called("")),
            f"spark.hadoop.hive.metastore.uris={world.metastore.address}",
            "spark.sql.catalogImplementation=hive",
            f"spark.sql.warehouse.dir={tmp_path}",
            *(f"{name}={value}" for name, value in SPARK_FOR_SMALL_TABLES.items()),
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
    ).stdout.splitlines()
    of_snapshot = str(snapshot_id(NEWER))
    assert told[:4] == [
        f"ptwiki|1|{of_snapshot}|A.jpg|commonswiki|90.0|['arwiki']|"
        f"['istype-depicts', 'istype-wikidata-image']|7|None|None|Q1|{NEWER}",
        f"ptwiki|1|{of_snapshot}|B.jpg|commonswiki|70.0|None|['istype-depicts']|7|None|None|Q1|"
        f"{NEWER}",
        "Q1|1000",
        "None",
    ]
    assert (
        "instance_of|array<string>|The classes of the article's item, its P31; NULL where"
        in (told[7])
    )
