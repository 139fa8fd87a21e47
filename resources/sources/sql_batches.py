"""Makes record batches of a table from the values of a dump's rows: the columns wanted, the rows
kept, text in UTF-8, names and titles in the form of SPEC §1.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from resources.sources.names import normalize_by_namespace, normalize_names
from resources.sources.sql_rows import Mask, RowError
from resources.sources.sql_table import SqlColumn, SqlTable
from resources.sources.sql_values import Values, decode

MERGED_ROWS = 1 << 17
"""Rows from which a batch is given: checking text costs about a millisecond a batch."""

MERGED_BYTES = 1 << 23


def raw_batch(table: SqlTable, columns: tuple[str, ...], values: Values) -> pa.RecordBatch:
    """Read the rows that are kept; text is bytes, as it is in the database.

    ``columns`` are those of the file, in its order. Raises RowError, naming the column, for a value
    of another kind in any row, kept or not.
    """
    places = {name: place for place, name in enumerate(columns)}
    arrays: dict[str, pa.Array] = {}
    nulls: dict[str, Mask] = {}
    for column in table.columns:
        place = places.get(column.name)
        try:
            if place is None:
                arrays[column.name] = pa.nulls(len(values), _raw_type(column))
            elif column.type == pa.string():
                nulls[column.name] = values.check_text(place)
            elif column.type == pa.bool_():
                arrays[column.name] = values.booleans(place)
            else:
                arrays[column.name] = values.integers(place)
        except RowError as error:
            raise RowError(error.row, f"{column.name}: {error.problem}") from None
    _drop_what_is_said_twice(table, arrays, nulls)
    chosen = None
    if table.keep:
        known = {
            name: values.text(places[name], nulls[name]) if name in nulls else arrays[name]
            for name in table.keep_columns or [column.name for column in table.columns]
        }
        kept = table.keep(pa.RecordBatch.from_pydict(known)).fill_null(False)
        if kept.false_count:
            chosen = np.flatnonzero(kept.to_numpy(zero_copy_only=False))
            taken = pa.array(chosen)
            arrays = {name: array.take(taken) for name, array in arrays.items()}
    for name, column_nulls in nulls.items():
        arrays[name] = values.text(places[name], column_nulls, chosen)
    return pa.RecordBatch.from_arrays(
        [arrays[column.name] for column in table.columns], schema=raw_schema(table)
    )


def _drop_what_is_said_twice(
    table: SqlTable, arrays: dict[str, pa.Array], nulls: dict[str, Mask]
) -> None:
    """Make text NULL where another column has a value that wins: half the time of reading it."""
    for column in table.columns:
        if column.name in nulls and column.unless:
            winner = arrays[column.unless]
            if winner.null_count:
                nulls[column.name] |= winner.is_valid().to_numpy(zero_copy_only=False)
            else:
                del nulls[column.name]
                arrays[column.name] = pa.nulls(len(winner), _raw_type(column))


def raw_schema(table: SqlTable) -> pa.Schema:
    """The table's schema with bytes for text."""
    return pa.schema([(column.name, _raw_type(column)) for column in table.columns])


def _raw_type(column: SqlColumn) -> pa.DataType:
    return pa.binary() if column.type == pa.string() else column.type


def merged(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Put small batches together."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        waiting.append(batch)
        rows += len(batch)
        size += batch.nbytes
        if rows >= MERGED_ROWS or size >= MERGED_BYTES:
            yield pa.concat_batches(waiting)
            waiting, rows, size = [], 0, 0
    if rows:
        yield pa.concat_batches(waiting)


def finished_batch(table: SqlTable, raw: pa.RecordBatch) -> tuple[pa.RecordBatch, int]:
    """Make text of bytes, bring names and titles to form; give how many values were not UTF-8."""
    not_utf8 = 0
    arrays = []
    for column, array in zip(table.columns, raw.columns, strict=True):
        if column.type == pa.string():
            array, replaced = decode(array)
            not_utf8 += replaced
        if column.is_name:
            array = normalize_names(array)
        elif column.namespace:
            array = normalize_by_namespace(array, raw[column.namespace])
        arrays.append(array)
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema), not_utf8
