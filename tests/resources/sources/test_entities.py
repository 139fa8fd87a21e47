"""The entity readers against every fact of the dumps, and against a plain reading of the JSON."""

import bz2
import gzip
import json
import pickle
import random
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.read_entities import mediainfo_entity, wikidata_entity, write_entities
from resources.errors import InputError
from resources.sources import entities, json_lines
from resources.sources.entities import Depicts, ItemClaims
from resources.sources.names import normalize_typed_name

Json = dict[str, Any]
Row = tuple[Any, ...]
REAL = Path(__file__).parents[4] / "shared" / "real" / "dumps" / "other" / "wikibase"
ITEMS = "P18", "P373", "P31", "P279"
MEDIA = "P180", "P6243", "P921"


def rows(reader: ItemClaims | Depicts) -> list[Row]:
    """All rows, after a look at their schema and at the counts."""
    batches = list(reader)
    assert all(batch.schema == reader.schema for batch in batches)
    table = pa.Table.from_batches(batches, reader.schema)
    counts = reader.counts
    assert counts.rows == table.num_rows
    assert counts.statements == counts.rows + sum(counts.dropped.values())
    others = counts.others + counts.redirects + sum(counts.not_understood.values())
    assert counts.entities == counts.items + counts.mediainfo + others
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def write(folder: Path, *things: Json) -> Path:
    path = folder / "entities.json"
    path.write_text("[\n" + ",\n".join(map(json.dumps, things)) + "\n]\n")
    return path


def claims(folder: Path, *things: Json) -> list[Row]:
    return rows(ItemClaims(write(folder, *things)))


def depicts(folder: Path, *things: Json) -> list[Row]:
    return rows(Depicts(write(folder, *things)))


def item_value(number: int) -> Json:
    return {"entity-type": "item", "numeric-id": number, "id": f"Q{number}"}


def statement(value: object, rank: str | None = "normal", snaktype: str = "value") -> Json:
    """A statement; without a data value when it says somevalue or novalue."""
    snak: Json = {"snaktype": snaktype, "property": "P1", "hash": "0", "datatype": "x"}
    if snaktype == "value":
        kind = "string" if isinstance(value, str) else "wikibase-entityid"
        snak["datavalue"] = {"value": value, "type": kind}
    made: Json = {"mainsnak": snak, "type": "statement", "id": "Q1$0"}
    if rank:
        made["rank"] = rank
    return made


def item(number: int, groups: object) -> Json:
    return {"type": "item", "id": f"Q{number}", "labels": [], "claims": groups, "sitelinks": {}}


def media(number: int, groups: object) -> Json:
    return {"type": "mediainfo", "id": f"M{number}", "labels": [], "statements": groups}


def test_values_come_in_the_form_of_names(tmp_path: Path) -> None:
    groups = {
        "P18": [statement("foo bar (e\u0301).jpg")],
        "P373": [statement(" people of Łódź ")],
        "P31": [statement(item_value(5))],
        "P279": [statement(item_value(6))],
        "P569": [statement("not read")],
    }
    assert sorted(claims(tmp_path, item(7, groups))) == [
        ("Q7", "P18", "Foo_bar_(é).jpg"),
        ("Q7", "P279", "Q6"),
        ("Q7", "P31", "Q5"),
        ("Q7", "P373", "People_of_Łódź"),
    ]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Category:Cats", "Cats"),
        ("category:category:Cats", "Category:Cats"),
        ("File:Image:A.jpg", "Image:A.jpg"),
        ("a\u00a0\u200eb.jpg", "A_b.jpg"),
        ("\u200e\u202d", None),
        ("File: ", None),
    ],
)
def test_people_type_names_in_many_ways(tmp_path: Path, typed: str, name: str | None) -> None:
    for groups in ([typed], [typed, "Other"]):
        found = claims(tmp_path, item(1, {"P373": [statement(each) for each in groups]}))
        assert found[0][2] == (name or groups[-1]) if name or len(groups) > 1 else not found


