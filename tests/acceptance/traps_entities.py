"""Trap cases about entities of which a part is not understood: each costs itself alone."""

from typing import Any

from tests.acceptance.traps_world import Claim, World, statement

_IMAGE = statement(0, "P18", "Of_odd.jpg")
_CLASS = statement(0, "P31", "Q5")


def _with_value(value: Any) -> dict[str, Any]:
    return _CLASS | {"mainsnak": _CLASS["mainsnak"] | {"datavalue": {"value": value}}}


# Title: the claims of the article's item, and whether its picture is suggested by its P18.
ODD: dict[str, tuple[Any, bool]] = {
    "Group_is_a_map": ({"P18": {"1": _IMAGE}}, False),
    "Other_group_is_a_map": ({"P18": [_IMAGE], "P31": {"1": _CLASS}}, False),
    "Value_is_text": ({"P18": [_IMAGE], "P31": [_with_value("Q5")]}, False),
    "Value_is_a_date": ({"P18": [_IMAGE], "P279": [_with_value({"time": "+2024"})]}, False),
    "No_snak": ({"P18": [_IMAGE, {"rank": "normal"}]}, False),
    "Number_as_text": (
        {"P18": [_IMAGE], "P31": [_with_value({"entity-type": "item", "numeric-id": "5"})]},
        True,
    ),
    "Class_as_text": ({"P31": [_with_value({"entity-type": "item", "numeric-id": "577"})]}, False),
    "Value_is_a_property": ({"P18": [_IMAGE], "P31": [_with_value({"id": "P31"})]}, True),
    "Not_read": ({"P18": [_IMAGE], "P569": {"1": 7}, "P2": "x"}, True),
}


def add_entities(world: World) -> None:
    """Every case of this module."""
    world.commons.file("Of_odd.jpg")
    for number, (title, (claims, _)) in enumerate(ODD.items()):
        item = f"Q{9000 + number}"
        world.odd.append({"type": "item", "id": item, "labels": 7, "claims": claims})
        world.new.article(title, item)
    picture = world.commons.file("Depicts_oddly.jpg")
    for property_id, value in (("P180", "Q9000"), ("P921", {"1": Claim("Q9000")})):
        odd = value if isinstance(value, str) else {"1": statement(0, property_id, value["1"])}
        groups = {property_id: odd, "P6243": [statement(0, "P6243", "Q9000")]}
        world.media.append({"type": "mediainfo", "id": f"M{picture}", "statements": groups})
    world.odd.append({"type": "item", "id": "M1", "claims": {"P18": [_IMAGE]}})
