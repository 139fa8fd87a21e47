"""Entities written by hand: what stands between the ordinary ones and trips a careless reader."""

import json
from typing import Any

from resources.sample.claims import MANY_ITEMS
from resources.sample.commons import COLLECTION, SHARED_FILES, SPECIAL_CATEGORIES, Commons
from resources.sample.subjects import CLASSES, EXCLUDED_VARIANTS, SUBCLASS_OF, Subjects


def odd_items(subjects: Subjects, commons: Commons) -> list[str]:
    """Lines of classes, of properties and lexemes, of a crowd with one picture, and of oddities."""
    lines = [_line(_class(number)) for number in _class_numbers()]
    free = int(subjects.items.max()) + 1
    lines += [_line(_asteroid(free + number)) for number in range(MANY_ITEMS)]
    picture = commons.names[0].as_py().decode() if len(commons) else "Example.jpg"
    lines += _oddities(free + MANY_ITEMS, picture)
    for number in (18, 31, 180, 373):
        claims = {"P31": [_of_item("P31", 18610173)], "P18": [_of_text("P18", "Not an item.jpg")]}
        lines.append(
            _line(_item(f"P{number}", "p", claims) | {"type": "property", "datatype": "string"})
        )
    for number in range(1, 6):
        lexeme = _item(f"L{number}", "", {"P18": [_of_text("P18", "Not an item.jpg")]})
        lexeme |= {"type": "lexeme", "lemmas": {}, "language": "Q1860", "forms": [], "senses": []}
        lines.append(_line(lexeme))
    # A batch of the dump's maker that was empty leaves a comma, or nothing at all.
    return ["", *lines[:5], "", *_misfits(free + MANY_ITEMS + 100), "\n" + lines[5], *lines[6:]]


def _class(number: int) -> dict[str, Any]:
    above = SUBCLASS_OF.get(number)
    claims = {"P279": [_of_item("P279", above)]} if above else None
    return _item(f"Q{number}", f"class {number}", claims)


def _misfits(free: int) -> list[str]:
    """What is no item, and items that can not be understood."""
    text = _of_item("P31", 5)
    text["mainsnak"]["datavalue"]["value"] = "Q5"
    image = _of_text("P18", "Never understood.jpg")
    return [
        *(_line({"entity": f"Q{free + number}", "redirect": "Q42"}) for number in range(3)),
        _line(_item(f"Q{free + 10}", "a map", {"P18": {"0": image}})),
        _line(_item(f"Q{free + 11}", "text for an item", {"P18": [image], "P31": [text]})),
        _line(_item(f"Q{free + 12}", "no snak", {"P18": [{"rank": "normal"}, image]})),
        _line(_item(f"L{free}", "no item's id", {"P18": [image]})),
    ]


def _class_numbers() -> list[int]:
    variants = (number for numbers in EXCLUDED_VARIANTS.values() for number in numbers)
    return sorted({*CLASSES, *variants})


def _asteroid(number: int) -> dict[str, Any]:
    category = SPECIAL_CATEGORIES[COLLECTION].replace("_", " ")
    claims = {
        "P31": [_of_item("P31", 3863)],
        "P18": [_of_text("P18", SHARED_FILES[0].replace("_", " "))],
        "P373": [_of_text("P373", category)],
    }
    return _item(f"Q{number}", f"asteroid {number}", claims)


def _oddities(free: int, picture: str) -> list[str]:
    spaced = picture.replace("_", " ")
    image = _of_text("P18", spaced)
    elsewhere = _of_item("P31", 5) | {
        "qualifiers": {"P18": [_of_text("P18", "Only_a_qualifier.jpg")["mainsnak"]]},
        "references": [{"hash": "0", "snaks": {"P373": [_of_text("P373", "No")["mainsnak"]]}}],
    }
    reordered = {"claims": {"P18": [image]}, "labels": [], "id": f"Q{free}", "type": "item"}
    number_only = _of_item("P31", 4167410)
    number_only["mainsnak"]["datavalue"]["value"] = {"entity-type": "item", "numeric-id": "4167410"}
    entities = [
        reordered,
        _item(f"Q{free + 1}", "nothing said"),
        _item(f"Q{free + 2}", "elsewhere", {"P31": [elsewhere]}),
        _item(f"Q{free + 3}", "number only", {"P31": [number_only]}),
        _item(
            f"Q{free + 4}",
            'quotes "\\" and a \u2028 line',
            {"P18": [_of_text("P18", f"File:{spaced}"), image | {"rank": "deprecated"}]},
        ),
        _item(f"Q{free + 5}", "many pictures", {"P18": [image, image | {"rank": "preferred"}]}),
        _item(f"Q{free + 6}", "empty lists", {"P18": [], "P31": []}),
    ]
    lines = [_line(entity) for entity in entities]
    # PHP escapes slashes, and some exports put blanks between the tokens.
    lines.append(_line(_item(f"Q{free + 7}", "a/b", {"P18": [image]})).replace("/", "\\/"))
    lines.append(json.dumps(_item(f"Q{free + 8}", "blanks", {"P18": [image]})))
    return lines


def _line(entity: dict[str, Any]) -> str:
    return json.dumps(entity, separators=(",", ":"))


def _item(number: str, label: str, claims: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "item",
        "id": number,
        "labels": {"en": {"language": "en", "value": label}} if label else [],
        "descriptions": [],
        "aliases": [],
        "claims": claims or [],
        "sitelinks": [],
        "lastrevid": 1,
    }


def _of_item(property_: str, number: int) -> dict[str, Any]:
    value = {"entity-type": "item", "numeric-id": number, "id": f"Q{number}"}
    return _statement(property_, {"value": value, "type": "wikibase-entityid"}, "wikibase-item")


def _of_text(property_: str, text: str) -> dict[str, Any]:
    return _statement(property_, {"value": text, "type": "string"}, "string")


def _statement(property_: str, value: dict[str, Any], datatype: str) -> dict[str, Any]:
    snak = {"snaktype": "value", "property": property_, "datavalue": value, "datatype": datatype}
    return {"mainsnak": snak, "type": "statement", "id": f"{property_}$0", "rank": "normal"}
