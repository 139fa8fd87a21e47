"""Files are read by tasks of Spark that write to a lake at an address."""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from resources.engine import Engine
from resources.lake_paths import Address
from resources.sources.reading_on_spark import read_all_on_spark
from resources.storage import storage_at
from tests.resources.places import lake_place
from tests.resources.sources.test_reading import copy, jobs_of

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.cluster


@pytest.mark.parametrize("kind", ["hdfs", "s3"])
def test_tasks_of_spark_write_to_an_address_where_what_a_lost_task_left_does_not_count(
    kind: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    spark_engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Spark and its tasks run already, and nobody has told them how to get there.
    place = lake_place(kind, request, tmp_path, monkeypatch)
    storage = storage_at(place.address)
    folder = storage.path(".scratch/read")
    assert isinstance(folder, Address)
    (tmp_path / "half").write_text("fo")
    storage.bring(tmp_path / "half", f"{folder.place}/0123-1.pid")
    heard: list[int] = []
    jobs = jobs_of(tmp_path, "a", "four", "")
    told = read_all_on_spark(SparkSession.active(), folder, jobs, copy, heard.append)
    assert [size for _, size in told] == [1, 4, 0]
    assert [Path(file).read_text() for file, _ in told] == ["a", "four", ""]
    assert sum(heard) == 5
    assert len(storage.names(folder.place)) == 4
    assert not any(job.target.exists() for job in jobs)
    storage.close()