def test_preferred_statements_hide_normal_ones_and_deprecated_never_count(tmp_path: Path) -> None:
    groups = {
        "P18": [
            statement("N.jpg"),
            statement("P.jpg", "preferred"),
            statement("D.jpg", "deprecated"),
        ],
        "P373": [statement("N"), statement("M"), statement("D", "deprecated")],
        "P31": [statement(item_value(1), "deprecated")],
    }
    assert claims(tmp_path, item(1, groups)) == [
        ("Q1", "P18", "P.jpg"),
        ("Q1", "P373", "N"),
        ("Q1", "P373", "M"),
    ]


def test_a_preferred_statement_without_value_hides_the_normal_ones(tmp_path: Path) -> None:
    groups = {
        "P18": [statement("N.jpg"), statement(None, "preferred", "novalue")],
        "P373": [statement("N"), statement(None, "normal", "somevalue")],
    }
    assert claims(tmp_path, item(1, groups)) == [("Q1", "P373", "N")]


@pytest.mark.parametrize("snaktype", ["somevalue", "novalue"])
def test_somevalue_and_novalue_are_never_values_whatever_stands_there(
    tmp_path: Path, snaktype: str
) -> None:
    unknown = statement(item_value(5))
    unknown["mainsnak"]["snaktype"] = snaktype
    name = statement("A.jpg")
    name["mainsnak"]["snaktype"] = snaktype
    assert claims(tmp_path, item(1, {"P31": [unknown], "P18": [name]})) == []
    assert depicts(tmp_path, media(1, {"P180": [unknown]})) == []


def test_a_statement_without_rank_is_a_normal_one(tmp_path: Path) -> None:
    groups = {"P18": [statement("A.jpg", None)]}
    assert claims(tmp_path, item(1, groups)) == [("Q1", "P18", "A.jpg")]
    hidden = {"P18": [statement("A.jpg", None), statement("B.jpg", "preferred")]}
    assert claims(tmp_path, item(1, hidden)) == [("Q1", "P18", "B.jpg")]


def test_snaks_in_qualifiers_and_references_are_not_read(tmp_path: Path) -> None:
    noise = {
        "P18": [statement("No.jpg")["mainsnak"]],
        "P180": [statement(item_value(9))["mainsnak"]],
    }
    noisy = statement(item_value(5)) | {
        "qualifiers": noise,
        "references": [{"snaks": noise, "hash": "0"}],
        "rank": "normal",
    }
    assert claims(tmp_path, item(1, {"P2": [noisy], "P31": [noisy]})) == [("Q1", "P31", "Q5")]
    assert depicts(tmp_path, media(1, {"P2": [noisy], "P180": [noisy]})) == [(1, "Q5", "P180")]


def test_the_key_of_the_map_is_the_property_of_a_statement(tmp_path: Path) -> None:
    other = statement("A.jpg")
    other["mainsnak"]["property"] = "P9"
    assert claims(tmp_path, item(1, {"P18": [other]})) == [("Q1", "P18", "A.jpg")]


@pytest.mark.parametrize(
    "value",
    [
        {"entity-type": "item", "numeric-id": 42},
        {"entity-type": "item", "numeric-id": "42"},
        {"entity-type": "item", "numeric-id": "42", "id": "Q42"},
        {"id": "Q42"},
    ],
)
def test_an_item_value_may_have_only_a_numeric_id_be_it_text(tmp_path: Path, value: Json) -> None:
    made = statement(value)
    assert claims(tmp_path, item(1, {"P31": [made]})) == [("Q1", "P31", "Q42")]
    assert claims(tmp_path, item(1, {"P279": [made]})) == [("Q1", "P279", "Q42")]
    assert depicts(tmp_path, media(1, {"P180": [made]})) == [(1, "Q42", "P180")]


@pytest.mark.parametrize(
    "value",
    [
        {"entity-type": "property", "numeric-id": 5, "id": "P5"},
        {"entity-type": "property", "numeric-id": 5},
        {"entity-type": "lexeme", "id": "L5"},
        {"entity-type": "form", "id": "L5-F1"},
    ],
)
def test_a_value_that_is_no_item_is_dropped_and_counted(tmp_path: Path, value: object) -> None:
    path = write(tmp_path, item(1, {"P31": [statement(value), statement(item_value(2))]}))
    reader = ItemClaims(path)
    assert rows(reader) == [("Q1", "P31", "Q2")]
    assert reader.counts.dropped == {"other type": 1}
    path = write(tmp_path, media(1, {"P180": [statement(value), statement(item_value(2))]}))
    media_reader = Depicts(path)
    assert rows(media_reader) == [(1, "Q2", "P180")]
    assert media_reader.counts.dropped == {"other type": 1}


