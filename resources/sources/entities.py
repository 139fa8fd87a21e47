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
    item_of,
    not_deprecated,
    of_type,
    text_of,
    truthy,
    values_of,
)

OnBytes = Callable[[int], None]

BATCH_ROWS = 1 << 16

_EXPECTED = "a map from property to statements is expected"


class _Claims(msgspec.Struct, gc=False):
    P18: list[Statement] = []
    P373: list[Statement] = []
    P31: list[Statement] = []


class _Depicted(msgspec.Struct, gc=False):
    P180: list[Statement] = []
    P6243: list[Statement] = []
    P921: list[Statement] = []


class _ItemEntity(Entity, gc=False):
    claims: _Claims | list[Any] | None = None


class _MediaInfoEntity(Entity, gc=False):
    statements: _Depicted | list[Any] | None = None
    claims: _Depicted | list[Any] | None = None


class ItemClaims:
    """The truthy P18, P373 and P31 of the items in a Wikidata entity dump, as record batches.

    Iterate once; columns as in ``schema``, one property a batch: P18 as file names and P373 as
    category names in the form of SPEC §1, P31 as ``Q…``. ``counts`` is right when iteration has
    ended. Values are distinct within a line; an item with a second line is read twice, and then
    rows may be in the result twice (see ``EntityCounts.repeated_entities``). Memory does not grow
    with the file, but for one bit an item. Raises InputError with the line for what is no entity.
    """

    schema: ClassVar[pa.Schema] = pa.schema(
        [("item_id", pa.string()), ("property", pa.string()), ("value", pa.string())]
    )

    def __init__(self, path: Path, on_bytes: OnBytes | None = None) -> None:
        self.counts = EntityCounts()
        self._lines = JsonLines(path, _ItemEntity, array=True, on_bytes=on_bytes)
        self._seen = _Seen()
        self._rows: dict[str, tuple[list[str], list[str]]] = {
            name: ([], []) for name in ("P18", "P373", "P31")
        }

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give the rows, as soon as there is a batch of a property."""
        for entity in of_type("item", self._lines, self.counts):
            claims = entity.claims
            if type(claims) is _Claims:
                self._read(str(entity.id), claims)
                for name, (items, _) in self._rows.items():
                    if len(items) >= BATCH_ROWS:
                        yield self._batch(name)
            elif claims:
                self._lines.fail(f"claims are a list; {_EXPECTED}")
        for name, (items, _) in self._rows.items():
            if items:
                yield self._batch(name)

    def _read(self, item: str, claims: _Claims) -> None:
        found = False
        for name, statements, normalize in (
            ("P18", claims.P18, normalize_file_name),
            ("P373", claims.P373, normalize_name),
            ("P31", claims.P31, None),
        ):
            if not statements:
                continue
            snaks = truthy(statements, self.counts)
            if normalize is None:
                values = values_of(snaks, item_of, self.counts)
            else:
                values = values_of(snaks, text_of, self.counts)
                if len(values) > 1:
                    # Two spellings of one name are one value; a single name is left to the batch.
                    values = distinct([normalize(value) for value in values], self.counts)
            items, column = self._rows[name]
            items.extend([item] * len(values))
            column.extend(values)
            found = found or bool(values)
        if found and self._seen.before(int(item[1:])):
            self.counts.repeated_entities += 1

    def _batch(self, name: str) -> pa.RecordBatch:
        items, values = (pa.array(column, pa.string()) for column in self._rows[name])
        self._rows[name] = ([], [])
        if name != "P31":
            values = normalize_file_names(values) if name == "P18" else normalize_names(values)
            filled = pc.not_equal(values, "")
            items, values = items.filter(filled), values.filter(filled)
            self.counts.drop("empty", filled.false_count)
        self.counts.rows += len(items)
        return pa.RecordBatch.from_arrays(
            [items, pa.repeat(pa.scalar(name), len(items)), values], schema=self.schema
        )


class Depicts:
    """What files on Commons depict, from a MediaInfo entity dump, as record batches.

    Iterate once; columns as in ``schema``: P180, P6243 and P921 of every rank but deprecated, with
    the page of ``M123`` as 123. ``claims`` are read where there are no ``statements``. Else as
    ItemClaims.
    """

    schema: ClassVar[pa.Schema] = pa.schema(
        [("page_id", pa.int64()), ("item_id", pa.string()), ("property", pa.string())]
    )

    def __init__(self, path: Path, on_bytes: OnBytes | None = None) -> None:
        self.counts = EntityCounts()
        self._lines = JsonLines(path, _MediaInfoEntity, array=True, on_bytes=on_bytes)
        self._seen = _Seen()
        self._rows: tuple[list[int], list[str], list[str]] = ([], [], [])

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give the rows, as soon as there is a batch of them."""
        for entity in of_type("mediainfo", self._lines, self.counts):
            statements = entity.statements or entity.claims
            if type(statements) is _Depicted:
                self._read(int(str(entity.id)[1:]), statements)
                if len(self._rows[0]) >= BATCH_ROWS:
                    yield self._batch()
            elif statements:
                self._lines.fail(f"statements are a list; {_EXPECTED}")
        if self._rows[0]:
            yield self._batch()

    def _read(self, page: int, statements: _Depicted) -> None:
        pages, items, names = self._rows
        before = len(pages)
        for name, group in (
            ("P180", statements.P180),
            ("P6243", statements.P6243),
            ("P921", statements.P921),
        ):
            if not group:
                continue
            values = values_of(not_deprecated(group, self.counts), item_of, self.counts)
            pages.extend([page] * len(values))
            items.extend(values)
            names.extend([name] * len(values))
        if len(pages) > before and self._seen.before(page):
            self.counts.repeated_entities += 1

    def _batch(self) -> pa.RecordBatch:
        columns = [
            pa.array(column, each.type)
            for column, each in zip(self._rows, self.schema, strict=True)
        ]
        self._rows = ([], [], [])
        self.counts.rows += len(columns[0])
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


class _Seen:
    """Remembers numbers, in a bit each where they lie close together, as the ids of a wiki do."""

    def __init__(self) -> None:
        self._bits: dict[int, bytearray] = {}

    def before(self, number: int) -> bool:
        """Say whether the number was asked for before."""
        bits = self._bits.get(number >> 16)
        if bits is None:
            bits = self._bits[number >> 16] = bytearray(1 << 13)
        at, bit = (number & 0xFFFF) >> 3, 1 << (number & 7)
        seen = bits[at] & bit
        bits[at] |= bit
        return bool(seen)
