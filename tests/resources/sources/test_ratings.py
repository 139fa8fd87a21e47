"""What people rated, as it is read: what is wrong with a line costs that line."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from resources.sources.ratings import FOLDER, Ratings, files_in

LINE: dict[str, Any] = {
    "wiki": "chwiki",
    "page_id": 7,
    "item_id": "Q7",
    "file_name": "A.jpg",
    "kinds": ["istype-lead-image", "istype-depicts"],
    "confidence": 80.0,
    "snapshot": "2026-11-02",
    "verdict": "fits",
    "reasons": [],
    "judge": 3,
    "mode": "measure",
    "dt": "2026-11-04T11:00:00.000+01:00",
    "event_id": None,
}
ROW = {
    "wiki_db": "chwiki",
    "page_id": 7,
    "item_id": "Q7",
    "file_name": "A.jpg",
    "kinds": ["istype-depicts", "istype-lead-image"],
    "confidence": 80,
    "snapshot": "2026-11-02",
    "outcome": "good",
    "judge": 3,
    "mode": "measure",
    "dt": datetime(2026, 11, 4, 10, tzinfo=UTC),
}


def read(folder: Path, line: dict[str, Any]) -> list[dict[str, Any]]:
    """Read a file of this line."""
    ratings = folder / FOLDER
    ratings.mkdir(exist_ok=True)
    (ratings / "a.ndjson").write_text(json.dumps(line) + "\n")
    return rows_of(Ratings(files_in(folder)))


def rows_of(reader: Ratings) -> list[dict[str, Any]]:
    return [row for batch in reader for row in batch.to_pylist()]


def test_a_rating_has_its_kinds_sorted_and_its_time_in_utc(tmp_path: Path) -> None:
    rows = read(tmp_path, LINE)
    assert rows == [ROW]


@pytest.mark.parametrize(
    ("verdict", "reasons", "outcome"),
    [
        ("fits", [], "good"),
        ("used", [], "good"),
        ("rejected", ["notrelevant"], "bad"),
        ("rejected", [], "bad"),
        ("rejected", ["unfamiliar"], "undecided"),
        ("rejected", ["foreignlanguage", "unfamiliar"], "undecided"),
        ("rejected", ["unfamiliar", "noinfo"], "bad"),
    ],
)
def test_who_rejects_for_not_knowing_alone_is_undecided(
    tmp_path: Path, verdict: str, reasons: list[str], outcome: str
) -> None:
    rows = read(tmp_path, LINE | {"verdict": verdict, "reasons": reasons})
    assert [row["outcome"] for row in rows] == [outcome]


def test_a_file_that_was_rated_for_an_item_has_no_article(tmp_path: Path) -> None:
    rows = read(tmp_path, LINE | {"wiki": "", "page_id": 0})
    assert rows == [ROW | {"wiki_db": None, "page_id": None}]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "truncated"),
        (b"[1]", "Expected `object`"),
        (b'{"wiki": "\xff"}', "utf-8"),
        (LINE | {"page_id": 0}, "expected both or none"),
        (LINE | {"page_id": "7"}, "$.page_id"),
        (LINE | {"wiki": "No wiki"}, "$.wiki"),
        (LINE | {"item_id": "Q0"}, "$.item_id"),
        (LINE | {"kinds": []}, "$.kinds"),
        (LINE | {"confidence": 101}, "$.confidence"),
        (LINE | {"verdict": "skip"}, "$.verdict"),
        (LINE | {"mode": "use"}, "$.mode"),
        (LINE | {"judge": "somebody"}, "$.judge"),
        (LINE | {"dt": "2026-11-04T11:00:00"}, "$.dt"),
        (LINE | {"snapshot": "newest"}, "$.snapshot"),
        ({"wiki": "chwiki"}, "missing required field"),
    ],
)
def test_a_line_that_can_not_be_understood_costs_itself_and_is_shown(
    tmp_path: Path, line: Any, why: str
) -> None:
    (tmp_path / FOLDER).mkdir()
    text = line if isinstance(line, bytes) else json.dumps(line).encode()
    (tmp_path / FOLDER / "a.ndjson").write_bytes(text + b"\n\n" + json.dumps(LINE).encode())
    reader = Ratings(files_in(tmp_path))
    assert rows_of(reader) == [ROW]
    assert (reader.counts.lines, reader.counts.rows) == (2, 1)
    assert sum(reader.counts.dropped.values()) == 1
    (dropped,) = reader.examples
    assert (dropped.file, dropped.line) == ("a.ndjson", 1)
    assert why in dropped.why


def test_a_file_that_can_not_be_read_costs_itself(tmp_path: Path) -> None:
    rows = read(tmp_path, LINE)
    (tmp_path / FOLDER / "b.ndjson").mkdir()
    reader = Ratings(files_in(tmp_path))
    assert rows_of(reader) == rows
    assert reader.unreadable == {"b.ndjson": "cannot be read: Is a directory"}


def test_without_a_folder_there_are_no_ratings(tmp_path: Path) -> None:
    assert files_in(tmp_path / "none") == []
    assert [*Ratings([])] == []
