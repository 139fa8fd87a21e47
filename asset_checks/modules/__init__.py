"""What must hold of the module finder's datasets: contracts, anomalies, MODULES.md section 8."""

from collections.abc import Sequence

import dagster as dg

from graph import shown
from graph.anomalies import anomalies_of
from graph.contracts import contracts_of
from graph.declared import GATE
from graph.gates import run_gate
from graph.steps import Check, Checked, check_of
from module_assets.catalog.asset import CATALOG
from module_assets.publication.faults import FAULTS, Expectation, Found, Looked
from module_assets.publication.judgement import judge_dataset
from module_assets.snapshots.manifest import unreadable
from resources.wording import several

TOLD = 3


def found_result(found: Sequence[Found], expected: str) -> dg.AssetCheckResult:
    """Make what Dagster shows of what is wrong, the worst first, and what the pager tells."""
    errors = [each for each in found if each.severity == "ERROR"]
    told = [each.says for each in (*errors, *(each for each in found if each not in errors))]
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR if errors else dg.AssetCheckSeverity.WARN,
        description=several(told, TOLD) if told else expected,
        metadata=shown.problems(
            [
                shown.problem(each.wiki, each.says, error=each in errors, weight=each.share)
                for each in found
            ]
        ),
    )


def gate_check(on: Checked) -> dg.AssetCheckResult:
    """Check the gate of a snapshot."""
    damaged = unreadable(on.lake, on.snapshot)
    return run_gate(on.lake, on.snapshot, damaged, "and nothing of it is shown")


def looked_at(on: Checked) -> Looked:
    """Give what faults are looked for in."""
    return Looked(on.lake, on.engine_here(), on.rules, on.snapshot)


def _fault(dataset: str, expected: Expectation) -> Check:
    return check_of(
        CATALOG,
        dataset,
        expected.name,
        lambda on: found_result(expected.look(looked_at(on)), expected.says),
        description=expected.says,
        compared=expected.compared,
    )


MODULE_CHECKS = [
    *contracts_of(CATALOG),
    *anomalies_of(CATALOG, judge_dataset, "the snapshots that were let through before"),
    *(_fault(dataset, expected) for dataset, expected in FAULTS.items()),
    check_of(CATALOG, GATE, "gate", gate_check, description="Every wiki is let through."),
]
"""All checks. Contracts stop the run; what else is an ERROR holds wikis back."""