OTHER_VALUES: list[object] = [
    {"entity-type": "item", "numeric-id": 0},
    {"entity-type": "item", "numeric-id": "x"},
    {"entity-type": "item", "numeric-id": -1},
    {"entity-type": "item", "numeric-id": [5]},
    {"numeric-id": 5},
    {"entity-type": "item", "id": "Q5x"},
    {"entity-type": "item", "id": ""},
    {"entity-type": "item", "id": 5},
    {"entity-type": "item"},
    {"time": "+2024-00-00T00:00:00Z", "precision": 9},
    {"text": "Q5", "language": "en"},
    "Q5",
    5,
    True,
    [],
    {},
]


@pytest.mark.parametrize("value", OTHER_VALUES)
def test_an_entity_with_a_value_that_is_not_understood_is_dropped_whole(
    tmp_path: Path, value: object
) -> None:
    odd = {
        "P18": [statement("A.jpg")],
        "P31": [statement(item_value(2))],
        "P279": [statement(item_value(3)), statement(value)],
        "P180": [statement(value)],
    }
    good = {"P31": [statement(item_value(4))], "P180": [statement(item_value(4))]}
    reader = ItemClaims(write(tmp_path, item(1, odd), item(2, good)))
    assert rows(reader) == [("Q2", "P31", "Q4")]
    (reason,) = reader.counts.not_understood
    assert reason.startswith("claims.P279.mainsnak.datavalue.value")
    assert reader.counts.statements == 1
    (example,) = reader.counts.examples
    assert example.startswith("line 2: Q1: ")
    media_reader = Depicts(write(tmp_path, media(1, odd), media(2, good)))
    assert rows(media_reader) == [(2, "Q4", "P180")]
    assert sum(media_reader.counts.not_understood.values()) == 1


@pytest.mark.parametrize("value", [item_value(5), {"text": "a", "language": "en"}, 5, 0.5, []])
@pytest.mark.parametrize("name", ["P18", "P373"])
def test_an_item_with_a_name_that_is_no_text_is_dropped(
    tmp_path: Path, name: str, value: object
) -> None:
    odd = {name: [statement(value)], "P31": [statement(item_value(5))]}
    reader = ItemClaims(write(tmp_path, item(1, odd)))
    assert rows(reader) == []
    assert reader.counts.not_understood == {f"claims.{name}.mainsnak.datavalue.value": 1}


def test_what_is_dropped_is_counted_by_its_reason(tmp_path: Path) -> None:
    nothing = statement("")
    nothing["mainsnak"]["datavalue"] = None
    missing = statement("")
    del missing["mainsnak"]["datavalue"]
    groups = {
        "P18": [statement("A.jpg"), statement("a.jpg"), statement("File:A.jpg"), statement("")],
        "P373": [
            statement(" _ "),
        ],
        "P31": [
            statement(item_value(1), "deprecated"),
            statement(None, snaktype="novalue"),
            statement(None, snaktype="somevalue"),
            nothing,
            missing,
        ],
    }
    reader = ItemClaims(write(tmp_path, item(1, groups)))
    assert rows(reader) == [("Q1", "P18", "A.jpg")]
    assert reader.counts.dropped == {"rank": 1, "no value": 4, "repeated": 2, "empty": 2}
    assert reader.counts.statements == 10


@pytest.mark.parametrize("empty", [[], {}, None])
def test_phps_empty_map_is_no_statement(tmp_path: Path, empty: object) -> None:
    assert claims(tmp_path, item(1, empty), item(2, {"P31": [statement(item_value(3))]})) == [
        ("Q2", "P31", "Q3")
    ]
    assert depicts(tmp_path, media(1, empty), media(2, {"P180": [statement(item_value(3))]})) == [
        (2, "Q3", "P180")
    ]


def test_claims_and_statements_may_be_missing(tmp_path: Path) -> None:
    assert claims(tmp_path, {"type": "item", "id": "Q1"}) == []
    assert depicts(tmp_path, {"type": "mediainfo", "id": "M1"}) == []


