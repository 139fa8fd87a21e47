"""Whether the run of what is complete is due, by how earlier runs ended. None is started here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import dagster as dg

from graph.catalog import Catalog
from graph.declared import GATE, MANIFEST
from graph.fixed import at_gate
from graph.past_runs import Past, last_materialized, past_runs
from graph.rules import GraphRules
from resources.lake import Lake

NAMED = 5
"""Wikis named in a sentence."""


class Ready(Protocol):
    """What a snapshot would be made of: these wikis are whole; ``files`` is another text when one
    of their files is another.
    """

    @property
    def key(self) -> str:
        """The snapshot."""

    @property
    def wikis(self) -> Sequence[str]:
        """The wikis that are whole."""

    @property
    def files(self) -> str:
        """What all files are known by."""


@dataclass(frozen=True)
class Step:
    """What to do about a snapshot: start its run, or wait and say why.

    ``publication`` says that all is computed, and only what publishes it is to be run.
    """

    start: bool
    why: str
    wikis: tuple[str, ...] = field(default=())
    publication: bool = False


def step_of(
    catalog: Catalog,
    instance: dg.DagsterInstance,
    lake: Lake,
    ready: Ready,
    job: str,
    *,
    others: Collection[str],
    rules: GraphRules,
    now: datetime,
    sinks: Sequence[str] = (),
) -> tuple[Step, bool]:
    """Decide whether a run of ``job`` is due for a complete snapshot, from what the instance and
    the lake know of it; tell also whether one is going on.

    A run that ended between the manifest and the gate has not finished the snapshot, and one that
    ended after the gate has not published it by ``sinks``, whatever an earlier run did. ``others``
    are the sources that are no wikis.
    """
    last = last_materialized(instance, catalog, ready.key, (MANIFEST, GATE, *sinks))
    # What an instance knows nothing of was done elsewhere.
    finished = lake.has(GATE, ready.key) and not 0 < last[GATE] < last[MANIFEST]
    published = not finished or all(last[name] >= last[GATE] for name in sinks)
    # Whoever came to the gate may have to be published again: a run, a decision, newer feedback.
    of = job if published else None
    runs = past_runs(instance, ready.key, of, now, lake.storage, catalog)
    step = next_step(
        ready,
        runs,
        there=instance.has_dynamic_partition(str(catalog.snapshots.name), ready.key),
        finished=finished,
        published=published,
        part=tuple(at_gate(lake, ready.key, others) - {*others}),
        rules=rules,
        now=now,
    )
    return step, bool(runs) and runs[0].status == "active"


def next_step(
    ready: Ready,
    runs: Sequence[Past],
    *,
    there: bool,
    finished: bool,
    published: bool,
    part: Sequence[str],
    rules: GraphRules,
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
    what = f"{', '.join(joins[:NAMED])} of {ready.key}" if joins else ready.key
    wikis = tuple(sorted({*ready.wikis, *part}))
    return due(what, runs, ready.files, wikis, rules, now)


def due(
    what: str,
    runs: Sequence[Past],
    inputs: str,
    wikis: tuple[str, ...],
    rules: GraphRules,
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
