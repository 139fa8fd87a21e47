"""Shows what became of a snapshot at its gate. What does is decided in passages.py."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import dagster as dg

from graph import shown
from graph.declared import GATE, HELD, LEFT_OUT, PUBLISHED, RELEASED
from graph.history import History
from graph.passages import BY_GATE
from resources.io_manager import table_metadata
from resources.lake import Lake
from resources.wording import several

TOLD = 3
LAST_STAYS = "its last data stays"
"""What becomes of a wiki that is left out, where each wiki is published by itself."""
RELEASED_WIKIS = "released"
"""In the metadata of a result: the wikis whose anomalies a person has looked at and let through."""


def gate_result(
    rows: Sequence[Mapping[str, Any]],
    snapshot: str,
    newest: str | None,
    damaged: Collection[str] = (),
    left_out_means: str = LAST_STAYS,
) -> dg.AssetCheckResult:
    """Make what Dagster shows of a snapshot's gate; ``newest`` is the newest one let through.

    What another check holds back was paged by it; here it only fails. That a wiki is left out is an
    ERROR of those that are ``damaged``, whose files can not be read; ``left_out_means`` says what
    becomes of it.
    """
    held = [row for row in rows if row["state"] == HELD]
    left_out = [row for row in rows if row["state"] == LEFT_OUT]
    told = [f"{row['wiki_db']} is {row['state']}: {row['reason']}" for row in (*held, *left_out)]
    problems = [
        shown.problem(
            row["wiki_db"],
            f"{row['wiki_db']} is left out of the snapshot, {left_out_means}: {row['reason']}",
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


def run_gate(
    lake: Lake, snapshot: str, damaged: Collection[str], left_out_means: str = LAST_STAYS
) -> dg.AssetCheckResult:
    """Check a snapshot's gate; see gate_result()."""
    rows = lake.rows(GATE, snapshot)
    let_through = [gate.snapshot for gate in History(lake).gates if gate.published]
    return gate_result(rows, snapshot, max(let_through, default=None), damaged, left_out_means)


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "wiki": row["wiki_db"],
        "state": row["state"],
        "reason": row["reason"],
        "checks": ", ".join(row["checks"] or []),
    }