def test_a_group_may_be_empty(tmp_path: Path) -> None:
    assert claims(tmp_path, item(1, {"P18": [], "P31": [statement(item_value(3))]})) == [
        ("Q1", "P31", "Q3")
    ]
    assert depicts(tmp_path, media(1, {"P180": []})) == []


def test_properties_and_lexemes_between_the_items_are_counted_and_not_read(tmp_path: Path) -> None:
    groups = {"P18": [statement("A.jpg")], "P180": [statement(item_value(1))]}
    others: list[Json] = [
        {"type": "property", "id": "P18", "claims": groups},
        {"type": "lexeme", "id": "L1", "claims": groups},
        {"id": "L1-F1", "claims": groups},
        {"id": "E5", "claims": []},
        {"type": "sense"},
    ]
    path = write(tmp_path, *others, item(1, groups), media(2, groups))
    reader = ItemClaims(path)
    assert rows(reader) == [("Q1", "P18", "A.jpg")]
    counts = reader.counts
    assert (counts.entities, counts.items, counts.mediainfo, counts.others) == (7, 1, 1, 5)
    assert counts.json_bytes == path.stat().st_size
    other = Depicts(path)
    assert rows(other) == [(2, "Q1", "P180")]
    assert (other.counts.items, other.counts.mediainfo, other.counts.others) == (1, 1, 5)


def test_an_entity_without_type_is_known_by_its_id(tmp_path: Path) -> None:
    groups = {"P31": [statement(item_value(3))], "P180": [statement(item_value(4))]}
    path = write(tmp_path, {"id": "Q1", "claims": groups}, {"id": "M2", "statements": groups})
    assert rows(ItemClaims(path)) == [("Q1", "P31", "Q3")]
    assert rows(Depicts(path)) == [(2, "Q4", "P180")]


def test_depicted_items_of_every_rank_but_deprecated_count(tmp_path: Path) -> None:
    groups = {
        "P180": [
            statement(item_value(1), "preferred"),
            statement(item_value(2)),
            statement(item_value(3), "deprecated"),
            statement(item_value(4), None),
            statement(item_value(1)),
            statement(None, "preferred", "somevalue"),
        ],
        "P6243": [statement(item_value(1))],
        "P921": [statement(item_value(5))],
        "P31": [statement(item_value(6))],
    }
    reader = Depicts(write(tmp_path, media(123, groups)))
    assert rows(reader) == [
        (123, "Q1", "P180"),
        (123, "Q2", "P180"),
        (123, "Q4", "P180"),
        (123, "Q1", "P6243"),
        (123, "Q5", "P921"),
    ]
    assert reader.counts.dropped == {"rank": 1, "no value": 1, "repeated": 1}


def test_claims_of_mediainfo_are_read_where_statements_are_missing(tmp_path: Path) -> None:
    groups = {"P180": [statement(item_value(4))]}
    assert depicts(tmp_path, {"type": "mediainfo", "id": "M2", "claims": groups}) == [
        (2, "Q4", "P180")
    ]
    claims = {"claims": {"P180": [statement(item_value(5))]}}
    assert depicts(tmp_path, media(2, groups) | claims) == [(2, "Q4", "P180")]
    assert depicts(tmp_path, media(2, {}) | claims) == []
    assert depicts(tmp_path, media(2, {}) | {"statements": []} | claims) == []


@pytest.mark.parametrize("reader", [ItemClaims, Depicts])
@pytest.mark.parametrize(
    "entity",
    [
        {},
        {"labels": {}},
        {"type": None, "id": None},
        {"id": ""},
        {"type": ""},
        {"id": "M12x"},
        {"id": "Q"},
        {"id": "Q0"},
        {"id": "12"},
        {"id": "q12"},
        {"id": "Q१२"},
        {"id": f"Q{10**18}"},
        {"id": 12},
        {"id": ["Q12"]},
        {"type": 5, "id": "Q1"},
        {"entity": "Q1", "redirect": {"id": "Q2"}},
    ],
)
def test_what_is_no_entity_is_dropped_and_shown(
    tmp_path: Path, reader: type[ItemClaims | Depicts], entity: Json
) -> None:
    found = reader(write(tmp_path, item(1, {}), media(1, {}), entity))
    assert rows(found) == []
    assert sum(found.counts.not_understood.values()) == 1
    (example,) = found.counts.examples
    assert example.startswith("line 4: ")


