"""How a dataset is declared. None is declared here: each group has its module."""

from dataclasses import dataclass, field
from typing import Literal

Type = Literal[
    "int64", "float64", "string", "boolean", "array<string>", "array<int64>", "timestamp('UTC')"
]
"""The types a column can have, in Ibis's spelling; all numbers are 64 bits wide."""


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means in a sentence, and what its values may be.

    ``minimum`` and ``maximum`` bound a number, both included; ``values`` lists the texts that
    are allowed; ``pattern`` is a regular expression for a text as a whole. An array that is not
    NULL has at least one element, unless it ``may_be_empty``.
    """

    name: str
    type: Type
    meaning: str
    nullable: bool = False
    minimum: int | None = None
    maximum: int | None = None
    values: tuple[str, ...] = ()
    pattern: str | None = None
    may_be_empty: bool = False


@dataclass(frozen=True)
class Reference:
    """``columns`` of every row are found in ``other_columns`` of some row of dataset ``other``.

    NULL is found nowhere, unless ``null_is_none`` says that it refers to nothing.
    """

    columns: tuple[str, ...]
    other: str
    other_columns: tuple[str, ...]
    null_is_none: bool = False


@dataclass(frozen=True)
class Agreement:
    """The rows are, by ``columns``, those of dataset ``other`` in which none of ``conditions``
    holds; ``among`` names columns and a dataset where only rows that it has are looked at. Where
    ``only`` names a column and values, they are those of them alone.
    """

    columns: tuple[str, ...]
    other: str
    conditions: tuple[str, ...] = ()
    among: tuple[tuple[str, ...], str] | None = None
    only: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Dataset:
    """One dataset of the lake, as everything else sees it: graph, checks, command line, docs.

    ``key`` is unique and never NULL, but in the columns of ``null_in_key``, where that counts as a
    value like others. ``rows_when`` names datasets: where any of them has rows, this one must have
    some too. ``wiki_column`` is the column that rows are counted by, ``best`` the order in which a
    person wants to see rows (a leading ``-`` is descending).
    """

    name: str
    group: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    null_in_key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    agreement: Agreement | None = None
    rows_when: tuple[str, ...] = ()
    wiki_column: str | None = None
    best: tuple[str, ...] = field(default=())

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns in the order in which they are stored."""
        return tuple(column.name for column in self.columns)

    @property
    def others(self) -> tuple[str, ...]:
        """The datasets that its rows are compared with."""
        named = [each.other for each in self.references]
        if self.agreement is not None:
            named += [self.agreement.other]
            named += [self.agreement.among[1]] if self.agreement.among else []
        return tuple(dict.fromkeys(named))

    def may_be_null(self, column: Column) -> bool:
        """Tell whether a column may be NULL here: one of the key may not, whatever it says."""
        in_key = column.name in self.key and column.name not in self.null_in_key
        return column.nullable and not in_key

    @property
    def order(self) -> tuple[str, ...]:
        """The order in which a person wants to see rows: best first, else by key."""
        return self.best or self.key
