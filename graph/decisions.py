"""What people decided of a snapshot's wikis: who, when and why, kept in the lake for good."""

import codecs
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

import msgspec

from graph.declared import RELEASED, RETIRED
from graph.seen import Seen
from resources.errors import InputError
from resources.storage import Storage

State = Literal["released", "held", "retired"]
PLACE = "decisions.jsonl"
"""Where in the lake they are kept, one a line, oldest first."""
_BEGINS = b'{"snapshot":'


@dataclass(frozen=True)
class Decision:
    """One wiki of one snapshot, released, held or retired by somebody.

    ``at`` is a time with its offset. ``seen`` is what was known of the wiki then, None in lines of
    before that was kept.
    """

    snapshot: str
    wiki: str
    state: State
    who: str
    at: str
    why: str
    seen: Seen | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a time that is none."""
        datetime.fromisoformat(self.at)

    def sentence(self) -> str:
        """Say who decided what, when and why."""
        moment = datetime.fromisoformat(self.at)
        return f"{self.state} by {self.who} on {moment:%Y-%m-%d %H:%M} UTC: {self.why}"


@dataclass(frozen=True)
class Decisions:
    """All that was decided, oldest first, and what of the file can not be read.

    ``unreadable`` are lines that somebody spoiled: nobody knows what they decide. ``cut`` is a last
    line that was never written to its end, and so never acknowledged: it decides nothing.
    """

    made: tuple[Decision, ...] = ()
    unreadable: tuple[InputError, ...] = ()
    cut: InputError | None = None

    def of(self, snapshot: str) -> dict[str, Decision]:
        """Give the last decision on each wiki of a snapshot, by wiki, but that it was retired."""
        of_snapshot = [each for each in self.made if each.snapshot == snapshot]
        return {each.wiki: each for each in of_snapshot if each.state != RETIRED}

    def retired(self) -> dict[str, Decision]:
        """Give the wikis that were retired, from all snapshots, and not released since."""
        found: dict[str, Decision] = {}
        for each in self.made:
            if each.state == RETIRED:
                found[each.wiki] = each
            elif each.state == RELEASED:
                found.pop(each.wiki, None)
        return found


def decide(lake: Storage, decisions: Iterable[Decision]) -> None:
    """Add decisions; when this returns they are on disk.

    A last line that was cut off goes first: whoever decided that was told that it failed.
    """
    lines = "".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in decisions)
    # A terminal that speaks something else gives letters that no UTF-8 has.
    added = lines.encode("utf-8", "replace")
    lake.update(PLACE, lambda before: _with_whole_last_line(before or b"") + added)


def read_decisions(lake: Storage) -> Decisions:
    """Read all decisions. Raises InputError for a file that can not be read at all."""
    path = lake.path(PLACE)
    try:
        *lines, last = (lake.read(PLACE) or b"").removeprefix(codecs.BOM_UTF8).split(b"\n")
    except OSError as error:
        advice = "put it right: it says what may be published"
        raise InputError(path, f"can not be read: {error.strerror}", advice=advice) from error
    made: list[Decision] = []
    unreadable: list[InputError] = []
    cut = None
    for number, line in enumerate([*lines, last], start=1):
        try:
            made += _read(line)
        except ValueError as error:
            where = f"line {number}"
            if number > len(lines):
                advice = "what it was to decide does not count: decide it again"
                cut = InputError(path, "was cut off", where=where, advice=advice)
            else:
                advice = "put the line right, or remove it: it says what may be published"
                problem = f"is no decision: {error}"
                unreadable.append(InputError(path, problem, where=where, advice=advice))
    return Decisions(tuple(made), tuple(unreadable), cut)


def decisions_of(lake: Storage, snapshot: str) -> dict[str, Decision]:
    """Give the last decision on each wiki of a snapshot, by wiki.

    Raises InputError for a file that somebody spoiled: what can not be read may hold a wiki back.
    """
    return _all_readable(lake).of(snapshot)


def retired(lake: Storage) -> dict[str, Decision]:
    """See Decisions.retired. Raises InputError as decisions_of does."""
    return _all_readable(lake).retired()


def _all_readable(lake: Storage) -> Decisions:
    decisions = read_decisions(lake)
    for error in decisions.unreadable:
        raise error
    return decisions


def _read(line: bytes) -> Iterator[Decision]:
    """Read a line, which has one decision or is blank. Raises ValueError for what is neither.

    Decisions were once written behind a line that was cut off: only the last of those in a line
    was acknowledged.
    """
    line = line.strip()
    if line:
        begins = max(line.rfind(_BEGINS), 0)
        yield msgspec.json.decode(line[begins:], type=Decision)


def _with_whole_last_line(data: bytes) -> bytes:
    """Let a file of lines end in a whole one, where the next can begin."""
    last = data.rpartition(b"\n")[2]
    if not last:
        return data
    try:
        list(_read(last))
    except ValueError:
        return data[: -len(last)]
    return data + b"\n"
