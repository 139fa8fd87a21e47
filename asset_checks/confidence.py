"""What people rated, beside the rules' numbers: SPEC.md section 14. Nothing is changed by it."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from graph import shown
from graph.steps import check_of
from imagesuggest_assets.catalog.asset import CATALOG
from imagesuggest_assets.catalog.judgements import (
    ALL_WIKIS,
    OWN,
    RATINGS_DROPPED,
    RATINGS_READ,
    RATINGS_UNREADABLE,
    SAMPLE,
)
from imagesuggest_assets.catalog.measured import kinds_told
from resources.lake import Lake
from resources.wording import several

DATASET = "measured_confidence"
TOO_LOW = 10
"""Percent that a rule may be below the interval: steps are of so many."""
_TOLD = 5


def confidence_result(
    rows: Sequence[Mapping[str, Any]], details: Mapping[str, Any]
) -> dg.AssetCheckResult:
    """Make what Dagster shows of rows of `measured_confidence`, and of ratings that can not be
    read; ``details`` are those of `ratings`.
    """
    enough = [row for row in rows if _enough(row)]
    found = [
        shown.problem(row["wiki_db"] or "", says, error=False, weight=row["good"] + row["bad"])
        for row in enough
        if (says := _apart(row))
    ]
    found += [shown.problem("", says, error=False) for says in _unread(details)]
    rated = sum(row["good"] + row["bad"] for row in rows if row["wiki_db"] is None and _exact(row))
    good = (
        f"the rules' numbers agree with what was measured of {len(enough)} kinds of files"
        if enough
        else f"nothing is measured: {rated:,} ratings of a random sample are too few"
        if rated
        else "nothing is measured: there are no ratings of a random sample"
    )
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        description=several([each["says"] for each in found], _TOLD) or good,
        metadata={"measured": len(enough), "ratings": rated, **shown.problems(found)},
    )


def _exact(row: Mapping[str, Any]) -> bool:
    return bool(row["scope"] == SAMPLE and row["exact"])


def _enough(row: Mapping[str, Any]) -> bool:
    """Tell whether a step is proposed by the row's own ratings: what few say alarms nobody."""
    return _exact(row) and row["from"] == (ALL_WIKIS if row["wiki_db"] is None else OWN)


def _apart(row: Mapping[str, Any]) -> str:
    """Say what is wrong with the rule's number; nothing where it is right."""
    low, high, rule = 100 * row["low"], 100 * row["high"], row["rule"]
    if low - TOO_LOW < rule <= high:
        return ""
    return (
        f"{row['wiki_db'] or 'all wikis'}: of {kinds_told(row['kinds'])} {low:.0f} to {high:.0f} % "
        f"fit, by {row['good'] + row['bad']:,} rated, and the rules say {rule}"
    )


def _unread(details: Mapping[str, Any]) -> list[str]:
    """Say what of the files of ratings could not be read."""
    read = details.get(RATINGS_READ, {})
    told = []
    if dropped := sum(read.get("dropped", {}).values()):
        first = next(iter(details.get(RATINGS_DROPPED, ())), None)
        such = f", such as {first['file']}, line {first['line']}: {first['why']}" if first else ""
        told.append(f"{dropped:,} of {read['lines']:,} lines of ratings can not be read{such}")
    return told + [f"{name} {why}" for name, why in details.get(RATINGS_UNREADABLE, {}).items()]


def run_confidence(lake: Lake, snapshot: str) -> dg.AssetCheckResult:
    """Check one partition of measured_confidence."""
    details = lake.statistics("ratings", snapshot).details
    return confidence_result(lake.rows(DATASET, snapshot), details)


CONFIDENCE_CHECKS = [
    check_of(
        CATALOG,
        DATASET,
        "confidence",
        lambda on: run_confidence(on.lake, on.snapshot),
        description="No number of the rules is above what was measured, or far below it.",
        compared=["ratings"],
    )
]
"""It does not stop the run."""
