"""All that reaches into Dagster's own modules, those whose names begin with an underscore.

Dagster may change any of it in any version. It was written for the one named below, and
tests/resources/test_dagster_internals.py is what fails first at an upgrade.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._check import CheckError
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.definitions.sensor_definition import SensorExecutionData
from dagster._core.events import EngineEventData
from dagster._core.instance import RUNLESS_RUN_ID, InstanceRef
from dagster._core.launcher import DefaultRunLauncher
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorTick,
    TickData,
    TickStatus,
)
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.runs.schema import RunsTable
from dagster._core.storage.schedules import SqliteScheduleStorage
from dagster._core.storage.sqlite_storage import (
    DagsterSqliteStorage,
    _event_logs_directory,
    _runs_directory,
    _schedule_directory,
)
from dagster._daemon.types import DaemonHeartbeat
from dagster._serdes import ConfigurableClassData, serialize_value
from dagster._utils.error import SerializableErrorInfo
from sqlalchemy import Column, Connection, Engine, create_engine, event, func, select

WRITTEN_FOR = "1.13.27"
"""The version of Dagster that all of this is known to be right for."""

__all__ = [
    "WRITTEN_FOR",
    "BaseAssetGraph",
    "CheckError",
    "DaemonHeartbeat",
    "EngineEventData",
    "InstigatorState",
    "InstigatorStatus",
    "InstigatorTick",
    "InstigatorType",
    "LastingStorage",
    "RegisteredCodeLocationOrigin",
    "RemoteInstigatorOrigin",
    "RemoteJobOrigin",
    "RemoteRepositoryOrigin",
    "RepositorySnap",
    "RunsTable",
    "SensorExecutionData",
    "SerializableErrorInfo",
    "TickData",
    "TickStatus",
    "delete_events",
    "delete_reported",
    "open_lasting",
    "serialize_value",
    "starts_runs_here",
]

_AT_ONCE = 500
_Reported = tuple[Column[int], Column[str], Column[datetime]]
"""Of rows that tell of no run: their number, what kind they are, and when they came."""
_EVENTS: _Reported = (
    SqlEventLogStorageTable.c.id,
    SqlEventLogStorageTable.c.dagster_event_type,
    SqlEventLogStorageTable.c.timestamp,
)
_CHECKS: _Reported = (
    AssetCheckExecutionsTable.c.id,
    AssetCheckExecutionsTable.c.check_name,
    AssetCheckExecutionsTable.c.evaluation_event_timestamp,
)
_PATIENCE_SECONDS = 30
"""How long a statement waits for other processes that write to the same file."""
_RUNS_OPEN = 8
"""Runs whose files are kept open at once. Each has one of its own."""


def open_lasting(home: Path) -> dg.DagsterInstance:
    """Open the instance of a folder. SQLite files, if it has those, stay open until dispose().

    Dagster opens and closes the file anew for each of the 2,500 statements of a run, and lets
    SQLite tidy it up each time. It is the same files and the same transactions, so other
    processes see no difference.
    """
    ref = InstanceRef.from_dir(str(home))
    storage = ref.storage_data
    if storage is not None and storage.class_name == DagsterSqliteStorage.__name__:
        lasting = ConfigurableClassData(__name__, LastingStorage.__name__, storage.config_yaml)
        ref = ref._replace(storage_data=lasting)
    return dg.DagsterInstance.from_ref(ref)


class LastingStorage(DagsterSqliteStorage):
    """Dagster's SQLite files, opened once. Not to be used in a copy (fork) of the process."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self.base_dir = base_dir
        self._run_storage = _LastingRuns.from_local(_runs_directory(base_dir))
        self._event_log_storage = _LastingEvents(_event_logs_directory(base_dir))
        self._schedule_storage = _LastingSchedules.from_local(_schedule_directory(base_dir))
        self._inst_data = inst_data
        super(DagsterSqliteStorage, self).__init__()

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "LastingStorage":
        """See ConfigurableClass."""
        return cls.from_local(inst_data=inst_data, **config_value)


class _Lasting:
    """What Dagster's storages of one file have in common."""

    _conn_string: str

    @cached_property
    def _engine(self) -> Engine:
        return _engine(self._conn_string)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Give a connection within a transaction."""
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close the file."""
        self._engine.dispose()


class _LastingRuns(_Lasting, SqliteRunStorage):
    """All runs, their tags, and the heartbeats of daemons."""


class _LastingSchedules(_Lasting, SqliteScheduleStorage):
    """The states and ticks of sensors."""


