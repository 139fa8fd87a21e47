"""Looks at what others find in a metastore: each table's columns, partitions, rows and wikis are
those of the lake, as far as they may go out.
"""

import dagster as dg

from graph import shown
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.catalog.sinks import HIVE_ASSETS
from imagesuggest_assets.publication.metastore.publish import differences
from resources.errors import InputError, UserError
from resources.io_manager import LakeResource
from resources.lake import Lake
from resources.metastore import MetastoreSettings
from resources.wording import several

_TOLD = 3


def run_published(lake: Lake, metastore: MetastoreSettings, asset: str) -> dg.AssetCheckResult:
    """Compare the tables of an asset with the lake."""
    try:
        with metastore.open() as opened:
            found = [
                shown.problem(wiki, f"{says}; materialize {asset}", error=True)
                for table in HIVE_ASSETS[asset]
                for wiki, says in differences(lake, opened, table)
            ]
    except InputError:
        raise
    except UserError as error:
        found = [shown.problem("", f"what is published can not be looked at: {error}", error=True)]
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR,
        description=several([each["says"] for each in found], _TOLD)
        or f"{len(HIVE_ASSETS[asset])} tables are what they should be",
        metadata=shown.problems(found),
    )


def _published(asset: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=asset,
        name="published",
        partitions_def=SNAPSHOTS,
        description="The metastore's tables have their columns, and each partition is what counts "
        "in the lake, whole, and without a wiki that may not go out.",
        metadata={shown.PAGES: True},
    )
    def published(
        lake: LakeResource, metastore: dg.ResourceParam[MetastoreSettings]
    ) -> dg.AssetCheckResult:
        """See run_published."""
        return run_published(lake.get(), metastore, asset)

    return published


TABLE_CHECKS = [_published(asset) for asset in HIVE_ASSETS]
"""The checks of the tables, where a metastore is set. None of them stops the run."""
