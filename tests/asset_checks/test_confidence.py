"""A rule's number that is not what was measured is told, and nothing else is."""

from typing import Any

import dagster as dg
import pytest

from asset_checks.confidence import confidence_result
from graph.shown import PROBLEMS


def row(wiki: str | None = None, source: str = "all", **more: Any) -> dict[str, Any]:
    """A row of measured_confidence of 100 rated files."""
    given = {"wiki_db": wiki, "kinds": ["istype-depicts"], "exact": True, "scope": "sample"}
    numbers = {"good": 80, "bad": 20, "undecided": 0, "low": 0.71, "high": 0.87, "rule": 80}
    return {**given, **numbers, "from": source, **more}


def told(*rows: dict[str, Any]) -> list[tuple[str, str]]:
    result = confidence_result(rows, {})
    assert result.severity == dg.AssetCheckSeverity.WARN
    problems: Any = result.metadata[PROBLEMS].value
    assert result.passed == (not problems)
    return [(each["wiki"], each["says"]) for each in problems]


@pytest.mark.parametrize(
    ("rule", "apart"),
    [(61, True), (62, False), (71, False), (87, False), (88, True)],
)
def test_a_rule_above_the_interval_or_far_below_it_is_told(rule: int, apart: bool) -> None:
    says = f"of depicts 71 to 87 % fit, by 100 rated, and the rules say {rule}"
    assert told(row(rule=rule)) == ([("", f"all wikis: {says}")] if apart else [])
    of_wiki = row("chwiki", "wiki", rule=rule)
    assert told(of_wiki) == ([("chwiki", f"chwiki: {says}")] if apart else [])


@pytest.mark.parametrize(
    "other",
    [
        row(source="rule", rule=99),
        row("chwiki", "all", rule=99),
        row(exact=False, source="strongest kind", rule=99),
        row(scope="use", source=None, rule=99),
    ],
    ids=["too few", "too few of the wiki", "any with the kind", "in use"],
)
def test_what_too_few_said_and_what_is_no_sample_alarms_nobody(other: dict[str, Any]) -> None:
    assert told(other) == []


def test_it_says_so_where_nothing_was_measured() -> None:
    nothing = confidence_result([row(scope="use", source=None)], {})
    assert nothing.description == "nothing is measured: there are no ratings of a random sample"
    few = confidence_result([row(source="rule")], {})
    assert few.description == "nothing is measured: 100 ratings of a random sample are too few"
    enough = confidence_result([row()], {})
    assert enough.description == (
        "the rules' numbers agree with what was measured of 1 kinds of files"
    )