@pytest.mark.parametrize("entity_id", ["M12x", "M", "M-1", "M 1", "Q1", f"M{10**18}", None])
def test_an_id_that_mediainfo_can_not_have_is_not_understood(
    tmp_path: Path, entity_id: str | None
) -> None:
    groups = {"P180": [statement(item_value(4))]}
    reader = Depicts(
        write(tmp_path, {"type": "mediainfo", "id": entity_id, "statements": groups}, media(2, {}))
    )
    assert rows(reader) == []
    assert (reader.counts.not_understood, reader.counts.mediainfo) == ({"id": 1}, 1)


@pytest.mark.parametrize(
    ("broken", "part"),
    [
        ({"P31": {"0": statement(item_value(3))}}, "claims.P31"),
        ({"P18": {"a": statement("A.jpg")}}, "claims.P18"),
        ({"P31": [[]]}, "claims.P31"),
        ({"P31": [{"rank": "normal"}]}, "claims.P31"),
        ({"P31": [None]}, "claims.P31"),
        ({"P31": [statement(item_value(3), "best")]}, "claims.P31.rank"),
        ({"P31": [statement(item_value(3)) | {"rank": 1}]}, "claims.P31.rank"),
        (
            {"P31": [statement(item_value(3)) | {"mainsnak": {"snaktype": "perhaps"}}]},
            "claims.P31.mainsnak.snaktype",
        ),
        ({"P31": [statement(item_value(3)) | {"mainsnak": "Q3"}]}, "claims.P31.mainsnak"),
        ({"P31": "Q3"}, "claims.P31"),
        ("P31", "claims"),
        ([1], "claims"),
        (7, "claims"),
    ],
)
def test_an_item_with_statements_of_an_unknown_make_is_dropped(
    tmp_path: Path, broken: object, part: str
) -> None:
    groups = {"P31": [statement(item_value(3))]}
    reader = ItemClaims(write(tmp_path, item(1, groups), item(2, broken), item(3, groups)))
    assert [row[0] for row in rows(reader)] == ["Q1", "Q3"]
    assert reader.counts.not_understood == {part: 1}
    assert reader.counts.items == 2
    (example,) = reader.counts.examples
    assert example.startswith("line 3: Q2: ")


def test_what_is_not_read_may_be_as_it_likes(tmp_path: Path) -> None:
    groups = {"P31": [statement(item_value(3))], "P569": {"0": "x"}, "P18": []}
    entity = item(1, groups) | {"labels": 7, "sitelinks": [[]], "lastrevid": "12", "claims2": None}
    assert claims(tmp_path, entity) == [("Q1", "P31", "Q3")]


def test_entities_that_are_not_to_be_read_are_passed_over_whatever_they_hold(
    tmp_path: Path,
) -> None:
    odd = {"P18": {"0": 1}, "P31": 5, "P180": "Q1"}
    lexeme: Json = {"type": "lexeme", "id": "L1", "claims": odd}
    found = ItemClaims(write(tmp_path, lexeme, {"id": "P18", "claims": odd}, media(1, odd)))
    assert rows(found) == []
    assert (found.counts.others, found.counts.mediainfo) == (2, 1)
    assert not found.counts.not_understood
    other = Depicts(write(tmp_path, lexeme, item(1, odd)))
    assert rows(other) == []
    assert (other.counts.others, other.counts.items, other.counts.not_understood) == (1, 1, {})


@pytest.mark.parametrize("reader", [ItemClaims, Depicts])
def test_redirects_between_the_entities_are_counted_and_not_followed(
    tmp_path: Path, reader: type[ItemClaims | Depicts]
) -> None:
    groups = {"P31": [statement(item_value(3))], "P180": [statement(item_value(3))]}
    path = write(
        tmp_path,
        {"entity": "Q77", "redirect": "Q1"},
        item(1, groups),
        {"redirect": "M1", "entity": "M77"},
        media(1, groups),
    )
    found = reader(path)
    assert len(rows(found)) == 1
    assert (found.counts.redirects, found.counts.entities) == (2, 4)


