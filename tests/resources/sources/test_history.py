"""Edits of modules in mediawiki_history, in each of the widths that its files have had."""

import bz2
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from resources.errors import InputError
from resources.sources import lines
from resources.sources.history import LAYOUTS, History

NEWEST = max(LAYOUTS)
EDIT = {
    "wiki_db": "bgwiki",
    "event_entity": "revision",
    "event_type": "create",
    "event_timestamp": "2026-01-02 03:04:05.0",
    "event_comment": r"a\tb 828",
    "event_user_id": "42",
    "event_user_text": "Ана",
    "event_user_is_anonymous": "false",
    "event_user_is_temporary": "false",
    "page_id": "7",
    "page_namespace_historical": "0",
    "page_namespace": "828",
    "revision_minor_edit": "false",
    "revision_tags": "visualeditor",
}


def row(width: int = NEWEST, **changes: str) -> str:
    """A row of an edit, with some of its values changed."""
    return "\t".join((EDIT | changes).get(name, "") for name in LAYOUTS[width]) + "\n"


def write(folder: Path, rows: Sequence[str], name: str = "2026-05.bgwiki.all-time") -> Path:
    path = folder / f"{name}.tsv.bz2"
    path.write_bytes(bz2.compress("".join(rows).encode()))
    return path


def read(*paths: Path) -> tuple[list[dict[str, Any]], History]:
    history = History(paths, "bgwiki", 828)
    table = pa.Table.from_batches(history, History.schema)
    return table.to_pylist(), history


def read_one(folder: Path, **changes: str) -> dict[str, Any]:
    ((found,), _) = read(write(folder, [row(**changes)]))
    return found


@pytest.mark.parametrize(("width", "revision"), [(70, 52), (74, 56), (76, 58), (78, 60)])
def test_an_edit_is_read_from_each_width(tmp_path: Path, width: int, revision: int) -> None:
    assert LAYOUTS[width].index("revision_id") == revision
    found, _ = read(write(tmp_path, [row(width)]))
    assert found == [
        {
            "wiki_db": "bgwiki",
            "page_id": 7,
            "time": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "is_minor": False,
            "is_anonymous": False,
            "editor": "#42",
        }
    ]


def test_the_newest_width_has_one_column_more_in_second_place() -> None:
    assert LAYOUTS[78][1] == "event_log_id"
    assert LAYOUTS[76][:2] == ("wiki_db", "event_entity")


@pytest.mark.parametrize(
    "changes",
    [
        {"page_namespace": "0", "page_namespace_historical": "828"},
        {"page_namespace": "8280"},
        {"page_namespace": "28"},
        {"event_entity": "page"},
        {"event_type": "delete"},
        {"revision_is_deleted_by_page_deletion": "true"},
    ],
)
def test_what_is_no_edit_of_a_module_that_is_there_is_passed_over(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    found, history = read(write(tmp_path, [row(**changes), row(page_id="8")]))
    assert [each["page_id"] for each in found] == [8]
    assert (history.counts.rows, history.counts.edits) == (2, 1)


@pytest.mark.parametrize(
    ("changes", "is_anonymous", "editor"),
    [
        ({"event_user_is_anonymous": "true", "event_user_id": ""}, True, None),
        ({"event_user_is_temporary": "true"}, True, None),
        ({"event_user_id": ""}, False, "Ана"),
        ({"event_user_id": "0"}, False, "Ана"),
        ({"event_user_id": "", "event_user_text": ""}, False, None),
        ({"event_user_text": "Renamed"}, False, "#42"),
    ],
)
def test_only_registered_users_are_editors(
    tmp_path: Path, changes: dict[str, str], is_anonymous: bool, editor: str | None
) -> None:
    found = read_one(tmp_path, **changes)
    assert (found["is_anonymous"], found["editor"]) == (is_anonymous, editor)


def test_minor_edits_are_told(tmp_path: Path) -> None:
    assert read_one(tmp_path, revision_minor_edit="true")["is_minor"] is True


def test_an_edit_without_a_page_is_dropped_and_one_without_a_time_is_kept_and_both_counted(
    tmp_path: Path,
) -> None:
    rows = [row(page_id=""), row(page_id="0"), row(page_id="x"), row(event_timestamp="never")]
    found, history = read(write(tmp_path, rows))
    assert [(each["page_id"], each["time"]) for each in found] == [(7, None)]
    assert (history.counts.without_page, history.counts.without_time) == (3, 1)


def test_files_of_several_widths_are_read_one_after_the_other_over_the_ends_of_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 150)
    old = write(tmp_path, [row(70, page_id="1"), row(70, page_id="2")], "2026-05.bgwiki.2024-01")
    new = write(tmp_path, [row(78, page_id="3"), row(78, page_id="4").strip("\n")])
    passed: list[int] = []
    history = History([old, new], "bgwiki", 828, passed.append)
    found = pa.Table.from_batches(history, History.schema)
    assert found["page_id"].to_pylist() == [1, 2, 3, 4]
    assert sum(passed) == old.stat().st_size + new.stat().st_size


def test_a_wiki_without_any_row_has_no_edit(tmp_path: Path) -> None:
    assert read(write(tmp_path, []))[0] == []


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (["\t" * 74 + "\n"], r"all-time.tsv.bz2, line 1: the row has 75 columns, expected one of"),
        ([row(), "\n", row()], "line 2: the row has 1 columns, expected 78 as in the rows before"),
        ([row(76), row(78)], "line 2: the row has 78 columns, expected 76"),
        (["\t" + row(76) + "x"], "line 1: the row has 77 columns"),
        # As many tabs as there should be, in other rows.
        ([row(), "\t" + row(), row().removeprefix("bgwiki\t")], "line 2: the row has 79 columns"),
        (["x" * 200], "line 1: more than 99 bytes without a line end"),
    ],
)
def test_a_row_of_another_width_is_an_error_with_file_line_and_width(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[str], problem: str
) -> None:
    if "bytes" in problem:
        monkeypatch.setattr(lines, "LONGEST_LINE", 99)
    with pytest.raises(InputError, match=problem):
        read(write(tmp_path, rows))


def test_a_row_of_another_wiki_is_an_error_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, [row(), row(), row(wiki_db="enwiki")])
    with pytest.raises(InputError, match="line 3: the row is of 'enwiki', expected bgwiki"):
        read(path)
