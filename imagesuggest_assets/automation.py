"""The jobs that people and schedules start. What they compute is not known here."""

import dagster as dg

ALL = dg.define_asset_job(
    "snapshot",
    selection=dg.AssetSelection.all(),
    description="Everything, for one snapshot: read the dumps, compute and check every dataset.",
)
