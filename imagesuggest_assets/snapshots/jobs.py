"""The jobs: what is run of a snapshot. What starts them is in sensors.py."""

from collections.abc import Sequence

import dagster as dg

from imagesuggest_assets.catalog.sinks import (
    FRESHNESS,
    HIVE_ASSETS,
    SEARCH_UPDATE,
    STORE_TABLES,
    WIKIS_READ,
)
from imagesuggest_assets.settings import Settings
from imagesuggest_assets.snapshots.sources import GROUP

_ABOUT_NOW = dg.AssetSelection.checks(FRESHNESS)
_ABOUT_READING = dg.AssetSelection.checks(WIKIS_READ)
ALL = dg.define_asset_job(
    "snapshot",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups(GROUP) - _ABOUT_NOW,
    description="Everything, for one snapshot: read the dumps, compute and check every dataset.",
)
NEWER_FEEDBACK = dg.define_asset_job(
    "newer_feedback",
    selection=dg.AssetSelection.assets("feedback").downstream() - _ABOUT_NOW - _ABOUT_READING,
    description="What depends on editors' feedback, for a snapshot that is there already.",
)
DECIDE = dg.define_asset_job(
    "decide",
    selection=dg.AssetSelection.assets("publishable").downstream() - _ABOUT_NOW - _ABOUT_READING,
    description="Release or hold back wikis of a snapshot: say which, who decides, and why, in "
    "the configuration of `publishable`. What is released is published at once.",
)
JOBS = (ALL, NEWER_FEEDBACK, DECIDE)
SINKS = (*STORE_TABLES, SEARCH_UPDATE)
"""What is materialized when a snapshot is published, each after its gate."""


def sinks(settings: Settings) -> tuple[str, ...]:
    """Give what is materialized when a snapshot is published where these settings are."""
    return (*SINKS, *(HIVE_ASSETS if settings.metastore else ()))


def publication(sinks: Sequence[str]) -> list[dg.AssetKey]:
    """Give what is run to publish a snapshot that has come to its gate."""
    return [dg.AssetKey(name) for name in ("search_index_delta", "search_bulk_files", *sinks)]
