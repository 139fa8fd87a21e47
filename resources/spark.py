"""The Spark session: what it is told unless a deployment says otherwise.

What computes with it is in engine.py.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from resources.addresses import without
from resources.errors import UserError
from resources.memory import bytes_of, default_memory
from resources.s3a import is_in_object_store, refuse_out_of_reach, s3a_settings

_LOGGING = Path(__file__).resolve().with_name("spark-log4j2.properties")
_SECRET = re.compile(r"secret|pass|token|credential|key|auth|user|@", re.IGNORECASE)
"""What of Spark's settings is not told with an error: whose name or value has one of these."""


class Spark:
    """The Spark session, for those who ask for it. Its settings are shown nowhere: keys and
    passwords may be among them. ``lake`` is what it has to get at, if it is in an object store."""

    def __init__(self, settings: Mapping[str, str], lake: str = "") -> None:
        self._settings, self._lake = settings, lake

    @property
    def elsewhere(self) -> bool:
        """Tell whether tables are computed on other machines, or at least by other processes."""
        master = self._settings.get("spark.master", "local")
        return "spark.remote" in self._settings or not master.startswith("local")

    @property
    def spark_session(self) -> Any:
        """Give the session, started where it is not there. Raises UserError where it does not."""
        # Who computes with DuckDB need not have PySpark.
        from dagster_pyspark import LazyPySparkResource
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        if self._settings.get("spark.master", "").startswith("local"):
            # What Spark runs Python with is this one, with what is installed for it.
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        try:
            session = LazyPySparkResource(spark_config=dict(self._settings)).spark_session
        except (PySparkException, Py4JError) as error:
            given = [f"{name}={value}" for name, value in self._settings.items()]
            hidden = [each.partition("=")[2] for each in given if _SECRET.search(each)]
            raise UserError(f"Spark does not start: {without(str(error), hidden)}") from None
        if is_in_object_store(self._lake):
            refuse_out_of_reach(session, self._lake)
            self._lake = ""
        return session


def spark_resource(memory: str, settings: dict[str, str], lake: str = "") -> Spark:
    """Configure Spark: ``settings`` are Spark's own names, and win over what is set here.

    ``memory`` such as ``4GB`` is the driver's; empty is half of the machine's. Without
    ``spark.master`` or ``spark.remote`` Spark runs here on all cores. The session is as quiet as
    Spark can be and listens on loopback alone. How it gets at a ``lake`` in an object store is
    taken from the environment.
    """
    here = {
        "spark.master": "local[*]",
        "spark.driver.memory": f"{bytes_of(memory or default_memory()) // 2**20}m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={_LOGGING.as_uri()} "
        # A catalog of one's own is a Derby, which would leave its log where one is.
        "-Dderby.stream.error.file=/dev/null",
        # Each task of a stage opens as many files; 200, Spark's own number, cost a twelfth of all.
        "spark.sql.shuffle.partitions": "32",
    }
    general = {
        "spark.app.name": "imagesuggest",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.ansi.enabled": "true",
    }
    elsewhere = {"spark.master", "spark.remote"} & settings.keys()
    store = s3a_settings() if is_in_object_store(lake) else {}
    return Spark({**general, **({} if elsewhere else here), **store, **settings}, lake)


@contextmanager
def on_workers(doing: str, reach: str) -> Iterator[None]:
    """Raise UserError where workers can not do what ``doing`` says; ``reach`` is what they need."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        first = str(error).strip().splitlines()[0]
        raise UserError(
            f"Spark's workers can not {doing}: {first}; this project has to be installed on them, "
            f"and {reach}"
        ) from error
