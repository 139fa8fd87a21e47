"""How a table that is to be read from a SQL dump is declared.

The tables that are read are in mediawiki.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class SqlColumn:
    """A column to read, as int64, string or bool.

    An ``optional`` one that the file does not have is NULL in every row. The values of one that
    ``is_name`` are brought to the form of names (SPEC §1); those of one that says what pages are
    called to that of their namespace, which the column ``namespace`` has. Text is NULL where the
    column ``unless`` has a value: that says the same, and wins.
    """

    name: str
    type: pa.DataType
    optional: bool = False
    is_name: bool = False
    namespace: str = ""
    unless: str = ""


@dataclass(frozen=True)
class SqlTable:
    """A table to read: the columns wanted, and the rows.

    ``one_of``: groups of columns of which at least one must be there as a whole.
    ``keep`` says which rows are wanted. It is given batches of the columns named in
    ``keep_columns`` (none named: of all), with text as bytes (pa.binary()) as in the database.
    """

    name: str
    columns: tuple[SqlColumn, ...]
    one_of: tuple[tuple[str, ...], ...] = ()
    keep: Callable[[pa.RecordBatch], pa.BooleanArray] | None = None
    keep_columns: tuple[str, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """The schema of the batches."""
        return pa.schema([(column.name, column.type) for column in self.columns])
