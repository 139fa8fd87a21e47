"""What people decided is never lost, whatever else is in the file."""

from pathlib import Path
from typing import Any

import pytest

from graph.decisions import PLACE, Decision, decide, decisions_of, read_decisions
from resources.errors import InputError
from resources.storage import storage_at

KEY = "2026-11-02"
AT = "2026-11-03T10:00:00+00:00"


def decision(wiki: str, state: Any = "held", why: str = "wrong pictures") -> Decision:
    return Decision(KEY, wiki, state, "Ana", AT, why)


def wikis(lake: Path) -> list[str]:
    """Which wikis something was decided of, in turn."""
    return [each.wiki for each in read_decisions(storage_at(lake)).made]


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    """A file of one decision, and what is in it."""
    decide(storage_at(tmp_path), [decision("ptwiki")])
    return (tmp_path / PLACE).read_bytes()


def test_a_decision_after_a_cut_line_is_read_and_the_half_of_one_goes(
    tmp_path: Path, whole: bytes
) -> None:
    for length in range(1, len(whole) - 1):
        (tmp_path / PLACE).write_bytes(whole + whole[:length])
        told = read_decisions(storage_at(tmp_path))
        assert [each.wiki for each in told.made] == ["ptwiki"]
        assert str(told.cut) == (
            f"{(tmp_path / PLACE)}, line 2: was cut off; what it was to decide does not count: "
            "decide it again"
        )
        # It was never acknowledged, so what else was decided holds.
        assert decisions_of(storage_at(tmp_path), KEY).keys() == {"ptwiki"}
        decide(storage_at(tmp_path), [decision("arwiki")])
        assert wikis(tmp_path) == ["ptwiki", "arwiki"]
        assert read_decisions(storage_at(tmp_path)).cut is None
        assert (tmp_path / PLACE).read_bytes().count(b"\n") == 2


def test_a_last_line_that_only_lacks_its_end_stays(tmp_path: Path, whole: bytes) -> None:
    (tmp_path / PLACE).write_bytes(whole.rstrip(b"\n"))
    assert wikis(tmp_path) == ["ptwiki"]
    decide(storage_at(tmp_path), [decision("arwiki"), decision("chwiki")])
    assert wikis(tmp_path) == ["ptwiki", "arwiki", "chwiki"]


def test_a_decision_that_was_glued_to_half_a_line_is_read(tmp_path: Path, whole: bytes) -> None:
    glued = whole.replace(b"ptwiki", b"arwiki")
    for length in range(1, len(whole) - 1):
        (tmp_path / PLACE).write_bytes(whole + whole[:length] + glued)
        assert wikis(tmp_path) == ["ptwiki", "arwiki"]
        assert decisions_of(storage_at(tmp_path), KEY).keys() == {"ptwiki", "arwiki"}


@pytest.mark.parametrize(
    "spoiled",
    [
        b"oops",
        b"[]",
        b'{"snapshot": "2026-11-02"}',
        b"\xff\xfe",
        b"\0" * 64,
        b'{"snapshot": "2026-11-02", "wiki": ["ptwiki"], "state": "held", "who": "", "at": "", '
        b'"why": ""}',
        b'{"snapshot": "2026-11-02", "wiki": "ptwiki", "state": "gone", "who": "Ana", '
        b'"at": "2026-11-03T10:00:00+00:00", "why": ""}',
        b'{"snapshot": "2026-11-02", "wiki": "ptwiki", "state": "held", "who": "Ana", '
        b'"at": "yesterday", "why": ""}',
    ],
)
def test_a_spoiled_line_costs_that_one_to_who_tells_and_all_to_the_gate(
    tmp_path: Path, whole: bytes, spoiled: bytes
) -> None:
    (tmp_path / PLACE).write_bytes(whole + spoiled + b"\n" + whole)
    told = read_decisions(storage_at(tmp_path))
    assert len(told.made) == 2
    (error,) = told.unreadable
    assert str(error).startswith(f"{(tmp_path / PLACE)}, line 2: is no decision: ")
    with pytest.raises(InputError, match=r"line 2: .*; put the line right, or remove it"):
        decisions_of(storage_at(tmp_path), KEY)


def test_what_editors_of_text_leave_behind_is_no_fault(tmp_path: Path, whole: bytes) -> None:
    (tmp_path / PLACE).write_bytes(b"\xef\xbb\xbf" + whole.replace(b"\n", b"\r\n") + b"\n" + whole)
    assert wikis(tmp_path) == ["ptwiki", "ptwiki"]


@pytest.mark.parametrize("why", ["a\u2028b", "a\x85b\x0cc", "a\nb", "ünïcode", '"}\n{"snapshot":'])
def test_a_reason_is_kept_whatever_is_in_it(tmp_path: Path, why: str) -> None:
    decide(storage_at(tmp_path), [decision("ptwiki", why=why), decision("arwiki")])
    assert [each.why for each in read_decisions(storage_at(tmp_path)).made] == [
        why,
        "wrong pictures",
    ]


def test_a_reason_that_is_no_utf_8_is_kept_as_far_as_it_goes(tmp_path: Path) -> None:
    decide(storage_at(tmp_path), [decision("ptwiki", why="caf\udce9")])
    assert [each.why for each in read_decisions(storage_at(tmp_path)).made] == ["caf?"]


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / PLACE).mkdir()
    with pytest.raises(InputError, match=r"decisions\.jsonl: can not be read: Is a directory; put"):
        decisions_of(storage_at(tmp_path), KEY)
