"""What must hold of every input table, wiki by wiki: SPEC.md section 9, row "inputs".

What is missing is found in imagesuggest_assets/publication/missing.py; here it is shown. An ERROR
of Commons or the entities stops the run; that of a target wiki holds it back at the gate.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from graph import shown
from graph.steps import Check, check_of
from imagesuggest_assets.catalog.asset import CATALOG
from imagesuggest_assets.publication.missing import (
    CHECKED,
    COMPARED,
    OF_ALL,
    Missing,
    missing_in,
)
from imagesuggest_assets.rules import Rules
from resources.io_manager import table_metadata
from resources.lake import Lake
from resources.wording import several

FINDINGS_TOLD = 5


def input_result(missing: Sequence[Missing]) -> dg.AssetCheckResult:
    """Make what Dagster shows of what is missing, the worst first."""
    metadata: dict[str, Any] = {}
    if missing:
        metadata["missing"] = table_metadata(
            [
                {"wiki": each.wiki, "found": each.found, "expected": each.expected}
                for each in missing
            ]
        )
    metadata |= shown.problems(
        [
            shown.problem(each.wiki, each.sentence(), error=each.error, weight=float(each.error))
            for each in missing
        ]
    )
    error = any(each.error for each in missing)
    return dg.AssetCheckResult(
        passed=not missing,
        severity=dg.AssetCheckSeverity.ERROR if error else dg.AssetCheckSeverity.WARN,
        description=several([each.sentence() for each in missing], FINDINGS_TOLD)
        or "nothing is missing",
        metadata=metadata,
    )


def run_input_check(name: str, lake: Lake, snapshot: str, rules: Rules) -> dg.AssetCheckResult:
    """Check one partition of an input table."""
    return input_result(missing_in(lake, name, snapshot, rules))


def _input_check(name: str) -> Check:
    return check_of(
        CATALOG,
        name,
        "inputs",
        lambda on: run_input_check(name, on.lake, on.snapshot, on.rules),
        blocking=name in OF_ALL,
        # What a table is compared with is not always what it is computed from.
        compared=["pages"] if name in COMPARED else [],
        description="No wiki's table is empty, no column always NULL, few links or pages lost; no "
        "file of feedback is gone or damaged.",
    )


INPUT_CHECKS = [_input_check(name) for name in CHECKED]
"""One check for each input table of which something is expected."""
