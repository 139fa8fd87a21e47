"""What the sensors have seen of each dump, remembered between their ticks. No decision here.

When a dump is green is known in green_lights.py; what follows of it, in readiness.py.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

import msgspec

from graph.green_lights import Light, Looker
from resources.errors import UserError
from resources.lake import Lake
from resources.sources.places import PassingError
from resources.storage import Storage

NEWEST_DUMPS = 4
"""Dumps of a wiki that are looked at; what is older and not whole by now will not be."""
NEWEST_OTHERS = 16
"""Dumps of Commons and of the entities, which may be older than the snapshot: a dump a week for
the 35 days before the oldest of NEWEST_DUMPS that come twice a month."""
LOOKING_SECONDS = 25.0
"""How long one tick looks before it goes on in the next: Dagster stops it after 60 s."""
GIVEN_UP_AFTER = 3
"""Sources in a row that can not be reached now, after which a tick leaves the place alone."""


@dataclass(frozen=True)
class Seen:
    """How one dump of a source was when it was last looked at.

    ``since`` is when it came to be green, or was first seen not to be (ISO 8601). ``files`` is
    another text when one of its files is another.
    """

    source: str
    date: str
    waiting: tuple[str, ...]
    since: str
    files: str = ""

    @property
    def green(self) -> bool:
        """Whether all its files were there and whole."""
        return not self.waiting


@dataclass(frozen=True)
class Trouble:
    """Why something could not be looked at, and since when (ISO 8601)."""

    why: str
    since: str

    def __str__(self) -> str:
        return f"can not be looked at since {self.since}: {self.why}"


@dataclass(frozen=True)
class EventFile:
    """A file of feedback events as it was when it was last looked at; ``changed`` is ISO 8601."""

    version: str
    changed: str


class _Kept(msgspec.Struct):
    """What is written down; see Memory."""

    looked: dict[str, str] = {}
    seen: list[Seen] = []
    troubles: dict[str, Trouble] = {}
    others: dict[str, list[str]] = {}
    event_files: dict[str, EventFile] = {}
    blind: Trouble | None = None


class Memory:
    """What was seen of the dumps of some sources, kept in a file that is replaced whole.

    ``looked`` is when each source was last looked at, or that was tried (ISO 8601); empty where
    its turn has not come yet. An event file is a source of its own. ``troubles`` are the sources
    that can not be looked at, or whose dumps can not even be listed; ``blind`` is there when that
    held for all. ``others`` are the dates of folders that have other dumps. All of it can be lost:
    it is seen again, and ``before``, which is asked for then alone, says since when it was so.
    """

    def __init__(self, lake: Storage, name: str, before: Iterable[Seen] = ()) -> None:
        self._lake, self._place = lake, f".sources/{name}.json"
        self._before: dict[tuple[str, str], Seen] = {}
        try:
            kept = msgspec.json.decode(lake.read(self._place) or b"", type=_Kept)
            times = [seen.since for seen in kept.seen]
            times += [trouble.since for trouble in kept.troubles.values()]
            times += [file.changed for file in kept.event_files.values()]
            times += [at for at in kept.looked.values() if at]
            for at in (*times, *([kept.blind.since] if kept.blind else [])):
                datetime.fromisoformat(at)
        except (msgspec.DecodeError, ValueError):
            # A file that was not written whole is worth no more than one that is not there.
            kept = _Kept()
            self._before = {(seen.source, seen.date): seen for seen in before}
        self.seen = {(seen.source, seen.date): seen for seen in kept.seen}
        self.looked, self.troubles, self.others = kept.looked, kept.troubles, kept.others
        self.event_files, self.blind = kept.event_files, kept.blind

    def save(self) -> None:
        """Put what is remembered in the place of what was."""
        seen = list(self.seen.values())
        kept = _Kept(self.looked, seen, self.troubles, self.others, self.event_files, self.blind)
        data = msgspec.json.format(msgspec.json.encode(kept), indent=1)
        self._lake.update(self._place, lambda _: data)

    def add(self, light: Light, now: datetime) -> None:
        """Remember what was seen of a dump; it keeps its time while it stays green, or not.

        One that is green when it is seen for the first time is so since its files last changed.
        """
        place = light.source, light.date
        before = self.seen.get(place) or self._before.get(place)
        since = now
        if before and before.green == light.green:
            since = datetime.fromisoformat(before.since)
        elif not before and light.green and light.changed:
            # Clocks differ, and a copy may have kept any time.
            dumped = datetime.fromisoformat(light.date).replace(tzinfo=UTC)
            since = min(max(light.changed, dumped), now)
        at = since.isoformat(timespec="seconds")
        self.seen[place] = Seen(light.source, light.date, light.waiting, at, _digest(light))

    def fail(self, source: str, error: UserError, now: datetime) -> None:
        """Remember that the dumps of a source can not be listed."""
        self.troubles[source] = _trouble(error, self.troubles.get(source), now)

    def fail_all(self, error: UserError, now: datetime) -> None:
        """Remember that nothing can be looked at."""
        self.blind = _trouble(error, self.blind, now)

    def keep(self, source: str, dates: Iterable[str]) -> None:
        """Forget a source's dumps of other dates."""
        for key in [key for key in self.seen if key[0] == source and key[1] not in set(dates)]:
            del self.seen[key]

    def forget(self, source: str) -> None:
        """Forget all of a source."""
        self.keep(source, [])
        self.looked.pop(source, None)
        self.troubles.pop(source, None)
        self.others.pop(source, None)
        self.event_files.pop(source, None)

    def of(self, source: str) -> dict[str, Seen]:
        """Give what was seen of a source, by date, oldest first."""
        found = {date: seen for (name, date), seen in self.seen.items() if name == source}
        return dict(sorted(found.items()))

    def sources(self) -> list[str]:
        """List the sources of which anything was seen."""
        return sorted({source for source, _ in self.seen})

    def unseen(self) -> list[str]:
        """List the sources that no tick had time for yet."""
        return sorted(source for source, at in self.looked.items() if not at)

    def state(self) -> str:
        """Give a short text that is another when anything is seen in another way."""
        known = [seen for _, seen in sorted(self.seen.items())]
        troubles = sorted((source, each.since) for source, each in self.troubles.items())
        since = self.blind and self.blind.since
        return hashlib.sha256(repr((known, troubles, since)).encode()).hexdigest()[:16]