class _LastingEvents(SqliteEventLogStorage):
    """A file of events for each run, and one for what is looked up across runs, the index."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        self._partitions: set[tuple[str, str]] = set()
        # Which reads the index already.
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine_of(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine_of(self, shard: str) -> Engine:
        if shard not in self._engines:
            runs = [each for each in self._engines if each != INDEX_SHARD_NAME]
            if len(runs) >= _RUNS_OPEN:
                self.close_file(runs[0])
            self._engines[shard] = _engine(self.conn_string_for_shard(shard))
        return self._engines[shard]

    def has_table(self, table_name: str) -> bool:
        """Tell whether the index has a table, which is asked again and again; none goes away."""
        if table_name not in self._tables:
            engine = self._engine_of(INDEX_SHARD_NAME)
            with engine.connect() as connection:
                if engine.dialect.has_table(connection, table_name):
                    self._tables.add(table_name)
        return table_name in self._tables

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Tell whether a partition is there, which each step of a run asks many times. What
        another process deletes meanwhile is still there for this one.
        """
        asked = (partitions_def_name, partition_key)
        if asked not in self._partitions and super().has_dynamic_partition(*asked):
            self._partitions.add(asked)
        return asked in self._partitions

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Delete a partition."""
        self._partitions.discard((partitions_def_name, partition_key))
        super().delete_dynamic_partition(partitions_def_name, partition_key)

    def close_file(self, shard: str) -> None:
        """Close the file of a run, or the index; what asks for it next opens it again."""
        engine = self._engines.pop(shard, None)
        if engine is not None:
            engine.dispose()

    def dispose(self) -> None:
        """Close all files."""
        super().dispose()
        for shard in list(self._engines):
            self.close_file(shard)


def _engine(address: str) -> Engine:
    engine = create_engine(address, connect_args={"timeout": _PATIENCE_SECONDS})

    @event.listens_for(engine, "connect")
    def wait_for_the_disk_now_and_then(connection: sqlite3.Connection, _: object) -> None:
        """A loss of power may take the last events of a run with it; the file stays whole."""
        connection.execute("PRAGMA synchronous = NORMAL")

    return engine


def delete_events(instance: dg.DagsterInstance, run_id: str) -> None:
    """Delete the events of a run and what its checks found; again, where this was interrupted.

    Dagster's own delete_run leaves what the checks found, with their plots, and an emptied SQLite
    file for each run.
    """
    storage = instance.event_log_storage
    if isinstance(storage, SqlEventLogStorage):
        checks = AssetCheckExecutionsTable
        with storage.index_connection() as connection:
            connection.execute(checks.delete().where(checks.c.run_id == run_id))
            storage.delete_events_for_run(connection, run_id)
    else:
        storage.delete_events(run_id)
    if isinstance(storage, _LastingEvents):
        storage.close_file(run_id)
    if isinstance(storage, SqliteEventLogStorage):
        for more in ("", "-wal", "-shm", "-journal"):
            Path(f"{storage.path_for_shard(run_id)}{more}").unlink(missing_ok=True)


def delete_reported(instance: dg.DagsterInstance, before: datetime) -> None:
    """Delete what was reported outside of runs before a time (UTC), but the last of each asset and
    check.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        return
    with storage.index_connection() as connection:
        _delete_superseded(connection, _CHECKS, before)
        _delete_superseded(connection, _EVENTS, before)
    # Where each run has a file of its own, what is of no run has one, too.
    with storage.run_connection(RUNLESS_RUN_ID) as connection:
        _delete_superseded(connection, _EVENTS, before)


def _delete_superseded(connection: Connection, reported: _Reported, before: datetime) -> None:
    """Delete rows of no run from before a time, but the last of each asset and kind."""
    row, kind, at = reported
    of_no_run = row.table.c.run_id == RUNLESS_RUN_ID
    last = select(func.max(row)).where(of_no_run).group_by(row.table.c.asset_key, kind)
    found = select(row).where(of_no_run, at < before, row.not_in(last))
    old = list(connection.execute(found).scalars())
    for start in range(0, len(old), _AT_ONCE):
        some = old[start : start + _AT_ONCE]
        connection.execute(row.table.delete().where(row.in_(some)))


def starts_runs_here(instance: dg.DagsterInstance) -> bool:
    """Tell whether runs are processes of this host; those elsewhere are watched by Dagster."""
    return isinstance(instance.run_launcher, DefaultRunLauncher)
