"""Which files make up a snapshot of the module finder. No dump is read here."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from graph.choice import targets_of
from graph.green_lights import InputFile, Light, Looker, light_of
from graph.inputs import SnapshotInputs
from graph.partition import day_of, dump_date_of, key_of
from resources.errors import InputError, UserError
from resources.sources.dumps import Told
from resources.sources.module_dumps import MONTH_DAYS, PAGEVIEWS, ModuleDumps, NamedFile

OTHERS = (PAGEVIEWS,)
"""The sources that are no wikis."""


class ModuleLooker(Looker):
    """Looks at the dumps of wikis for all that the module finder reads of them; ``month_days`` is
    how old a wiki's history may be at the date of its dump.
    """

    dumps: ModuleDumps

    def __init__(
        self,
        dumps: ModuleDumps,
        settling: timedelta | None,
        refused: Mapping[str, tuple[str, str]] | None = None,
        month_days: int = MONTH_DAYS,
    ) -> None:
        super().__init__(dumps, settling, refused)
        self.month_days = month_days

    def wiki(self, wiki: str, date: str) -> Light:
        """Look at the dump of a wiki, with the history that belongs to it."""
        there = self.dumps.wiki_files(wiki, date)
        found = [self.named(wiki, date, named) for named in there.files]
        day = day_of(key_of(date))
        if history := self.dumps.history_of(wiki, day, self.month_days):
            month, names = history
            found += [self.named(wiki, _first_day(month), named) for named in names]
        waiting = [*there.waiting, *(each for each in found if isinstance(each, str))]
        files = [each for each in found if not isinstance(each, str)]
        return light_of(wiki, date, files, waiting)

    def views(self, day: date) -> tuple[InputFile, ...]:
        """Give the newest month of all wikis' views that is not too old; none where none is there.

        Raises InputError for a file that is not whole.
        """
        views = self.dumps.pageviews_of(day, self.month_days)
        if views is None:
            return ()
        month, named = views
        found = self.named(PAGEVIEWS, _first_day(month), named)
        if isinstance(found, str):
            raise InputError(f"{self.dumps.place.name}/{named.path}", found)
        return (found[0],)

    def named(self, source: str, date: str, named: NamedFile) -> tuple[InputFile, datetime] | str:
        """See Looker.file."""
        told = named.told or Told(named.path, None, None)
        return self.file(source, named.what, date, named.path, told, settle=told.bytes is None)


def choose_inputs(
    looker: ModuleLooker,
    key: str,
    wikis: Sequence[str],
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
        elif wikis:
            raise UserError(f"{looker.dumps.place.name}/{wiki}: no dump of {key}")
        else:
            left_out[wiki] = f"no dump for the snapshot {key}"
    if not files:
        raise UserError(f"{looker.dumps.place.name}: no wiki has a dump for the snapshot {key}")
    if known and (already := known.of(PAGEVIEWS)):
        files += already
    else:
        files += looker.views(day)
    return SnapshotInputs(key, tuple(files), left_out, OTHERS)


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


def _first_day(month: str) -> str:
    """Write a month as dumps write dates: what is of a month is known by its first day."""
    return f"{month.replace('-', '')}01"
