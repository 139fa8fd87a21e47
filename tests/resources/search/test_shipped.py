"""What is known of the index after shipments that went well, in part, or were killed."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resources.ledger import Ledger
from resources.search.multilist import DELETE_GROUPING
from resources.search.shipped import (
    ACKNOWLEDGED,
    COMPLETE,
    KNOWN,
    SCHEMA,
    Pages,
    Shipment,
    ShippedTags,
)
from resources.sources.feedback import Feedback
from resources.storage import storage_at

Known = dict[tuple[int, str], list[str] | None]
FIRST, SECOND = datetime(2026, 10, 26, tzinfo=UTC), None
ALL = Pages("ptwiki", 0, 1, 9)


@pytest.fixture
def tags(tmp_path: Path) -> ShippedTags:
    return ShippedTags(Ledger(storage_at(tmp_path), "search"), tmp_path, "256MB")


def shipment(
    folder: Path,
    rows: Mapping[tuple[int, str], Sequence[str]],
    delta: str,
    events: Sequence[datetime | None] = (FIRST,),
) -> Shipment:
    """Make the delta of ptwiki with these values by page and tag; what it knew are events, one at
    each of these times, and one of another wiki.
    """
    file = folder / f"{delta}.parquet"
    records = [
        {"wikiid": "ptwiki", "page_id": page, "page_namespace": 0, "tag": tag, "values": values}
        for (page, tag), values in rows.items()
    ]
    pq.write_table(pa.Table.from_pylist(records, SCHEMA), file)
    feedback = folder / f"{delta}-feedback.parquet"
    said = [("ptwiki", 1, "A.jpg", "rejected", "article", at) for at in events]
    said.append(("arwiki", 1, "A.jpg", "rejected", "article", FIRST))
    names = Feedback.schema.names
    rows_said = [dict(zip(names, row, strict=True)) for row in said]
    pq.write_table(pa.Table.from_pylist(rows_said, Feedback.schema), feedback)
    return Shipment("2026-11-02", delta, [file], [feedback])


def known(tags: ShippedTags) -> Known:
    rows = pq.read_table(tags.read("ptwiki")).to_pylist()
    found = {(row["page_id"], row["tag"]): row["values"] for row in rows}
    assert len(found) == len(rows)
    return found


def events_known(tags: ShippedTags) -> list[datetime | None]:
    rows = pq.read_table(tags.known("ptwiki")).to_pylist()
    assert {row["wiki_db"] for row in rows} <= {"ptwiki"}
    return [row["dt"] for row in sorted(rows, key=lambda row: str(row["dt"]))]


def send(tags: ShippedTags, what: Shipment, *parts: Pages) -> None:
    """Send a shipment whole, in parts."""
    tags.begin("ptwiki", what)
    for number, part in enumerate(parts or [ALL]):
        tags.sending(part, what)
        tags.sent(part, what, f"{number}")
    tags.finish("ptwiki", what, complete=True)


def test_nothing_is_known_before_anything_was_sent(tags: ShippedTags) -> None:
    assert known(tags) == {}


def test_what_was_acknowledged_in_parts_is_laid_over_what_was_there(
    tags: ShippedTags, tmp_path: Path
) -> None:
    before = {(1, "a"): ["x"], (2, "a"): ["x"], (3, "a"): ["x"], (3, "b"): ["y"]}
    send(tags, shipment(tmp_path, before, "one"))
    assert known(tags) == before
    change = {(1, "a"): ["z"], (3, "b"): [DELETE_GROUPING], (4, "a"): ["ü\"'"]}
    second = shipment(tmp_path, change, "two")
    tags.begin("ptwiki", second)
    low, high = Pages("ptwiki", 0, 1, 2), Pages("ptwiki", 0, 3, 9)
    tags.sending(low, second)
    tags.sent(low, second, "low")
    assert known(tags) == {**before, (1, "a"): ["z"]}
    tags.sending(high, second)
    tags.sent(high, second, "high")
    state = tags.ledger.state("ptwiki")
    assert state is not None
    assert state.details[ACKNOWLEDGED] == ["low", "high"]
    assert not state.details[COMPLETE]
    after = {(1, "a"): ["z"], (2, "a"): ["x"], (3, "a"): ["x"], (4, "a"): ["ü\"'"]}
    assert known(tags) == after
    tags.finish("ptwiki", second, complete=True)
    assert known(tags) == after
    state = tags.ledger.state("ptwiki")
    assert state is not None
    assert len(state.files) == 2, "what is known, and what is there"
    assert state.details[COMPLETE]


def test_what_was_being_sent_when_the_sender_died_is_in_doubt_until_it_is_sent_again(
    tags: ShippedTags, tmp_path: Path
) -> None:
    send(tags, shipment(tmp_path, {(1, "a"): ["x"], (2, "a"): ["x"]}, "one"))
    change = shipment(tmp_path, {(1, "a"): ["z"], (5, "a"): ["z"], (8, "a"): ["z"]}, "two")
    tags.begin("ptwiki", change)
    tags.sending(Pages("ptwiki", 0, 1, 5), change)
    doubtful: Known = {(1, "a"): None, (2, "a"): ["x"], (5, "a"): None}
    assert known(tags) == doubtful
    # The next shipment acknowledges something else first: the doubt must not go with that.
    third = shipment(tmp_path, {(1, "a"): ["w"], (8, "a"): ["w"]}, "three")
    tags.begin("ptwiki", third)
    assert known(tags) == doubtful
    part = Pages("ptwiki", 0, 6, 9)
    tags.sending(part, third)
    assert known(tags) == {**doubtful, (8, "a"): None}
    tags.sent(part, third)
    assert known(tags) == {**doubtful, (8, "a"): ["w"]}


def test_a_page_that_is_not_in_the_index_has_no_tags_there_and_one_that_failed_is_in_doubt(
    tags: ShippedTags, tmp_path: Path
) -> None:
    before = {(1, "a"): ["x"], (1, "b"): ["x"], (2, "a"): ["x"], (3, "a"): ["x"]}
    send(tags, shipment(tmp_path, before, "one"))
    change = shipment(tmp_path, {(1, "a"): ["z"], (2, "a"): ["z"], (3, "a"): ["z"]}, "two")
    tags.begin("ptwiki", change)
    tags.sending(ALL, change)
    tags.sent(ALL, change, "0", missing=[1], failed=[2])
    after: Known = {(2, "a"): None, (3, "a"): ["z"]}
    assert known(tags) == after
    tags.finish("ptwiki", change, complete=False)
    assert known(tags) == after
    state = tags.ledger.state("ptwiki")
    assert state is not None
    assert not state.details[COMPLETE]
    # It comes back to the index, and is sent again.
    send(tags, shipment(tmp_path, {(1, "a"): ["z"]}, "three"))
    assert known(tags) == {**after, (1, "a"): ["z"]}


def test_feedback_counts_as_known_only_when_all_was_acknowledged(
    tags: ShippedTags, tmp_path: Path
) -> None:
    assert events_known(tags) == []
    first = shipment(tmp_path, {(1, "a"): ["x"]}, "one")
    tags.begin("ptwiki", first)
    # All there is, is sent for the first time: what is judged from now on is new.
    assert events_known(tags) == [FIRST]
    send(tags, first)
    second = shipment(tmp_path, {(1, "a"): ["y"], (2, "a"): ["y"]}, "two", [FIRST, SECOND])
    tags.begin("ptwiki", second)
    tags.sending(ALL, second)
    tags.sent(ALL, second, "0", failed=[2])
    tags.finish("ptwiki", second, complete=False)
    assert events_known(tags) == [FIRST]
    assert known(tags) == {(1, "a"): ["y"], (2, "a"): None}
    send(tags, shipment(tmp_path, {(2, "a"): ["y"]}, "three", [FIRST, SECOND]))
    assert events_known(tags) == [FIRST, SECOND]
    assert known(tags) == {(1, "a"): ["y"], (2, "a"): ["y"]}


def test_what_was_known_once_stays_known_whatever_is_shipped_later(
    tags: ShippedTags, tmp_path: Path
) -> None:
    send(tags, shipment(tmp_path, {}, "one", [FIRST, SECOND]))
    # An older snapshot, or one whose feedback is not there any more.
    send(tags, shipment(tmp_path, {}, "two", [FIRST]))
    tags.unchanged("ptwiki", Shipment("2026-11-09", "three", shipment(tmp_path, {}, "3").files))
    assert events_known(tags) == [FIRST, SECOND]


def test_to_a_ledger_of_before_events_were_remembered_all_are_new_until_it_is_shipped_to(
    tags: ShippedTags, tmp_path: Path
) -> None:
    send(tags, shipment(tmp_path, {(1, "a"): ["x"]}, "one"))
    place = tags.ledger.path / "ptwiki" / "shipped.json"
    told = json.loads(place.read_text())
    told["files"] = told["files"][1:]
    del told["details"][KNOWN]
    told["details"]["feedback until"] = "2026-10-26T00:00:00+00:00"
    place.write_text(json.dumps(told))
    assert known(tags) == {(1, "a"): ["x"]}
    assert events_known(tags) == []
    second = shipment(tmp_path, {(2, "a"): ["x"]}, "two")
    tags.begin("ptwiki", second)
    assert events_known(tags) == []
    send(tags, second)
    assert events_known(tags) == [FIRST]
    assert known(tags) == {(1, "a"): ["x"], (2, "a"): ["x"]}
