"""A Hive metastore: which tables others find there, and where each of their partitions lies.

What is in the tables is known to whoever publishes them. All are external and of Parquet, with one
partition a snapshot: the metastore keeps names and places, and never removes a file.
"""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from resources.addresses import quoted
from resources.errors import UserError

if TYPE_CHECKING:
    from pymetastore.hive_metastore.ttypes import StorageDescriptor

DATABASE = "default"
PREFIX = "image_suggestions_"
PARTITION = "snapshot"
LONGEST_COMMENT = 256
"""Characters that a metastore has room for in the comment of a column."""
_TIMEOUT_SECONDS = 60.0
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


@dataclass(frozen=True)
class HiveColumn:
    """A column as Hive has it: its type in Hive's spelling, and what it means."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class HiveTable:
    """A table, named without the prefix of a deployment; its partition is not among its columns."""

    name: str
    comment: str
    columns: tuple[HiveColumn, ...]


@dataclass(frozen=True)
class MetastoreSettings:
    """Where a metastore is and what tables are called there. ``timeout`` is in seconds."""

    address: str
    database: str = DATABASE
    prefix: str = PREFIX
    timeout: float = _TIMEOUT_SECONDS

    def __post_init__(self) -> None:
        """Raise UserError for what can not be meant."""
        if not re.fullmatch(r"thrift://([\w.-]+|\[[\w:]+\]):\d{1,5}", self.address, re.ASCII):
            raise UserError(
                f"IMAGESUGGEST_METASTORE is {quoted(self.address)}; write an address such as "
                "thrift://metastore1:9083"
            )
        for name, text in (("DATABASE", self.database), ("PREFIX", self.prefix)):
            if not re.fullmatch(r"\w*" if name == "PREFIX" else r"\w+", text, re.ASCII):
                raise UserError(
                    f"IMAGESUGGEST_METASTORE_{name} is {quoted(text)}; write letters, digits and _"
                )

    @property
    def place(self) -> tuple[str, int]:
        """The host and its port."""
        parts = urlsplit(self.address)
        return parts.hostname or "", parts.port or 0

    def called(self, table: str) -> str:
        """Give the whole name of a table, as people write it in a query."""
        return f"{self.database}.{self.prefix}{table}"

    @contextmanager
    def open(self) -> Iterator["Metastore"]:
        """Give the metastore, connected. Raises UserError where it does not answer."""
        # Half a second, which who only looks for help need not wait for.
        from pymetastore.hive_metastore.ThriftHiveMetastore import Client
        from thrift.protocol.TBinaryProtocol import TBinaryProtocol
        from thrift.transport.TSocket import TSocket
        from thrift.transport.TTransport import TBufferedTransport

        socket = TSocket(*self.place)
        socket.setTimeout(self.timeout * 1000)
        transport = TBufferedTransport(socket)
        try:
            with _told(self.address):
                transport.open()
            yield Metastore(self, Client(TBinaryProtocol(transport)))
        finally:
            transport.close()


class Metastore:
    """A metastore that is connected. What it is asked raises UserError where it does not answer."""

    def __init__(self, settings: MetastoreSettings, client: Any) -> None:
        self.settings = settings
        self._client = client

    def keep(self, table: HiveTable, folder: str) -> str:
        """See that a table is there, with its columns and comments; say what was done, if anything.

        ``folder`` is the address of the folder that its partitions lie in. Columns that are not
        there yet are added after the others, and none is taken away, renamed or made another.
        Raises UserError for a table that is somebody else's, or has a column of another type.
        """
        found = self._table(table.name)
        if found is None:
            self._make(table, folder)
            return "made"
        self._refuse(table, found)
        there = {column.name for column in found.sd.cols}
        new = [column.name for column in table.columns if column.name not in there]
        columns = _fields(_together(found.sd.cols, table.columns))
        if columns == found.sd.cols and found.parameters.get("comment") == table.comment:
            return ""
        found.sd.cols = columns
        found.parameters["comment"] = table.comment
        self._ask("alter_table", self.settings.database, found.tableName, found)
        return f"columns added: {', '.join(new)}" if new else "described anew"

    def columns(self, table: str) -> dict[str, str]:
        """Give the types of a table's columns; nothing where there is no such table."""
        found = self._table(table)
        return {column.name: column.type for column in found.sd.cols} if found else {}

    def locations(self, table: str) -> dict[str, str]:
        """Give the address of each partition, by snapshot; nothing where there is no such table."""
        found = self._find("get_partitions", *self._called(table), -1) or ()
        return {partition.values[0]: partition.sd.location for partition in found}

    def point(self, table: str, snapshot: str, location: str) -> None:
        """Let a partition be what lies at an address, in one step; it is made if it is not there.

        Whoever has begun to read what it was before goes on with that.
        """
        from pymetastore.hive_metastore.ttypes import Partition

        called = self._called(table)
        found = self._table(table)
        if found is None:
            raise UserError(f"{self.settings.address}: there is no table {'.'.join(called)}")
        partition = Partition(
            [snapshot],
            *called,
            createTime=int(time.time()),
            sd=_storage(found.sd.cols, location),
            parameters={"EXTERNAL": "TRUE"},
        )
        if self._find("get_partition", *called, [snapshot]) is None:
            self._ask("add_partition", partition)
        else:
            self._ask("alter_partition", *called, partition)

    def drop(self, table: str, snapshot: str) -> None:
        """Let a partition be there no more; its files stay."""
        self._find("drop_partition", *self._called(table), [snapshot], False)

    def _called(self, table: str) -> tuple[str, str]:
        return self.settings.database, f"{self.settings.prefix}{table}"

    def _table(self, table: str) -> Any:
        return self._find("get_table", *self._called(table))

    def _make(self, table: HiveTable, folder: str) -> None:
        from pymetastore.hive_metastore.ttypes import FieldSchema, Table

        database, name = self._called(table.name)
        made = Table(
            tableName=name,
            dbName=database,
            createTime=int(time.time()),
            sd=_storage(_fields(table.columns), folder),
            partitionKeys=[FieldSchema(PARTITION, "string", "The snapshot, as YYYY-MM-DD.")],
            parameters={"EXTERNAL": "TRUE", "comment": table.comment},
            tableType="EXTERNAL_TABLE",
        )
        self._ask("create_table", made)

    def _refuse(self, table: HiveTable, found: Any) -> None:
        """Raise UserError for a table that is not one of ours, or can not become it."""
        called = f"{self.settings.address}: {self.settings.called(table.name)}"
        keys = [(key.name, key.type) for key in found.partitionKeys or ()]
        if found.tableType != "EXTERNAL_TABLE" or keys != [(PARTITION, "string")]:
            raise UserError(
                f"{called} is no external table with the one partition {PARTITION} string; choose "
                "another name with IMAGESUGGEST_METASTORE_DATABASE or _PREFIX, or drop it"
            )
        there = {column.name: column.type for column in found.sd.cols}
        for column in table.columns:
            if there.get(column.name, column.type) != column.type:
                raise UserError(
                    f"{called}: the column {column.name} is {there[column.name]}, expected "
                    f"{column.type}; no column is made another where others read it: drop the "
                    "table, which leaves its files, and run this again"
                )

    def _ask(self, call: str, *arguments: Any) -> Any:
        with _told(self.settings.address):
            return getattr(self._client, call)(*arguments)

    def _find(self, call: str, *arguments: Any) -> Any:
        """Ask for what may not be there: None then."""
        from pymetastore.hive_metastore.ttypes import NoSuchObjectException

        with _told(self.settings.address), suppress(NoSuchObjectException):
            return getattr(self._client, call)(*arguments)
        return None


