"""What the pager is told of a graph's runs and of sensors: each problem once, and that it is over.

What a page says, when it is sent and how it arrives is known in resources/paging.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import dagster as dg
from dagster import DagsterEventType, DagsterRunStatus, RunRecord
from sqlalchemy.exc import DBAPIError

from graph.catalog import Catalog
from graph.decisions import read_decisions
from graph.past_runs import PARTITION_TAG, ended_by_a_person, made_good, why_failed
from graph.rules import GraphRules
from graph.shown import PROBLEMS
from resources.dagster_internals import InstigatorTick, InstigatorType, TickStatus
from resources.errors import UserError
from resources.instance import dagster_home
from resources.io_manager import LakeResource
from resources.lake import Lake
from resources.paging.destinations import destinations_from
from resources.paging.pager import Pager
from resources.paging.problems import Judgement, Problem
from resources.paging.texts import PRODUCT
from resources.wording import several

CANNOT_LOOK = (UserError, OSError, ValueError, sqlite3.Error, DBAPIError)
"""What is raised where something can not be read, or is not what it should be."""
DELIVERING_SECONDS = 30.0
"""How long one tick begins to send pages; Dagster stops it after 60 s."""
FIRST_LOOK_BACK = timedelta(days=2)
"""Runs that ended longer ago are not told of when the pager starts for the first time."""
OVERLAP = timedelta(hours=1)
"""Runs are looked at again for so long: one may be written down after another that ended later."""
FORGET_AFTER = timedelta(days=30)
TOLD = 3
Steps = Mapping[str, Callable[[], object]]
"""What the pager is told of, by what it is."""
_ENDED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
_TICK_ENDED = [TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.FAILURE]


@dataclass(frozen=True)
class Paged:
    """What of a graph people are told. ``holding`` are the checks that hold wikis back, and of what
    they are; ``ends`` is the one by which a run ends as failed that has done all it could, ``now``
    the one that is no matter of a snapshot.
    """

    catalog: Catalog
    holding: Mapping[str, Collection[str]]
    ends: str = ""
    now: str = ""

    @staticmethod
    def name(key: dg.AssetKey) -> str:
        """Name an asset among those of all graphs."""
        return key.to_user_string()

    def judgement(
        self, check: dg.AssetCheckEvaluation, key: str, released: Collection[str], ui: str
    ) -> Judgement:
        """Give what a check found of a snapshot, but of the wikis that somebody released."""
        dataset, name = self.name(check.asset_key), check.check_name
        key = "" if name == self.now else key
        told = check.metadata.get(PROBLEMS)
        found: Sequence[dict[str, Any]] = told.value if told else []  # type: ignore[assignment]
        problems = [
            Problem(
                name, dataset, key, each["wiki"], each["severity"], each["says"], each["weight"]
            )
            for each in found
            if each["wiki"] not in released
        ]
        return Judgement(name, dataset, key, tuple(problems), link_of(ui, dataset, name))


def open_pager(
    pages: str,
    rules: GraphRules,
    runbook: Mapping[str, str],
    product: str = PRODUCT,
    memory: str = "pages",
) -> Pager:
    """Open a graph's pager. ``pages`` says whom it tells, ``runbook`` what people do about each
    kind of problem, ``product`` what titles begin with.

    What it remembers is beside the history of runs, in a file called ``memory``: each graph has its
    own, so that none says of another's problem that it is over.
    """
    return Pager(
        dagster_home().absolute() / f"{memory}.sqlite",
        destinations_from(pages),
        runbook=runbook,
        product=product,
        again_after=timedelta(hours=rules.page_again_hours),
    )


def tell(pager: Pager, steps: Mapping[str, Callable[[], object]]) -> dict[str, str]:
    """Tell the pager of one thing after the other, whatever becomes of each.

    What can not be told of is a problem itself. Gives why, by what was to be told of.
    """
    failed = {}
    for what, step in steps.items():
        try:
            step()
        except CANNOT_LOOK as error:
            failed[what] = " ".join(str(error).split())
    says = {what: f"nobody can be told of {what}: {why}" for what, why in failed.items()}
    report_changes(pager, "paging", says, steps, weight=10.0)
    return failed


def report_runs(
    paged: Paged,
    pager: Pager,
    instance: dg.DagsterInstance,
    since: datetime,
    lake: Lake,
    ui: str,
) -> None:
    """Tell the pager of all runs that ended since a time. Raises UserError for those of which it
    can not be told."""
    failed = []
    ended = dg.RunsFilter(statuses=_ENDED, updated_after=since)
    for record in instance.get_run_records(ended, ascending=True):
        try:
            report_run(paged, pager, instance, record, lake, ui)
        except CANNOT_LOOK as error:
            failed.append(f"the run {record.dagster_run.run_id[:8]}: {error}")
    if failed:
        raise UserError(several(failed, TOLD))


def report_run(
    paged: Paged, pager: Pager, instance: dg.DagsterInstance, record: RunRecord, lake: Lake, ui: str
) -> None:
    """Tell the pager what a run of the graph that has ended found; twice changes nothing."""
    source = f"run {record.dagster_run.run_id}"
    # What it found is read once, not at each tick that looks back as far.
    if paged.catalog.has(record.dagster_run) and not pager.knows(source):
        pager.report(source, list(judgements_of(paged, instance, record, lake, ui)))


def judgements_of(
    paged: Paged, instance: dg.DagsterInstance, record: RunRecord, lake: Lake, ui: str
) -> Iterator[Judgement]:
    """Give what the checks of a run found, and whether it failed itself.

    What a person has released is no problem any more. A run that failed for nothing but a wiki
    that can not be read has done what it could; the wiki's own page says so. Of a run that a person
    stopped, or that was refused what a person mistyped, nobody else is told. That a run failed is
    over when what it was to do is done, by whatever runs.
    """
    run = record.dagster_run
    key = run.tags.get(PARTITION_TAG, "")
    decisions = read_decisions(lake.storage).of(key)
    released = {wiki for wiki, each in decisions.items() if each.state == "released"}
    stopped: set[str] = set()
    for event in instance.all_logs(run.run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION):
        check = event.get_dagster_event().asset_check_evaluation_data
        error = check.severity == dg.AssetCheckSeverity.ERROR
        if check.blocking and error and not check.passed:
            stopped.add(check.check_name)
        yield paged.judgement(
            check, key, released if check.check_name in paged.holding else set(), ui
        )
    if released:
        for name, datasets in paged.holding.items():
            for dataset in datasets:
                told = paged.name(paged.catalog.key(dataset))
                yield Judgement(name, told, key, (), "", frozenset(released))
    link = f"{ui}/runs/{run.run_id}"
    if run.status == DagsterRunStatus.SUCCESS or stopped == {paged.ends}:
        for job in made_good(instance, record):
            yield Judgement("run", job, key, (), link)
    elif (
        run.status == DagsterRunStatus.FAILURE
        and not stopped
        and not ended_by_a_person(instance, run)
    ):
        _, why = why_failed(instance, run.run_id)
        says = f"the run {run.run_id[:8]} of {run.job_name} failed: {why}"
        yield Judgement(
            "run",
            run.job_name,
            key,
            (Problem("run", run.job_name, key, "", "ERROR", says, 10.0),),
            link,
        )


def link_of(ui: str, dataset: str, check: str) -> str:
    """Give the address of a check in the UI."""
    return f"{ui}/assets/{dataset}?view=checks&checkDetail={check}"


def report_sensors(
    paged: Paged,
    pager: Pager,
    instance: dg.DagsterInstance,
    ui: str,
    blind: Mapping[str, str] | None = None,
) -> None:
    """Tell the pager which sensors of the graph fail, and which do not any more.

    The ``blind`` ones do, too: they can look at nothing, which stops no tick.
    """
    already = open_of(pager, "sensor")
    for state in instance.all_instigator_state(instigator_type=InstigatorType.SENSOR):
        ticks = instance.get_ticks(
            state.instigator_origin_id, state.selector_id, limit=1, statuses=_TICK_ENDED
        )
        name = state.instigator_name
        if not ticks or not paged.catalog.has_name(name):
            continue
        why = ""
        if state.is_running:
            why = _why_failing(ticks[0]) or (blind or {}).get(name, "")
        if bool(why) == (name in already):
            continue
        problems: tuple[Problem, ...] = ()
        if why:
            says = f"the sensor {name} {why}"
            problems = (Problem("sensor", name, "", "", "ERROR", says, 5.0),)
        judgement = Judgement("sensor", name, "", problems, f"{ui}/automation")
        pager.report(f"sensor {name} tick {ticks[0].tick_id}", [judgement])


def _why_failing(tick: InstigatorTick) -> str:
    """Say why a tick failed; "" where it did not."""
    if tick.status != TickStatus.FAILURE:
        return ""
    error = tick.error
    while error is not None and error.cause is not None:
        error = error.cause
    return f"fails: {' '.join(str(error.message if error else 'no reason is known').split())}"


def report_changes(
    pager: Pager, check: str, says: Mapping[str, str], names: Iterable[str], *, weight: float
) -> None:
    """Tell the pager what of ``names`` is wrong and was not, and what was and is not any more."""
    already = open_of(pager, check)
    for name in names:
        if (name in says) == (name in already):
            continue
        problems: tuple[Problem, ...] = ()
        if name in says:
            problems = (Problem(check, name, "", "", "ERROR", says[name], weight),)
        pager.report(f"{check} {uuid4().hex}", [Judgement(check, name, "", problems)])


def open_of(pager: Pager, check: str) -> set[str]:
    """Give what is wrong by a check, and not over yet."""
    return {each.dataset for each in pager.open_incidents() if each.check == check}


def build_paging_sensor(
    paged: Paged,
    name: str,
    description: str,
    *,
    tick_seconds: int,
    pager_of: Callable[[Any], Pager],
    ui: str,
    steps: Callable[[Pager, dg.DagsterInstance, Lake, Any, datetime], Steps],
) -> dg.SensorDefinition:
    """Make the sensor that tells the pager of the graph's runs and of what ``steps`` give, and
    sends what is to be sent. ``pager_of`` opens the pager, by the graph's rules.
    """

    @dg.sensor(
        name=name,
        description=description,
        minimum_interval_seconds=tick_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sensor(
        context: dg.SensorEvaluationContext,
        lake: LakeResource,
        rules: dg.ResourceParam[GraphRules],
    ) -> dg.SensorResult:
        pager, instance, now = pager_of(rules), context.instance, datetime.now(UTC)
        since = datetime.fromisoformat(context.cursor) if context.cursor else now - FIRST_LOOK_BACK
        try:
            with closing(lake.get()) as here:
                runs = partial(report_runs, paged, pager, instance, since - OVERLAP, here, ui)
                failed = tell(pager, {"runs": runs, **steps(pager, instance, here, rules, now)})
        finally:
            # Whatever else fails: what was written before is for people, too.
            done = pager.deliver(for_seconds=DELIVERING_SECONDS)
        pager.forget_sources(now - FORGET_AFTER)
        waiting = sum(each.pages for each in pager.pending())
        told = [f"nobody can be told of {what}: {why}" for what, why in failed.items()]
        said = (
            f"{done.delivered} delivered, {done.failed} not taken, {waiting} wait; "
            f"{len(pager.open_incidents())} things are wrong"
        )
        return dg.SensorResult(
            # Runs that nobody could be told of are looked at again.
            cursor=context.cursor if "runs" in failed else now.isoformat(),
            skip_reason="; ".join([said, *told]),
        )

    return sensor
