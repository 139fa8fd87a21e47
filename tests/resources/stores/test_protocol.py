"""What every readers' store keeps to, the same on a SQLite file and on a real Cassandra."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.stores.cassandra import CassandraStore
from resources.stores.sqlite import SQLiteStore
from resources.stores.store import ORIGIN, Store, Suggestion, newest, snapshot_id
from tests.resources.stores.stores import (
    NEXT,
    SNAPSHOT,
    file_of,
    images,
    make_tables,
    ok,
    put,
    settings_of,
)

pytest_plugins = ["tests.servers.fixtures"]

ODD = [
    'O\'Brien "q".jpg',
    "Ça_va_😀.jpg",
    "غزال.jpg",
    "a;DROP_TABLE_x--.jpg",
    "back\\slash.jpg",
    "%s_$1_?.jpg",
]


@pytest.fixture(params=["sqlite", pytest.param("cassandra", marks=pytest.mark.servers)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store in turn, with its tables and nothing in them."""
    if request.param == "sqlite":
        made: SQLiteStore | CassandraStore = SQLiteStore(tmp_path / "store.sqlite")
    else:
        server = request.getfixturevalue("cassandra_server")
        settings = settings_of(server)
        with server.session() as session:
            make_tables(session, settings)
        made = CassandraStore(settings)
    with closing(made):
        made.check()
        yield made


def test_a_reader_gets_the_whole_row_that_was_put(store: Store, tmp_path: Path) -> None:
    rows = [
        (
            7,
            True,
            107,
            "Q7",
            "B.jpg",
            90.0,
            ["ptwiki", "arwiki"],
            ["istype-lead-image", "istype-depicts"],
        ),
        (7, True, 107, "Q7", "A.jpg", 70.0, None, ["istype-depicts"]),
    ]
    store.apply(
        "put_suggestions", "ptwiki", SNAPSHOT, file_of(tmp_path, "put_suggestions", rows), ok
    )
    made = snapshot_id(SNAPSHOT)
    assert store.suggestions("ptwiki", 7) == [
        Suggestion(made, "A.jpg", ORIGIN, 70.0, None, ("istype-depicts",), 107, None, None, "Q7"),
        Suggestion(
            made,
            "B.jpg",
            ORIGIN,
            90.0,
            ("arwiki", "ptwiki"),
            ("istype-depicts", "istype-lead-image"),
            107,
            None,
            None,
            "Q7",
        ),
    ]


def test_no_text_is_more_than_text(store: Store, tmp_path: Path) -> None:
    put(store, tmp_path, 1, *ODD)
    assert images(store.suggestions("ptwiki", 1)) == sorted(ODD)
    titles = [(title, place, place) for place, title in enumerate(ODD, start=1)]
    store.apply(
        "put_title_cache", "ptwiki", SNAPSHOT, file_of(tmp_path, "put_title_cache", titles), ok
    )
    for title, page, revision in titles:
        assert store.title("ptwiki", title) == (page, revision)
    gone = file_of(tmp_path, "remove_title_cache", [(ODD[0],)])
    store.apply("remove_title_cache", "ptwiki", SNAPSHOT, gone, ok)
    assert store.title("ptwiki", ODD[0]) is None
    assert store.counts("title_cache") == {"ptwiki": len(ODD) - 1}


def test_a_changed_page_has_only_its_new_rows(store: Store, tmp_path: Path) -> None:
    put(store, tmp_path, 1, "A.jpg", "B.jpg", fresh=True)
    put(store, tmp_path, 2, "C.jpg", fresh=True)
    put(store, tmp_path, 1, "B.jpg", "D.jpg", snapshot=NEXT)
    rows = store.suggestions("ptwiki", 1)
    assert images(rows) == ["B.jpg", "D.jpg"]
    assert {row.id for row in rows} == {snapshot_id(NEXT)}
    assert {row.id for row in store.suggestions("ptwiki", 2)} == {snapshot_id(SNAPSHOT)}
    assert store.counts("suggestions") == {"ptwiki": 3}


def test_an_older_snapshot_takes_the_place_of_a_newer_one_when_it_is_put(
    store: Store, tmp_path: Path
) -> None:
    put(store, tmp_path, 1, "A.jpg", snapshot=NEXT)
    put(store, tmp_path, 1, "B.jpg", snapshot=SNAPSHOT)
    assert images(store.suggestions("ptwiki", 1)) == ["B.jpg"]


