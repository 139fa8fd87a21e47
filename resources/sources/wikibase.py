"""Wikibase's JSON as far as the readers use it: entities, their statements and the values in them.

What becomes a row, and which properties are read, is in entities.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import msgspec

from resources.sources.json_lines import JsonLines

_ID = re.compile(r"([A-Z])[1-9][0-9]{0,17}(-[FS][1-9][0-9]*)?")
_ITEM = re.compile(r"Q[1-9][0-9]{0,17}")
_MEDIAINFO = re.compile(r"M[1-9][0-9]{0,17}")
# What an entity is, by the first letter of its id, where it does not say its type.
_TYPES = {"Q": "item", "M": "mediainfo"}


@dataclass
class EntityCounts:
    """What was in an entity file and what became of it.

    ``items``, ``mediainfo`` and ``others`` (properties, lexemes, …) add up to ``entities``.
    ``statements`` are those of the properties that are read; each became one of ``rows`` or was
    ``dropped`` as: ``rank`` (deprecated, or not the best rank where truthy ones are read),
    ``no value`` (novalue, somevalue, or nothing behind value), ``other type`` (no item where one
    belongs, no text where one belongs), ``empty``, or ``repeated`` (the same value on the same
    entity). ``json_bytes`` are bytes of uncompressed text.
    """

    entities: int = 0
    items: int = 0
    mediainfo: int = 0
    others: int = 0
    statements: int = 0
    rows: int = 0
    json_bytes: int = 0
    dropped: dict[str, int] = field(default_factory=dict)

    def drop(self, why: str, statements: int = 1) -> None:
        """Count statements that became no row."""
        if statements:
            self.dropped[why] = self.dropped.get(why, 0) + statements


class EntityValue(msgspec.Struct, gc=False):
    """A value that is an object: an entity's id where these fields are there, else a date, …."""

    id: str | None = None
    number: int | None = msgspec.field(name="numeric-id", default=None)
    type: str | None = msgspec.field(name="entity-type", default=None)


class DataValue(msgspec.Struct, gc=False):
    """A value of any type; only text and entities' ids are looked into."""

    value: EntityValue | str | int | float | bool | list[Any] | None = None


class Snak(msgspec.Struct, gc=False):
    """What a statement says of its property: a value, some unknown value, or that there is none."""

    snaktype: Literal["value", "somevalue", "novalue"]
    datavalue: DataValue | None = None


class Statement(msgspec.Struct, gc=False):
    """A main snak and its rank. Qualifiers and references have snaks too, which are not read."""

    mainsnak: Snak
    rank: Literal["preferred", "normal", "deprecated"] = "normal"


class Entity(msgspec.Struct, gc=False):
    """An item, a MediaInfo entity, a property, a lexeme, …: by its type, or else by its id."""

    type: str | None = None
    id: str | None = None


AnyEntity = TypeVar("AnyEntity", bound=Entity)


def of_type(wanted: str, lines: JsonLines[AnyEntity], counts: EntityCounts) -> Iterator[AnyEntity]:
    """Count all entities of a file and give those of a type: "item" or "mediainfo".

    Raises InputError for an entity without type and id, and for an id that the type can not have.
    """
    good_id = (_ITEM if wanted == "item" else _MEDIAINFO).fullmatch
    types: dict[str, int] = {}
    given = 0
    for entity in lines:
        kind = entity.type or _type_by_id(entity.id, lines)
        if kind == wanted:
            if good_id(entity.id or "") is None:
                lines.fail(f"{entity.id!r} can not be the id of an entity of type {wanted}")
            given += 1
            yield entity
        else:
            types[kind] = types.get(kind, 0) + 1
    types[wanted] = given
    counts.json_bytes = lines.json_bytes
    counts.entities = sum(types.values())
    counts.items = types.pop("item", 0)
    counts.mediainfo = types.pop("mediainfo", 0)
    counts.others = sum(types.values())


def _type_by_id(entity_id: str | None, lines: JsonLines[AnyEntity]) -> str:
    if not entity_id:
        lines.fail("no entity: it has neither a type nor an id")
    found = _ID.fullmatch(entity_id)
    if found is None:
        lines.fail(f"no entity: {entity_id!r} can not be an id, and it has no type")
    return _TYPES.get(found[1], "other")


def truthy(statements: list[Statement], counts: EntityCounts) -> list[Statement]:
    """Give the statements of the best rank, SPEC §1; novalue and somevalue are still among them."""
    best = [each for each in statements if each.rank == "preferred"]
    if not best:
        best = [each for each in statements if each.rank == "normal"]
    counts.drop("rank", len(statements) - len(best))
    return best


def texts(statements: list[Statement], counts: EntityCounts) -> list[str]:
    """Give the values that are text: file names, category names."""
    found = []
    for statement in statements:
        snak = statement.mainsnak
        data = snak.datavalue
        if data is None or snak.snaktype != "value":
            counts.drop("no value")
        elif type(data.value) is str:
            found.append(data.value)
        else:
            counts.drop("other type")
    return found


def items(statements: list[Statement], counts: EntityCounts) -> list[str]:
    """Give the distinct items, as ``Q…``, of all statements but deprecated ones.

    Old dumps have an item's number alone.
    """
    found = []
    for statement in statements:
        snak = statement.mainsnak
        data = snak.datavalue
        if statement.rank == "deprecated":
            counts.drop("rank")
        elif data is None or snak.snaktype != "value":
            counts.drop("no value")
        elif (item := _item(data.value)) is None:
            counts.drop("other type")
        else:
            found.append(item)
    return found if len(found) < 2 else distinct(found, counts)


def _item(value: object) -> str | None:
    if type(value) is not EntityValue:
        return None
    item = value.id
    if item is None and value.type == "item" and value.number is not None:
        item = f"Q{value.number}"
    return item if item is not None and _ITEM.fullmatch(item) else None


def distinct(values: list[str], counts: EntityCounts) -> list[str]:
    """Give each value once, the first first."""
    found = list(dict.fromkeys(values))
    counts.drop("repeated", len(values) - len(found))
    return found
