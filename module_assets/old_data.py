"""The sensor that removes snapshots of modules that nobody needs any more."""

from contextlib import closing

import dagster as dg

from module_assets.publication.old_data import remove_old
from module_assets.settings import Settings
from resources.io_manager import LakeResource

EVERY_SECONDS = 3600


def old_data_sensor(settings: Settings) -> dg.SensorDefinition:
    """Make it."""

    @dg.sensor(
        name="modules_old_data",
        description="Removes all but the newest snapshots: MODULES_KEEP_SNAPSHOTS says how many.",
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def modules_old_data(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SkipReason:
        with closing(lake.get()) as here:
            gone = remove_old(here, settings.keep_snapshots)
        return dg.SkipReason(f"removed: {', '.join(gone) or 'nothing'}")

    return modules_old_data
