"""Which dumps make up a snapshot. No dump is read here."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from graph.choice import NAMED, targets_of
from graph.declared import GATE
from graph.green_lights import InputFile, Light, Looker, failed
from graph.history import newest_finished
from graph.inputs import SnapshotInputs
from graph.partition import day_of, dump_date_of, key_of
from imagesuggest_assets.rules import Rules
from resources.errors import UserError
from resources.lake import Lake
from resources.sources.dumps import COMMONS, ENTITIES, ITEMS, MEDIAINFO, NO_TARGETS
from resources.sources.provider import Provider
from resources.wording import several

NO_WIKIS = (COMMONS, ITEMS.source, MEDIAINFO.source)
"""The sources that no snapshot can do without."""


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
    day_of(key)
    _refuse_others(wikis)
    files: list[InputFile] = []
    left_out: dict[str, str] = {}
    for wiki in targets_of(looker.dumps, wikis, known):
        if known and (already := known.of(wiki)):
            files += already
            continue
        found = lights(looker, wiki, key, rules.wiki_oldest_days)
        if wikis or found:
            files += _green(found, looker.dumps, wiki, key, rules.wiki_oldest_days)
        else:
            left_out[wiki] = f"no dump for the snapshot {key}"
    if not files:
        there = {day for wiki in left_out for day in looker.dumps.dumps_of(wiki)}
        raise UserError(
            f"{looker.dumps.place.name}: no wiki has a dump for the snapshot {key}; "
            f"there are dumps of {_listed(there)}"
        )
    for source, oldest in oldest_days(rules).items():
        if known and (already := known.of(source)):
            files += already
        else:
            found = lights(looker, source, key, oldest)
            files += _green(found, looker.dumps, source, key, oldest)
    return SnapshotInputs(key, tuple(files), left_out, NO_WIKIS)


def oldest_days(rules: Rules) -> dict[str, int]:
    """Give how old the dump of each source may be that no snapshot can do without, in days."""
    ages = (rules.commons_oldest_days, rules.entities_oldest_days, rules.entities_oldest_days)
    return dict(zip(NO_WIKIS, ages, strict=True))


def lights(looker: Looker, source: str, key: str, oldest: int) -> list[Light]:
    """Look at a source's dumps for the snapshot ``key``, at most ``oldest`` days older than it.

    The newest comes first; the last is the one that is taken, if that is green.
    """
    first = (day_of(key) - timedelta(oldest)).strftime("%Y%m%d")
    found: list[Light] = []
    try:
        for date in looker.dumps.dumps_of(source, first, dump_date_of(key)):
            found.append(looker.light(source, date))
            if found[-1].green:
                break
    except UserError as error:
        found.append(failed(source, "", error))
    return found


def _refuse_others(wikis: Sequence[str]) -> None:
    """Raise UserError for a wiki that is no target."""
    for wiki in wikis:
        if wiki in NO_TARGETS:
            raise UserError(f"{wiki} is never a target of suggestions; take it out of --wikis")


def _green(
    found: Sequence[Light], dumps: Provider, source: str, key: str, oldest: int
) -> tuple[InputFile, ...]:
    """Give the files of the dump that is taken. Raises UserError where none is green."""
    if found and found[-1].green:
        return found[-1].files
    place = dumps.place.name
    if found and found[0].error:
        raise found[0].error
    if found:
        advice = (
            "" if source in ENTITIES else "; fetch it whole, or name the other wikis with --wikis"
        )
        raise UserError(f"{place}/{found[0].waiting[0]}{advice}")
    what = f"{source}: no dump of {source} for the snapshot {key}"
    if source in ENTITIES:
        missing = dumps.missing(source, "YYYYMMDD")
        what = f"{missing}: none dated {oldest} days or less before {key}"
    there = _listed(dumps.dumps_of(source))
    raise UserError(f"{place}/{what}; there are dumps of {there}")


def _listed(dates: Iterable[str]) -> str:
    return ", ".join(map(key_of, sorted(dates))) or "no date"


def refuse_unknown(lake: Lake, dumps: Provider, rules: Rules, wikis: Collection[str]) -> None:
    """Raise UserError for rules of a wiki that is none of a run's ``wikis``, has no dumps, nor came
    to the last gate.
    """
    if rules.wikis.keys() <= {*wikis}:
        return
    last = newest_finished(lake)
    before = {row["wiki_db"] for row in lake.rows(GATE, last, ["wiki_db"])} if last else set()
    known = {*wikis, *before, *dumps.perhaps_wikis()}
    for wiki in rules.wikis:
        if wiki not in known:
            there = several(sorted(known - {COMMONS}), NAMED, ", ", " and ")
            raise UserError(
                f"the rules have wikis.{wiki}, and no target wiki is called so; there are {there}; "
                "write the name of one of them, or take that out"
            )
