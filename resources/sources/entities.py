"""Reads the Wikibase entity dumps: claims of Wikidata's items, and what files on Commons depict.

Which statements become rows is here (SPEC §1 "truthy", §2 "item_claims" and "depicts"). What the
rows mean for a suggestion is not known here.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from resources.sources.names import normalize_typed_name, normalize_typed_names
from resources.sources.wikibase import (
    Empty,
    Entities,
    Entity,
    EntityCounts,
    EntityValue,
    Statement,
    Value,
    items,
    truthy,
    values,
)

OnBytes = Callable[[int], None]

BATCH_ROWS = 1 << 16

_TYPED = ("P18", "P373")
_OF_ITEMS = (*_TYPED, "P31", "P279")


class Claims(msgspec.Struct, gc=False):
    """The statements of an item that are read."""

    P18: list[Statement[str]] | None = None
    P373: list[Statement[str]] | None = None
    P31: list[Statement[EntityValue]] | None = None
    P279: list[Statement[EntityValue]] | None = None


class Depicted(msgspec.Struct, gc=False):
    """The statements of a file that are read."""

    P180: list[Statement[EntityValue]] | None = None
    P6243: list[Statement[EntityValue]] | None = None
    P921: list[Statement[EntityValue]] | None = None


class _ItemEntity(Entity, gc=False):
    claims: Claims | Empty | None = None


class _MediaInfoEntity(Entity, gc=False):
    statements: Depicted | Empty | None = None
    claims: Depicted | Empty | None = None


class ItemRows:
    """Makes the truthy P18, P373, P31 and P279 of items record batches, one property a batch.

    Columns as in ``schema``: P18 as file names and P373 as category names in the form of SPEC §1,
    P31 and P279 as ``Q…``. ``counts`` are of what was added, and of the rows that were given.
    Values are distinct within what is added at once.
    """

    schema: ClassVar[pa.Schema] = pa.schema(
        [("item_id", pa.string()), ("property", pa.string()), ("value", pa.string())]
    )

    def __init__(self) -> None:
        self.counts = EntityCounts()
        self._rows: dict[str, tuple[list[str], list[str]]] = {name: ([], []) for name in _OF_ITEMS}

    def add(self, item: str, claims: Claims) -> None:
        """Take the statements of an item."""
        if claims.P31:
            self._add("P31", item, items(self._best(claims.P31), self.counts))
        if claims.P279:
            self._add("P279", item, items(self._best(claims.P279), self.counts))
        if claims.P18:
            self._add("P18", item, self._names(claims.P18))
        if claims.P373:
            self._add("P373", item, self._names(claims.P373))

    def batches(self, least: int = 1) -> Iterator[pa.RecordBatch]:
        """Give the rows of the properties that have ``least`` of them or more."""
        for name, (holders, _) in self._rows.items():
            if len(holders) >= least:
                yield self._batch(name)

    def _best(self, statements: list[Statement[Value]]) -> list[Statement[Value]]:
        self.counts.statements += len(statements)
        return truthy(statements, self.counts)

    def _names(self, statements: list[Statement[str]]) -> list[str]:
        names = values(self._best(statements), self.counts)
        if len(names) < 2:
            return names  # which the batch normalizes, many at a time
        forms: dict[str, str] = {}
        for name in names:
            forms.setdefault(normalize_typed_name(name), name)
        self.counts.drop("repeated", len(names) - len(forms))
        return list(forms.values())

    def _add(self, name: str, item: str, values: list[str]) -> None:
        holders, held = self._rows[name]
        holders.extend([item] * len(values))
        held.extend(values)

    def _batch(self, name: str) -> pa.RecordBatch:
        holders, values = (pa.array(column, pa.string()) for column in self._rows[name])
        self._rows[name] = ([], [])
        if name in _TYPED:
            values = normalize_typed_names(values)
            filled = pc.not_equal(values, "")
            holders, values = holders.filter(filled), values.filter(filled)
            self.counts.drop("empty", filled.false_count)
        self.counts.rows += len(holders)
        return pa.RecordBatch.from_arrays(
            [holders, pa.repeat(pa.scalar(name), len(holders)), values], schema=self.schema
        )


class DepictsRows:
    """Makes what files on Commons depict record batches.

    Columns as in ``schema``: P180, P6243 and P921 of every rank but deprecated, with the page of
    ``M123`` as 123. Else as ItemRows.
    """

    schema: ClassVar[pa.Schema] = pa.schema(
        [("page_id", pa.int64()), ("item_id", pa.string()), ("property", pa.string())]
    )

    def __init__(self) -> None:
        self.counts = EntityCounts()
        self._rows: tuple[list[int], list[str], list[str]] = ([], [], [])

    def add(self, entity_id: str, statements: Depicted) -> None:
        """Take the statements of a file."""
        if statements.P180:
            self._add("P180", entity_id, statements.P180)
        if statements.P6243:
            self._add("P6243", entity_id, statements.P6243)
        if statements.P921:
            self._add("P921", entity_id, statements.P921)

    def batches(self, least: int = 1) -> Iterator[pa.RecordBatch]:
        """Give the rows where there are ``least`` of them or more."""
        if len(self._rows[0]) >= least:
            yield self._batch()

    def _add(self, name: str, entity_id: str, statements: list[Statement]) -> None:
        self.counts.statements += len(statements)
        page = int(entity_id[1:])
        pages, depicted, names = self._rows
        for item in items(statements, self.counts):
            pages.append(page)
            depicted.append(item)
            names.append(name)

    def _batch(self) -> pa.RecordBatch:
        columns = [
            pa.array(column, each.type)
            for column, each in zip(self._rows, self.schema, strict=True)
        ]
        self._rows = ([], [], [])
        self.counts.rows += len(columns[0])
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


class ItemClaims:
    """The statements of the items in a Wikidata entity dump, as record batches of ItemRows.

    Iterate once. ``counts`` is right when iteration has ended, and tells of items that were dropped
    since something of them is not understood. An item on two lines is read twice, so that making
    the whole distinct is left to whoever keeps it, and memory does not grow with the file. Raises
    InputError with the line for what is no JSON object.
    """

    schema: ClassVar[pa.Schema] = ItemRows.schema

    def __init__(self, path: Path, on_bytes: OnBytes | None = None) -> None:
        self._rows = ItemRows()
        self.counts = self._rows.counts
        self._entities = Entities(path, _ItemEntity, "item", self.counts, on_bytes)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give the rows, as soon as there is a batch of a property."""
        for entity in self._entities:
            claims = entity.claims
            if type(claims) is Claims:
                self._rows.add(str(entity.id), claims)
                yield from self._rows.batches(BATCH_ROWS)
        yield from self._rows.batches()


class Depicts:
    """What files on Commons depict, from a MediaInfo entity dump, as record batches of DepictsRows.

    ``claims`` are read where the member ``statements`` is missing. Else as ItemClaims.
    """

    schema: ClassVar[pa.Schema] = DepictsRows.schema

    def __init__(self, path: Path, on_bytes: OnBytes | None = None) -> None:
        self._rows = DepictsRows()
        self.counts = self._rows.counts
        self._entities = Entities(path, _MediaInfoEntity, "mediainfo", self.counts, on_bytes)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give the rows, as soon as there is a batch of them."""
        for entity in self._entities:
            # An empty map or list of statements says that there are none.
            statements = entity.claims if entity.statements is None else entity.statements
            if type(statements) is Depicted:
                self._rows.add(str(entity.id), statements)
                yield from self._rows.batches(BATCH_ROWS)
        yield from self._rows.batches()
