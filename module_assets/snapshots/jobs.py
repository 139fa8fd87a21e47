"""The jobs of the module finder: what is run of a snapshot. What starts them is in sensors.py."""

import dagster as dg

from graph.declared import GATE
from module_assets.catalog.asset import CATALOG

ALL = dg.define_asset_job(
    "modules_snapshot",
    selection=dg.AssetSelection.all(),
    description="Everything, for one snapshot: read the dumps, compute and check every dataset.",
)
DECIDE = dg.define_asset_job(
    "modules_decide",
    selection=dg.AssetSelection.assets(CATALOG.key(GATE)),
    description="Release or hold back wikis of a snapshot: say which, who decides, and why, in "
    "the configuration of `publishable`.",
)
JOBS = (ALL, DECIDE)
