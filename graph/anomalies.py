"""Shows counts beside their history: SPEC.md section 9, row "anomaly", wiki by wiki, name by name.

How counts are judged is known in judgement.py. What follows of it is decided by the gate.
"""

from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from graph import shown
from graph.catalog import Catalog
from graph.judgement import Count
from graph.steps import Check, check_of
from resources.io_manager import table_metadata
from resources.lake import Lake
from resources.wording import several

SHOWN = 200
"""Counts in the table of a check, the worst first; the plot and the pager see all that fail."""
TOLD = 3


def anomalies_of(
    catalog: Catalog, judge: Callable[[Lake, str, str, Any], list[Count]], before: str
) -> list[Check]:
    """Make the check of each dataset that is counted. None stops the run: the gate holds back.

    ``judge`` compares all that is counted of a dataset of a snapshot by rules, ``before`` names
    what it is compared with.
    """

    def of(dataset: str) -> Check:
        counted = " and ".join(catalog.measures[dataset]).capitalize()
        return check_of(
            catalog,
            dataset,
            "anomaly",
            lambda on: anomaly_result(judge(on.lake, dataset, on.snapshot, on.rules)),
            description=f"{counted} are as in {before}.",
        )

    return [of(dataset) for dataset in catalog.measures]


def anomaly_result(counts: Sequence[Count]) -> dg.AssetCheckResult:
    """Make what Dagster shows: what was compared with what, the worst first, and a plot."""
    failed = [count for count in counts if count.severity]
    judged = [count for count in counts if count.warn]
    error = any(count.severity == "ERROR" for count in failed)
    return dg.AssetCheckResult(
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if error else dg.AssetCheckSeverity.WARN,
        description=_told(failed, len(judged), len(counts)),
        metadata={
            "counts compared": len(judged),
            "counts without enough history": len(counts) - len(judged),
            "compared": table_metadata([_compared(count) for count in counts[:SHOWN]]),
            **shown.history(judged),
            **shown.problems([_problem(count) for count in failed]),
        },
    )


def _problem(count: Count) -> dict[str, Any]:
    error = count.severity == "ERROR"
    return shown.problem(count.wiki, count.sentence(), error=error, weight=count.weight)


def _told(failed: Sequence[Count], judged: int, all_counts: int) -> str:
    if failed:
        return several([count.sentence() for count in failed], TOLD)
    if not judged:
        return f"no history to compare {all_counts:,} counts with yet"
    new = f"; {all_counts - judged:,} have no history yet" if all_counts > judged else ""
    return f"{judged:,} counts are as in the snapshots before{new}"


def _compared(count: Count) -> dict[str, Any]:
    low, high = count.warn or (None, None)
    return {
        "measure": count.measure,
        "wiki": count.wiki,
        "name": count.name,
        "found": f"{count.found:,}",
        "expected": "" if low is None else f"{low:,.0f} to {high:,.0f}",
        "median": "" if count.median is None else f"{count.median:,.0f}",
        "deviation": "" if count.median is None else f"{count.deviation:+.1%}",
        "history": " ".join(f"{value:,}" for _, value in count.history),
        "verdict": count.severity or ("" if count.warn is None else "as expected"),
    }
