"""What items claim and files depict, by SPEC section 2: slow, and exact about what is not odd."""

import re
from contextlib import suppress
from typing import Any

from tests.acceptance.reference_reading import COMMONS, DumpFolder, file_form

Claim = tuple[Any, ...]

TYPED, CLASSED = ("P18", "P373"), ("P31", "P279")
DEPICTING = ("P180", "P6243", "P921")


def item_claims(folder: DumpFolder) -> set[Claim]:
    """Item, property and value of each truthy statement."""
    claims: set[Claim] = set()
    for entity in folder.entities("wikidatawiki", "wikidata-{}-all.json"):
        if entity.get("type") == "item":
            with suppress(NotUnderstoodError):
                item = _identified(entity, "Q")
                groups = entity.get("claims")
                claims |= {
                    (item, property_id, form(value))
                    for properties, form in ((TYPED, file_form), (CLASSED, str))
                    for property_id in properties
                    for value in _truthy(groups, property_id)
                }
    return {claim for claim in claims if claim[2]}


def depicts(folder: DumpFolder) -> set[Claim]:
    """Page, item and property of each statement."""
    found: set[Claim] = set()
    for entity in folder.entities(COMMONS, "commons-{}-mediainfo.json"):
        if entity.get("type") == "mediainfo":
            with suppress(NotUnderstoodError):
                page_id = int(_identified(entity, "M")[1:])
                found |= {
                    (page_id, value, property_id)
                    for property_id in DEPICTING
                    for rank, value in _statements(entity.get("statements"), property_id)
                    if rank != "deprecated" and value is not None
                }
    return found


class NotUnderstoodError(Exception):
    """Something of an entity that is read is not as it should be; it is dropped whole."""


def _identified(entity: dict[str, Any], letter: str) -> str:
    _understand(re.fullmatch(f"{letter}[1-9][0-9]*", str(entity.get("id"))) is not None)
    return str(entity["id"])


def _truthy(groups: Any, property_id: str) -> list[str]:
    statements = _statements(groups, property_id)
    best = "preferred" if "preferred" in {rank for rank, _ in statements} else "normal"
    return [value for rank, value in statements if rank == best and value is not None]


def _statements(groups: Any, property_id: str) -> list[tuple[str, str | None]]:
    """Rank and value of each statement; None where there is no value that counts."""
    _understand(groups is None or groups == [] or isinstance(groups, dict))
    statements = (groups or {}).get(property_id, [])
    _understand(isinstance(statements, list))
    found = []
    for statement in statements:
        _understand(isinstance(statement, dict) and isinstance(statement.get("mainsnak"), dict))
        snak = statement["mainsnak"]
        _understand(snak.get("snaktype") in ("value", "somevalue", "novalue"))
        rank = statement.get("rank", "normal")
        _understand(rank in ("preferred", "normal", "deprecated"))
        value = None
        if "datavalue" in snak:
            value = _value(snak["datavalue"].get("value"), property_id)
        found.append((rank, value if snak["snaktype"] == "value" else None))
    return found


def _value(value: Any, property_id: str) -> str | None:
    """Text of a typed property; of all others an item, None for another entity."""
    if property_id in TYPED:
        _understand(isinstance(value, str))
        return str(value)
    _understand(isinstance(value, dict))
    kind, number_ = value.get("entity-type", "item"), value.get("numeric-id")
    if "id" not in value and kind != "item":
        return None
    identifier = str(value.get("id", f"Q{number_}"))
    _understand(re.fullmatch("[A-Z][1-9][0-9]*(-[FS][0-9]+)?", identifier) is not None)
    return identifier if identifier.startswith("Q") else None


def _understand(condition: bool) -> None:
    if not condition:
        raise NotUnderstoodError
