"""What the pager is told: checks of ended runs, runs and sensors that failed, snapshots that do not
come, files that can not be read, and freshness.

What a page says, when it is sent and how it arrives is known in resources/paging.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial

import dagster as dg
from dagster import DagsterEventType

from asset_checks.freshness import fresh_result
from asset_checks.runbook import RUNBOOK
from graph.paging import (
    Paged,
    Steps,
    build_paging_sensor,
    open_of,
    open_pager,
    report_changes,
    report_sensors,
)
from imagesuggest_assets.alerts.files import unreadable
from imagesuggest_assets.catalog.asset import CATALOG
from imagesuggest_assets.catalog.measures import MEASURES
from imagesuggest_assets.catalog.sinks import FRESHNESS, WIKIS_READ
from imagesuggest_assets.publication.missing import CHECKED
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.settings import Settings
from imagesuggest_assets.snapshots.source_sensors import blind_sensors, late_snapshots
from resources.lake import Lake
from resources.paging.pager import Pager

HOLDING: Mapping[str, Collection[str]] = {"anomaly": MEASURES, "inputs": CHECKED}
"""The checks that hold wikis back, and of what they are."""
PAGED = Paged(CATALOG, HOLDING, ends=WIKIS_READ.name, now=FRESHNESS.name)


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

    def steps(
        pager: Pager, instance: dg.DagsterInstance, lake: Lake, rules: Rules, now: datetime
    ) -> Steps:
        return {
            "sensors": lambda: report_sensors(
                PAGED, pager, instance, settings.ui, blind_sensors(lake, rules, now)
            ),
            "files": partial(report_files, pager, lake),
            "late": lambda: report_late(pager, late_snapshots(lake, rules, now)),
            FRESHNESS.name: partial(report_freshness, pager, instance, lake, rules, settings, now),
        }

    return build_paging_sensor(
        PAGED,
        "pages",
        "Tells people what checks, runs and sensors have found: once, again while it lasts, once "
        "when it is over. Where to: IMAGESUGGEST_PAGES.",
        tick_seconds=settings.tick_seconds,
        pager_of=lambda rules: open_pager(settings.pages, rules, RUNBOOK),
        ui=settings.ui,
        steps=steps,
    )
