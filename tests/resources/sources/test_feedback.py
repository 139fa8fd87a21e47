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


def reader_of(*paths: Path) -> tuple[Feedback, list[Json]]:
    """Read files, known by their names."""
    reader = Feedback({path.name: path for path in paths})
    batches = list(reader)
    assert all(batch.schema == Feedback.schema for batch in batches)
    table = pa.Table.from_batches(batches, Feedback.schema)
    counts = reader.counts
    assert counts.rows == table.num_rows
    assert counts.events == counts.rows + sum(counts.dropped.values())
    assert sum(dropped for dropped, _ in reader.shares.values()) == sum(counts.dropped.values())
    return reader, [dict(row) for row in table.to_pylist()]


def read(*paths: Path) -> list[Json]:
    """Give the rows of files that are whole, with nothing odd in them."""
    reader, rows = reader_of(*paths)
    assert not reader.damaged
    assert not reader.counts.dropped
    return rows


def read_one(folder: Path, **changes: object) -> Json:
    (row,) = read(write(folder / "events.json", event(**changes)))
    return row


def pages_between(folder: Path, line: bytes) -> tuple[Feedback, list[int]]:
    """Read a line between an event of page 1 and one of page 2; give the pages."""
    path = folder / "events.json"
    first, last = (json.dumps(event(page_id=page)).encode() for page in (1, 2))
    path.write_bytes(first + b"\n" + line + b"\n" + last + b"\n")
    reader, rows = reader_of(path)
    return reader, [row["page_id"] for row in rows]


def test_an_event_becomes_a_row(tmp_path: Path) -> None:
    assert read_one(tmp_path, filename="File:foo bar.jpg", unknown={"a": [1]}) == {
        "wiki_db": "ptwiki",
        "page_id": 7,
        "file_name": "Foo_bar.jpg",
        "outcome": "rejected",
        "about": "article",
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


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        (1, "accepted"),
        ("true", "accepted"),
        (" True ", "accepted"),
        ("1", "accepted"),
        (0, "undecided"),
        ("false", "undecided"),
        ("0", "undecided"),
        ("", "undecided"),
    ],
)
def test_a_yes_or_no_may_come_as_a_number_or_as_text(
    tmp_path: Path, value: object, outcome: str
) -> None:
    row = read_one(tmp_path, is_accepted=value, is_rejected=False)
    assert row["outcome"] == outcome


@pytest.mark.parametrize(
    ("reasons", "outcome"),
    [
        ("unfamiliar", "undecided"),
        ("noinfo", "rejected"),
        ("", "rejected"),
        ({}, "rejected"),
        (["a reason of tomorrow"], "rejected"),
        (["unfamiliar", None], "rejected"),
        ([["unfamiliar"]], "rejected"),
    ],
)
def test_reasons_may_be_of_any_kind(tmp_path: Path, reasons: object, outcome: str) -> None:
    assert read_one(tmp_path, rejection_reasons=reasons)["outcome"] == outcome


@pytest.mark.parametrize("name", ["", None, MISSING, " _ ", "File: "])
@pytest.mark.parametrize("section", [None, "History"])
def test_an_event_without_a_file_name_is_about_the_page(
    tmp_path: Path, name: object, section: object
) -> None:
    row = read_one(tmp_path, filename=name, section_title=section)
    assert (row["about"], row["file_name"]) == ("page", "")


def test_an_event_with_a_section_title_is_about_the_section(tmp_path: Path) -> None:
    path = write(
        tmp_path / "events.json",
        event(section_title="History", section_ordinal=2),
        event(section_title="", page_id=8),
        event(section_title=None, page_id=9),
        event(page_id=10),
        event(section_title=["odd"]),
    )
    reader, rows = reader_of(path)
    assert [row["about"] for row in rows] == ["section", *["article"] * 3, "section"]
    assert rows[0]["file_name"] == "A.jpg"
    counts = reader.counts
    assert (counts.events, counts.sections, counts.pages, counts.rows) == (5, 2, 0, 5)
    assert counts.json_bytes == path.stat().st_size