def same_place(one: str, other: str) -> bool:
    """Tell whether two addresses are of one place: Hadoop writes file:/a for file:///a."""
    return one.replace("file:///", "file:/") == other.replace("file:///", "file:/")


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Raise UserError for whatever a metastore, or the way to it, has against what it is asked."""
    from thrift.Thrift import TException

    try:
        yield
    except (TException, OSError) as error:
        says = " ".join(str(getattr(error, "message", None) or error).split())
        raise UserError(
            f"{address}: the metastore does not do it: {says}; its tables stay as they are until "
            "this runs again"
        ) from None


def _together(there: Sequence[Any], declared: Sequence[HiveColumn]) -> list[HiveColumn]:
    """Give the columns that are there, described as declared, and behind them the new ones."""
    by_name = {column.name: column for column in declared}
    known = [
        by_name.get(each.name, HiveColumn(each.name, each.type, each.comment)) for each in there
    ]
    names = {column.name for column in known}
    return [*known, *(column for column in declared if column.name not in names)]


def _fields(columns: Sequence[HiveColumn]) -> list[Any]:
    from pymetastore.hive_metastore.ttypes import FieldSchema

    return [FieldSchema(column.name, column.type, column.comment) for column in columns]


def _storage(columns: Sequence[Any], location: str) -> "StorageDescriptor":
    from pymetastore.hive_metastore.ttypes import SerDeInfo, StorageDescriptor

    return StorageDescriptor(
        cols=list(columns),
        location=location,
        inputFormat=f"{_PARQUET}.MapredParquetInputFormat",
        outputFormat=f"{_PARQUET}.MapredParquetOutputFormat",
        compressed=False,
        numBuckets=-1,
        serdeInfo=SerDeInfo(
            serializationLib=f"{_PARQUET}.serde.ParquetHiveSerDe",
            parameters={"serialization.format": "1"},
        ),
        bucketCols=[],
        sortCols=[],
        parameters={},
    )
