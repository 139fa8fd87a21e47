"""How entity dumps are written: statements as JSON text, built by column, one entity a line."""

from codecs import BOM_UTF8
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from resources.sample.claims import NO_VALUE, SOME_VALUE, Statements
from resources.sample.columns import (
    Column,
    Ints,
    Mask,
    body,
    choose,
    concatenate,
    digits,
    either,
    gather,
    join,
    pick,
    starts,
    texts,
)
from resources.sample.sql import DumpFile, GzipFile

RANKS = ("normal", "preferred", "deprecated")


@dataclass(frozen=True)
class Property:
    """How a property's values look: its id, its data type and the type of the value."""

    id: str
    datatype: str
    value_type: str


def item_property(number: str) -> Property:
    """A property whose values are items."""
    return Property(number, "wikibase-item", "wikibase-entityid")


def item_values(numbers: Ints) -> Column:
    """Item values; a quarter of them, as in old entities, with the number alone."""
    ids = digits(np.maximum(numbers, 0))
    ending = either(numbers % 4 == 1, b"}", join(b',"id":"Q', ids, b'"}'))
    return join(b'{"entity-type":"item","numeric-id":', ids, ending)


def text_values(values: Column) -> Column:
    """String values, of text whose quotes and backslashes are escaped."""
    return join(b'"', values, b'"')


def _snaks(property_: Property, values: Column, codes: Ints) -> Column:
    name = property_.id.encode()
    head = b'{"snaktype":"value","property":"' + name + b'","datavalue":{"value":'
    tail = f',"type":"{property_.value_type}"}},"datatype":"{property_.datatype}"}}'.encode()
    snaks = join(head, values, tail)
    for code, kind in ((SOME_VALUE, b"somevalue"), (NO_VALUE, b"novalue")):
        absent = b'{"snaktype":"' + kind + b'","property":"' + name
        absent += b'","datatype":"' + property_.datatype.encode() + b'"}'
        snaks = either(codes == code, absent, snaks)
    return snaks


def statement_lists(
    property_: Property, statements: Statements, values: Column, ids: Column, reference: bytes = b""
) -> tuple[Mask, Column]:
    """Which entities have the property, and for each of them ``"P18":[…]``.

    ``values`` has the JSON value of each statement, ``ids`` the id of each entity.
    """
    first_rows = np.searchsorted(statements.owners, np.arange(len(ids) + 1))
    has = first_rows[:-1] < first_rows[1:]
    follows = np.ones(len(statements.owners), dtype=bool)
    follows[first_rows[:-1][has]] = False
    mixed = (statements.owners * 2_654_435_761 + statements.values * 40_503) % 10**12
    written = join(
        either(follows, b',{"mainsnak":', b'{"mainsnak":'),
        _snaks(property_, values, statements.values),
        b',"type":"statement","id":"',
        pick(ids, statements.owners),
        b"$8D5A1F2C-44AE-4B0E-9C1D-",
        digits(10**12 + mixed),
        b'","rank":"',
        choose(RANKS, statements.ranks),
        b'"' + reference + b"}",
    )
    return has, join(b'"' + property_.id.encode() + b'":[', gather(written, first_rows), b"]")


def map_of(parts: Sequence[tuple[Mask, Column]]) -> Column:
    """A JSON map of the members each row has; without any, PHP's empty map ``[]``."""
    before = np.zeros(len(parts[0][0]), dtype=bool)
    pieces: list[Column] = []
    for has, text in parts:
        pieces += [either(before & has, b",", b""), either(has, text, b"")]
        before = before | has
    return join(either(before, b"{", b"["), *pieces, either(before, b"}", b"]"))


def with_lines_between(lines: Column, others: Sequence[str]) -> Column:
    """The lines with ``others`` spread evenly between them."""
    if not others:
        return lines
    places = np.concatenate(
        [np.arange(len(lines)), np.linspace(0.5, max(len(lines) - 0.5, 0.6), len(others))]
    )
    return pick(concatenate([lines, texts(others)]), np.argsort(places, kind="stable"))


def write_lines(file: GzipFile, batches: Iterable[Column]) -> DumpFile:
    """The lines as one JSON array after a byte order mark, each with a comma but the last.

    Lines of nothing get their comma, too, and are no rows.
    """
    file.write(BOM_UTF8 + b"[\n")
    for lines in batches:
        if len(lines):
            file.write(b",\n" if file.rows else b"")
            file.write(memoryview(body(join(lines, b",\n")))[:-2])
            file.rows += int(np.count_nonzero(np.diff(starts(lines))))
    file.write(b"\n]\n")
    return file.finish()
