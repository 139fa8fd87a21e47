"""Which files of feedback events there are, and which of them have settled. None is read here.

Nothing tells of an event file whether it is whole: it counts as whole when it did not change for
the settling time, as a dump does that says nothing of itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
from pydantic import Field

from graph.green_lights import unsettled
from graph.watch import LOOKING_SECONDS, EventFile, Memory, in_turn
from resources.errors import UserError
from resources.sources.places import Found, PassingError
from resources.sources.provider import Provider

ASKED_AGAIN = 10
"""Event files of a mirror that one tick asks for again, in turn: old ones hardly change."""


class FeedbackConfig(dg.Config):
    """Which event files are read. As it is, whoever starts the run vouches for all of them."""

    settling_minutes: float = Field(
        default=0, description="How long an event file has to be unchanged."
    )


@dataclass(frozen=True)
class EventFiles:
    """The event files that are whole, and of each other one why it is not taken, by its path."""

    settled: tuple[Found, ...]
    waiting: dict[str, str]


def find_event_files(dumps: Provider, settling: timedelta) -> EventFiles:
    """Look at all event files; one that can not be looked at costs itself alone.

    Raises PassingError where the place can not be reached now.
    """
    now = datetime.now(UTC)
    settled, waiting = [], {}
    for path in dumps.feedback():
        try:
            found = dumps.place.find(path)
        except PassingError:
            raise
        except UserError as error:
            waiting[path] = f"{path} can not be looked at: {error}"
            continue
        if found is None:
            waiting[path] = f"{path} is not there"
        elif problem := unsettled(path, found.changed, settling, now):
            waiting[path] = problem
        else:
            settled.append(found)
    return EventFiles(tuple(settled), waiting)


def look_at_event_files(
    dumps: Sequence[Provider],
    memory: Memory,
    settling: timedelta,
    now: datetime,
    seconds: float = LOOKING_SECONDS,
) -> str:
    """Look at each new event file of all ``dumps``, at those that may have settled by now, and at
    some others in turn; where a look costs no request, at all. Gives what was not looked at; "" if
    all was.
    """
    places = {path: each.place for each in dumps for path in each.feedback()}
    for gone in {*memory.looked} - {*places}:
        memory.forget(gone)
    for path in places:
        memory.looked.setdefault(path, "")

    def look(path: str) -> UserError | None:
        try:
            if (found := places[path].find(path)) is None:
                raise UserError("it is not there")
        except UserError as error:
            memory.fail(path, error, now)
            return error
        memory.troubles.pop(path, None)
        changed = found.changed.isoformat(timespec="seconds")
        memory.event_files[path] = EventFile(found.version, changed)
        return None

    dear = [path for path, place in places.items() if place.remote]
    due = [*_due(dear, memory, settling, now), *(places.keys() - {*dear})]
    return in_turn(due, look, memory, now, seconds)


def settled_event_files(memory: Memory, settling: timedelta) -> dict[str, str]:
    """Give the version of each event file that had settled when it was last looked at."""
    return {
        path: file.version
        for path, file in memory.event_files.items()
        if not _unsettled(memory, path, settling)
    }


def waiting_event_files(memory: Memory, settling: timedelta) -> dict[str, str]:
    """Say of each event file that had not, or that can not be looked at, why it is waited for."""
    problems = {path: _unsettled(memory, path, settling) for path in memory.event_files}
    waiting = {path: problem for path, problem in problems.items() if problem}
    waiting |= {path: f"{path} {why}" for path, why in memory.troubles.items()}
    return dict(sorted(waiting.items()))


def _unsettled(memory: Memory, path: str, settling: timedelta) -> str | None:
    changed = datetime.fromisoformat(memory.event_files[path].changed)
    return unsettled(path, changed, settling, datetime.fromisoformat(memory.looked[path]))


def _due(paths: Sequence[str], memory: Memory, settling: timedelta, now: datetime) -> list[str]:
    """Choose whom to ask for: who is new, who may have settled by now, and some others in turn."""
    due, others = [], []
    settled = settled_event_files(memory, settling)
    for path in paths:
        file = memory.event_files.get(path)
        if path in memory.troubles or path in settled:
            others.append(path)
        elif not file or not unsettled(path, datetime.fromisoformat(file.changed), settling, now):
            due.append(path)
    return due + sorted(others, key=lambda path: memory.looked[path])[:ASKED_AGAIN]
