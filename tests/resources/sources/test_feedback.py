"""Feedback events: what becomes which outcome, and what is no event."""

import bz2
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import InputError
from resources.sources import feedback
from resources.sources.feedback import Feedback
from resources.sources.names import normalize_typed_name

Json = dict[str, Any]
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
MISSING = object()


def event(**changes: object) -> Json:
    """An event as the real ones are, with fields changed or, with MISSING, left out."""
    made: Json = {
        "$schema": "/mediawiki/image_suggestions_feedback/2.1.0",
        "meta": {"stream": "mediawiki.image_suggestions_feedback", "dt": "2024-05-02T00:00:00Z"},
        "dt": "2024-05-01T12:00:00Z",
        "wiki": "ptwiki",
        "page_id": 7,
        "filename": "A.jpg",
        "user_id": 3,
        "is_accepted": False,
        "is_rejected": True,
        "rejection_reasons": ["notrelevant"],
    } | changes
    return {field: value for field, value in made.items() if value is not MISSING}


def write(path: Path, *events: Json) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in events), encoding="utf-8")
    return path


def read(*paths: Path) -> list[Json]:
    reader = Feedback(paths)
    batches = list(reader)
    assert all(batch.schema == Feedback.schema for batch in batches)
    table = pa.Table.from_batches(batches, Feedback.schema)
    counts = reader.counts
    assert counts.rows == table.num_rows
    assert counts.events == counts.rows + counts.sections
    return [dict(row) for row in table.to_pylist()]


def read_one(folder: Path, **changes: object) -> Json:
    (row,) = read(write(folder / "events.json", event(**changes)))
    return row


def test_an_event_becomes_a_row(tmp_path: Path) -> None:
    assert read_one(tmp_path, filename="File:foo bar.jpg", unknown={"a": [1]}) == {
        "wiki_db": "ptwiki",
        "page_id": 7,
        "file_name": "Foo_bar.jpg",
        "outcome": "rejected",
        "dt": NOON,
    }


@pytest.mark.parametrize(
    ("accepted", "rejected", "reasons", "outcome"),
    [
        (True, False, [], "accepted"),
        (True, True, ["notrelevant"], "accepted"),
        (True, MISSING, MISSING, "accepted"),
        (True, True, ["unfamiliar"], "accepted"),
        (False, True, ["notrelevant"], "rejected"),
        (False, True, ["unfamiliar", "notrelevant"], "rejected"),
        (False, True, [], "rejected"),
        (False, True, None, "rejected"),
        (False, True, MISSING, "rejected"),
        (MISSING, True, ["offensive"], "rejected"),
        (False, True, ["unfamiliar"], "undecided"),
        (False, True, ["foreignlanguage"], "undecided"),
        (False, True, ["foreignlanguage", "unfamiliar", "unfamiliar"], "undecided"),
        (False, False, [], "undecided"),
        (False, False, ["notrelevant"], "undecided"),
        (MISSING, MISSING, MISSING, "undecided"),
        (None, None, None, "undecided"),
    ],
)
def test_flags_and_reasons_give_the_outcome(
    tmp_path: Path, accepted: object, rejected: object, reasons: object, outcome: str
) -> None:
    row = read_one(tmp_path, is_accepted=accepted, is_rejected=rejected, rejection_reasons=reasons)
    assert row["outcome"] == outcome


def test_events_on_a_section_are_counted_and_give_no_row(tmp_path: Path) -> None:
    path = write(
        tmp_path / "events.json",
        event(section_title="History", section_ordinal=2),
        event(section_title="", page_id=8),
        event(section_title=None, page_id=9),
        event(page_id=10),
    )
    reader = Feedback([path])
    assert [page for batch in reader for page in batch["page_id"].to_pylist()] == [8, 9, 10]
    assert (reader.counts.events, reader.counts.sections, reader.counts.rows) == (4, 1, 3)
    assert reader.counts.json_bytes == path.stat().st_size


@pytest.mark.parametrize(
    ("dt", "moment"),
    [
        ("2024-05-01T12:00:00Z", NOON),
        ("2024-05-01T14:00:00+02:00", NOON),
        ("2024-05-01T06:30:00-05:30", NOON),
        ("2024-05-01T12:00:00.123Z", NOON.replace(microsecond=123000)),
        ("2024-05-01T12:00:00.123456Z", NOON.replace(microsecond=123456)),
        (MISSING, datetime(2024, 5, 2, tzinfo=UTC)),
        (None, datetime(2024, 5, 2, tzinfo=UTC)),
        ("", datetime(2024, 5, 2, tzinfo=UTC)),
    ],
)
def test_the_time_is_that_of_the_event_or_of_its_meta(
    tmp_path: Path, dt: object, moment: datetime
) -> None:
    assert read_one(tmp_path, dt=dt)["dt"] == moment


