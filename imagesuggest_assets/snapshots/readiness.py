"""When a snapshot is complete. Decided from what is there; nothing is looked at or started here."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from graph.partition import day_of, dump_date_of, key_of
from graph.watch import Seen, Trouble
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.choice import oldest_days
from resources.wording import several

Lights = Mapping[str, Mapping[str, Seen]]
"""What was seen of the dumps of each source, by source and date."""
WAITED_FOR = 5
"""Wikis named in a sentence on what a snapshot waits for."""


@dataclass(frozen=True)
class Readiness:
    """How far a snapshot's inputs have come.

    ``waiting`` says what is not there yet, "" for a complete one; ``wikis`` are whole, ``left_out``
    those that it does not wait for any longer, and why. ``files`` is another text when one of the
    files is another.
    """

    key: str
    wikis: tuple[str, ...]
    left_out: Mapping[str, str]
    waiting: str
    files: str

    @property
    def complete(self) -> bool:
        """Whether a run can begin."""
        return not self.waiting


def keys_of(wikis: Lights) -> list[str]:
    """List the snapshots of which any wiki's dump was seen, oldest first."""
    return [key_of(date) for date in sorted({date for dates in wikis.values() for date in dates})]


def readiness(
    key: str,
    wikis: Lights,
    others: Lights,
    expected: Sequence[str],
    rules: Rules,
    now: datetime,
    troubles: Mapping[str, Trouble] | None = None,
) -> Readiness:
    """Say whether a snapshot is complete; ``expected`` are the wikis that it waits for.

    A wiki that is late is left out when the patience since the first wiki is over; Commons and
    the entities are waited for as long as it takes. ``troubles`` are why sources can not be looked
    at; what was seen of them before stays.
    """
    troubles = troubles or {}
    date = dump_date_of(key)
    seen = {wiki: wikis.get(wiki, {}).get(date) for wiki in expected}
    green = {wiki: each for wiki, each in seen.items() if each is not None and each.green}
    late = {wiki: each for wiki, each in seen.items() if wiki not in green}
    why = {wiki: each.waiting[0] if each else f"no dump of {key}" for wiki, each in late.items()}
    why |= {wiki: str(each) for wiki, each in troubles.items() if wiki in late}
    waiting = []
    chosen = list(green.values())
    for source, oldest in oldest_days(rules).items():
        found, problem = _newest_green(others.get(source, {}), key, oldest)
        if found is None:
            waiting.append(f"{source}: {troubles.get(source, problem)}")
        else:
            chosen.append(found)
    if not green:
        waiting.insert(0, _waited_for(why))
    elif late:
        first = min(datetime.fromisoformat(each.since) for each in green.values())
        until = first + timedelta(days=rules.patience_days)
        if now < until:
            waiting.insert(0, f"{_waited_for(why)}; until {until:%Y-%m-%d %H:%M} UTC")
    return Readiness(
        key,
        tuple(sorted(green)),
        why,
        "; ".join(waiting),
        _digest(sorted(each.files for each in chosen)),
    )


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(texts).encode()).hexdigest()[:16]


def _newest_green(dates: Mapping[str, Seen], key: str, oldest: int) -> tuple[Seen | None, str]:
    first = (day_of(key) - timedelta(days=oldest)).strftime("%Y%m%d")
    within = [date for date in sorted(dates) if first <= date <= dump_date_of(key)]
    for date in reversed(within):
        if dates[date].green:
            return dates[date], ""
    if within:
        newest = dates[within[-1]]
        return None, f"{newest.waiting[0]}, since {newest.since}"
    return None, f"no dump of the {oldest} days up to {key}"


def _waited_for(why: Mapping[str, str]) -> str:
    named = [f"{wiki} ({reason})" for wiki, reason in sorted(why.items())]
    return f"wikis: {several(named, WAITED_FOR, ', ', ' and ') or 'none has a dump'}"
