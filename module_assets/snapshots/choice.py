"""Which files make up a snapshot of the module finder. No dump is read here."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import chain

from graph.green_lights import InputFile, Light, Looker, failed, light_of
from graph.inputs import SnapshotInputs
from graph.partition import day_of, dump_date_of, key_of
from module_assets.rules import Rules
from resources.errors import InputError, UserError
from resources.sources.dumps import Told
from resources.sources.module_dumps import PAGEVIEWS, ModuleDumps, NamedFile
from resources.wording import several

OTHERS = (PAGEVIEWS,)
"""The sources that are no wikis."""
NAMED = 5
"""Wikis named in an error."""


class ModuleLooker(Looker):
    """Looks at the dumps of wikis for all that the module finder reads of them."""

    dumps: ModuleDumps

    def wiki(self, wiki: str, date: str) -> Light:
        """Look at the dump of a wiki."""
        there = self.dumps.wiki_files(wiki, date)
        files, waiting = [], list(there.waiting)
        for named in there.files:
            found = self.named(wiki, date, named)
            if isinstance(found, str):
                waiting.append(found)
            else:
                files.append(found)
        return light_of(wiki, date, files, waiting)

    def named(self, source: str, date: str, named: NamedFile):  # type: ignore[no-untyped-def]
        """See Looker.file."""
        told = named.told or Told(named.path, None, None)
        return self.file(source, named.what, date, named.path, told, settle=told.bytes is None)


def newest_snapshot(looker: ModuleLooker, wikis: Sequence[str]) -> str:
    """Give the newest key of which each of ``wikis`` is green, or each that has a dump of that
    date, if empty; where there is none, the newest date. Raises UserError where there is no dump.
    """
    dates = {wiki: list(looker.dumps.dumps_of(wiki)) for wiki in targets_of(looker.dumps, wikis)}
    days = sorted({*chain(*dates.values())}, reverse=True)
    for day in days:
        there = [wiki for wiki, known in dates.items() if day in known]
        if all(looker.light(wiki, day).green for wiki in wikis or there):
            return key_of(day)
    return key_of(days[0])


def choose_inputs(
    looker: ModuleLooker,
    key: str,
    wikis: Sequence[str],
    rules: Rules,
    known: SnapshotInputs | None = None,
) -> SnapshotInputs:
    """Choose the inputs of the snapshot ``key``: of each wiki the dump of that date, with the
    newest month of its history and of all wikis' views that is not too old.

    ``wikis`` are those named; empty is all that have a dump of the date, and the others are left
    out. Sources that ``known`` has are taken from there. Raises UserError for what is not whole,
    and for a wiki that was named and is not there.
    """
    day = day_of(key)
    files: list[InputFile] = []
    left_out: dict[str, str] = {}
    for wiki in targets_of(looker.dumps, wikis, known):
        if known and (already := known.of(wiki)):
            files += already
        elif dump_date_of(key) in looker.dumps.dumps_of(wiki):
            files += _green(looker, wiki, dump_date_of(key))
            files += _history(looker, wiki, day, rules)
        elif wikis:
            raise UserError(f"{looker.dumps.place.name}/{wiki}: no dump of {key}")
        else:
            left_out[wiki] = f"no dump for the snapshot {key}"
    if not files:
        raise UserError(f"{looker.dumps.place.name}: no wiki has a dump for the snapshot {key}")
    if known and (already := known.of(PAGEVIEWS)):
        files += already
    else:
        files += _views(looker, day, rules)
    return SnapshotInputs(key, tuple(files), left_out, OTHERS)


def lights_of(looker: ModuleLooker, key: str, wikis: Sequence[str]) -> Mapping[str, Light]:
    """Look at the dumps of one date, of the wikis named or of all that have one."""
    day = dump_date_of(key)
    there = wikis or [wiki for wiki in looker.dumps.wikis() if day in looker.dumps.dumps_of(wiki)]
    return {wiki: looker.light(wiki, day) for wiki in there}


def targets_of(
    dumps: ModuleDumps, wikis: Sequence[str], known: SnapshotInputs | None = None
) -> Sequence[str]:
    """Give the wikis: those named, each once, else all that are there.

    Raises UserError where there is none, or one that is named is, unless it is known, not there.
    """
    there = sorted({*dumps.wikis(), *(known.wikis if known else ())})
    missing = sorted({*wikis} - {*there})
    if not there:
        raise dumps.no_wikis()
    if missing:
        names = several(there, NAMED, ", ", " and ")
        raise UserError(
            f"{dumps.place.name}/{missing[0]}: no dump of the wiki {missing[0]}; there are {names}"
        )
    return sorted({*wikis}) or there


def _green(looker: ModuleLooker, wiki: str, date: str) -> tuple[InputFile, ...]:
    light = looker.light(wiki, date)
    if light.error:
        raise light.error
    if not light.green:
        raise UserError(
            f"{looker.dumps.place.name}/{light.waiting[0]}; fetch it whole, or name the other "
            "wikis with --wikis"
        )
    return light.files


def _history(looker: ModuleLooker, wiki: str, day: date, rules: Rules) -> list[InputFile]:
    month = looker.dumps.history_month(wiki, day, rules.month_days)
    if month is None:
        return []
    return _of_month(looker, wiki, month, looker.dumps.history_files(wiki, month))


def _views(looker: ModuleLooker, day: date, rules: Rules) -> list[InputFile]:
    month = looker.dumps.pageviews_month(day, rules.month_days)
    named = looker.dumps.pageviews_file(month) if month else None
    return _of_month(looker, PAGEVIEWS, month, [named]) if month and named else []


def _of_month(
    looker: ModuleLooker, source: str, month: str, named: Sequence[NamedFile]
) -> list[InputFile]:
    """Look at the files of a month, which is known by its first day."""
    files = []
    for each in named:
        found = looker.named(source, f"{month.replace('-', '')}01", each)
        if isinstance(found, str):
            raise InputError(f"{looker.dumps.place.name}/{each.path}", found)
        files.append(found[0])
    return files


__all__ = [
    "OTHERS",
    "ModuleLooker",
    "choose_inputs",
    "failed",
    "lights_of",
    "newest_snapshot",
    "targets_of",
]
