"""Where tables are computed: DuckDB in this process, or Spark. Only the lake calls it."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal
from uuid import uuid4

import dagster as dg
import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from ibis import Table, Value
from ibis.backends.sql.datatypes import DuckDBType
from ibis.expr.operations import DatabaseTable, Namespace
from ibis.expr.types import IntegerValue
from pydantic import Field, PrivateAttr

from resources.batches import Work, in_processes
from resources.errors import UserError
from resources.lake_paths import Address, LakePath, hadoop_address, readable, size_of
from resources.memory import bytes_of, default_memory
from resources.sources.parquet import read_parquet, write_parquet
from resources.sources.reading import read_all
from resources.sources.reading_on_spark import read_all_on_spark
from resources.spark import Spark

SMALL = 64 * 2**20
"""Bytes of Parquet that one machine looks at sooner than Spark plans a job: a count by wiki takes
Spark half a second of processor time, however few rows there are, and DuckDB 10 to 50 ms.
"""
_LOOKING = "1GB"
GROUP_BYTES = 1 << 24
"""What each of DuckDB's threads has in memory of a group of rows before it is written: the usual
122,880 rows are a gigabyte where each has a text.
"""
WORKED_ROWS = 256
"""Rows that are worked on at once, which may be large."""

Kind = Literal["duckdb", "spark"]

_GLOB = re.compile(r"([][{}*?\\])")
"""What Spark takes for a pattern where it reads."""
DUCKDB_SHARE = 0.75
"""Of the memory it may use, what DuckDB is told. The rest is for what its limit does not count:
Python and Arrow (0.3 GB) and, while strings are grouped or Parquet is written, some of its own."""


class Engine(ABC):
    """Computes Ibis tables that it read itself; tables of two engines can not be mixed."""

    far: ClassVar[bool] = False
    """Whether other machines read and write, which get at an address, and not at a path here."""
    _backend: ibis.BaseBackend

    @abstractmethod
    def read(self, files: Sequence[LakePath]) -> Table:
        """Read Parquet files of one schema as one table, lazily."""

    @abstractmethod
    def write(self, table: Table, directory: LakePath) -> None:
        """Compute ``table`` into Parquet files in ``directory``, which must not exist yet."""

    @abstractmethod
    def write_unflagged(
        self, table: Table, flags: Sequence[str], directory: LakePath, aside: LakePath
    ) -> tuple[int, dict[str, int]]:
        """Compute ``table`` once, and write, as write() does, the rows that have none of ``flags``,
        without these. Give the number of all rows, and of those that have each flag.

        ``aside`` is a directory for what can not be counted as it is written, which must not exist.
        """

    def batches(self, table: Table, most: int, aside: LakePath) -> Iterator[pa.RecordBatch]:
        """Compute ``table`` and give it in its order, no more than ``most`` rows at a time.

        ``aside`` is a directory for what can not be given as it comes; it must not exist yet. Until
        the end nothing else can be computed.
        """
        self.write(table, aside)
        yield from read_parquet(sorted(aside.glob("*.parquet")), most)

    @abstractmethod
    def worked(
        self,
        table: Table,
        work: Work,
        schema: pa.Schema,
        directory: LakePath,
        on_rows: Callable[[int], None],
    ) -> None:
        """Let ``work``, a function of a module or a partial of one, make rows of ``schema`` of the
        rows of ``table``, on all cores there are, into Parquet files in ``directory``, which must
        not exist yet. ``on_rows`` hears how many rows are done, where that can be told.
        """

    @abstractmethod
    def hashed(self, value: Value) -> IntegerValue:
        """Give a number of 63 bits or more that hardly any other value has, of any type.

        Another engine gives other numbers, and so may another version of it.
        """

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Compute a small table: one dictionary a row."""
        rows: list[dict[str, Any]] = self._backend.to_pyarrow(table).to_pylist()
        return rows

    def looking_at(self, files: Sequence[LakePath]) -> "Engine":
        """Give what counts and checks rows of these files, which nothing is made of: this engine,
        or one that has less to do for few bytes.
        """
        return self

    @abstractmethod
    def close(self) -> None:
        """Let go of memory, files and threads."""