@pytest.mark.parametrize(
    "changes",
    [
        {"wiki": MISSING},
        {"wiki": ""},
        {"wiki": None},
        {"page_id": MISSING},
        {"page_id": None},
        {"page_id": 0},
        {"page_id": -1},
        {"page_id": "7"},
        {"page_id": 2**63},
        {"filename": MISSING},
        {"filename": ""},
        {"filename": "File: "},
        {"dt": MISSING, "meta": MISSING},
        {"dt": MISSING, "meta": {}},
        {"dt": "yesterday"},
        {"dt": "2024-13-01T00:00:00Z"},
        {"dt": "2024-05-01T12:00:00"},
        {"dt": "0001-01-01T00:00:00+10:00"},
        {"dt": 1714564800},
        {"is_accepted": "yes"},
        {"rejection_reasons": "unfamiliar"},
        {"wiki": MISSING, "section_title": "History"},
    ],
)
def test_what_is_no_event_is_an_error_with_its_line(tmp_path: Path, changes: Json) -> None:
    good = write(tmp_path / "good.json", event())
    bad = write(tmp_path / "bad.json", event(), event(**changes))
    with pytest.raises(InputError) as caught:
        read(good, bad)
    assert (caught.value.path, caught.value.where) == (bad, "line 2")


@pytest.mark.parametrize("line", ["{", "[", "null", json.dumps(event())[:-1], "\x00"])
def test_a_line_that_is_no_json_is_an_error(tmp_path: Path, line: str) -> None:
    path = tmp_path / "events.json"
    path.write_text(json.dumps(event()) + "\n" + line + "\n")
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.where == "line 2"


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".json": bytes,
    ".json.gz": gzip.compress,
    ".json.bz2": bz2.compress,
}


@pytest.mark.parametrize("ending", PACKERS)
def test_files_may_be_compressed_and_never_cut_off_unseen(tmp_path: Path, ending: str) -> None:
    text = (json.dumps(event()) + "\n" + json.dumps(event(page_id=8)) + "\n").encode()
    packed = PACKERS[ending](text)
    path = tmp_path / f"events{ending}"
    path.write_bytes(packed)
    assert [row["page_id"] for row in read(path)] == [7, 8]
    for size in range(len(packed)):
        path.write_bytes(packed[:size])
        # Plain text does not tell at the end of a line, nor before its first byte is written.
        if ending == ".json" and (packed[:size].endswith((b"]}", b"\n")) or not size):
            assert len(read(path)) == packed[:size].count(b"]}")
        else:
            with pytest.raises(InputError):
                read(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "events.json")


def test_no_files_are_no_events() -> None:
    assert read() == []


def test_all_files_are_read_in_their_order_and_in_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback, "BATCH_ROWS", 2)
    paths = [
        write(tmp_path / "b.json", event(page_id=1), event(page_id=2), event(page_id=3)),
        write(tmp_path / "empty.json"),
        write(tmp_path / "a.json", event(page_id=4), event(page_id=4)),
    ]
    stored: list[int] = []
    reader = Feedback(paths, stored.append)
    pages = [batch["page_id"].to_pylist() for batch in reader]
    assert pages == [[1, 2], [3, 4], [4]]
    assert sum(stored) == sum(path.stat().st_size for path in paths)


@given(
    events=st.lists(
        st.fixed_dictionaries(
            {
                "filename": st.sampled_from(["A.jpg", "a b.jpg", "Image:ß.png", "中.svg"]),
                "is_accepted": st.sampled_from([True, False, None]),
                "is_rejected": st.sampled_from([True, False, None]),
                "rejection_reasons": st.lists(
                    st.sampled_from(["unfamiliar", "foreignlanguage", "noinfo"]), max_size=3
                ),
                "section_title": st.sampled_from([None, "", "History"]),
                "page_id": st.integers(1, 2**63 - 1),
            }
        ),
        max_size=6,
    )
)
def test_rows_are_those_of_a_plain_reading(
    tmp_path_factory: pytest.TempPathFactory, events: list[Json]
) -> None:
    path = tmp_path_factory.getbasetemp() / "events.json"
    write(path, *(event(**each) for each in events))
    expected = []
    for each in events:
        if each["section_title"]:
            continue
        decided = [reason for reason in each["rejection_reasons"] if reason == "noinfo"]
        if each["is_accepted"]:
            outcome = "accepted"
        elif each["is_rejected"] and (decided or not each["rejection_reasons"]):
            outcome = "rejected"
        else:
            outcome = "undecided"
        expected.append((each["page_id"], normalize_typed_name(each["filename"]), outcome))
    found = [(row["page_id"], row["file_name"], row["outcome"]) for row in read(path)]
    assert found == expected
