"""The contract of every dataset of the image suggestions."""

from graph.contracts import contracts_of
from imagesuggest_assets.catalog.asset import CATALOG

CONTRACTS = contracts_of(CATALOG)
"""One blocking check for each dataset."""
