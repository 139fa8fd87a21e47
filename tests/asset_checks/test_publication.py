"""What the gate's check says of a snapshot."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from asset_checks.publication import RELEASED_WIKIS, gate_result, run_gate
from resources.errors import UserError
from resources.lake import Lake
from tests.asset_checks.partitions import keep_gate, problems_of, shown

OLD, KEY, NEW = "2026-10-26", "2026-11-02", "2026-11-09"
WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    made = Lake(tmp_path / "lake")
    yield made
    made.close()


def row(wiki: str, state: str = "published", reason: str = "") -> dict[str, Any]:
    """A row of publishable."""
    return {"wiki_db": wiki, "state": state, "reason": reason, "checks": None}


def test_a_gate_through_which_all_goes_passes() -> None:
    rows = [row("ptwiki"), row("arwiki", "released", "released by Ana on …")]
    result = gate_result(rows, KEY, OLD)
    assert result.passed
    assert result.description == "all 2 go out"
    assert problems_of(result) == []
    assert result.metadata[RELEASED_WIKIS].value == ["arwiki"]
    assert [each["state"] for each in shown(result, "states")] == ["published", "released"]


def test_what_is_held_fails_and_is_not_paged_twice() -> None:
    result = gate_result([row("arwiki"), row("ptwiki", "held", "ptwiki: 5 suggestions")], KEY, OLD)
    assert not result.passed
    assert result.severity == ERROR
    assert result.description == "ptwiki is held: ptwiki: 5 suggestions"
    # The check that holds it tells the pager.
    assert problems_of(result) == []
    assert result.metadata["goes out"].value == 1
    assert result.metadata["held"].value == 1


def test_what_is_left_out_warns_and_pages() -> None:
    result = gate_result([row("arwiki"), row("ptwiki", "left out", "late")], KEY, OLD)
    assert not result.passed
    assert result.severity == WARN
    assert problems_of(result) == [
        {
            "wiki": "ptwiki",
            "severity": "WARN",
            "says": "ptwiki is left out of the snapshot, its last data stays: late",
            "weight": 0.0,
        }
    ]


def test_a_snapshot_older_than_the_last_that_was_let_through_warns_and_pages() -> None:
    result = gate_result([row("ptwiki")], KEY, NEW)
    said = f"the snapshot {KEY} is older than {NEW}, which was let through already"
    assert not result.passed
    assert result.severity == WARN
    assert result.description == said
    (problem,) = problems_of(result)
    assert (problem["wiki"], problem["severity"], problem["says"]) == ("", "WARN", said)


@pytest.mark.parametrize("newest", [None, OLD, KEY])
def test_a_snapshot_that_is_the_last_or_the_first_is_well(newest: str | None) -> None:
    assert gate_result([row("ptwiki")], KEY, newest).passed


def test_of_many_the_first_are_told_and_the_others_counted() -> None:
    rows = [row(f"w{number}wiki", "left out", "late") for number in range(9)]
    result = gate_result(rows, KEY, None)
    assert str(result.description).endswith("; and 6 more")
    assert len(problems_of(result)) == 9


def test_only_a_newer_snapshot_of_which_something_went_out_makes_one_old(lake: Lake) -> None:
    keep_gate(lake, KEY, {"ptwiki": "published"})
    assert run_gate(lake, KEY).passed
    keep_gate(lake, NEW, {"ptwiki": "held", "commonswiki": "left out"})
    assert run_gate(lake, KEY).passed
    keep_gate(lake, NEW, {"ptwiki": "held", "commonswiki": "released"})
    result = run_gate(lake, KEY)
    assert "is older than 2026-11-09" in str(result.description)
    # The newer one itself is not made old by the older one.
    keep_gate(lake, NEW, {"ptwiki": "published"})
    assert run_gate(lake, NEW).passed


def test_a_gate_that_was_not_reached_is_an_error_and_not_a_pass(lake: Lake) -> None:
    with pytest.raises(UserError, match=f"publishable has no partition {KEY}"):
        run_gate(lake, KEY)
