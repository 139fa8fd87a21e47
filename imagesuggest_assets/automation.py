"""The jobs that people and schedules start. What they compute is not known here."""

import dagster as dg

from imagesuggest_assets.snapshots import SNAPSHOTS

ALL = dg.define_asset_job(
    "snapshot",
    selection=dg.AssetSelection.all(),
    partitions_def=SNAPSHOTS,
    description="Everything, for one snapshot: read the dumps, compute and check every dataset.",
)
