"""Tables in the catalog of the tests' Spark session, in a database of their own."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from resources.engine import Engine, SparkEngine
from resources.sources.hive.layout import Hive, HiveTables
from resources.sources.hive.names import DATABASES, Names


class Session:
    """The session of an engine, as what reads tables asks for it."""

    def __init__(self, engine: Engine) -> None:
        assert isinstance(engine, SparkEngine)
        self.spark_session: Any = engine._session


def names_of_its_own() -> Names:
    """Call the tables as nobody else does."""
    database = f"lake_{uuid4().hex[:12]}"
    return Names({table: f"{database}.{table}" for table in DATABASES})


def tables_of(engine: Engine, names: Names, *targets: str) -> HiveTables:
    """Look at tables of a session anew."""
    return HiveTables(Hive(Session(engine), names), targets)


def add_table(session: Any, name: str, columns: str, folder: Path, *rows: str) -> None:
    """Make a table, partitioned by snapshot and wiki_db, of rows of ptwiki's October."""
    session.sql(f"CREATE DATABASE IF NOT EXISTS {name.partition('.')[0]}")
    session.sql(
        f"CREATE TABLE {name} ({columns}, snapshot STRING, wiki_db STRING) USING parquet "
        f"PARTITIONED BY (snapshot, wiki_db) LOCATION 'file://{folder / name}'"
    )
    session.sql(
        f"INSERT INTO {name} PARTITION (snapshot = '2026-10', wiki_db = 'ptwiki') "
        f"VALUES {', '.join(rows)}"
    )
