"""The snapshot partition, and which input files make up a snapshot. Nothing is read here."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from imagesuggest_assets.rules import Rules
from resources.errors import UserError
from resources.sources.dumps import COMMONS, ITEMS, MEDIAINFO, NO_TARGETS, Dumps, Entities

SNAPSHOTS = dg.DynamicPartitionsDefinition(name="snapshot")
"""One partition a snapshot, key ``YYYY-MM-DD``: snapshots arrive when they do, by no calendar."""

_KEY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class SnapshotInputs:
    """Which dumps make up a snapshot. Dates are those of the dumps, ``YYYYMMDD``.

    ``left_out`` are wikis that have dumps, but none of the snapshot's date.
    """

    dumps: Dumps
    key: str
    wikis: tuple[str, ...]
    left_out: tuple[str, ...]
    dates: dict[str, str]
    items: Path
    mediainfo: Path
    feedback: tuple[Path, ...]


def newest_snapshot(dumps: Dumps, wikis: Sequence[str]) -> str:
    """Give the key of the newest dump of any of ``wikis`` (of all that are there, if empty)."""
    return key_of(max(day for wiki in _targets(dumps, wikis) for day in dumps.dates(wiki)))


def inputs_of(dumps: Dumps, key: str, wikis: Sequence[str], rules: Rules) -> SnapshotInputs:
    """Choose the inputs of the snapshot ``key``: of each source the newest dump not too old.

    ``wikis`` are the target wikis; empty is all that have a dump for the snapshot. Raises
    UserError for a wiki, a date or a source that is not there.
    """
    day = day_of(key)
    chosen, left_out = {}, []
    for wiki in _targets(dumps, wikis):
        found = _newest(dumps.dates(wiki), day, rules.wiki_oldest_days)
        if found:
            chosen[wiki] = found
        elif wikis:
            raise UserError(_no_dump(dumps, wiki, key))
        else:
            left_out.append(wiki)
    if not chosen:
        there = {day for wiki in _targets(dumps, wikis) for day in dumps.dates(wiki)}
        raise UserError(
            f"{dumps.root}: no wiki has a dump for the snapshot {key}; there are dumps of "
            f"{_listed(there)}"
        )
    commons = _newest(dumps.dates(COMMONS), day, rules.commons_oldest_days)
    if commons is None:
        raise UserError(_no_dump(dumps, COMMONS, key))
    return SnapshotInputs(
        dumps=dumps,
        key=key,
        wikis=tuple(chosen),
        left_out=tuple(left_out),
        dates={**chosen, COMMONS: commons},
        items=_entities(dumps, ITEMS, day, rules),
        mediainfo=_entities(dumps, MEDIAINFO, day, rules),
        feedback=tuple(dumps.feedback()),
    )


def day_of(key: str) -> date:
    """Read a snapshot key. Raises UserError for one that is no date in the form YYYY-MM-DD."""
    try:
        if not _KEY.fullmatch(key):
            raise ValueError
        return date.fromisoformat(key)
    except ValueError:
        raise UserError(f"{key!r} is no snapshot; write a date such as 2026-11-02") from None


def key_of(day: str) -> str:
    """Write a dump's date as a snapshot key: 20261102 is 2026-11-02."""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def _targets(dumps: Dumps, wikis: Sequence[str]) -> Sequence[str]:
    there = dumps.wikis()
    if not there:
        raise UserError(
            f"{dumps.root}: no wiki's dump in it; expected folders such as ptwiki/20261102"
        )
    for wiki in wikis:
        if wiki in NO_TARGETS:
            raise UserError(f"{wiki} is never a target of suggestions; take it out of --wikis")
        if wiki not in there:
            raise UserError(
                f"{dumps.root / wiki}: no dump of the wiki {wiki}; there are {', '.join(there)}"
            )
    return sorted(set(wikis)) or there


def _newest(dates: Sequence[str], day: date, oldest_days: int) -> str | None:
    first, last = (each.strftime("%Y%m%d") for each in (day - timedelta(oldest_days), day))
    return max((each for each in dates if first <= each <= last), default=None)


def _entities(dumps: Dumps, entities: Entities, day: date, rules: Rules) -> Path:
    dates = dumps.entity_dates(entities)
    found = _newest(dates, day, rules.entities_oldest_days)
    if found is None:
        name = entities.stem.format(date="YYYYMMDD")
        raise UserError(
            f"{dumps.root}/other/wikibase/{entities.wiki}: no {name}.gz dated "
            f"{rules.entities_oldest_days} days or less before {day}; there are dumps of "
            f"{_listed(dates)}"
        )
    return dumps.entity_file(entities, found)


def _no_dump(dumps: Dumps, wiki: str, key: str) -> str:
    dates = _listed(dumps.dates(wiki))
    return (
        f"{dumps.root / wiki}: no dump of {wiki} for the snapshot {key}; there are dumps of {dates}"
    )


def _listed(dates: Iterable[str]) -> str:
    return ", ".join(map(key_of, sorted(dates))) or "no date"
