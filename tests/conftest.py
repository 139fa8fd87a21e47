"""Engines, tables and folders that tests share, and how tests are shared among processes."""

import gc
import os
import re
import shutil
import signal
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import dagster as dg
import pytest
import sqlalchemy
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from resources.dagster_internals import LastingStorage
from resources.engine import DuckDBEngine, Engine, SparkEngine
from resources.spark import spark_resource
from tests.tables import Tables

JAVA_MISSING = (
    "Spark needs Java 17 or newer, and no `java` is on the PATH; "
    "on Debian: apt-get install openjdk-17-jre-headless"
)
SPARK_FOR_SMALL_TABLES = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
"""Compiling a query takes Spark longer than running it on ten rows; acceptance runs do compile."""
HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared" / "real"
"""A real wiki's dumps and what must come out of them, beside the checkout where it is there."""


# Servers and Spark live for minutes here. To compile for speed what they run takes more than it
# gives: a third of their CPU seconds.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")

# What Spark's tasks run in Python has what this Python has.
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

NOTHING_JUDGED = {"IMAGESUGGEST_JUDGEMENTS": f"{os.devnull}/judgements"}
"""What somebody judged in this checkout is no input of tests."""
os.environ |= NOTHING_JUDGED

# A shell lets what it starts in the background ignore interrupts. Dagster, which lets SIGTERM do
# what an interrupt does, would ignore that, too, and so would what tests start and end with it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No test fails because others keep the machine busy.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")

SERVERS = "tests.servers.fixtures"
"""What a file names that needs a Cassandra, a search server or a metastore."""
USES_SPARK = re.compile(r"\bspark_engine\b|: Tables\b|def test_\w+\([^)]*\bengine: Engine\b")
"""What is in a file that needs Spark."""
MODULES = "tests.module_assets.fixtures"
"""What a file names that needs the one run of the module finder."""
LONGEST = (
    "acceptance/test_weeks.py",
    "acceptance/test_publication_store.py",
    "imagesuggest_assets/publication/search/test_update.py",
    "acceptance/test_crashes.py",
    "resources/test_storage.py",
    "acceptance/test_cases.py",
    "acceptance/test_alive.py",
    "acceptance/test_ui.py",
    "acceptance/test_traps.py",
    "acceptance/test_real.py",
    "acceptance/test_bad_input.py",
)
"""Files that take minutes. They go first, lest one process be left with them at the end."""


class Together(LoadFileScheduling):
    """Gives the tests of a file to one process, and so all that use a Cassandra, all that use a
    metastore, all that use search servers or a lake's servers only, all that use the one run of the
    module finder, and all of acceptance/ that use a Spark of their process. The others that use one
    are given to two.

    Fixtures of a file are made once then, each server is started once, and Spark is warm and not in
    every process.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return _shared_by(self.config.rootpath / file) or file


@cache
def _shared_by(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    if SERVERS in text:
        if "lake_place" in text:
            return "a lake's servers"
        if "metastore_server" in text:
            return "metastore"
        return "Cassandra" if "cassandra_" in text else "search servers"
    if MODULES in text:
        return "modules"
    if not USES_SPARK.search(text):
        return ""
    if file.parent.name == "acceptance":
        return "Spark"
    return f"Spark {crc32(str(file.relative_to(HERE)).encode()) % 2}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Share tests among processes."""
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes longest go first."""
    place = {HERE / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(LONGEST)))


def pytest_collection_finish() -> None:
    """Let Python's collector not look again and again at what is imported and will stay."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let it look again: else DuckDB would tell of all that is left, below what pytest says."""
    gc.unfreeze()


@sqlalchemy.event.listens_for(sqlalchemy.Engine, "connect")
def do_not_wait_for_the_disk(connection: Any, _: object) -> None:
    """Let what Dagster opens by itself in tests be lost with the machine. What stays open sets its
    own, which hardly waits."""
    connection.execute("PRAGMA synchronous = OFF")


def need_java() -> None:
    """Leave a test out where there is no Java; on CI, where it must not be left out, fail."""
    if shutil.which("java") is None:
        if os.environ.get("CI"):
            pytest.fail(JAVA_MISSING)
        pytest.skip(JAVA_MISSING)


@pytest.fixture(scope="session")
def spark_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Spark on all cores of this machine, started once."""
    need_java()
    resource = spark_resource("2GB", SPARK_FOR_SMALL_TABLES)
    with warnings.catch_warnings():
        # PySpark's own, about pandas and sockets, at start.
        warnings.simplefilter("ignore")
        session = resource.spark_session
    engine = SparkEngine(session, tmp_path_factory.mktemp("spill"))
    yield engine
    engine.close()
    session.stop()


@pytest.fixture(scope="session")
def duckdb_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """DuckDB with a gigabyte."""
    engine = DuckDBEngine("1GB", tmp_path_factory.mktemp("spill"))
    yield engine
    engine.close()


@pytest.fixture(params=["duckdb", "spark"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn: a rule must give the same rows on both."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture
def tables(engine: Engine, tmp_path: Path) -> Tables:
    """Small tables of the declared columns, on each engine in turn."""
    return Tables(engine, tmp_path)


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of the real wiki."""
    if not SHARED.is_dir():
        pytest.skip("../shared/real is not beside this checkout")
    return SHARED


def lasting(home: Path) -> dict[str, Any]:
    """The settings of an instance whose files stay open, as those of commands do."""
    config = {"base_dir": str(home)}
    kind = {"module": LastingStorage.__module__, "class": LastingStorage.__name__}
    return {"storage": {"custom": {**kind, "config": config}}}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance that is gone afterwards."""
    with dg.instance_for_test(temp_dir=str(tmp_path), overrides=lasting(tmp_path)) as made:
        yield made


@pytest.fixture
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings are the usual ones, whatever the shell has set."""
    for name in list(os.environ):
        if name.startswith(("IMAGESUGGEST_", "MODULES_")):
            monkeypatch.delenv(name)