class DuckDBEngine(Engine):
    """DuckDB inside this process: all cores, spilling to ``spill`` beyond ``memory``."""

    def __init__(self, memory: str, spill: Path) -> None:
        self._backend = ibis.duckdb.connect()
        connection = self._backend.con
        limit = int(bytes_of(memory) * DUCKDB_SHARE)
        connection.execute("SET memory_limit = $1", [f"{limit}B"])
        connection.execute("SET temp_directory = $1", [str(spill)])
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")

    def read(self, files: Sequence[LakePath]) -> Table:
        """See Engine."""
        # Ibis's own read_parquet asks DuckDB for the columns, and takes three times as long.
        name = _unique("read")
        for file in files:
            if isinstance(file, Address):
                self._register(file)
        listed = [sqlglot.exp.Literal.string(str(file)).sql("duckdb") for file in files]
        self._backend.con.execute(
            f"CREATE TEMP VIEW {name} AS "
            f"FROM read_parquet([{', '.join(listed)}], hive_partitioning = false)"
        )
        there = ibis.Schema.from_pyarrow(pq.read_schema(readable(files[0]))).items()
        columns = ibis.schema({column: may_be_null(kind) for column, kind in there})
        return DatabaseTable(name, columns, self._backend, Namespace()).to_expr()

    def write(self, table: Table, directory: LakePath) -> None:
        """See Engine. Writes one file, on this machine."""
        assert isinstance(directory, Path)  # noqa: S101 - it is not ``far``
        directory.mkdir(parents=True)
        file = directory / f"{uuid4().hex}.parquet"
        rows = self._computed(table)
        rows.write_parquet(str(file), compression="zstd", row_group_size_bytes=GROUP_BYTES)

    def write_unflagged(
        self, table: Table, flags: Sequence[str], directory: LakePath, aside: LakePath
    ) -> tuple[int, dict[str, int]]:
        """See Engine."""
        self.write(table, aside)
        rows = self.read(sorted(aside.glob("*.parquet")))
        counts = {flag: rows[flag].sum().fill_null(0) for flag in flags}
        (counted,) = self.rows(rows.agg(rows=rows.count(), **counts))
        self.write(rows.filter(~ibis.or_(*(rows[flag] for flag in flags))).drop(*flags), directory)
        return counted.pop("rows"), counted

    def batches(self, table: Table, most: int, aside: LakePath) -> Iterator[pa.RecordBatch]:
        """See Engine. They come as they are computed."""
        yield from self._computed(table).to_arrow_reader(most)

    def worked(
        self,
        table: Table,
        work: Work,
        schema: pa.Schema,
        directory: LakePath,
        on_rows: Callable[[int], None],
    ) -> None:
        """See Engine."""
        assert isinstance(directory, Path)  # noqa: S101 - it is not ``far``
        directory.mkdir(parents=True)
        rows = self._computed(table).to_arrow_reader(WORKED_ROWS)
        done = in_processes(rows, work, on_rows)
        write_parquet(done, schema, directory / f"{uuid4().hex}.parquet", {})

    def hashed(self, value: Value) -> IntegerValue:
        """See Engine. What has the sign's bit set would be no int64."""
        return (_called("hash", value, "uint64") >> 1).cast("int64")

    def _register(self, file: Address) -> None:
        """Let DuckDB read where a file is: its own extensions can not be had everywhere."""
        files = file.storage.files
        if not self._backend.con.filesystem_is_registered(files.name):
            self._backend.con.register_filesystem(files)

    def _computed(self, table: Table) -> duckdb.DuckDBPyRelation:
        rows = self._backend.con.sql(self._backend.compile(table))
        # DuckDB adds 64-bit integers up in 128 bits, which Parquet would keep as floats.
        columns = [
            duckdb.ColumnExpression(name)
            .cast(duckdb.sqltype(DuckDBType.to_string(kind)))
            .alias(name)
            for name, kind in table.schema().items()
        ]
        return rows.select(*columns)

    def close(self) -> None:
        """See Engine."""
        self._backend.disconnect()


