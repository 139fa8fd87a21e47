"""A wiki's history is read whole: all ranges of one month's dump, none of them twice."""

import pytest

from resources.errors import InputError
from resources.sources.history_files import ends_before, history_files


def name(span: str) -> str:
    return f"2026-10.bgwiki.{span}.tsv.bz2"


@pytest.mark.parametrize(
    "ranges",
    [
        ["all-time"],
        ["2024", "2025", "2026"],
        ["2025-11", "2025-12", "2026-01"],
        ["2024", "2025", "2026-01", "2026-02"],
        ["2026-09"],
        [],
    ],
)
def test_all_ranges_are_read_in_the_order_of_time(ranges: list[str]) -> None:
    others = [
        "2026-09.bgwiki.2023.tsv.bz2",
        "2026-10.ptwiki.2023.tsv.bz2",
        "2026-10.bgwiki.2026-13.tsv.bz2",
        "2026-10.bgwiki.2023.tsv.bz2.tmp",
        "2026-10.bgwiki.2022.tsv.gz",
    ]
    found = history_files("bgwiki", "2026-10", [*map(name, reversed(ranges)), *others])
    assert [(each.name, each.range) for each in found] == [(name(each), each) for each in ranges]


def test_the_file_of_all_time_is_read_alone() -> None:
    (found,) = history_files("bgwiki", "2026-10", [name("2026"), name("all-time")])
    assert found.range == "all-time"


@pytest.mark.parametrize(
    ("ranges", "missing"),
    [
        (["2023", "2025"], "2024"),
        (["2025-11", "2026-01"], "2025-12"),
        (["2025", "2026-02"], "2026-01"),
        (["2024-12", "2026"], "2025-01"),
    ],
)
def test_a_range_that_is_missing_between_others_is_named(ranges: list[str], missing: str) -> None:
    with pytest.raises(InputError, match="it is not there, though") as raised:
        history_files("bgwiki", "2026-10", [*map(name, ranges)])
    assert raised.value.path == name(missing)


def test_edits_that_two_files_have_are_refused() -> None:
    with pytest.raises(InputError, match=r"2026-09\.tsv\.bz2: 2026-10\.bgwiki\.2026\.tsv\.bz2 has"):
        history_files("bgwiki", "2026-10", [name("2026"), name("2026-09")])


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("2026-10", ""),
        ("2026", ""),
        ("all-time", ""),
        ("2026-11", ""),
        ("2026-09", "2026-09"),
        ("2025", "2025"),
    ],
)
def test_a_history_whose_newest_files_are_not_there_is_told_of(last: str, told: str) -> None:
    assert ends_before(f"2026-10.bgwiki.{last}.tsv.bz2") == told
