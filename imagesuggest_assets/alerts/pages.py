"""What the pager is told: checks of ended runs, runs and sensors that failed, snapshots that do not
come, files that can not be read, and freshness.

What a page says, when it is sent and how it arrives is known in resources/paging.
"""

from collections.abc import Collection, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial

import dagster as dg
from dagster import DagsterEventType

from asset_checks.freshness import fresh_result
from asset_checks.runbook import RUNBOOK
from graph.paging import (
    Paged,
    open_of,
    open_pager,
    report_changes,
    report_runs,
    report_sensors,
    tell,
)
from imagesuggest_assets.alerts.files import unreadable
from imagesuggest_assets.catalog.asset import CATALOG
from imagesuggest_assets.catalog.measures import MEASURES
from imagesuggest_assets.catalog.sinks import FRESHNESS, WIKIS_READ
from imagesuggest_assets.publication.missing import CHECKED
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.settings import Settings
from imagesuggest_assets.snapshots.jobs import JOBS
from imagesuggest_assets.snapshots.source_sensors import blind_sensors, late_snapshots
from resources.io_manager import LakeResource
from resources.lake import Lake
from resources.paging.pager import Pager

DELIVERING_SECONDS = 30.0
"""How long one tick begins to send pages; Dagster stops it after 60 s."""
FIRST_LOOK_BACK = timedelta(days=2)
"""Runs that ended longer ago are not told of when the pager starts for the first time."""
OVERLAP = timedelta(hours=1)
"""Runs are looked at again for so long: one may be written down after another that ended later."""
FORGET_AFTER = timedelta(days=30)
HOLDING: Mapping[str, Collection[str]] = {"anomaly": MEASURES, "inputs": CHECKED}
"""The checks that hold wikis back, and of what they are."""
PAGED = Paged(
    CATALOG, HOLDING, [job.name for job in JOBS], ends=WIKIS_READ.name, now=FRESHNESS.name
)


def report_files(pager: Pager, lake: Lake) -> None:
    """Tell the pager which small files of the lake can not be read, and which can again."""
    found = unreadable(lake)
    names = sorted(found.keys() | open_of(pager, "file"))
    report_changes(pager, "file", found, names, weight=5.0)


def report_late(pager: Pager, late: Mapping[str, str]) -> None:
    """Tell the pager which snapshots are waited for, and which are not any more."""
    report_changes(pager, "late", late, sorted(late.keys() | open_of(pager, "late")), weight=5.0)


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
    judgement = PAGED.judgement(evaluation, "", (), settings.ui)
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
        pager, instance, ui = (
            open_pager(settings.pages, rules, RUNBOOK),
            context.instance,
            settings.ui,
        )
        now = datetime.now(UTC)
        since = datetime.fromisoformat(context.cursor) if context.cursor else now - FIRST_LOOK_BACK
        try:
            with closing(lake.get()) as here:
                failed = tell(
                    pager,
                    {
                        "runs": partial(
                            report_runs, PAGED, pager, instance, since - OVERLAP, here, ui
                        ),
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
