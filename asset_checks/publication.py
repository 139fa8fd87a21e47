"""What may go out of a snapshot and what may not: the gate. What did go out is in freshness.py."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import pyarrow.parquet as pq

from asset_checks import shown
from asset_checks.steps import check_of
from imagesuggest_assets.catalog.publication import HELD, LEFT_OUT, RELEASED
from imagesuggest_assets.publication.history import History
from resources.io_manager import table_metadata
from resources.lake import Lake
from resources.wording import several

TOLD = 3
RELEASED_WIKIS = "released"
"""In the metadata of a result: the wikis whose anomalies a person has looked at and let through."""


def gate_result(
    rows: Sequence[Mapping[str, Any]], snapshot: str, newest: str | None
) -> dg.AssetCheckResult:
    """Make what Dagster shows of a snapshot's gate; ``newest`` is the newest one let through.

    What is held back was paged by the check that holds it; here it only fails.
    """
    held = [row for row in rows if row["state"] == HELD]
    left_out = [row for row in rows if row["state"] == LEFT_OUT]
    told = [f"{row['wiki_db']} is {row['state']}: {row['reason']}" for row in (*held, *left_out)]
    problems = [
        shown.problem(
            row["wiki_db"],
            f"{row['wiki_db']} is left out of the snapshot, its last data stays: {row['reason']}",
            error=False,
        )
        for row in left_out
    ]
    if newest is not None and newest > snapshot:
        older = f"the snapshot {snapshot} is older than {newest}, which was let through already"
        told.insert(0, older)
        problems.insert(0, shown.problem("", older, error=False))
    out = len(rows) - len(held) - len(left_out)
    return dg.AssetCheckResult(
        passed=not told,
        severity=dg.AssetCheckSeverity.ERROR if held else dg.AssetCheckSeverity.WARN,
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
    rows = [
        row
        for file in lake.files("publishable", snapshot)
        for row in pq.read_table(file).to_pylist()
    ]
    let_through = [gate.snapshot for gate in History(lake).gates if gate.published]
    return gate_result(rows, snapshot, max(let_through, default=None))


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "wiki": row["wiki_db"],
        "state": row["state"],
        "reason": row["reason"],
        "checks": ", ".join(row["checks"] or []),
    }


PUBLICATION_CHECKS = [
    check_of(
        "publishable",
        "gate",
        lambda on: run_gate(on.lake, on.snapshot),
        description="Everything of the snapshot goes out: nothing is held back or left out.",
    )
]
"""The check of the gate. It does not stop the run."""
