"""What the gate's check says of a snapshot, and how long nothing of a wiki may have gone out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from asset_checks.publication import RELEASED_WIKIS, fresh_result, gate_result, run_gate
from imagesuggest_assets.rules import Rules
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


def test_a_snapshot_older_than_the_last_that_was_published_warns_and_pages() -> None:
    result = gate_result([row("ptwiki")], KEY, NEW)
    said = f"the snapshot {KEY} is older than {NEW}, which was published already"
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


def fresh(lake: Lake, now: datetime, rules: Rules | None = None) -> dg.AssetCheckResult:
    """Look at what is fresh at a time."""
    return fresh_result(lake, rules or Rules(), now)


def day(key: str, days: float = 0) -> datetime:
    """A time so many days after a date."""
    return datetime.fromisoformat(key).replace(tzinfo=UTC) + timedelta(days=days)


def test_a_wiki_is_fresh_for_20_days_and_no_longer(lake: Lake) -> None:
    keep_gate(lake, KEY, {"ptwiki": "published", "commonswiki": "published"})
    result = fresh(lake, day(KEY, 20))
    assert result.passed
    assert result.description == "all 2 are fresh"
    result = fresh(lake, day(KEY, 20) + timedelta(seconds=1))
    assert not result.passed
    assert result.severity == ERROR
    assert result.description == (
        "commonswiki: nothing was published for 20 days, since 2026-11-02, "
        "expected something at least every 20 days; "
        "ptwiki: nothing was published for 20 days, since 2026-11-02, "
        "expected something at least every 20 days"
    )
    assert [each["wiki"] for each in problems_of(result)] == ["commonswiki", "ptwiki"]
    assert {each["severity"] for each in problems_of(result)} == {"ERROR"}


def test_how_long_is_a_setting(lake: Lake) -> None:
    keep_gate(lake, KEY, {"ptwiki": "published"})
    assert not fresh(lake, day(KEY, 4), Rules(fresh_days=3)).passed
    assert fresh(lake, day(KEY, 3), Rules(fresh_days=3)).passed


@pytest.mark.parametrize("state", ["held", "left out"])
def test_a_wiki_that_is_held_or_left_out_grows_old_though_snapshots_come(
    lake: Lake, state: str
) -> None:
    keep_gate(lake, OLD, {"ptwiki": "published", "arwiki": "published"})
    for key in (KEY, NEW):
        keep_gate(lake, key, {"ptwiki": state, "arwiki": "published"})
    assert fresh(lake, day(NEW, 1)).passed
    result = fresh(lake, day(OLD, 21))
    (problem,) = problems_of(result)
    assert problem["wiki"] == "ptwiki"
    assert problem["weight"] == 21
    assert [each["days ago"] for each in shown(result, "published")] == ["21.0", "7.0"]


def test_what_was_released_late_is_fresh_from_then_on(lake: Lake) -> None:
    keep_gate(lake, OLD, {"ptwiki": "released"}, {"ptwiki": "2026-11-20T00:00:00+00:00"})
    assert fresh(lake, day("2026-11-20", 20)).passed


def test_an_older_snapshot_that_went_out_later_counts_as_something_that_went_out(
    lake: Lake,
) -> None:
    keep_gate(lake, KEY, {"ptwiki": "published"})
    keep_gate(lake, OLD, {"ptwiki": "published"}, {"ptwiki": "2026-11-12T00:00:00+00:00"})
    assert fresh(lake, day("2026-11-12", 20)).passed


def test_a_wiki_that_was_never_published_pages_from_its_first_snapshot_on(lake: Lake) -> None:
    keep_gate(lake, OLD, {"ptwiki": "held", "arwiki": "published"})
    keep_gate(lake, KEY, {"ptwiki": "held", "arwiki": "published"})
    assert fresh(lake, day(OLD, 20)).passed
    result = fresh(lake, day(OLD, 21))
    assert result.description == "ptwiki: nothing was ever published, it is known since 2026-10-26"
    assert shown(result, "published")[0]["last published"] == "never"


def test_the_wiki_that_is_stale_longest_is_told_first(lake: Lake) -> None:
    keep_gate(lake, OLD, {"ptwiki": "published", "arwiki": "published"})
    keep_gate(lake, KEY, {"ptwiki": "held", "arwiki": "published"})
    result = fresh(lake, day(KEY, 30))
    assert [each["wiki"] for each in problems_of(result)] == ["ptwiki", "arwiki"]


def test_a_wiki_that_is_no_target_any_more_does_not_page(lake: Lake) -> None:
    keep_gate(lake, OLD, {"ptwiki": "published", "arwiki": "published"})
    keep_gate(lake, "2026-12-21", {"ptwiki": "published"})
    assert fresh(lake, day("2026-12-21", 1)).passed


def test_where_nothing_was_ever_published_that_is_a_warning_and_no_page(lake: Lake) -> None:
    result = fresh(lake, day(KEY))
    assert not result.passed
    assert result.severity == WARN
    assert result.description == "nothing was ever published"
    assert problems_of(result) == []
