"""Which files of mediawiki_history are a wiki's whole history: decided from their names alone."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from resources.errors import InputError

ALL_TIME = "all-time"
_RANGE = r"all-time|\d{4}|\d{4}-(?:0[1-9]|1[0-2])"
_YEAR = 12


@dataclass(frozen=True)
class HistoryFile:
    """A file's name, and its range: `all-time`, a year or a month."""

    name: str
    range: str


def ends_before(name: str) -> str:
    """Give the last range of a history, by the name of its last file, where that ends before the
    month that the history is of; "" else.
    """
    month, _, rest = name.partition(".")
    last = rest.partition(".")[2].partition(".")[0]
    if not last or last == ALL_TIME or _months(last)[1] > _months(month)[0]:
        return ""
    return last


def history_files(wiki: str, month: str, names: Collection[str]) -> list[HistoryFile]:
    """Choose the files of a wiki in the dump of a month, in the order of time: that of all time,
    else all years and months; none where there is none.

    Raises InputError for a range that is missing between others, with the name of its file, and
    for one that two files have.
    """
    called = re.compile(rf"{re.escape(f'{month}.{wiki}.')}({_RANGE})\.tsv\.bz2", re.ASCII)
    found = (called.fullmatch(name) for name in names)
    files = [HistoryFile(each[0], each[1]) for each in found if each]
    whole = [each for each in files if each.range == ALL_TIME]
    in_order = whole or sorted(files, key=lambda each: each.range)
    for before, after in pairwise(in_order):
        (_, end), (begin, _) = _months(before.range), _months(after.range)
        if begin < end:
            raise InputError(after.name, f"{before.name} has its edits, too", advice="remove one")
        if begin > end:
            lacking = _range(end, len(before.range) == len(after.range) == len("2026"))
            name = f"{month}.{wiki}.{lacking}.tsv.bz2"
            problem = f"it is not there, though {before.name} and {after.name} are"
            raise InputError(name, problem, advice="fetch it")
    return in_order


def _months(named: str) -> tuple[int, int]:
    """Give the first month of a range, and the one after its last, counted from year 0."""
    year, _, month = named.partition("-")
    begin = int(year) * _YEAR + (int(month) - 1 if month else 0)
    return begin, begin + (1 if month else _YEAR)


def _range(month: int, is_year: bool) -> str:
    year = f"{month // _YEAR:04}"
    return year if is_year else f"{year}-{month % _YEAR + 1:02}"
