"""Reads the Wikibase entity dumps: claims of Wikidata's items, and what files on Commons depict.

Which statements become rows is here (SPEC §1 "truthy", §2 "item_claims" and "depicts"). What the
rows mean for a suggestion is not known here.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from resources.sources.json_lines import JsonLines
from resources.sources.names import (
    normalize_file_name,
    normalize_file_names,
    normalize_name,
    normalize_names,
)
from resources.sources.wikibase import (
    Entity,
    EntityCounts,
    Statement,
    distinct,
    items,
    of_type,
    texts,
    truthy,
)

OnBytes = Callable[[int], None]

BATCH_ROWS = 1 << 16

_EXPECTED = "a map from property to statements is expected"


class _Claims(msgspec.Struct, gc=False):
    P18: list[Statement] | None = None
    P373: list[Statement] | None = None
    P31: list[Statement] | None = None


class _Depicted(msgspec.Struct, gc=False):
    P180: list[Statement] | None = None
    P6243: list[Statement] | None = None
    P921: list[Statement] | None = None


class _ItemEntity(Entity, gc=False):
    claims: _Claims | list[Any] | None = None


class _MediaInfoEntity(Entity, gc=False):
    statements: _Depicted | list[Any] | None = None
    claims: _Depicted | list[Any] | None = None


class ItemClaims:
    """The truthy P18, P373 and P31 of the items in a Wikidata entity dump, as record batches.

    Iterate once; columns as in ``schema``, one property a batch: P18 as file names and P373 as
    category names in the form of SPEC §1, P31 as ``Q…``. ``counts`` is right when iteration has
    ended. Values are distinct within a line; an item on two lines is read twice, so that making
    the whole distinct is left to whoever keeps it, and memory does not grow with the file. Raises
    InputError with the line for what is no entity.
    """

    schema: ClassVar[pa.Schema] = pa.schema(
        [("item_id", pa.string()), ("property", pa.string()), ("value", pa.string())]
    )

    def __init__(self, path: Path, on_bytes: OnBytes | None = None) -> None:
        self.counts = EntityCounts()
        self._lines = JsonLines(path, _ItemEntity, array=True, on_bytes=on_bytes)
        self._rows: dict[str, tuple[list[str], list[str]]] = {
            name: ([], []) for name in ("P18", "P373", "P31")
        }

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give the rows, as soon as there is a batch of a property."""
        for entity in of_type("item", self._lines, self.counts):
            claims = entity.claims
            if type(claims) is _Claims:
                self._read(str(entity.id), claims)
                for name, (holders, _) in self._rows.items():
                    if len(holders) >= BATCH_ROWS:
                        yield self._batch(name)
            elif claims:
                self._lines.fail(f"claims are a list; {_EXPECTED}")
        for name, (holders, _) in self._rows.items():
            if holders:
                yield self._batch(name)

    def _read(self, item: str, claims: _Claims) -> None:
        if claims.P31:
            self._add("P31", item, items(self._best(claims.P31), self.counts))
        if claims.P18:
            self._add("P18", item, self._names(claims.P18, normalize_file_name))
        if claims.P373:
            self._add("P373", item, self._names(claims.P373, normalize_name))

    def _best(self, statements: list[Statement]) -> list[Statement]:
        self.counts.statements += len(statements)
        return truthy(statements, self.counts)

    def _names(self, statements: list[Statement], normalize: Callable[[str], str]) -> list[str]:
        names = texts(self._best(statements), self.counts)
        if len(names) < 2:
            return names  # which the batch normalizes, many at a time
        return distinct([normalize(name) for name in names], self.counts)

    def _add(self, name: str, item: str, values: list[str]) -> None:
        holders, held = self._rows[name]
        holders.extend([item] * len(values))
        held.extend(values)

    def _batch(self, name: str) -> pa.RecordBatch:
        holders, values = (pa.array(column, pa.string()) for column in self._rows[name])
        self._rows[name] = ([], [])
        if name != "P31":
            values = normalize_file_names(values) if name == "P18" else normalize_names(values)
            filled = pc.not_equal(values, "")
            holders, values = holders.filter(filled), values.filter(filled)
            self.counts.drop("empty", filled.false_count)
        self.counts.rows += len(holders)
        return pa.RecordBatch.from_arrays(
            [holders, pa.repeat(pa.scalar(name), len(holders)), values], schema=self.schema
        )


class Depicts:
    """What files on Commons depict, from a MediaInfo entity dump, as record batches.

    Iterate once; columns as in ``schema``: P180, P6243 and P921 of every rank but deprecated, with
    the page of ``M123`` as 123. ``claims`` are read where the member ``statements`` is missing.
    Else as ItemClaims.
    """

    schema: ClassVar[pa.Schema] = pa.schema(
        [("page_id", pa.int64()), ("item_id", pa.string()), ("property", pa.string())]
    )

    def __init__(self, path: Path, on_bytes: OnBytes | None = None) -> None:
        self.counts = EntityCounts()
        self._lines = JsonLines(path, _MediaInfoEntity, array=True, on_bytes=on_bytes)
        self._rows: tuple[list[int], list[str], list[str]] = ([], [], [])

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give the rows, as soon as there is a batch of them."""
        for entity in of_type("mediainfo", self._lines, self.counts):
            # An empty map or list of statements says that there are none.
            statements = entity.claims if entity.statements is None else entity.statements
            if type(statements) is _Depicted:
                self._read(str(entity.id), statements)
                if len(self._rows[0]) >= BATCH_ROWS:
                    yield self._batch()
            elif statements:
                self._lines.fail(f"statements are a list; {_EXPECTED}")
        if self._rows[0]:
            yield self._batch()

    def _read(self, entity_id: str, statements: _Depicted) -> None:
        if statements.P180:
            self._add("P180", entity_id, statements.P180)
        if statements.P6243:
            self._add("P6243", entity_id, statements.P6243)
        if statements.P921:
            self._add("P921", entity_id, statements.P921)

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
