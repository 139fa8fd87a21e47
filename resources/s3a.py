"""Spark on a lake in an object store: what its S3A is told, and that it gets there.

PySpark does not bring S3A. Keys are told nothing of here: Spark takes AWS's variables from the
driver's environment by itself and gives them to its executors, and they are on no command line.
"""

import os
from typing import Any

from resources.errors import UserError

HADOOP_AWS = "org.apache.hadoop:hadoop-aws:3.5.0"
"""S3A, of the version of the Hadoop that the pinned PySpark brings."""


def is_in_object_store(lake: str) -> bool:
    """Tell whether a lake, which is a path or an address, is in an object store."""
    return lake.partition("://")[0].lower() == "s3"


def s3a_settings() -> dict[str, str]:
    """Give Spark's settings that say of the store what the environment says to everybody else."""
    from resources.object_store import endpoint

    given = {
        "endpoint": endpoint(),
        "endpoint.region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        # As other clients do: by names of hosts few stores but AWS's are reached.
        "path.style.access": "true" if endpoint() else "",
    }
    return {f"spark.hadoop.fs.s3a.{name}": value for name, value in given.items() if value}


def refuse_out_of_reach(session: Any, lake: str) -> None:
    """Raise UserError where Spark does not get at a lake in an object store, before it reads it."""
    from py4j.protocol import Py4JError
    from pyspark.errors import AnalysisException, PySparkException

    # Of what is not there no files are listed, and it is found out that it is not there.
    asked = f"s3a{lake[2:].rstrip('/')}/.asked-by-spark"
    try:
        # Spark Connect asks when the columns are asked for.
        _ = session.read.schema("nothing INT").parquet(asked).schema
    except (PySparkException, Py4JError) as error:
        if isinstance(error, AnalysisException) and "PATH_NOT_FOUND" in str(error):
            return
        if "S3AFileSystem not found" in str(error):
            raise UserError(
                f"Spark has nothing that gets at {lake}; add {HADOOP_AWS}, for instance by "
                f"spark.jars.packages={HADOOP_AWS} in IMAGESUGGEST_SPARK, of the version of "
                "Spark's Hadoop"
            ) from None
        raise UserError(f"Spark does not get at {lake}: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    """Give what an error of Java says first, or of Spark; Py4J only says that Java was called."""
    lines = str(error).splitlines()
    return next((line for line in lines if "Exception: " in line), lines[0]).lstrip(": ")