def test_the_same_snapshot_with_other_rows_leaves_none_of_those_before(
    store: Store, tmp_path: Path
) -> None:
    put(store, tmp_path, 1, "A.jpg", "B.jpg")
    put(store, tmp_path, 1, "A.jpg")
    assert images(store.suggestions("ptwiki", 1)) == ["A.jpg"]


def test_a_page_that_is_removed_is_gone_and_no_other(store: Store, tmp_path: Path) -> None:
    put(store, tmp_path, 1, "A.jpg")
    put(store, tmp_path, 2, "A.jpg")
    gone = file_of(tmp_path, "remove_suggestions", [(1,)])
    for _ in range(2):
        store.apply("remove_suggestions", "ptwiki", NEXT, gone, ok)
    assert store.suggestions("ptwiki", 1) == []
    assert store.counts("suggestions") == {"ptwiki": 1}


def test_classes_come_back_and_no_class_is_none_even_where_there_were_some(
    store: Store, tmp_path: Path
) -> None:
    rows = [(1, 101, ["Q5", "Q42"]), (2, 102, None)]
    file = file_of(tmp_path, "put_instanceof_cache", rows)
    store.apply("put_instanceof_cache", "ptwiki", SNAPSHOT, file, ok)
    assert store.instance_of("ptwiki", 1) == (101, ("Q42", "Q5"))
    assert store.instance_of("ptwiki", 2) == (102, None)
    file = file_of(tmp_path, "put_instanceof_cache", [(1, 103, None)])
    store.apply("put_instanceof_cache", "ptwiki", NEXT, file, ok)
    assert store.instance_of("ptwiki", 1) == (103, None)
    gone = file_of(tmp_path, "remove_instanceof_cache", [(1,)])
    store.apply("remove_instanceof_cache", "ptwiki", NEXT, gone, ok)
    assert store.instance_of("ptwiki", 1) is None
    assert store.counts("instanceof_cache") == {"ptwiki": 1}


def test_a_dump_holds_what_was_asked_for_and_no_other_wiki(store: Store, tmp_path: Path) -> None:
    put(store, tmp_path, 1, *ODD)
    rows = [(1, True, 1, "Q1", "A.jpg", 80.0, None, ["istype-depicts"])]
    store.apply(
        "put_suggestions", "arwiki", SNAPSHOT, file_of(tmp_path, "put_suggestions", rows), ok
    )
    files = store.dump("suggestions", ["ptwiki"], tmp_path / "dump")
    found = [row for file in files for row in pq.read_table(file).to_pylist()]
    assert sorted(row["image"] for row in found) == sorted(ODD)
    assert found[0]["id"] == str(snapshot_id(SNAPSHOT))
    assert found[0]["found_on"] == ["arwiki", "ptwiki"]


def test_many_rows_are_all_there_and_each_is_told_of_once(store: Store, tmp_path: Path) -> None:
    rows = [
        (page, True, 1, "Q1", f"{image}.jpg", 80.0, ["ptwiki"], ["istype-depicts"])
        for page in range(1, 2001)
        for image in range(3)
    ]
    told: list[int] = []
    file = file_of(tmp_path, "put_suggestions", rows, group=1500)
    store.apply("put_suggestions", "ptwiki", SNAPSHOT, file, told.append)
    assert sum(told) == len(rows)
    assert store.counts("suggestions") == {"ptwiki": len(rows)}


def test_what_is_not_there_is_nothing(store: Store) -> None:
    assert store.suggestions("ptwiki", 1) == []
    assert store.suggestions("ptwiki", 2**40) == []
    assert store.title("ptwiki", "Nothing") is None
    assert store.counts("suggestions") == {}


@given(st.lists(st.dates(date(2001, 1, 1), date(2999, 1, 1)), min_size=2, unique=True))
def test_later_snapshots_have_later_ids(days: list[date]) -> None:
    keys = sorted(day.isoformat() for day in days)
    made = [snapshot_id(key) for key in keys]
    assert sorted(made, key=lambda each: each.time) == made
    assert {each.version for each in made} == {1}
    rows = [Suggestion(each, "A.jpg", *[None] * 8) for each in made]
    assert newest(reversed(rows)) == [rows[-1]]
