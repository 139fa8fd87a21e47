"""Spark on a lake in an object store: what it is told, and what it says where it is out of reach.

That it reads and writes there is tested in tests/acceptance/test_cluster.py.
"""

import pytest

from resources.engine import Engine
from resources.errors import UserError
from resources.s3a import HADOOP_AWS, refuse_out_of_reach
from resources.spark import spark_resource
from tests.resources.sources.hive.catalogs import Session
from tests.servers import jars

LAKE = "s3://bucket/lake"


def told(settings: dict[str, str], lake: str = LAKE) -> dict[str, str]:
    """What Spark is told of S3."""
    told = spark_resource("1GB", settings, lake)._settings
    return {name: value for name, value in told.items() if "s3a" in name or "secret" in value}


def test_spark_is_told_where_the_store_is_as_the_environment_says_and_no_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert told({}) == {}
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store.example.org:9000")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-text")
    s3a = "spark.hadoop.fs.s3a"
    assert told({f"{s3a}.endpoint.region": "elsewhere"}) == {
        f"{s3a}.endpoint": "http://store.example.org:9000",
        f"{s3a}.endpoint.region": "elsewhere",
        f"{s3a}.path.style.access": "true",
    }
    assert told({}, "hdfs://host/lake") == {}


def test_spark_without_s3a_is_refused_with_what_to_add(spark_engine: Engine) -> None:
    with pytest.raises(UserError, match=f"spark.jars.packages={HADOOP_AWS} in IMAGESUGGEST_SPARK"):
        refuse_out_of_reach(Session(spark_engine).spark_session, LAKE)


def test_what_is_to_be_added_fits_the_hadoop_that_pyspark_brings() -> None:
    version = HADOOP_AWS.rpartition(":")[2]
    assert (jars.spark_jars() / f"hadoop-client-api-{version}.jar").exists()
