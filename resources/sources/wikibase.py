"""Wikibase's JSON as far as the readers use it: entities, their statements and the values in them.

What becomes a row, and which properties are read, is in entities.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec

from resources.sources.json_lines import JsonLines

_ID = re.compile(r"([A-Z])[1-9][0-9]{0,17}(-[FS][1-9][0-9]*)?", re.ASCII)
ITEM_ID = re.compile(r"Q[1-9][0-9]{0,17}", re.ASCII)
MEDIAINFO_ID = re.compile(r"M[1-9][0-9]{0,17}", re.ASCII)
# What an entity is, by the first letter of its id, where it does not say its type.
_TYPES = {"Q": "item", "M": "mediainfo"}
_REDIRECT = "redirect"
_PLACES = re.compile(r"\[[^]]*\]")

SHOWN = 10
"""Entities that are not understood, of which the line is told."""

Empty = Annotated[list[Any], msgspec.Meta(max_length=0)]
"""PHP's empty map."""


@dataclass
class EntityCounts:
    """What was in an entity file and what became of it.

    ``items``, ``mediainfo``, ``others`` (properties, lexemes, …), ``redirects`` and those
    ``not_understood``, by the part that is not, add up to ``entities``; ``examples`` tell of the
    first of these the line and the problem. ``statements`` are those of the properties that are
    read; each became one of ``rows`` or was ``dropped`` as: ``rank`` (deprecated, or not the best
    rank where truthy ones are read), ``no value`` (novalue, somevalue, or nothing behind value),
    ``other type`` (a property or lexeme where an item belongs), ``empty``, or ``repeated`` (the
    same value on the same entity). ``json_bytes`` are bytes of uncompressed text.
    """

    entities: int = 0
    items: int = 0
    mediainfo: int = 0
    others: int = 0
    redirects: int = 0
    statements: int = 0
    rows: int = 0
    json_bytes: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    not_understood: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    def drop(self, why: str, statements: int = 1) -> None:
        """Count statements that became no row."""
        if statements:
            self.dropped[why] = self.dropped.get(why, 0) + statements


class EntityValue(msgspec.Struct, gc=False):
    """A value that is an entity; ``id`` is there in the end, "" for what is surely no item.

    Old dumps have an item's number alone.
    """

    id: str | None = None
    number: int | str | None = msgspec.field(name="numeric-id", default=None)
    type: str | None = msgspec.field(name="entity-type", default=None)

    def __post_init__(self) -> None:
        """Make the id. Raises ValueError where it is none."""
        if self.id is None:
            if self.number is None or self.type is None:
                raise ValueError("an entity's id is expected, or its numeric-id and entity-type")
            if self.type != "item":
                self.id = ""
                return
            self.id = f"Q{self.number}"
        if _ID.fullmatch(self.id) is None:
            raise ValueError(f"{self.id!r} can not be an entity's id")


Value = TypeVar("Value", str, EntityValue)


class DataValue(msgspec.Struct, Generic[Value], gc=False):
    """A value: text, or an entity."""

    value: Value | None = None


class Snak(msgspec.Struct, Generic[Value], gc=False):
    """What a statement says of its property: a value, some unknown value, or that there is none."""

    snaktype: Literal["value", "somevalue", "novalue"]
    datavalue: DataValue[Value] | None = None


class Statement(msgspec.Struct, Generic[Value], gc=False):
    """A main snak and its rank. Qualifiers and references have snaks too, which are not read."""

    mainsnak: Snak[Value]
    rank: Literal["preferred", "normal", "deprecated"] = "normal"


class Entity(msgspec.Struct, gc=False):
    """An item, a MediaInfo entity, a property, a lexeme, …: by its type, or else by its id; or a
    redirect, which has neither.
    """

    type: str | None = None
    id: str | None = None
    redirect: str | None = None


AnyEntity = TypeVar("AnyEntity", bound=Entity)


