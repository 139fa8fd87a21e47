"""The catalog of the image suggestions, and what makes a function an asset of its dataset."""

from graph.catalog import Catalog
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.measures import MEASURES
from imagesuggest_assets.catalog.partition import SNAPSHOTS

OWNERS = ["team:image-suggestions"]
CATALOG = Catalog(
    "imagesuggest", DATASETS, SNAPSHOTS, OWNERS, "pages", MEASURES, others=("modules",)
)
dataset_asset = CATALOG.asset
dataset_spec = CATALOG.spec
