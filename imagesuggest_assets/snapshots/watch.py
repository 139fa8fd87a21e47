"""What the sensors have seen of each dump, remembered between their ticks. No decision here.

When a dump is green is known in green_lights.py; what follows of it, in readiness.py.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from imagesuggest_assets.snapshots.green_lights import Light, Looker
from resources.disk import make_folder, put
from resources.errors import InputError
from resources.sources.dumps import Entities
from resources.sources.places import PassingError

NEWEST_DATES = 4
"""Dates of a source that are looked at; what is older and not whole by now will not be."""
LOOKING_SECONDS = 25.0
"""How long one tick looks before it goes on in the next: Dagster stops it after 60 s."""


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


class Memory:
    """What was seen of the dumps of some sources, kept in a file that is replaced whole.

    ``looked`` is when each source was last looked at, or that was tried (ISO 8601); empty where
    its turn has not come yet.
    """

    def __init__(self, lake: Path, name: str) -> None:
        self._path = lake / ".sources" / f"{name}.json"
        self.seen: dict[tuple[str, str], Seen] = {}
        self.looked: dict[str, str] = {}
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
            self.looked = dict(known["looked"])
            for row in known["seen"]:
                seen = Seen(**{**row, "waiting": tuple(row["waiting"])})
                self.seen[seen.source, seen.date] = seen
        except FileNotFoundError:
            pass
        except (ValueError, TypeError, KeyError) as error:
            advice = "remove it: it is written again from what is there"
            raise InputError(self._path, f"can not be read: {error}", advice=advice) from error

    def save(self) -> None:
        """Put what is remembered in the place of what was."""
        make_folder(self._path.parent)
        known = {"looked": self.looked, "seen": [asdict(seen) for seen in self.seen.values()]}
        put(self._path, json.dumps(known, ensure_ascii=False, indent=1))

    def add(self, light: Light, now: datetime) -> None:
        """Remember what was seen of a dump; it keeps its time while it stays green, or not."""
        before = self.seen.get((light.source, light.date))
        at = now.isoformat(timespec="seconds")
        since = before.since if before and before.green == light.green else at
        self.seen[light.source, light.date] = Seen(
            light.source, light.date, light.waiting, since, _digest(light)
        )

    def keep(self, source: str, dates: Iterable[str]) -> None:
        """Forget a source's dumps of other dates."""
        for key in [key for key in self.seen if key[0] == source and key[1] not in set(dates)]:
            del self.seen[key]

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
        return hashlib.sha256(repr(known).encode()).hexdigest()[:16]


def look_at_wikis(
    looker: Looker,
    memory: Memory,
    wikis: Sequence[str],
    after: str,
    now: datetime,
    seconds: float = LOOKING_SECONDS,
) -> str:
    """Look at the dumps of wikis that are dated ``after`` (``YYYYMMDD``) or later.

    Those looked at longest ago come first, for so many seconds; other wikis are forgotten. Gives
    what could not be looked at, in a sentence; "" if all was.
    """
    for gone in {*memory.sources(), *memory.looked} - {*wikis}:
        memory.keep(gone, [])
        memory.looked.pop(gone, None)
    for wiki in wikis:
        memory.looked.setdefault(wiki, "")

    def look(wiki: str) -> None:
        dates = [date for date in looker.dumps.dates(wiki) if date >= after][-NEWEST_DATES:]
        memory.keep(wiki, dates)
        for date in dates:
            view = partial(looker.wiki, wiki, date)
            _look(looker, memory, wiki, f"{wiki}/{date}", view, now)

    return _in_turn(wikis, look, memory, now, seconds)


def look_at_entities(looker: Looker, memory: Memory, entities: Entities, now: datetime) -> str:
    """Look at the newest dumps of entities; see look_at_wikis."""

    def look(_: str) -> None:
        dates = looker.dumps.dates(entities.folder)[-NEWEST_DATES:]
        memory.keep(entities.source, dates)
        for date in dates:
            view = partial(looker.entities, entities, date)
            _look(looker, memory, entities.source, f"{entities.folder}/{date}", view, now)

    return _in_turn([entities.source], look, memory, now, LOOKING_SECONDS)


def _look(
    looker: Looker,
    memory: Memory,
    source: str,
    folder: str,
    view: Callable[[], Light],
    now: datetime,
) -> None:
    date = folder.rpartition("/")[2]
    known = memory.seen.get((source, date))
    # What is green on a mirror is verified when it is fetched; looking would cost requests.
    skip = looker.dumps.place.remote and not looker.refuses(folder)
    if not (known and known.green and skip):
        memory.add(view(), now)


def _in_turn(
    sources: Sequence[str],
    look: Callable[[str], None],
    memory: Memory,
    now: datetime,
    seconds: float,
) -> str:
    """Look at one source after the other until the time is over."""
    end = time.monotonic() + seconds
    longest_ago = sorted(sources, key=lambda source: (memory.looked.get(source, ""), source))
    for done, source in enumerate(longest_ago):
        if time.monotonic() > end:
            return f"{len(sources) - done} of {len(sources)} are looked at in the next tick"
        # Also where it fails, so that one that always does never holds up the others.
        memory.looked[source] = now.isoformat()
        try:
            look(source)
        except PassingError as error:
            return f"{len(sources) - done} of {len(sources)} could not be looked at: {error}"
    return ""


def _digest(light: Light) -> str:
    if not light.green:
        return ""
    files = [(file.path, file.bytes, file.version) for file in light.files]
    return hashlib.sha256(repr(files).encode()).hexdigest()[:16]
