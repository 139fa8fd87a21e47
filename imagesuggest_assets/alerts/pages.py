"""What the pager is told: checks of ended runs, runs and sensors that failed, snapshots that do not
come, files that can not be read, and freshness.

What a page says, when it is sent and how it arrives is known in resources/paging.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import dagster as dg
from dagster import DagsterEventType, DagsterRunStatus, RunRecord
from sqlalchemy.exc import DBAPIError

from asset_checks.freshness import fresh_result
from asset_checks.runbook import RUNBOOK
from graph.decisions import read_decisions
from graph.shown import PROBLEMS
from imagesuggest_assets.alerts.files import unreadable
from imagesuggest_assets.catalog.measures import MEASURES
from imagesuggest_assets.catalog.sinks import FRESHNESS, WIKIS_READ
from imagesuggest_assets.publication.missing import CHECKED
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.settings import Settings
from imagesuggest_assets.snapshots.past_runs import (
    PARTITION_TAG,
    ended_by_a_person,
    made_good,
    why_failed,
)
from imagesuggest_assets.snapshots.source_sensors import blind_sensors, late_snapshots
from resources.dagster_internals import InstigatorTick, InstigatorType, TickStatus
from resources.errors import UserError
from resources.instance import dagster_home
from resources.io_manager import LakeResource
from resources.lake import Lake
from resources.paging.destinations import destinations_from
from resources.paging.pager import Pager
from resources.paging.problems import Judgement, Problem
from resources.wording import several

DELIVERING_SECONDS = 30.0
"""How long one tick begins to send pages; Dagster stops it after 60 s."""
FIRST_LOOK_BACK = timedelta(days=2)
"""Runs that ended longer ago are not told of when the pager starts for the first time."""
OVERLAP = timedelta(hours=1)
"""Runs are looked at again for so long: one may be written down after another that ended later."""
FORGET_AFTER = timedelta(days=30)
HOLDING: Mapping[str, Collection[str]] = {"anomaly": MEASURES, "inputs": CHECKED}
"""The checks that hold wikis back, and of what they are."""
_ENDED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
_TICK_ENDED = [TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.FAILURE]
CANNOT_LOOK = (UserError, OSError, ValueError, sqlite3.Error, DBAPIError)
"""What is raised where something can not be read, or is not what it should be."""
_TOLD = 3


def open_pager(settings: Settings, rules: Rules) -> Pager:
    """Open the pager; what it remembers is beside the history of runs."""
    return Pager(
        dagster_home().absolute() / "pages.sqlite",
        destinations_from(settings.pages),
        runbook=RUNBOOK,
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
    _report_changes(pager, "paging", says, steps, weight=10.0)
    return failed


def report_runs(
    pager: Pager, instance: dg.DagsterInstance, since: datetime, lake: Lake, ui: str
) -> None:
    """Tell the pager of all runs that ended since a time. Raises UserError for those of which it
    can not be told."""
    failed = []
    ended = dg.RunsFilter(statuses=_ENDED, updated_after=since)
    for record in instance.get_run_records(ended, ascending=True):
        try:
            report_run(pager, instance, record, lake, ui)
        except CANNOT_LOOK as error:
            failed.append(f"the run {record.dagster_run.run_id[:8]}: {error}")
    if failed:
        raise UserError(several(failed, _TOLD))


def report_run(
    pager: Pager, instance: dg.DagsterInstance, record: RunRecord, lake: Lake, ui: str
) -> None:
    """Tell the pager what a run that has ended found; telling it twice changes nothing."""
    source = f"run {record.dagster_run.run_id}"
    # What it found is read once, not at each tick that looks back as far.
    if not pager.knows(source):
        pager.report(source, list(judgements_of(instance, record, lake, ui)))


def judgements_of(
    instance: dg.DagsterInstance, record: RunRecord, lake: Lake, ui: str
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
        yield _judgement(check, key, released if check.check_name in HOLDING else set(), ui)
    if released:
        for name, datasets in HOLDING.items():
            for dataset in datasets:
                yield Judgement(name, dataset, key, (), "", frozenset(released))
    link = f"{ui}/runs/{run.run_id}"
    if run.status == DagsterRunStatus.SUCCESS or stopped == {WIKIS_READ.name}:
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


def _judgement(check: dg.AssetCheckEvaluation, key: str, released: set[str], ui: str) -> Judgement:
    dataset, name = check.asset_key.path[-1], check.check_name
    # How fresh the data is, is no matter of a snapshot.
    key = "" if name == FRESHNESS.name else key
    told = check.metadata.get(PROBLEMS)
    found: Sequence[dict[str, Any]] = told.value if told else []  # type: ignore[assignment]
    problems = [
        Problem(name, dataset, key, each["wiki"], each["severity"], each["says"], each["weight"])
        for each in found
        if each["wiki"] not in released
    ]
    return Judgement(name, dataset, key, tuple(problems), link_of(ui, dataset, name))


def link_of(ui: str, dataset: str, check: str) -> str:
    """Give the address of a check in the UI."""
    return f"{ui}/assets/{dataset}?view=checks&checkDetail={check}"


def report_sensors(
    pager: Pager, instance: dg.DagsterInstance, ui: str, blind: Mapping[str, str] | None = None
) -> None:
    """Tell the pager which sensors fail, and which do not any more; the ``blind`` ones do, too.

    These can look at nothing, which stops no tick: see blind_sensors().
    """
    already = _open(pager, "sensor")
    for state in instance.all_instigator_state(instigator_type=InstigatorType.SENSOR):
        ticks = instance.get_ticks(
            state.instigator_origin_id, state.selector_id, limit=1, statuses=_TICK_ENDED
        )
        name = state.instigator_name
        if not ticks:
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


def report_files(pager: Pager, lake: Lake) -> None:
    """Tell the pager which small files of the lake can not be read, and which can again."""
    found = unreadable(lake)
    names = sorted(found.keys() | _open(pager, "file"))
    _report_changes(pager, "file", found, names, weight=5.0)


def report_late(pager: Pager, late: Mapping[str, str]) -> None:
    """Tell the pager which snapshots are waited for, and which are not any more."""
    _report_changes(pager, "late", late, sorted(late.keys() | _open(pager, "late")), weight=5.0)


def _report_changes(
    pager: Pager, check: str, says: Mapping[str, str], names: Iterable[str], *, weight: float
) -> None:
    """Tell the pager what of ``names`` is wrong and was not, and what was and is not any more."""
    already = _open(pager, check)
    for name in names:
        if (name in says) == (name in already):
            continue
        problems: tuple[Problem, ...] = ()
        if name in says:
            problems = (Problem(check, name, "", "", "ERROR", says[name], weight),)
        pager.report(f"{check} {uuid4().hex}", [Judgement(check, name, "", problems)])


def _open(pager: Pager, check: str) -> set[str]:
    return {each.dataset for each in pager.open_incidents() if each.check == check}


def report_freshness(
    pager: Pager,
    instance: dg.DagsterInstance,
    lake: Lake,
    rules: Rules,
    settings: Settings,
    now: datetime,
) -> None:
    """Tell the pager of which wikis nothing was published for long, and Dagster what it shows."""
    result = fresh_result(lake, rules, now, search=settings.search.ships)
    evaluation = dg.AssetCheckEvaluation(
        asset_key=FRESHNESS.asset_key,
        check_name=FRESHNESS.name,
        passed=result.passed,
        severity=result.severity,
        description=result.description,
        metadata=result.metadata,
    )
    if _shown(instance) != result.description:
        instance.report_runless_asset_event(evaluation)
    judgement = _judgement(evaluation, "", set(), settings.ui)
    already = {each.wiki for each in pager.open_incidents() if each.check == FRESHNESS.name}
    if already != {problem.wiki for problem in judgement.problems}:
        pager.report(f"freshness {now.isoformat()}", [judgement])


def _shown(instance: dg.DagsterInstance) -> str | None:
    """Give what Dagster shows of freshness; None where nobody has looked at it to the end."""
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key([FRESHNESS])
    event = records[FRESHNESS].event if FRESHNESS in records else None
    told = event.dagster_event if event else None
    if told is None or told.event_type != DagsterEventType.ASSET_CHECK_EVALUATION:
        return None
    return told.asset_check_evaluation_data.description


def paging_sensor(settings: Settings) -> dg.SensorDefinition:
    """Make the sensor that pages; where to is known to it alone, and never shown."""

    @dg.sensor(
        name="pages",
        description="Tells people what checks, runs and sensors have found: once, again while it "
        "lasts, once when it is over. Where to: IMAGESUGGEST_PAGES.",
        minimum_interval_seconds=settings.tick_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def pages(
        context: dg.SensorEvaluationContext, lake: LakeResource, rules: Rules
    ) -> dg.SensorResult:
        pager, instance, ui = open_pager(settings, rules), context.instance, settings.ui
        now = datetime.now(UTC)
        since = datetime.fromisoformat(context.cursor) if context.cursor else now - FIRST_LOOK_BACK
        try:
            with closing(lake.get()) as here:
                failed = tell(
                    pager,
                    {
                        "runs": partial(report_runs, pager, instance, since - OVERLAP, here, ui),
                        "sensors": lambda: report_sensors(
                            pager, instance, ui, blind_sensors(here, rules, now)
                        ),
                        "files": partial(report_files, pager, here),
                        "late": lambda: report_late(pager, late_snapshots(here, rules, now)),
                        FRESHNESS.name: partial(
                            report_freshness, pager, instance, here, rules, settings, now
                        ),
                    },
                )
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

    return pages