def test_only_the_first_of_what_is_not_understood_are_shown(tmp_path: Path) -> None:
    reader = ItemClaims(write(tmp_path, *(item(n, {"P31": n}) for n in range(1, 30))))
    assert rows(reader) == []
    assert reader.counts.not_understood == {"claims.P31": 29}
    assert [each.split(":")[0] for each in reader.counts.examples] == [
        f"line {number}" for number in range(2, 12)
    ]


@pytest.mark.parametrize("line", ['["Q1"]', '"Q1"', "null", "7", '{"id":"Q1"', "Q1", "{}}"])
def test_a_line_that_is_no_object_stops_the_run(tmp_path: Path, line: str) -> None:
    path = tmp_path / "entities.json"
    path.write_text(f'[\n{{"id":"Q1"}},\n{line},\n{{"id":"Q2"}}\n]\n')
    with pytest.raises(InputError) as caught:
        list(ItemClaims(path))
    assert caught.value.where == "line 3"


def test_what_is_wrong_with_an_entity_does_not_hide_that_its_line_is_cut_off(
    tmp_path: Path,
) -> None:
    path = tmp_path / "entities.json"
    path.write_text('[\n{"type":"item","id":"Q1","claims":{"P31":7,"P18":[{"mainsn')
    with pytest.raises(InputError, match="whole JSON object") as caught:
        list(ItemClaims(path))
    assert caught.value.where == "line 2"


def test_marks_of_byte_order_and_lines_of_commas_are_no_entities(tmp_path: Path) -> None:
    line = json.dumps(item(1, {"P31": [statement(item_value(3))]}))
    path = tmp_path / "entities.json"
    for text in (f"\ufeff[\n,\n{line},\n,\n \n,\n]\n", f"\ufeff{line}", f"\ufeff\n[\n{line}\n,]"):
        path.write_text(text, encoding="utf-8")
        assert rows(ItemClaims(path)) == [("Q1", "P31", "Q3")]


def test_an_entity_on_two_lines_is_read_twice(tmp_path: Path) -> None:
    first = item(1, {"P31": [statement(item_value(3))]})
    second = item(1, {"P31": [statement(item_value(3)), statement(item_value(4))]})
    assert claims(tmp_path, first, item(2, {}), second) == [
        ("Q1", "P31", "Q3"),
        ("Q1", "P31", "Q3"),
        ("Q1", "P31", "Q4"),
    ]
    shown = media(8, {"P180": [statement(item_value(3))]})
    assert depicts(tmp_path, shown, shown) == [(8, "Q3", "P180")] * 2


def test_rows_come_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities, "BATCH_ROWS", 10)
    things = [item(number, {"P31": [statement(item_value(3))]}) for number in range(1, 36)]
    assert [len(batch) for batch in ItemClaims(write(tmp_path, *things))] == [10, 10, 10, 5]
    things = [media(number, {"P180": [statement(item_value(3))]}) for number in range(1, 36)]
    assert [len(batch) for batch in Depicts(write(tmp_path, *things))] == [10, 10, 10, 5]


def test_a_file_of_brackets_alone_gives_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "entities.json.gz"
    path.write_bytes(gzip.compress(b"[\n]\n"))
    assert rows(ItemClaims(path)) == rows(Depicts(path)) == []


def test_an_error_can_be_sent_to_another_process(tmp_path: Path) -> None:
    (tmp_path / "entities.json").write_text("?")
    with pytest.raises(InputError) as caught:
        list(ItemClaims(tmp_path / "entities.json"))
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "json": bytes,
    "json.gz": gzip.compress,
    "json.bz2": bz2.compress,
}


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize(("reader", "number"), [(ItemClaims, 1), (Depicts, 2)])
def test_a_file_cut_off_never_gives_fewer_rows_unseen(
    tmp_path: Path, reader: type[ItemClaims | Depicts], number: int, ending: str
) -> None:
    groups = {name: [statement(item_value(3))] for name in ("P31", "P180")}
    things = [item(1, groups), media(2, groups)]
    text = ("[\n" + ",\n".join(map(json.dumps, things)) + "\n]\n").encode()
    packed = PACKERS[ending](text)
    path = tmp_path / f"entities.{ending}"
    path.write_bytes(packed)
    assert len(rows(reader(path))) == 1
    for size in range(len(packed)):
        path.write_bytes(packed[:size])
        # Only the end of a line, or of an object, of plain text looks like the end of the file.
        *_, last_line = lines = [line.rstrip(b",") for line in packed[:size].split(b"\n")]
        if ending == "json" and size and (last_line in (b"", b"[", b"]") or _whole(last_line)):
            assert len(rows(reader(path))) == (sum(map(_whole, lines)) >= number)
        else:
            with pytest.raises(InputError):
                list(reader(path))