@pytest.mark.parametrize(
    ("value", "page"),
    [("7", 7), ("12 ", 12), (7.0, 7), (2**63 - 1, 2**63 - 1), (str(2**31), 2**31)],
)
def test_a_page_id_may_come_as_text_and_be_as_large_as_the_column_holds(
    tmp_path: Path, value: object, page: int
) -> None:
    assert read_one(tmp_path, page_id=value)["page_id"] == page


def test_canaries_are_no_events_whatever_else_is_in_them(tmp_path: Path) -> None:
    canary = {"meta": {"domain": "canary"}}
    path = write(
        tmp_path / "events.json", event(**canary), canary, event(**canary, page_id=0), event()
    )
    reader, rows = reader_of(path)
    assert len(rows) == 1
    assert (reader.counts.canaries, reader.counts.events) == (3, 1)
    assert not reader.shares


@pytest.mark.parametrize("meta", [MISSING, None, [], "canary", {"domain": ["canary"]}, 5])
def test_a_meta_of_any_kind_makes_no_canary(tmp_path: Path, meta: object) -> None:
    assert read_one(tmp_path, meta=meta)["dt"] == NOON


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
        ("yesterday", datetime(2024, 5, 2, tzinfo=UTC)),
        ("2024-13-01T00:00:00Z", datetime(2024, 5, 2, tzinfo=UTC)),
        ("99999-01-01T00:00:00Z", datetime(2024, 5, 2, tzinfo=UTC)),
        ("0001-01-01T00:00:00+10:00", datetime(2024, 5, 2, tzinfo=UTC)),
        ("2024-05-01T12:00:00", datetime(2024, 5, 2, tzinfo=UTC)),
        (1714564800, datetime(2024, 5, 2, tzinfo=UTC)),
        (["2024-05-01T12:00:00Z"], datetime(2024, 5, 2, tzinfo=UTC)),
        ("2999-05-01T12:00:00Z", datetime(2999, 5, 1, 12, tzinfo=UTC)),
    ],
)
def test_the_time_is_that_of_the_event_or_where_that_is_none_of_its_meta(
    tmp_path: Path, dt: object, moment: datetime
) -> None:
    assert read_one(tmp_path, dt=dt)["dt"] == moment


@pytest.mark.parametrize("meta", [MISSING, None, {}, {"dt": "tomorrow"}, {"dt": 5}, [1]])
def test_an_event_without_any_time_counts_all_the_same(tmp_path: Path, meta: object) -> None:
    row = read_one(tmp_path, dt="yesterday", meta=meta)
    assert (row["outcome"], row["dt"]) == ("rejected", None)


def test_times_that_were_replaced_are_counted(tmp_path: Path) -> None:
    path = write(
        tmp_path / "events.json", event(), event(dt="?"), event(dt=MISSING), event(dt="?", meta=[])
    )
    counts = reader_of(path)[0].counts
    assert (counts.rows, counts.times_of_meta, counts.without_time) == (4, 2, 1)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        *(({"wiki": wiki}, "wiki") for wiki in (MISSING, "", None, 5, ["ptwiki"], "Pt wiki")),
        ({"wiki": "ptwiki\n"}, "wiki"),
        ({"wiki": "x" * 65}, "wiki"),
        *(({"page_id": page}, "page_id") for page in (MISSING, None, 0, -1, "0", "-7", "", "x")),
        *(({"page_id": page}, "page_id") for page in (True, 7.5, 1e300, 2**63, "٧", [7], {})),
        *(({"filename": name}, "filename") for name in (5, {}, ["A.jpg"], True, "x" * 256)),
        ({"filename": "\ud83d"}, "filename"),
        ({"is_accepted": "yes"}, "is_accepted"),
        ({"is_accepted": []}, "is_accepted"),
        ({"is_rejected": 2}, "is_rejected"),
        ({"rejection_reasons": 5}, "rejection_reasons"),
        ({"rejection_reasons": {"a": 1}}, "rejection_reasons"),
    ],
)
def test_an_event_that_can_not_be_understood_costs_itself_and_is_told_with_its_line(
    tmp_path: Path, changes: Json, why: str
) -> None:
    reader, pages = pages_between(tmp_path, json.dumps(event(**changes)).encode())
    assert pages == [1, 2]
    ((reason, count),) = reader.counts.dropped.items()
    assert reason.startswith(f"{why}: ")
    assert count == 1
    assert reader.examples == [("events.json", 2, reason)]
    assert reader.shares == {"events.json": (1, 3)}
    assert not reader.damaged


DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"[1]", "no JSON object"),
        (b"5", "no JSON object"),
        (b'"text"', "no JSON object"),
        (b"null", "no JSON object"),
        (DEEP, "nested too deep"),
        (b'{"x": ' + DEEP + b"]" * 100_000 + b"}", "nested too deep"),
        (b'{"page_id": ' + b"9" * 5000 + b"}", "a number of too many digits"),
    ],
)
def test_json_that_is_no_event_costs_itself(tmp_path: Path, line: bytes, why: str) -> None:
    reader, pages = pages_between(tmp_path, line)
    assert pages == [1, 2]
    assert reader.counts.dropped == {why: 1}
    assert not reader.damaged


def test_a_line_that_is_too_long_costs_itself_and_one_of_ten_megabytes_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = json.dumps(event(page_id=3, unknown="x" * 10_000_000)).encode()
    assert pages_between(tmp_path, long)[1] == [1, 3, 2]
    monkeypatch.setattr(feedback, "LONGEST_LINE", 5_000_000)
    reader, pages = pages_between(tmp_path, long)
    assert pages == [1, 2]
    assert reader.counts.dropped == {"a line of more than 5,000,000 bytes": 1}


@pytest.mark.parametrize(
    "more",
    [
        b'"unknown": "\\ud83d"',
        b'"unknown": 1e400',
        b'"unknown": NaN',
        b'"unknown": ' + b"9" * 400,
        b'"user_id": "nobody"',
    ],
)
def test_what_is_odd_in_a_field_that_is_not_read_costs_nothing(tmp_path: Path, more: bytes) -> None:
    line = json.dumps(event(page_id=3)).encode()[:-1] + b", " + more + b"}"
    assert pages_between(tmp_path, line)[1] == [1, 3, 2]


def test_blank_lines_byte_order_marks_and_line_ends_of_windows_are_no_matter(
    tmp_path: Path,
) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(event()).encode() + b"\r\n \r\n\n")
    assert len(read(path)) == 1


def test_only_a_few_examples_are_kept_of_many_that_were_dropped(tmp_path: Path) -> None:
    odd = [event(page_id=0)] * (2 * feedback.EXAMPLES)
    paths = [write(tmp_path / name, event(), *odd) for name in ("a.json", "b.json")]
    reader, rows = reader_of(*paths)
    assert len(rows) == 2
    assert len(reader.examples) == feedback.EXAMPLES
    assert reader.counts.dropped == {"page_id: no id of a page": 4 * feedback.EXAMPLES}
    assert reader.shares == {name: (len(odd), len(odd) + 1) for name in ("a.json", "b.json")}


HALF = json.dumps(event()).encode()[:-1]


@pytest.mark.parametrize("line", [b"{", b"[", HALF, b"\0\0\0", b"\xff", b"<html>", HALF + b"}{}"])
def test_of_a_file_with_a_line_that_is_no_json_what_comes_before_is_read(
    tmp_path: Path, line: bytes
) -> None:
    reader, pages = pages_between(tmp_path, line)
    assert pages == [1]
    assert reader.damaged.keys() == {"events.json"}
    assert reader.damaged["events.json"].startswith("line 2: not one whole JSON object: ")
    assert not reader.counts.dropped


def test_the_files_after_a_damaged_one_are_read(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(HALF)
    reader, rows = reader_of(bad, write(tmp_path / "good.json", event(page_id=8)))
    assert [row["page_id"] for row in rows] == [8]
    assert reader.damaged.keys() == {"bad.json"}


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".json": bytes,
    ".json.gz": gzip.compress,
    ".json.bz2": bz2.compress,
}


