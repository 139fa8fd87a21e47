"""The same rows, store and index on a Spark cluster as on DuckDB: of dumps and of the Data Lake's
tables, with the driver here or behind Spark Connect, the lake in a folder, on HDFS or in an object
store.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resources.lake import Lake
from resources.sample import make_sample
from resources.sources.hive.names import HIVE
from tests.acceptance.command import ended, imagesuggest, start
from tests.acceptance.test_lake_elsewhere import command_of, published_in, rows_in, settings_of
from tests.conftest import need_java
from tests.resources.places import LakePlace, lake_place
from tests.servers.jars import S3A
from tests.servers.metastore import MetastoreServer
from tests.servers.spark_cluster import SparkConnect, SparkMaster, spark_cluster

if TYPE_CHECKING:
    from tests.servers.fixtures import Servers

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.cluster

SNAPSHOT = "2026-11-02"
ARTICLES = 120
OF_DUMPS = "mediawiki_page_props"
"""Which items pages have that are no articles; tables are not read for them."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with dumps, and what DuckDB makes of them."""
    need_java()
    folder = tmp_path_factory.mktemp("small")
    make_sample(folder / "dumps", articles=ARTICLES, wikis=2)
    command_of(LakePlace(str(folder / "lake")), folder / "dumps", folder / "here")("run")
    return folder


@pytest.fixture(scope="module")
def master(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkMaster]:
    """A cluster of a master and two workers, who know nothing of where a lake is."""
    with spark_cluster(tmp_path_factory.mktemp("spark")) as started:
        yield started


@pytest.fixture
def standalone(master: SparkMaster) -> dict[str, str]:
    """Spark's settings for a cluster whose driver is the command's own process."""
    return master.settings


@pytest.fixture
def connect(master: SparkMaster, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Spark's settings for a cluster whose driver is another process, so that here is no Java."""
    server = SparkConnect(tmp_path / "connect", master)
    try:
        server.start()
        yield {"spark.remote": server.address}
    finally:
        server.kill()


def set_so(settings: dict[str, str]) -> str:
    """Write down Spark's settings as the command takes them."""
    return " ".join(f"{name}={value}" for name, value in settings.items())


def refuse_other_than(small: Path, place: LakePlace, folder: Path, *but: str) -> None:
    """Fail where a run gave other rows, store or index than DuckDB gives; ``but`` for datasets."""
    expected, found = (rows_in(each, SNAPSHOT) for each in (str(small / "lake"), place.address))
    assert len(expected) > 30
    assert found.keys() == expected.keys()
    for dataset in expected.keys() - {*but}:
        assert found[dataset] == expected[dataset], dataset
    published = published_in(str(small / "lake"), small / "here", SNAPSHOT)
    assert all(published.values())
    assert published_in(place.address, folder, SNAPSHOT) == published


@pytest.mark.parametrize(
    ("way", "kind"), [("standalone", "local"), ("standalone", "hdfs"), ("connect", "local")]
)
def test_a_cluster_gives_of_dumps_what_duckdb_gives(
    request: pytest.FixtureRequest,
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    kind: str,
) -> None:
    spark = {"IMAGESUGGEST_SPARK": set_so(request.getfixturevalue(way))}
    place = lake_place(kind, request, tmp_path, monkeypatch)
    if way == "connect":
        # Then no Java is needed where the command runs.
        spark["PATH"] = "/nowhere"
    command_of(place, small / "dumps", tmp_path / "there", "spark", **spark)("run")
    refuse_other_than(small, place, tmp_path / "there")


def test_a_cluster_gives_of_tables_in_an_object_store_what_duckdb_gives_of_dumps(
    request: pytest.FixtureRequest,
    small: Path,
    standalone: dict[str, str],
    servers: "Servers",
    metastore_server: MetastoreServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    catalog = {
        "spark.hadoop.hive.metastore.uris": metastore_server.url,
        "spark.sql.warehouse.dir": f"file://{tmp_path}/warehouse",
    }
    sample = ("sample", tmp_path / "dumps", "--articles", str(ARTICLES), "--wikis", "2", "--tables")
    made = imagesuggest(*sample, home=tmp_path, IMAGESUGGEST_SPARK=set_so(catalog))
    assert made.code == 0, made.err
    place = lake_place("s3", request, tmp_path, monkeypatch)
    s3a = servers.jars(S3A)
    classes = {f"spark.{who}.extraClassPath": f"{s3a}/*" for who in ("driver", "executor")}
    spark = {"IMAGESUGGEST_SPARK": set_so({**standalone, **catalog, **classes})}
    command_of(place, HIVE, tmp_path / "there", "spark", **spark)("run")
    refuse_other_than(small, place, tmp_path / "there", OF_DUMPS)


@pytest.mark.parametrize("who", ["executor", "driver"])
def test_a_run_of_which_one_is_killed_leaves_what_duckdb_gives_or_nothing_and_ends_well(
    request: pytest.FixtureRequest,
    small: Path,
    master: SparkMaster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
) -> None:
    place = lake_place("hdfs", request, tmp_path, monkeypatch)
    home = tmp_path / "there"
    settings = settings_of(place, small / "dumps", home, "spark")
    settings["IMAGESUGGEST_SPARK"] = set_so(master.settings)
    running = start("run", home=home, **settings)
    with closing(Lake(place.address)) as lake:
        # Halfway: dumps are read, and of what is computed of them there is something.
        while not lake.has("mediawiki_page", SNAPSHOT):
            assert running.poll() is None, ended(running).err
            time.sleep(0.2)
    if who == "executor":
        os.kill(master.started[0].executors()[0], signal.SIGKILL)
        told = ended(running)
        assert told.code == 0, told.err
    else:
        running.kill()
        ended(running)
        expected = rows_in(str(small / "lake"), SNAPSHOT)
        for dataset, rows in rows_in(place.address, SNAPSHOT).items():
            assert rows == expected[dataset], dataset
        told = imagesuggest("run", home=home, **settings)
        assert told.code == 0, told.err
    refuse_other_than(small, place, home)
