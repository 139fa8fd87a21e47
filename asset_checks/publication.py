"""What may go out of a snapshot and what may not: the gate, and wikis that can not be read.

What did go out is in freshness.py.
"""

from collections.abc import Mapping

import dagster as dg

from graph import gates, shown
from graph.manifest import done_but
from graph.steps import check_of
from imagesuggest_assets.catalog.asset import CATALOG
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.catalog.sinks import STORE_TABLES, WIKIS_READ
from imagesuggest_assets.snapshots.manifest import unreadable
from resources.io_manager import LakeResource
from resources.lake import Lake


def run_gate(lake: Lake, snapshot: str) -> dg.AssetCheckResult:
    """Check one partition of publishable."""
    return gates.run_gate(lake, snapshot, unreadable(lake, snapshot))


def read_result(damaged: Mapping[str, str]) -> dg.AssetCheckResult:
    """Make what Dagster shows of the wikis that can not be read, and why. The gate pages them."""
    return dg.AssetCheckResult(
        passed=not damaged,
        description=done_but(damaged) or "all could be read",
        metadata=shown.problems([]),
    )


@dg.asset_check(
    asset=WIKIS_READ.asset_key,
    name=WIKIS_READ.name,
    # Nothing comes after it: it stops nothing, and lets the run end as failed. Where something
    # could not be published, that is what the run failed for.
    blocking=True,
    additional_deps=[*STORE_TABLES],
    partitions_def=SNAPSHOTS,
    description="Every target wiki of the snapshot could be read. Where one could not, the run "
    "ends as failed when all else is done.",
    metadata={shown.PAGES: True},
)
def wikis_read(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> dg.AssetCheckResult:
    """See read_result."""
    return read_result(unreadable(lake.get(), context.partition_key))


GATE_CHECKS = [
    check_of(
        CATALOG,
        "publishable",
        "gate",
        lambda on: run_gate(on.lake, on.snapshot),
        description="Everything of the snapshot goes out: nothing is held back or left out.",
    )
]
"""The check of the gate. It does not stop the run."""
LAST_CHECKS = [wikis_read]
"""The check of what comes after all."""
