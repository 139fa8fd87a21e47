"""Statements and events as their tables have them become the rows that dumps give, without Spark:
what a task of Spark does with its batches is looked at here.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa
import pytest

from resources.sources.hive.entities import COUNTED, counts_of_all, read_depicts, read_items
from resources.sources.hive.events import events_counted, read_events

Read = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]
Told = tuple[str, str | None, Any]
"""A statement: its property, its rank and its value, None where there is no value."""
STATEMENTS = pa.schema(
    [
        ("id", pa.string()),
        (
            "statements",
            pa.list_(
                pa.struct(
                    [("property", pa.string()), ("rank", pa.string()), ("value", pa.string())]
                )
            ),
        ),
    ]
)
PT = "ptwiki"
DAY = "event_sanitized.feedback/year=2026/month=11/day=2"


def item(number: int | str) -> dict[str, Any]:
    return {"entity-type": "item", "numeric-id": number, "id": f"Q{number}"}


def batch(entities: dict[str, list[Told]]) -> pa.RecordBatch:
    rows = [
        {
            "id": entity,
            "statements": [
                {"property": name, "rank": rank, "value": value and json.dumps(value)}
                for name, rank, value in told
            ],
        }
        for entity, told in entities.items()
    ]
    return pa.RecordBatch.from_pylist(rows, STATEMENTS)


def read(how: Read, *batches: pa.RecordBatch) -> tuple[list[tuple[Any, ...]], list[str]]:
    """Read batches as one task; give the rows, and what was counted."""
    rows = [row for each in how(iter(batches)) for row in each.to_pylist()]
    counted = [row[COUNTED] for row in rows if row[COUNTED]]
    found = [tuple(row.values())[:-1] for row in rows if not row[COUNTED]]
    return sorted(found), counted


def test_the_best_rank_alone_counts_and_no_value_hides_what_is_below_it() -> None:
    rows, (told,) = read(
        read_items,
        batch(
            {
                "Q1": [
                    ("P18", "preferred", "File:a b.jpg"),
                    ("P18", "normal", "C.jpg"),
                    ("P31", None, item(5)),
                ],
                "Q2": [("P373", "preferred", None), ("P373", "normal", "Cats")],
                "Q3": [("P18", "deprecated", "D.jpg"), ("P279", "normal", item(7))],
            }
        ),
    )
    assert rows == [("Q1", "P18", "A_b.jpg"), ("Q1", "P31", "Q5"), ("Q3", "P279", "Q7")]
    counts = counts_of_all([told])
    assert counts.statements == 7
    assert counts.dropped == {"rank": 3, "no value": 1}
    assert counts.rows == 3


def test_an_item_may_have_a_number_alone_and_other_entities_are_no_items() -> None:
    number = {"entity-type": "item", "numeric-id": "8"}
    lexeme = {"entity-type": "lexeme", "numeric-id": 9, "id": "L9"}
    rows, (told,) = read(
        read_depicts,
        batch({"M12": [("P180", "normal", number), ("P921", "preferred", lexeme)]}),
    )
    assert rows == [(12, "Q8", "P180")]
    assert counts_of_all([told]).dropped == {"other type": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        ("P18", "normal", item(1)),
        ("P31", "normal", "Q5"),
        ("P31", "normal", {"entity-type": "item", "id": "X"}),
        ("P31", "best", item(5)),
    ],
)
def test_an_entity_that_is_not_understood_costs_itself_alone(wrong: Told) -> None:
    entities = {"Q1": [("P373", "normal", "Cats"), wrong], "Q2": [("P18", "normal", "B.jpg")]}
    rows, (told,) = read(read_items, batch(entities))
    assert rows == [("Q2", "P18", "B.jpg")]
    counts = counts_of_all([told])
    assert counts.not_understood == {"statements": 1}
    assert counts.examples[0].startswith("Q1: ")


def test_a_value_that_is_no_json_and_an_id_that_is_none_are_not_understood() -> None:
    broken = batch({"Q1": [("P18", "normal", "x")], "P5": [("P18", "normal", "y")]})
    statements = broken.column("statements").to_pylist()
    statements[0][0]["value"] = "{"
    broken = pa.RecordBatch.from_arrays(
        [broken.column("id"), pa.array(statements, STATEMENTS.field("statements").type)],
        schema=STATEMENTS,
    )
    rows, (told,) = read(read_items, broken)
    assert rows == []
    assert counts_of_all([told]).not_understood == {"statements": 1, "id": 1}


def test_what_tasks_counted_is_added_up() -> None:
    one = read(read_items, batch({"Q1": [("P18", "deprecated", "A.jpg")], "x": []}))[1]
    other = read(read_items, batch({"Q2": [("P18", "deprecated", "B.jpg")], "y": []}))[1]
    counts = counts_of_all([*one, *other])
    assert (counts.statements, counts.dropped) == (2, {"rank": 2})
    assert counts.not_understood == {"id": 2}
    assert len(counts.examples) == 2


def test_events_of_a_table_are_read_like_those_of_files() -> None:
    events = [
        {"wiki": PT, "page_id": 1, "filename": "File:a.jpg", "is_accepted": True},
        {"wiki": PT, "page_id": 2, "filename": "B.jpg", "is_rejected": True, "dt": "2026-11-02"},
        {
            "wiki": PT,
            "page_id": 3,
            "filename": "C.jpg",
            "is_rejected": True,
            "rejection_reasons": ["unfamiliar"],
            "section_title": "S",
        },
        {"wiki": PT, "page_id": 4, "filename": None},
        {"wiki": PT, "page_id": 0, "filename": "D.jpg", "is_accepted": True},
        {"wiki": PT, "page_id": 5, "filename": "E.jpg", "meta": {"domain": "canary", "dt": ""}},
    ]
    meta = {"domain": "pt.wikipedia.org", "dt": "2026-11-02T01:00:00Z"}
    rows = [{"day_of_event": DAY, "meta": meta, **event} for event in events]
    names = {name: None for event in rows for name in event}
    table = pa.RecordBatch.from_pylist([{**names, **row} for row in rows])
    found, (told,) = read(read_events, table)
    assert [(row[1], row[2], row[3], row[4]) for row in found] == [
        (1, "A.jpg", "accepted", "article"),
        (2, "B.jpg", "rejected", "article"),
        (3, "C.jpg", "undecided", "section"),
        (4, "", "undecided", "page"),
    ]
    assert all(row[5].hour == 1 for row in found)
    counted = events_counted([told, told])
    assert counted.counts.canaries == 2
    assert counted.counts.dropped == {"page_id: no id of a page": 2}
    assert counted.counts.times_of_meta == 8
    assert counted.shares == {DAY: (2, 10)}
    assert counted.examples[0].file == DAY
