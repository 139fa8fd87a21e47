"""What is put into one batch for Cassandra: whole partitions of one place, within its bounds."""

import pyarrow as pa
from cassandra.cqltypes import Int32Type, SetType, UTF8Type
from cassandra.protocol import ColumnMetadata
from cassandra.query import UNSET_VALUE, PreparedStatement
from hypothesis import given
from hypothesis import strategies as st

from resources.stores.cassandra_batches import (
    MOST_BYTES,
    MOST_PARTITIONS,
    Binder,
    Partition,
    batches,
    stored_bytes,
)

TEXTS = SetType.apply_parameters([UTF8Type])
COLUMNS = [("wiki", UTF8Type), ("page_id", Int32Type), ("kind", TEXTS)]
PREPARED = PreparedStatement(
    [ColumnMetadata("k", "t", name, kind) for name, kind in COLUMNS],
    b"id",
    [0, 1],
    "INSERT",
    "k",
    4,
    None,
    None,
)
BIND = Binder(PREPARED)


def partition(page: int, rows: int, size: int) -> Partition:
    statements = [
        BIND((b"ptwiki", BIND.bytes_of("page_id", page), f"{row}".encode())) for row in range(rows)
    ]
    return Partition(statements, rows, size)


def page_of(values: tuple[bytes, ...]) -> int:
    return int.from_bytes(values[1], "big")


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 2 * MOST_BYTES))), st.integers(1, 4))
def test_a_page_is_never_in_two_batches_and_batches_keep_to_their_bounds(
    pages: list[tuple[int, int]], nodes: int
) -> None:
    partitions = [partition(page, rows, size) for page, (rows, size) in enumerate(pages)]
    made = batches(partitions, lambda statement: page_of(statement.values) % nodes)
    found: dict[int, list[bytes]] = {}
    for batch, rows in made:
        values = [each for _, _, each in batch._statements_and_parameters]
        assert len(values) == rows
        together = {page_of(each) for each in values}
        assert not together & found.keys()
        assert len({page % nodes for page in together}) == 1
        if len(together) > 1:
            assert len(together) <= MOST_PARTITIONS
            assert sum(pages[page][1] for page in together) <= MOST_BYTES
        assert batch.routing_key == partitions[page_of(values[0])].statements[0].routing_key
        assert batch.keyspace == "k"
        for each in values:
            found.setdefault(page_of(each), []).append(each[2])
    assert found == {
        page: [f"{row}".encode() for row in range(rows)] for page, (rows, _) in enumerate(pages)
    }


def test_what_has_room_goes_into_one_batch() -> None:
    partitions = [partition(page, 3, MOST_BYTES // 4) for page in range(8)]
    assert [rows for _, rows in batches(partitions, lambda _: None)] == [12, 12]


def test_columns_are_bound_as_the_driver_binds_them() -> None:
    kinds = [["a", "b"], None, [], ["ß"], ["a", "b"]]
    columns = [
        BIND.column("wiki", pa.chunked_array([["ptwiki", "", "é", "😀", "x"]])),
        BIND.column("page_id", pa.chunked_array([[1, 2, 3, None, 2**31 - 1]])),
        BIND.column("kind", pa.chunked_array([kinds])),
    ]
    told = [["ptwiki", "", "é", "😀", "x"], [1, 2, 3, None, 2**31 - 1], kinds]
    for ours, row in zip(zip(*columns, strict=True), zip(*told, strict=True), strict=True):
        given = [UNSET_VALUE if not value and value != "" else value for value in row]
        if given[1] is not UNSET_VALUE:
            assert list(ours) == PREPARED.bind(given).values
        else:
            assert ours[1] is UNSET_VALUE


def test_what_is_stored_is_never_counted_as_less_than_its_values() -> None:
    rows = pa.table(
        {
            "page_id": [1, 2],
            "image": ["ß" * 100, None],
            "kind": pa.array([["a" * 50, "b" * 50], None]),
        }
    )
    first, second = stored_bytes(rows)
    assert first > second + 200 + 100
    assert second > 0
