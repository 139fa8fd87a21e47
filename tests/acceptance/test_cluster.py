"""The same rows on a Spark cluster as on DuckDB: a master and two workers, with the driver here or
behind Spark Connect, the lake in a folder or on HDFS.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.sample import make_sample
from tests.acceptance.command import run
from tests.acceptance.test_lake_elsewhere import command_of, rows_in
from tests.conftest import need_java
from tests.resources.places import lake_place
from tests.servers.spark_cluster import SparkConnect, spark_cluster

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.cluster

SNAPSHOT = "2026-11-02"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with dumps, and the lake that DuckDB makes of them."""
    need_java()
    folder = tmp_path_factory.mktemp("small")
    make_sample(folder / "dumps", articles=120, wikis=2)
    ended = run(folder / "dumps", folder / "lake", "duckdb")
    assert ended.code == 0, ended.err
    return folder


@pytest.fixture
def standalone(small: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Spark's settings for a cluster whose driver is the command's own process."""
    with spark_cluster(tmp_path / "servers") as master:
        yield master.settings


@pytest.fixture
def connect(small: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Spark's settings for a cluster whose driver is another process, so that here is no Java."""
    with spark_cluster(tmp_path / "servers") as master:
        server = SparkConnect(tmp_path / "servers" / "connect", master)
        try:
            server.start()
            yield {"spark.remote": server.address}
        finally:
            server.kill()


@pytest.mark.parametrize(
    ("way", "kind"), [("standalone", "local"), ("standalone", "hdfs"), ("connect", "local")]
)
def test_a_cluster_gives_the_rows_that_duckdb_gives(
    request: pytest.FixtureRequest,
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    kind: str,
) -> None:
    place = lake_place(kind, request, tmp_path, monkeypatch)
    settings = request.getfixturevalue(way)
    spark = {"IMAGESUGGEST_SPARK": " ".join(f"{name}={settings[name]}" for name in settings)}
    if way == "connect":
        # Then no Java is needed where the command runs.
        spark["PATH"] = "/nowhere"
    command_of(place, small / "dumps", tmp_path / "there", "spark", **spark)("run")
    expected = rows_in(str(small / "lake"), SNAPSHOT)
    assert len(expected) > 30
    found = rows_in(place.address, SNAPSHOT)
    assert found.keys() == expected.keys()
    for dataset, rows in expected.items():
        assert found[dataset] == rows, dataset
