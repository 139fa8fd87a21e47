"""The catalog of the module finder, and what makes a function an asset of its dataset."""

import dagster as dg

from graph.catalog import Catalog
from module_assets.catalog.datasets import DATASETS
from module_assets.catalog.measures import MEASURES

SNAPSHOTS = dg.DynamicPartitionsDefinition(name="modules_snapshot")
"""One partition a snapshot, key ``YYYY-MM-DD``, the date of the wikis' dumps."""
CATALOG = Catalog(
    command="modules",
    datasets=DATASETS,
    snapshots=SNAPSHOTS,
    owners=["team:module-finder"],
    wikis_in="wikis",
    measures=MEASURES,
    prefix=("modules",),
)
dataset_asset = CATALOG.asset
dataset_spec = CATALOG.spec