def look_at(
    looker: Looker,
    memory: Memory,
    sources: Sequence[str],
    now: datetime,
    *,
    after: str = "",
    most: int = NEWEST_DUMPS,
    seconds: float = LOOKING_SECONDS,
) -> str:
    """Look at the newest dumps of sources, dated ``after`` (``YYYYMMDD``) or later.

    Those looked at longest ago come first, for so many seconds; other sources are forgotten. One
    that can not be looked at costs itself alone. Gives what was not looked at, in a sentence; ""
    if all was.
    """
    for gone in {*memory.sources(), *memory.looked} - {*sources}:
        memory.forget(gone)
    for source in sources:
        memory.looked.setdefault(source, "")

    def look(source: str) -> UserError | None:
        return _look_at_source(looker, memory, source, now, after, most)

    return in_turn(sources, look, memory, now, seconds)


def in_turn(
    sources: Sequence[str],
    look: Callable[[str], UserError | None],
    memory: Memory,
    now: datetime,
    seconds: float,
) -> str:
    """Look at one source after the other, longest ago first, until the time is over.

    ``look`` gives why one can not be looked at. Where that holds for all, it is remembered. Gives
    what was not looked at, in a sentence; "" if all was.
    """
    end = time.monotonic() + seconds
    longest_ago = sorted(sources, key=lambda source: (memory.looked[source], source))
    errors: list[UserError | None] = []
    told = ""
    for done, source in enumerate(longest_ago):
        left = f"{len(sources) - done} of {len(sources)} are looked at in the next tick"
        last = errors[-GIVEN_UP_AFTER:]
        if time.monotonic() > end:
            told = left
            break
        if len(last) == GIVEN_UP_AFTER and all(isinstance(each, PassingError) for each in last):
            told = f"{left}: {last[-1]}"
            break
        # Also where it fails, so that one that always does never holds up the others.
        memory.looked[source] = now.isoformat()
        errors.append(look(source))
    failed = [error for error in errors if error is not None]
    if failed and len(failed) == len(errors):
        memory.fail_all(failed[-1], now)
    elif errors:
        memory.blind = None
    return told


def blind(lake: Lake, sensors: Mapping[str, str], minutes: float, now: datetime) -> dict[str, str]:
    """Say of each sensor that could look at nothing for so many minutes since when, and why.

    ``sensors`` are by name those whose memory goes by which name.
    """
    found = {}
    for sensor, memory in sensors.items():
        trouble = Memory(lake.storage, memory).blind
        if trouble and now - datetime.fromisoformat(trouble.since) >= timedelta(minutes=minutes):
            found[sensor] = f"could look at nothing since {trouble.since}: {trouble.why}"
    return found


def _look_at_source(
    looker: Looker, memory: Memory, source: str, now: datetime, after: str, most: int
) -> UserError | None:
    """Look at the newest dumps of one source; give why that could not be done to the end."""
    seen, others = memory.of(source), memory.others.get(source, [])
    newest_green = max((date for date, each in seen.items() if each.green), default="")
    asks = looker.dumps.place.remote
    listed: list[str] = []

    def known(date: str) -> bool | None:
        listed.append(date)
        # What is on a mirror costs requests. A folder that is older than a green dump of another
        # folder gets none any more.
        if asks and date in seen:
            return True
        return False if asks and date in others and date < newest_green else None

    dates: list[str] = []
    error: UserError | None = None
    try:
        for date in islice(looker.dumps.dumps_of(source, after, known=known), most):
            dates.append(date)
            # What is green there is verified when it is fetched.
            if not (asks and date in seen and seen[date].green) or looker.refuses(source, date):
                light = looker.light(source, date)
                memory.add(light, now)
                error = error or light.error
    except UserError as failed:
        memory.fail(source, failed, now)
        return failed
    memory.keep(source, dates)
    memory.troubles.pop(source, None)
    memory.others[source] = [date for date in listed if date not in dates]
    return error


def _trouble(error: UserError, before: Trouble | None, now: datetime) -> Trouble:
    return Trouble(str(error), before.since if before else now.isoformat(timespec="seconds"))


def _digest(light: Light) -> str:
    if not light.green:
        return ""
    files = [(file.path, file.bytes, file.version) for file in light.files]
    return hashlib.sha256(repr(files).encode()).hexdigest()[:16]
