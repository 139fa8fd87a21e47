"""Rows brought to what Cassandra is sent: bound statements, put together into batches.

A batch over several partitions is no more atomic than its parts, and each part is a mutation of its
own, which readers see whole or not at all. What counts is that no partition is in two batches.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cassandra.query import (
    UNSET_VALUE,
    BatchStatement,
    BatchType,
    BoundStatement,
    PreparedStatement,
)

MOST_BYTES = 5 * 1024
"""Bytes that a batch over several partitions adds to the tables: Cassandra's defaults warn beyond
5 KiB (batch_size_warn_threshold) and refuse beyond 50."""
MOST_PARTITIONS = 10
"""The same for partitions (unlogged_batch_across_partitions_warn_threshold); it only warns."""
KNOWN_SETS = 10_000
_CELL = 18
"""Bytes, about, that Cassandra counts for a cell besides its value: its time, and its place."""
_ROW = 80
"""The same for a row: its own times, its id, where it is from, and that its sets are new."""
_NO_CELLS = ("page_id", "fresh")
_NUMBER = 8


class Partition(NamedTuple):
    """Statements on one partition, which belong together; how many ``rows`` and ``bytes`` are put.

    All of them bear a routing key.
    """

    statements: list[BoundStatement]
    rows: int
    bytes: int


@dataclass
class _Open:
    partitions: list[Partition] = field(default_factory=list)
    bytes: int = 0

    def takes(self, partition: Partition) -> bool:
        return len(self.partitions) < MOST_PARTITIONS and self.bytes + partition.bytes <= MOST_BYTES


def batches(
    partitions: Iterable[Partition], place: Callable[[BoundStatement], Hashable]
) -> Iterator[tuple[BatchStatement, int]]:
    """Put partitions that lie in one place into one batch, and say how many rows it has.

    A partition is in one batch, whatever its size. ``place`` says where a statement's partition is.
    """
    filling: dict[Hashable, _Open] = {}
    for partition in partitions:
        where = place(partition.statements[0])
        open_ = filling.setdefault(where, _Open())
        if open_.partitions and not open_.takes(partition):
            yield _batch(open_)
            filling[where] = open_ = _Open()
        open_.partitions.append(partition)
        open_.bytes += partition.bytes
    for open_ in filling.values():
        yield _batch(open_)


def _batch(full: _Open) -> tuple[BatchStatement, int]:
    batch = BatchStatement(BatchType.UNLOGGED)
    # It takes the routing key of the first, which is at the same place as the others.
    for partition in full.partitions:
        for statement in partition.statements:
            batch.add(statement)
    batch.is_idempotent = True
    return batch, sum(partition.rows for partition in full.partitions)


def stored_bytes(rows: pa.Table) -> list[int]:
    """Give about how many bytes each row is in Cassandra's own count, rather more than less.

    Rows of suggestions for which it counted 306 are taken for 318.
    """
    total = np.full(len(rows), _ROW, np.int64)
    for column in rows.drop_columns([*{*_NO_CELLS} & {*rows.column_names}]).columns:
        kind = column.type
        if pa.types.is_list(kind):
            cells = pc.list_value_length(column)
            texts = pc.binary_length(pc.binary_join(column, ""))
            total += _whole(cells) * _CELL + _whole(texts)
        elif pa.types.is_string(kind):
            total += _CELL + _whole(pc.binary_length(column))
        else:
            total += _CELL + _NUMBER
    found: list[int] = total.tolist()
    return found


def _whole(numbers: pa.ChunkedArray) -> np.ndarray:
    return pc.fill_null(numbers, 0).to_numpy()


class Binder:
    """Binds values to a prepared statement, column by column.

    The driver's own bind() takes a multiple of the time, most of it for what is the same in every
    row. ``nothing`` stands for NULL and for an empty set: unless it is None they are not set, which
    saves a tombstone where nothing was before.
    """

    def __init__(self, prepared: PreparedStatement, nothing: Any = UNSET_VALUE) -> None:
        self._prepared = prepared
        self._nothing = nothing
        self._protocol = prepared.protocol_version
        self._kinds = {column.name: column.type for column in prepared.column_metadata}

    def bytes_of(self, name: str, value: object) -> bytes:
        """Bring the value of a column to bytes."""
        found: bytes = self._kinds[name].serialize(value, self._protocol)
        return found

    def column(self, name: str, values: pa.ChunkedArray) -> list[Any]:
        """Bring a column's values to bytes."""
        kind, protocol = self._kinds[name], self._protocol
        if not pa.types.is_list(values.type):
            return [
                self._nothing if value is None else kind.serialize(value, protocol)
                for value in values.to_pylist()
            ]
        # Few sets are in many rows; what would be too many is not remembered.
        known: dict[tuple[str, ...], Any] = {}
        found: list[Any] = []
        for value in map(tuple, (each or () for each in values.to_pylist())):
            if value in known:
                one = known[value]
            else:
                one = kind.serialize(value, protocol) if value else self._nothing
                if len(known) < KNOWN_SETS:
                    known[value] = one
            found.append(one)
        return found

    def __call__(self, values: tuple[Any, ...]) -> BoundStatement:
        """Bind values that are bytes, in the order of the statement."""
        bound = BoundStatement(self._prepared)
        bound.values = values
        return bound
