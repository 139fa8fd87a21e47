"""Which dumps make up a snapshot. No dump is read here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from imagesuggest_assets.catalog.partition import day_of, key_of
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.green_lights import InputFile, Light, Looker
from resources.errors import UserError
from resources.sources.dumps import COMMONS, ITEMS, MEDIAINFO, NO_TARGETS, Dumps, Entities

NO_WIKIS = (COMMONS, ITEMS.source, MEDIAINFO.source)
"""The sources that no snapshot can do without."""


@dataclass(frozen=True)
class SnapshotInputs:
    """The files that make up a snapshot, and why each wiki that is left out of it is."""

    key: str
    files: tuple[InputFile, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def wikis(self) -> tuple[str, ...]:
        """The target wikis, sorted."""
        return tuple(sorted({file.source for file in self.files} - {*NO_WIKIS}))

    def of(self, source: str) -> tuple[InputFile, ...]:
        """The files of a source."""
        return tuple(file for file in self.files if file.source == source)

    def file(self, source: str, table: str = "") -> InputFile | None:
        """The file of a source's table; None where it has none."""
        return next((file for file in self.of(source) if file.table == table), None)


def newest_snapshot(looker: Looker, wikis: Sequence[str]) -> str:
    """Give the newest key for which each of ``wikis`` is green, or each that has a dump, if empty.

    Where there is none it is the newest date, so that choosing its inputs tells what is missing.
    """
    dumps = looker.dumps
    targets = targets_of(dumps, wikis)
    dates = sorted({day for wiki in targets for day in dumps.dates(wiki)})
    for day in reversed(dates):
        there = [wiki for wiki in targets if wikis or day in dumps.dates(wiki)]
        if all(looker.wiki(wiki, day).green for wiki in there):
            return key_of(day)
    return key_of(dates[-1])


def choose_inputs(
    looker: Looker,
    key: str,
    wikis: Sequence[str],
    rules: Rules,
    known: SnapshotInputs | None = None,
) -> SnapshotInputs:
    """Choose the inputs of the snapshot ``key``: of each source the newest whole dump not too old.

    ``wikis`` are the target wikis; empty is all that have a dump for the snapshot, and the others
    are left out. Sources that ``known`` has are taken from there. Raises UserError for what is
    not whole, and for a wiki that was named or a source that no snapshot can do without that is
    not there.
    """
    day = day_of(key)
    files: list[InputFile] = []
    left_out: dict[str, str] = {}
    for wiki in targets_of(looker.dumps, wikis, known):
        if known and (already := known.of(wiki)):
            files += already
            continue
        days = _within(looker.dumps.dates(wiki), day, rules.wiki_oldest_days)
        light, problem = _newest_green(days, partial(looker.wiki, wiki))
        if light:
            files += light.files
        elif wikis or problem:
            raise UserError(_no_dump(looker.dumps, wiki, key, problem))
        else:
            left_out[wiki] = f"no dump for the snapshot {key}"
    if not files:
        there = {day for wiki in left_out for day in looker.dumps.dates(wiki)}
        raise UserError(
            f"{looker.dumps.place.name}: no wiki has a dump for the snapshot {key}; "
            f"there are dumps of {_listed(there)}"
        )
    for source, choose in (
        (COMMONS, lambda: _commons(looker, key, rules)),
        (ITEMS.source, lambda: _entities(looker, ITEMS, day, rules)),
        (MEDIAINFO.source, lambda: _entities(looker, MEDIAINFO, day, rules)),
    ):
        files += (known.of(source) if known else ()) or choose()
    return SnapshotInputs(key, tuple(files), left_out)


def targets_of(
    dumps: Dumps, wikis: Sequence[str], known: SnapshotInputs | None = None
) -> Sequence[str]:
    """Give the target wikis: those named, each once, else all that are there.

    Raises UserError for a wiki that is no target or, unless it is known, not there.
    """
    if wikis:
        for wiki in wikis:
            if wiki in NO_TARGETS:
                raise UserError(f"{wiki} is never a target of suggestions; take it out of --wikis")
        missing = [wiki for wiki in wikis if not (known and known.of(wiki))]
        missing = [wiki for wiki in missing if not dumps.dates(wiki)]
        if not missing:
            return sorted(set(wikis))
    there = sorted({*dumps.wikis(), *(known.wikis if known else ())})
    if not there:
        raise UserError(
            f"{dumps.place.name}: no wiki's dump in it; expected folders such as ptwiki/20261102"
        )
    if wikis:
        raise UserError(
            f"{dumps.place.name}/{missing[0]}: no dump of the wiki {missing[0]}; "
            f"there are {', '.join(there)}"
        )
    return there


def _within(dates: Sequence[str], day: date, oldest_days: int) -> list[str]:
    first, last = (each.strftime("%Y%m%d") for each in (day - timedelta(oldest_days), day))
    return [each for each in dates if first <= each <= last]


def _newest_green(
    dates: Sequence[str], look: Callable[[str], Light]
) -> tuple[Light | None, str | None]:
    """Find the newest dump that is green, else say what the newest one waits for."""
    problem = None
    for day in reversed(dates):
        light = look(day)
        if light.green:
            return light, None
        problem = problem or light.waiting[0]
    return None, problem


def _commons(looker: Looker, key: str, rules: Rules) -> tuple[InputFile, ...]:
    days = _within(looker.dumps.dates(COMMONS), day_of(key), rules.commons_oldest_days)
    light, problem = _newest_green(days, lambda day: looker.wiki(COMMONS, day))
    if light is None:
        raise UserError(_no_dump(looker.dumps, COMMONS, key, problem))
    return light.files


def _entities(looker: Looker, entities: Entities, day: date, rules: Rules) -> tuple[InputFile, ...]:
    there = looker.dumps.entity_dates(entities)
    days = _within(there, day, rules.entities_oldest_days)
    light, problem = _newest_green(days, lambda date: looker.entities(entities, date))
    if light is not None:
        return light.files
    place = looker.dumps.place.name
    if problem:
        raise UserError(f"{place}/{problem}")
    raise UserError(
        f"{place}/{entities.folder}: no {entities.stem.format(date='YYYYMMDD')}.gz dated "
        f"{rules.entities_oldest_days} days or less before {day}; there are dumps of "
        f"{_listed(there)}"
    )


def _no_dump(dumps: Dumps, wiki: str, key: str, problem: str | None) -> str:
    if problem:
        return f"{dumps.place.name}/{problem}; fetch it whole, or name the other wikis with --wikis"
    return (
        f"{dumps.place.name}/{wiki}: no dump of {wiki} for the snapshot {key}; "
        f"there are dumps of {_listed(dumps.dates(wiki))}"
    )


def _listed(dates: Iterable[str]) -> str:
    return ", ".join(map(key_of, sorted(dates))) or "no date"
