"""What goes out and what does not: the gate, and how long ago anything of a wiki went out."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pyarrow.parquet as pq

from asset_checks import shown
from asset_checks.history import History
from imagesuggest_assets.datasets import HELD, LEFT_OUT, RELEASED
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots import SNAPSHOTS
from resources.io_manager import LakeResource, table_metadata
from resources.lake import Lake

TOLD = 3
RELEASED_WIKIS = "released"
"""In the metadata of a result: the wikis whose anomalies a person has looked at and let through."""


def gate_result(
    rows: Sequence[Mapping[str, Any]], snapshot: str, newest: str | None
) -> dg.AssetCheckResult:
    """Make what Dagster shows of a snapshot's gate; ``newest`` is the newest one published before.

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
        older = f"the snapshot {snapshot} is older than {newest}, which was published already"
        told.insert(0, older)
        problems.insert(0, shown.problem("", older, error=False))
    out = len(rows) - len(held) - len(left_out)
    rest = [f"and {len(told) - TOLD:,} more"] if len(told) > TOLD else []
    return dg.AssetCheckResult(
        passed=not told,
        severity=dg.AssetCheckSeverity.ERROR if held else dg.AssetCheckSeverity.WARN,
        description="; ".join([*told[:TOLD], *rest]) or f"all {out:,} go out",
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
    published = [gate.snapshot for gate in History(lake).gates if gate.published]
    return gate_result(rows, snapshot, max(published, default=None))


def stale_wikis(lake: Lake, rules: Rules, now: datetime) -> list[dict[str, Any]]:
    """Find the wikis of which nothing was published for too long, as problems, worst first."""
    gates = History(lake).gates
    if not gates:
        return []
    last = History(lake).last_published()
    limit = timedelta(days=rules.fresh_days)
    found = []
    for wiki in gates[0].states:
        at = last[wiki]
        if at is None:
            # Nothing is known of when it should have been: its first snapshot tells.
            first = [gate for gate in gates if wiki in gate.states][-1].snapshot
            at = datetime.fromisoformat(first).replace(tzinfo=UTC)
            says = f"{wiki}: nothing was ever published, it is known since {first}"
        else:
            says = (
                f"{wiki}: nothing was published for {(now - at).days} days, since {at:%Y-%m-%d}, "
                f"expected something at least every {rules.fresh_days} days"
            )
        if now - at > limit:
            found.append(shown.problem(wiki, says, error=True, weight=(now - at).days))
    return sorted(found, key=lambda each: (-each["weight"], each["wiki"]))


def fresh_result(lake: Lake, rules: Rules, now: datetime) -> dg.AssetCheckResult:
    """Make what Dagster shows of how long ago each wiki was published."""
    found = stale_wikis(lake, rules, now)
    last = History(lake).last_published()
    rows = [
        {
            "wiki": wiki,
            "last published": f"{at:%Y-%m-%d %H:%M}" if at else "never",
            "days ago": f"{(now - at).total_seconds() / 86400:.1f}" if at else "",
        }
        for wiki, at in sorted(last.items(), key=lambda each: (each[1] is not None, each[1]))
    ]
    told = [each["says"] for each in found[:TOLD]]
    rest = [f"and {len(found) - TOLD:,} more"] if len(found) > TOLD else []
    return dg.AssetCheckResult(
        passed=bool(rows) and not found,
        severity=dg.AssetCheckSeverity.ERROR if found else dg.AssetCheckSeverity.WARN,
        description="; ".join([*told, *rest])
        or (f"all {len(rows):,} are fresh" if rows else "nothing was ever published"),
        metadata={
            **({"published": table_metadata(rows)} if rows else {}),
            **shown.problems(found),
        },
    )


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "wiki": row["wiki_db"],
        "state": row["state"],
        "reason": row["reason"],
        "checks": ", ".join(row["checks"] or []),
    }


@dg.asset_check(
    asset="publishable",
    name="gate",
    partitions_def=SNAPSHOTS,
    description="Everything of the snapshot goes out: nothing is held back or left out.",
    metadata={shown.PAGES: True},
)
def gate(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> dg.AssetCheckResult:
    """See gate_result."""
    return run_gate(lake.get(), context.partition_key)


@dg.asset_check(
    asset="publishable",
    name="freshness",
    description="Something of each wiki was published in the last days, whatever the snapshot.",
    metadata={shown.PAGES: True},
)
def freshness(lake: LakeResource, rules: Rules) -> dg.AssetCheckResult:
    """See fresh_result."""
    return fresh_result(lake.get(), rules, datetime.now(UTC))


PUBLICATION_CHECKS = [gate, freshness]
"""The checks of the gate. Neither stops the run."""