class SparkEngine(Engine):
    """A Spark session that somebody else configured and stops. What is small is looked at by DuckDB
    in this process, which may spill to ``spill``.
    """

    far = True

    def __init__(self, session: Any, spill: Path) -> None:
        self._spill = spill
        self._beside: DuckDBEngine | None = None
        session.conf.set("spark.sql.session.timeZone", "UTC")
        session.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        self._session = session
        self._backend = ibis.pyspark.connect(session)

    def read(self, files: Sequence[LakePath]) -> Table:
        """See Engine."""
        from pyspark.sql.pandas.types import from_arrow_schema

        # Spark would start a job to find out what the footer of one of them says.
        columns = from_arrow_schema(pq.read_schema(readable(files[0])))
        reader = self._session.read.schema(columns)
        paths = (_GLOB.sub(r"\\\1", hadoop_address(file)) for file in files)
        return self.table(reader.parquet(*paths))

    def table(self, frame: Any) -> Table:
        """Give a DataFrame of the session as a table, lazily."""
        name = _unique("read")
        frame.createOrReplaceTempView(name)
        table = self._backend.table(name)
        # Spark's timestamps are instants, in UTC by the session's setting; Ibis is not told so.
        instants = [name for name, kind in table.schema().items() if kind.is_timestamp()]
        return table.cast(dict.fromkeys(instants, "timestamp('UTC')")) if instants else table

    def write(self, table: Table, directory: LakePath) -> None:
        """See Engine. Writes as many files as Spark has partitions."""
        self._write(self.frame(table), directory)

    def write_unflagged(
        self, table: Table, flags: Sequence[str], directory: LakePath, aside: LakePath
    ) -> tuple[int, dict[str, int]]:
        """See Engine. Spark counts them as they are written: of the tasks that write, each once,
        however often it is tried.
        """
        from pyspark.sql import Observation
        from pyspark.sql import functions as sf

        seen = Observation()
        counts = [sf.count_if(sf.col(flag)).alias(flag) for flag in flags]
        rows = self.frame(table).observe(seen, sf.count(sf.lit(1)).alias("rows"), *counts)
        for flag in flags:
            rows = rows.where(~sf.col(flag))
        self._write(rows.drop(*flags), directory)
        counted = dict(seen.get)
        return counted.pop("rows"), counted

    def frame(self, table: Table) -> Any:
        """Give a table as a DataFrame of the session, lazily, with the types that it declares."""
        # Half a second, pandas among it, that DuckDB has no use for.
        from ibis.backends.pyspark.datatypes import PySparkType

        rows = self._session.sql(self._backend.compile(table))
        # Spark numbers rows in 32 bits, whatever Ibis takes it to do.
        return rows.select(
            *(
                rows[name].cast(PySparkType.from_ibis(kind)).alias(name)
                for name, kind in table.schema().items()
            )
        )

    def _write(self, frame: Any, directory: LakePath) -> None:
        frame.write.parquet(hadoop_address(directory), compression="zstd")
        if isinstance(directory, Address):
            return
        for extra in [*directory.glob(".*.crc"), *directory.glob("_SUCCESS")]:
            extra.unlink()

    def worked(
        self,
        table: Table,
        work: Work,
        schema: pa.Schema,
        directory: LakePath,
        on_rows: Callable[[int], None],
    ) -> None:
        """See Engine. Of how far its workers are nothing is told."""
        from pyspark.sql.pandas.types import from_arrow_schema

        rows = self._session.sql(self._backend.compile(table))
        worked = rows.mapInArrow(work, from_arrow_schema(schema))
        self._write(worked, directory)

    def hashed(self, value: Value) -> IntegerValue:
        """See Engine."""
        return _called("xxhash64", value, "int64")

    def looking_at(self, files: Sequence[LakePath]) -> Engine:
        """See Engine."""
        if sum(map(size_of, files)) > SMALL:
            return self
        if self._beside is None:
            self._beside = DuckDBEngine(_LOOKING, self._spill)
        return self._beside

    def close(self) -> None:
        """See Engine. The session belongs to its resource and goes on."""
        if self._beside is not None:
            self._beside.close()
            self._beside = None


class EngineResource(dg.ConfigurableResource):
    """Which engine computes, and with how much memory; started when it is first needed."""

    kind: Kind = Field("duckdb", description="`duckdb` (in this process) or `spark`.")
    memory: str = Field(
        "",
        description="Memory the engine may use, such as 4GB; beyond it DuckDB spills to disk. "
        "Empty: half of the machine's.",
    )
    spark: dg.ResourceDependency[Spark]
    _engine: Engine | None = PrivateAttr(default=None)

    def get(self, spill: Path) -> Engine:
        """Give the engine, started at the first call, which also says where it may spill."""
        if self._engine is None:
            if self.kind == "duckdb":
                self._engine = DuckDBEngine(self.memory or default_memory(), spill)
            else:
                self._engine = SparkEngine(self.spark.spark_session, spill)
        return self._engine

    def reading(self, to: Callable[[], LakePath]) -> Callable[..., list[tuple[LakePath, Any]]]:
        """Give what reads many files at once, as ``read_all`` does: here, or on Spark's workers,
        who write to the folder that ``to`` gives where that is at an address.
        """
        if self.kind == "spark" and self.spark.elsewhere:
            return partial(read_all_on_spark, self.spark.spark_session, to())
        return read_all

    def on_spark(self, spill: Path) -> SparkEngine:
        """Give the engine for tables that Spark alone can read. Raises UserError for another."""
        engine = self.get(spill)
        if not isinstance(engine, SparkEngine):
            raise UserError(
                "tables of a catalog are read by Spark alone; set IMAGESUGGEST_ENGINE=spark (it is "
                f"{self.kind})"
            )
        return engine

    @contextmanager
    def at_most(self, memory: str, spill: Path) -> Iterator[Engine]:
        """Give an engine that takes no more than ``memory``, such as 300MB, for what needs little.

        That is a DuckDB of its own, or the Spark session as it is.
        """
        if self.kind == "spark":
            yield self.get(spill)
            return
        engine = DuckDBEngine(min(memory, self.memory or memory, key=bytes_of), spill)
        try:
            yield engine
        finally:
            engine.close()

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Close the engine at the end of the run."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None


def may_be_null(kind: ibis.DataType) -> ibis.DataType:
    """Leave out what a file says of NULL, which Spark and DuckDB write down each in its own way."""
    if kind.is_array():
        kind = kind.copy(value_type=may_be_null(kind.value_type))
    return kind.copy(nullable=True)


def _called(function: str, value: Value, gives: str) -> Any:
    """Call a function that an engine has, by the name that it has there."""

    @ibis.udf.scalar.builtin(name=function, signature=((value.type(),), gives))
    def called(value: Any) -> Any:
        """What the engine says."""

    return called(value)


def _unique(prefix: str) -> str:
    return f"{prefix}_{uuid4().hex}"