class Entities(Generic[AnyEntity]):
    """The entities of one type in a file, "item" or "mediainfo"; iterate once.

    All others are counted, and so is what is not understood, which is dropped: an object that is
    not as ``kind`` says, that has no type and no id, or an id that the type can not have. Raises
    InputError for a line that is no JSON object.
    """

    def __init__(
        self,
        path: Path,
        kind: type[AnyEntity],
        wanted: Literal["item", "mediainfo"],
        counts: EntityCounts,
        on_bytes: Callable[[int], None] | None = None,
    ) -> None:
        self._lines = JsonLines(
            path, kind, array=True, on_bytes=on_bytes, on_other=self._not_as_expected
        )
        self._wanted = wanted
        self._counts = counts
        self._types: dict[str, int] = {}

    def __iter__(self) -> Iterator[AnyEntity]:
        """Give the entities of the type; the counts of entities are right at the end."""
        good_id = (ITEM_ID if self._wanted == "item" else MEDIAINFO_ID).fullmatch
        given = 0
        for entity in self._lines:
            kind = entity.type or _type_by_id(entity)
            if kind == self._wanted:
                if good_id(entity.id or "") is None:
                    problem = f"{entity.id!r} can not be the id of an entity of type {kind}"
                    self._not_understood("id", problem)
                else:
                    given += 1
                    yield entity
            elif kind is None:
                self._not_understood("id", f"no type, and {entity.id!r} can not be an id")
            else:
                self._types[kind] = self._types.get(kind, 0) + 1
        types, counts = {**self._types, self._wanted: given}, self._counts
        counts.json_bytes = self._lines.json_bytes
        counts.entities = sum(types.values()) + sum(counts.not_understood.values())
        counts.items = types.pop("item", 0)
        counts.mediainfo = types.pop("mediainfo", 0)
        counts.redirects = types.pop(_REDIRECT, 0)
        counts.others = sum(types.values())

    def _not_as_expected(self, line: bytes, problem: str) -> None:
        """Take an entity of which a part is not understood, maybe one that is not to be read."""
        try:
            entity = msgspec.json.decode(line, type=Entity)
        except msgspec.ValidationError:
            entity = Entity()
        kind = entity.type or _type_by_id(entity)
        if kind is None or kind == self._wanted:
            part = _PLACES.sub("", problem.rpartition(" - at ")[2]).strip("`$.")
            self._not_understood(part, f"{entity.id}: {problem}")
        else:
            self._types[kind] = self._types.get(kind, 0) + 1

    def _not_understood(self, part: str, problem: str) -> None:
        counts = self._counts
        counts.not_understood[part] = counts.not_understood.get(part, 0) + 1
        if len(counts.examples) < SHOWN:
            counts.examples.append(f"line {self._lines.line}: {problem}")


def _type_by_id(entity: Entity) -> str | None:
    """Tell what an entity is that does not say it; None where nothing does."""
    if entity.redirect is not None:
        return _REDIRECT
    found = _ID.fullmatch(entity.id or "")
    return _TYPES.get(found[1], "other") if found else None


def truthy(statements: list[Statement[Value]], counts: EntityCounts) -> list[Statement[Value]]:
    """Give the statements of the best rank, SPEC §1; novalue and somevalue are still among them."""
    best = [each for each in statements if each.rank == "preferred"]
    if not best:
        best = [each for each in statements if each.rank == "normal"]
    counts.drop("rank", len(statements) - len(best))
    return best


def values(statements: list[Statement[Value]], counts: EntityCounts) -> list[Value]:
    """Give the values that are there."""
    found = []
    for statement in statements:
        snak = statement.mainsnak
        data = snak.datavalue
        if data is None or data.value is None or snak.snaktype != "value":
            counts.drop("no value")
        else:
            found.append(data.value)
    return found


def items(statements: list[Statement[EntityValue]], counts: EntityCounts) -> list[str]:
    """Give the distinct items, as ``Q…``, of all statements but deprecated ones."""
    left = [each for each in statements if each.rank != "deprecated"]
    counts.drop("rank", len(statements) - len(left))
    entities = values(left, counts)
    found = [value.id for value in entities if value.id and value.id[0] == "Q"]
    counts.drop("other type", len(entities) - len(found))
    return found if len(found) < 2 else distinct(found, counts)


def distinct(values: list[str], counts: EntityCounts) -> list[str]:
    """Give each value once, the first first."""
    found = list(dict.fromkeys(values))
    counts.drop("repeated", len(values) - len(found))
    return found
