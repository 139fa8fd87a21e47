"""Old data goes, as upstream's does, so that the lake does not grow with the snapshots.

What goes and why the rest stays is known in retention.py; here Dagster comes to know of it.
"""

import time
from contextlib import closing
from datetime import UTC, datetime

import dagster as dg

from graph.declared import GATE
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.publication.retention import Removed, find_old, remove_old
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.settings import Settings
from resources.errors import UserError
from resources.io_manager import LakeResource, table_metadata
from resources.lake import Lake
from resources.wording import several

EVERY_SECONDS = 3600
"""How often the sensor looks, at least; a snapshot gets old once a week."""
REMOVING_SECONDS = 25.0
"""How long one tick removes before it leaves the rest to the next: Dagster stops it after 60 s."""
_TOLD = 3


def remove_old_data(
    instance: dg.DagsterInstance, lake: Lake, rules: Rules, settings: Settings, until: float
) -> Removed:
    """Remove what is old, and let Dagster know: what went is an observation of the gate.

    A snapshot that has lost anything is no partition any more, so that nobody computes on with what
    is left of it; adding it makes it again. ``until`` is as in remove_old. Raises InputError where
    nobody can tell what is to stay.
    """
    old = find_old(lake, rules, settings.keep_days, datetime.now(UTC))
    removed = remove_old(lake, old, settings.metastore, until)
    for snapshot in removed.snapshots:
        instance.delete_dynamic_partition(str(SNAPSHOTS.name), snapshot)
        gone = [each for each in removed.partitions if each.snapshot == snapshot]
        rows = [{"dataset": each.dataset, "bytes": each.bytes} for each in gone]
        instance.report_runless_asset_event(
            dg.AssetObservation(
                GATE,
                partition=snapshot,
                description=f"older than {settings.keep_days} days: {len(gone)} datasets removed",
                metadata={
                    "removed": table_metadata(rows),
                    "bytes": sum(each.bytes for each in gone),
                },
            )
        )
    return removed


def told(removed: Removed) -> str:
    """Say in a sentence what was removed, and what was not; nothing where there was nothing."""
    parts = [f"{snapshot}: {why}" for snapshot, why in removed.problems.items()]
    if removed.partitions:
        of = several(removed.snapshots, _TOLD, ", ", " and ")
        parts.insert(0, f"{len(removed.partitions)} old partitions removed, of {of}")
    return several(parts, _TOLD)


def old_data_sensor(settings: Settings) -> dg.SensorDefinition:
    """Make the sensor that removes old data."""

    @dg.sensor(
        name="old_data",
        description=f"Removes what is older than {settings.keep_days} days from the lake and from "
        "the tables of a metastore (IMAGESUGGEST_KEEP_DAYS). What is published, what counts are "
        "compared with and what somebody decided about stays: `imagesuggest lake expire --dry-run` "
        "lists it.",
        minimum_interval_seconds=max(EVERY_SECONDS, settings.tick_seconds),
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def old_data(
        context: dg.SensorEvaluationContext, lake: LakeResource, rules: Rules
    ) -> dg.SkipReason:
        until = time.monotonic() + REMOVING_SECONDS
        with closing(lake.get()) as here:
            try:
                removed = remove_old_data(context.instance, here, rules, settings, until)
            except UserError as error:
                # People are told of the file that can not be read.
                return dg.SkipReason(f"nothing is removed: {error}")
        return dg.SkipReason(told(removed) or "nothing is old enough to be removed")

    return old_data
