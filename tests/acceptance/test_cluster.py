"""The same rows on a Spark cluster as on DuckDB: a master and two workers, with the driver here or
behind Spark Connect.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.sample import make_sample
from tests.acceptance.command import rows_of, run
from tests.conftest import need_java
from tests.servers.spark_cluster import SparkConnect, spark_cluster

pytestmark = pytest.mark.cluster

SNAPSHOT = "2026-11-02"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with dumps, and the lake that DuckDB makes of them."""
    need_java()
    folder = tmp_path_factory.mktemp("small")
    make_sample(folder / "dumps", articles=120, wikis=2)
    ended = run(folder / "dumps", folder / "duckdb" / "lake", "duckdb")
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


@pytest.mark.parametrize("way", ["standalone", "connect"])
def test_a_cluster_gives_the_rows_that_duckdb_gives(
    request: pytest.FixtureRequest, small: Path, way: str
) -> None:
    settings = request.getfixturevalue(way)
    given = " ".join(f"{name}={value}" for name, value in settings.items())
    # By Spark Connect, no Java is needed where the command runs.
    path = {"PATH": "/nowhere"} if way == "connect" else {}
    ended = run(small / "dumps", small / way / "lake", "spark", IMAGESUGGEST_SPARK=given, **path)
    assert ended.code == 0, ended.err
    expected, found = (rows_in(small / name / "lake") for name in ("duckdb", way))
    assert found.keys() == expected.keys()
    for dataset, rows in expected.items():
        assert found[dataset] == rows, dataset


def rows_in(lake: Path) -> dict[str, list[str]]:
    """Read all partitions of a lake, each in an order of its own."""
    datasets = {place.parents[1].name for place in lake.glob("*/snapshot=*/_current.json")}
    assert len(datasets) > 30
    return {name: sorted(map(str, rows_of(lake, name, SNAPSHOT))) for name in datasets}
