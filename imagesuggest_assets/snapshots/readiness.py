"""When a snapshot is complete, and when its run is due. Decided from what is there and what was
materialized; nothing is looked at or started here.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from graph.partition import day_of, dump_date_of, key_of
from graph.past_runs import Past
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


@dataclass(frozen=True)
class Step:
    """What to do about a snapshot: start its run, or wait and say why.

    ``publication`` says that all is computed, and only what publishes it is to be run.
    """

    start: bool
    why: str
    wikis: tuple[str, ...] = field(default=())
    publication: bool = False


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


def next_step(
    ready: Readiness,
    runs: Sequence[Past],
    *,
    there: bool,
    finished: bool,
    published: bool,
    part: Sequence[str],
    rules: Rules,
    now: datetime,
) -> Step:
    """Decide whether the run of a complete snapshot is due.

    ``runs`` are its runs, newest first; ``there`` says whether its partition is, ``finished``
    whether a run of it has come to its gate, with the wikis that are ``part`` of it, and
    ``published`` whether what the gate lets through was published since.
    """
    joins = tuple(sorted({*ready.wikis} - {*part})) if finished else ()
    if finished and not joins:
        if published or not there:
            return Step(False, f"{ready.key} is done")
        # Whatever files they were requested for: what is published is computed from them already.
        of_any = [replace(run, inputs="") for run in runs]
        step = due(f"the publication of {ready.key}", of_any, "", (), rules, now)
        return replace(step, publication=True)
    if not there and (runs or finished):
        return Step(False, f"{ready.key} was deleted; add it under Partitions to have it again")
    what = f"{', '.join(joins[:WAITED_FOR])} of {ready.key}" if joins else ready.key
    wikis = tuple(sorted({*ready.wikis, *part}))
    return due(what, runs, ready.files, wikis, rules, now)


def due(
    what: str,
    runs: Sequence[Past],
    inputs: str,
    wikis: tuple[str, ...],
    rules: Rules,
    now: datetime,
) -> Step:
    """Decide whether to start a run of ``inputs``, by how the runs before, newest first, ended."""
    if runs and runs[0].status == "active":
        return Step(False, f"the run {runs[0].run_id[:8]} of {what} goes on")
    failed: list[Past] = []
    for run in runs:
        if run.status == "success" or run.inputs != inputs:
            break
        failed.append(run)
    if not failed:
        return Step(True, f"{what} is complete", wikis)
    last = failed[0]
    if not last.passing:
        return Step(
            False,
            f"the run {last.run_id[:8]} of {what} failed for a reason that stays: {last.why}; put "
            "it right, then run it by hand or wait for other files",
        )
    if len(failed) >= rules.run_attempts:
        return Step(
            False, f"{what} failed {len(failed)} times, last: {last.why}; run it again by hand"
        )
    wait = timedelta(minutes=rules.run_wait_minutes * 2 ** (len(failed) - 1))
    if last.ended is not None and now < last.ended + wait:
        again = last.ended + wait
        return Step(False, f"{what} is tried again at {again:%H:%M} UTC; it failed: {last.why}")
    return Step(True, f"{what} is tried again, attempt {len(failed) + 1}", wikis)


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