def _whole(line: bytes) -> bool:
    try:
        return bool(json.loads(line))
    except ValueError:
        return False


# A plain reading of the same files, to compare with.


def _plain(path: Path) -> Iterable[Json]:
    opener = gzip.open if path.suffix == ".gz" else Path.open
    with opener(path, "rb") as file:
        for line in file.read().decode().split("\n"):
            text = line.strip().lstrip("[").rstrip("]").strip().rstrip(",")
            if text:
                yield json.loads(text)


def _plain_item(value: object) -> str | None:
    if not isinstance(value, dict) or value.get("entity-type", "item") != "item":
        return None
    if "id" not in value and "numeric-id" in value:
        return f"Q{value['numeric-id']}"
    return value.get("id")


def _plain_values(statements: list[Json]) -> list[object]:
    snaks = [each["mainsnak"] for each in statements]
    return [snak["datavalue"]["value"] for snak in snaks if snak["snaktype"] == "value"]


def _plain_values_are_understood(groups: Json, names: Iterable[str]) -> bool:
    """Names are text, all else entities, in every statement that is read."""
    return all(
        isinstance(each["mainsnak"]["datavalue"]["value"], str)
        if name in ("P18", "P373")
        else "entity-type" in each["mainsnak"]["datavalue"]["value"]
        for name in names
        for each in groups.get(name, [])
        if "datavalue" in each["mainsnak"]
    )


def plain_claims(path: Path) -> set[Row]:
    found = set()
    for entity in _plain(path):
        if entity.get("type", "item" if entity["id"][0] == "Q" else "") != "item":
            continue
        groups = entity.get("claims") or {}
        if not _plain_values_are_understood(groups, ITEMS):
            continue
        for name in ITEMS:
            group = groups.get(name, [])
            ranks = [each.get("rank", "normal") for each in group]
            best = "preferred" if "preferred" in ranks else "normal"
            group = [each for each, rank in zip(group, ranks, strict=True) if rank == best]
            for value in _plain_values(group):
                typed = isinstance(value, str)
                made = normalize_typed_name(value) if typed else _plain_item(value)
                if made:
                    found.add((entity["id"], name, made))
    return found


def plain_depicts(path: Path) -> set[Row]:
    found = set()
    for entity in _plain(path):
        if entity.get("type", "mediainfo" if entity["id"][0] == "M" else "") != "mediainfo":
            continue
        groups = entity.get("statements", entity.get("claims")) or {}
        if not all(
            _plain_values_are_understood(entity.get(each) or {}, MEDIA)
            for each in ("claims", "statements")
        ):
            continue
        for name in MEDIA:
            group = groups.get(name, [])
            group = [each for each in group if each.get("rank") != "deprecated"]
            for value in _plain_values(group):
                if made := _plain_item(value):
                    found.add((int(entity["id"][1:]), made, name))
    return found


VALUES = st.one_of(
    st.sampled_from(["A.jpg", "a.jpg", "File:a.jpg", "b c", "b_c ", "é", "e\u0301", "", " ", "ა"]),
    st.integers(1, 4).map(item_value),
    st.integers(1, 4).map(lambda number: {"entity-type": "item", "numeric-id": number}),
    st.integers(1, 4).map(
        lambda number: {"entity-type": "property", "numeric-id": number, "id": f"P{number}"}
    ),
    st.just({"time": "+2024-01-01T00:00:00Z"}),
)
STATEMENTS = st.builds(
    statement,
    VALUES,
    st.sampled_from(["preferred", "normal", "normal", "deprecated", None]),
    st.sampled_from(["value", "value", "value", "somevalue", "novalue"]),
)
GROUPS: st.SearchStrategy[object] = st.one_of(
    st.just([]),
    st.dictionaries(
        st.sampled_from([*ITEMS, *MEDIA, "P1"]), st.lists(STATEMENTS, max_size=4), max_size=6
    ),
)


