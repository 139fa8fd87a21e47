"""What of the module finder people are told, and the sensor that tells them."""

from datetime import datetime

import dagster as dg

from asset_checks.modules.runbook import RUNBOOK
from graph.paging import (
    Paged,
    Steps,
    build_paging_sensor,
    open_pager,
    report_sensors,
)
from graph.rules import GraphRules
from graph.watch import blind
from module_assets.catalog.asset import CATALOG
from module_assets.catalog.measures import MEASURES
from module_assets.publication.faults import FAULTS
from module_assets.settings import Settings
from module_assets.snapshots.sensors import SENSOR, WATCHED
from resources.lake import Lake
from resources.paging.pager import Pager

HOLDING = {
    "anomaly": tuple(MEASURES),
    **{each.name: (dataset,) for dataset, each in FAULTS.items() if each.holds},
}
"""The checks that hold wikis back, and of what they are."""
PAGED = Paged(CATALOG, HOLDING)


def pager_of(settings: Settings, rules: GraphRules) -> Pager:
    """Open the pager of the module finder."""
    return open_pager(settings.pages, rules, RUNBOOK, "module finder", "modules-pages")


def paging_sensor(settings: Settings) -> dg.SensorDefinition:
    """Make the sensor that pages; where to is known to it alone, and never shown."""

    def steps(
        pager: Pager, instance: dg.DagsterInstance, lake: Lake, rules: GraphRules, now: datetime
    ) -> Steps:
        def sensors() -> None:
            seen = blind(lake, {SENSOR: WATCHED}, rules.blind_minutes, now)
            report_sensors(PAGED, pager, instance, settings.ui, seen)

        return {"sensors": sensors}

    return build_paging_sensor(
        PAGED,
        "modules_pages",
        "Tells people what checks, runs and sensors of the module finder have found: once, again "
        "while it lasts, once when it is over. Where to: MODULES_PAGES or IMAGESUGGEST_PAGES.",
        tick_seconds=settings.tick_seconds,
        pager_of=lambda rules: pager_of(settings, rules),
        ui=settings.ui,
        steps=steps,
    )