@pytest.mark.parametrize("ending", PACKERS)
def test_a_file_cut_off_anywhere_is_read_as_far_as_it_goes_and_never_taken_for_whole(
    tmp_path: Path, ending: str
) -> None:
    events = [event(page_id=page, user_id=page**9) for page in range(1, 9)]
    text = "".join(json.dumps(each) + "\n" for each in events).encode()
    packed = PACKERS[ending](text)
    path = tmp_path / f"events{ending}"
    path.write_bytes(packed)
    assert [row["page_id"] for row in read(path)] == [*range(1, 9)]
    most = 0
    for size in range(len(packed)):
        path.write_bytes(packed[:size])
        reader, rows = reader_of(path)
        assert [row["page_id"] for row in rows] == [*range(1, len(rows) + 1)]
        # Plain text does not tell at the end of a line, nor before its first byte is written.
        if ending == ".json" and (packed[:size].endswith((b"]}", b"\n")) or not size):
            assert len(rows) == packed[:size].count(b"]}")
        else:
            assert reader.damaged.keys() == {path.name}
        most = max(most, len(rows))
    # All of them, where no more is missing than the sum at the end.
    assert most == 8


def test_what_is_lost_of_a_large_file_is_what_comes_after_the_cut(tmp_path: Path) -> None:
    events = [event(page_id=page, user_id=page**9) for page in range(1, 20_001)]
    text = "".join(json.dumps(each) + "\n" for each in events).encode()
    path = tmp_path / "events.json.gz"
    path.write_bytes(gzip.compress(text)[:-50_000])
    reader, rows = reader_of(path)
    assert 5_000 < len(rows) < 20_000
    assert "cut off: gzip goes on" in reader.damaged[path.name]


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        (b"", "the file is empty"),
        (b"<html>", "not gzip"),
        (gzip.compress(gzip.compress(b"{}")), "line 1: not one whole JSON object"),
        (gzip.compress(b"") + b"more", "followed by something else"),
    ],
    # The time of day is in what gzip makes.
    ids=["empty", "a page of the web", "packed twice", "with more behind"],
)
def test_a_file_that_is_not_what_its_name_says_is_damaged(
    tmp_path: Path, stored: bytes, why: str
) -> None:
    path = tmp_path / "events.json.gz"
    path.write_bytes(stored)
    reader, rows = reader_of(path)
    assert not rows
    assert why in reader.damaged[path.name]


@pytest.mark.parametrize("name", ["events.json", "events.json.gz"])
def test_a_file_that_is_gone_meanwhile_and_a_folder_are_told(tmp_path: Path, name: str) -> None:
    assert reader_of(tmp_path / name)[0].damaged.keys() == {name}
    (tmp_path / name).mkdir()
    assert reader_of(tmp_path / name)[0].damaged.keys() == {name}


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
    reader = Feedback({path.name: path for path in paths}, stored.append)
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
        decided = [reason for reason in each["rejection_reasons"] if reason == "noinfo"]
        if each["is_accepted"]:
            outcome = "accepted"
        elif each["is_rejected"] and (decided or not each["rejection_reasons"]):
            outcome = "rejected"
        else:
            outcome = "undecided"
        about = "section" if each["section_title"] else "article"
        name = normalize_typed_name(each["filename"])
        expected.append((each["page_id"], name, outcome, about))
    found = [(row["page_id"], row["file_name"], row["outcome"], row["about"]) for row in read(path)]
    assert found == expected


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = ("meta", "dt", "wiki", "page_id", "filename", "is_accepted", "is_rejected")


@given(
    events=st.lists(
        st.dictionaries(
            st.sampled_from((*FIELDS, "rejection_reasons", "section_title")), anything, max_size=3
        )
        | anything,
        max_size=5,
    )
)
def test_whatever_the_fields_hold_each_event_is_a_row_or_counted_as_dropped(
    tmp_path_factory: pytest.TempPathFactory, events: list[Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / "odd.json"
    lines = [event(**each) if isinstance(each, dict) else each for each in events]
    write(path, *lines)
    reader, _ = reader_of(path)
    assert reader.counts.events + reader.counts.canaries == len(events)
    assert not reader.damaged


@given(data=st.binary(max_size=300), ending=st.sampled_from([".json", ".json.gz"]))
def test_whatever_the_bytes_are_reading_ends_well(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, ending: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"bytes{ending}"
    path.write_bytes(data)
    reader_of(path)