@st.composite
def entity(draw: st.DrawFn, number: int) -> Json:
    kind, letter = draw(st.sampled_from([("item", "Q"), ("mediainfo", "M"), ("property", "P")]))
    made: Json = {"labels": draw(st.sampled_from([[], {"en": "P18 and P180"}]))}
    if draw(st.booleans()):
        made["type"] = kind
    made["id"] = f"{letter}{number}"
    for field in ("claims", "statements"):
        if draw(st.booleans()):
            made[field] = draw(GROUPS)
    return made


@given(
    things=st.integers(0, 5).flatmap(
        lambda count: st.tuples(*(entity(number) for number in range(1, count + 1)))
    ),
    block=st.sampled_from([7, 100, 1 << 19]),
    ascii_only=st.booleans(),
    comma=st.sampled_from(["", ","]),
)
def test_the_rows_are_those_of_a_plain_reading(
    tmp_path_factory: pytest.TempPathFactory,
    things: tuple[Json, ...],
    block: int,
    ascii_only: bool,
    comma: str,
) -> None:
    path = tmp_path_factory.getbasetemp() / "drawn.json"
    lines = [json.dumps(thing, ensure_ascii=ascii_only) + comma for thing in things]
    path.write_text("\n".join(["[", *lines, "]\n"]), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lines, "BLOCK_BYTES", block)
        item_rows, media_rows = rows(ItemClaims(path)), rows(Depicts(path))
    assert set(item_rows) == plain_claims(path)
    assert set(media_rows) == plain_depicts(path)
    assert len(item_rows) == len(set(item_rows))
    assert len(media_rows) == len(set(media_rows))


@pytest.mark.skipif(not REAL.is_dir(), reason="../shared/real is not there")
def test_the_real_entities_give_the_rows_of_a_plain_reading() -> None:
    items = REAL / "wikidatawiki/20240501/wikidata-20240501-all.json.gz"
    found = rows(ItemClaims(items))
    assert set(found) == plain_claims(items)
    assert len(found) == len(set(found)) > 500
    files = REAL / "commonswiki/20240501/commons-20240501-mediainfo.json.gz"
    shown = rows(Depicts(files))
    assert set(shown) == plain_depicts(files)
    assert len(shown) == len(set(shown)) > 10


def test_the_entities_of_the_benchmark_resemble_the_real_ones(tmp_path: Path) -> None:
    dice = random.Random(1)
    sizes = [len(json.dumps(wikidata_entity(dice))) for _ in range(300)]
    assert 8_000 < sum(sizes) / len(sizes) < 18_000
    sizes = [len(json.dumps(mediainfo_entity(dice))) for _ in range(300)]
    assert 1_500 < sum(sizes) / len(sizes) < 3_000
    write_entities(tmp_path / "items.json.gz", wikidata_entity, 1)
    assert set(rows(ItemClaims(tmp_path / "items.json.gz"))) == plain_claims(
        tmp_path / "items.json.gz"
    )
    write_entities(tmp_path / "media.json.gz", mediainfo_entity, 1)
    assert set(rows(Depicts(tmp_path / "media.json.gz"))) == plain_depicts(
        tmp_path / "media.json.gz"
    )


MEASURE = """
import sys
from pathlib import Path
from benchmarks.read_entities import peak_bytes
from resources.sources.entities import Depicts
for batch in Depicts(Path(sys.argv[1])): pass
print(peak_bytes())
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    line = json.dumps(media(1, {"P180": [statement(item_value(3))]})).encode() + b",\n"
    for megabytes in (2, 100):
        path = tmp_path / "media.json"
        path.write_bytes(line * (megabytes * 10**6 // len(line)))
        peaks.append(int(subprocess.check_output([sys.executable, "-c", MEASURE, str(path)])))
    assert peaks[1] - peaks[0] < 40 * 10**6
