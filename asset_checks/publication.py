"""What may go out of a snapshot and what may not: the gate, and wikis that can not be read.

What did go out is in freshness.py.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import dagster as dg

from graph import shown
from graph.declared import HELD, LEFT_OUT, PUBLISHED, RELEASED
from graph.history import History
from graph.manifest import done_but
from graph.passages import BY_GATE
from graph.steps import check_of
from imagesuggest_assets.catalog.asset import CATALOG
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.catalog.sinks import STORE_TABLES, WIKIS_READ
from imagesuggest_assets.snapshots.manifest import unreadable
from resources.io_manager import LakeResource, table_metadata
from resources.lake import Lake
from resources.wording import several

TOLD = 3
RELEASED_WIKIS = "released"
"""In the metadata of a result: the wikis whose anomalies a person has looked at and let through."""


def gate_result(
    rows: Sequence[Mapping[str, Any]],
    snapshot: str,
    newest: str | None,
    damaged: Collection[str] = (),
) -> dg.AssetCheckResult:
    """Make what Dagster shows of a snapshot's gate; ``newest`` is the newest one let through.

    What another check holds back was paged by it; here it only fails. That a wiki is left out is an
    ERROR of those that are ``damaged``, whose files can not be read.
    """
    held = [row for row in rows if row["state"] == HELD]
    left_out = [row for row in rows if row["state"] == LEFT_OUT]
    told = [f"{row['wiki_db']} is {row['state']}: {row['reason']}" for row in (*held, *left_out)]
    problems = [
        shown.problem(
            row["wiki_db"],
            f"{row['wiki_db']} is left out of the snapshot, its last data stays: {row['reason']}",
            error=row["wiki_db"] in damaged,
        )
        for row in left_out
    ]
    problems += [
        shown.problem(row["wiki_db"], f"held back: {row['reason']}", error=True)
        for row in held
        if BY_GATE in (row["checks"] or [])
    ]
    if newest is not None and newest > snapshot:
        older = f"the snapshot {snapshot} is older than {newest}, which was let through already"
        told.insert(0, older)
        problems.insert(0, shown.problem("", older, error=False))
    out = sum(row["state"] in (PUBLISHED, RELEASED) for row in rows)
    return dg.AssetCheckResult(
        passed=not told,
        severity=dg.AssetCheckSeverity.ERROR if held or damaged else dg.AssetCheckSeverity.WARN,
        description=several(told, TOLD) or f"all {out:,} go out",
        metadata={
            "goes out": out,
            "held": len(held),
            "left out": len(left_out),
            "states": table_metadata([_cells(row) for row in rows]),
            RELEASED_WIKIS: dg.MetadataValue.json(
                [row["wiki_db"] for row in rows if row["state"] == RELEASED]
            ),
            **shown.problems(problems),
        },
    )


def run_gate(lake: Lake, snapshot: str) -> dg.AssetCheckResult:
    """Check one partition of publishable."""
    rows = lake.rows("publishable", snapshot)
    let_through = [gate.snapshot for gate in History(lake).gates if gate.published]
    damaged = unreadable(lake, snapshot)
    return gate_result(rows, snapshot, max(let_through, default=None), damaged)


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "wiki": row["wiki_db"],
        "state": row["state"],
        "reason": row["reason"],
        "checks": ", ".join(row["checks"] or []),
    }


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
