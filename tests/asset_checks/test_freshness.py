"""How long nothing of a wiki may have got to its readers, whatever the gate let through."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from asset_checks.freshness import fresh_result
from graph.decisions import Decision, decide
from imagesuggest_assets.rules import Rules
from resources.lake import Lake
from tests.asset_checks.partitions import keep_gate, keep_shipped, problems_of, shown

OLD, KEY, NEW = "2026-10-26", "2026-11-02", "2026-11-09"
WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    made = Lake(tmp_path / "lake")
    yield made
    made.close()


def publish(lake: Lake, snapshot: str, **states: str) -> None:
    """Let wikis through on a snapshot's date; an hour later they are in the readers' store."""
    keep_gate(lake, snapshot, states)
    out = [wiki for wiki, state in states.items() if state in ("published", "released")]
    keep_shipped(lake.path, f"{snapshot}T01:00:00+00:00", *out)


def fresh(
    lake: Lake, now: datetime, rules: Rules | None = None, *, search: bool = False
) -> dg.AssetCheckResult:
    """Look at what is fresh at a time."""
    return fresh_result(lake, rules or Rules(), now, search=search)


def day(key: str, days: float = 0) -> datetime:
    """A time so many days after one o'clock of a date, when it is published."""
    return datetime.fromisoformat(key).replace(tzinfo=UTC, hour=1) + timedelta(days=days)


def test_a_wiki_is_fresh_for_20_days_and_no_longer(lake: Lake) -> None:
    publish(lake, KEY, ptwiki="published", arwiki="published")
    result = fresh(lake, day(KEY, 20))
    assert result.passed
    assert result.description == "all 2 are younger than 20 days"
    result = fresh(lake, day(KEY, 20) + timedelta(seconds=1))
    assert not result.passed
    assert result.severity == ERROR
    assert result.description == (
        "arwiki: nothing was published for 20 days, since 2026-11-02, "
        "expected something at least every 20 days; "
        "ptwiki: nothing was published for 20 days, since 2026-11-02, "
        "expected something at least every 20 days"
    )
    assert [each["wiki"] for each in problems_of(result)] == ["arwiki", "ptwiki"]
    assert {each["severity"] for each in problems_of(result)} == {"ERROR"}


def test_how_long_is_a_setting(lake: Lake) -> None:
    publish(lake, KEY, ptwiki="published")
    assert not fresh(lake, day(KEY, 4), Rules(fresh_days=3)).passed
    assert fresh(lake, day(KEY, 3), Rules(fresh_days=3)).passed


@pytest.mark.parametrize("state", ["held", "left out"])
def test_a_wiki_that_is_held_or_left_out_grows_old_though_snapshots_come(
    lake: Lake, state: str
) -> None:
    publish(lake, OLD, ptwiki="published", arwiki="published")
    for key in (KEY, NEW):
        publish(lake, key, ptwiki=state, arwiki="published")
    assert fresh(lake, day(NEW, 1)).passed
    result = fresh(lake, day(OLD, 21))
    (problem,) = problems_of(result)
    assert problem["wiki"] == "ptwiki"
    assert problem["weight"] == 21
    assert [each["days ago"] for each in shown(result, "published")] == ["21.0", "7.0"]
    # Nothing newer was let through, so that nothing is missing where readers look.
    assert [each["not there yet"] for each in shown(result, "published")] == ["", ""]


def test_what_the_gate_lets_through_every_week_and_no_store_takes_grows_old(lake: Lake) -> None:
    publish(lake, OLD, ptwiki="published")
    for key in (KEY, NEW, "2026-11-16"):
        keep_gate(lake, key, {"ptwiki": "published"})
    missing = "the snapshot 2026-11-16, let through 2026-11-16 00:00, is not in the readers' store"
    result = fresh(lake, day(OLD, 20))
    assert result.passed
    assert result.description == (
        "all 1 are younger than 20 days, of 1 something newer is not there yet"
    )
    assert [each["not there yet"] for each in shown(result, "published")] == [missing]
    result = fresh(lake, day(OLD, 21))
    assert not result.passed
    assert [each["says"] for each in problems_of(result)] == [
        "ptwiki: nothing was published for 21 days, since 2026-10-26, expected something at "
        f"least every 20 days; {missing}"
    ]


@pytest.mark.parametrize("well", [None, False])
def test_what_was_shipped_and_not_found_well_is_not_published_and_keeps_the_time_before(
    lake: Lake, well: bool | None
) -> None:
    publish(lake, OLD, ptwiki="published")
    keep_gate(lake, KEY, {"ptwiki": "published"})
    keep_shipped(lake.path, f"{KEY}T01:00:00+00:00", "ptwiki", well=well)
    result = fresh(lake, day(OLD, 21))
    (row,) = shown(result, "published")
    assert row["last published"] == "2026-10-26 01:00"
    assert row["not there yet"].startswith(f"the snapshot {KEY}, let through")
    assert not result.passed
    # The next load puts it right.
    keep_shipped(lake.path, "2026-11-16T00:00:00+00:00", "ptwiki")
    assert fresh(lake, day(OLD, 21)).passed


def test_what_was_released_late_is_fresh_from_when_it_is_there(lake: Lake) -> None:
    keep_gate(lake, OLD, {"ptwiki": "released"}, {"ptwiki": "2026-11-20T00:00:00+00:00"})
    keep_shipped(lake.path, "2026-11-20T01:00:00+00:00", "ptwiki")
    assert fresh(lake, day("2026-11-20", 20)).passed
    assert not fresh(lake, day("2026-11-20", 21)).passed


def test_an_older_snapshot_that_is_let_through_later_leaves_nothing_to_wait_for(
    lake: Lake,
) -> None:
    publish(lake, KEY, ptwiki="published")
    keep_gate(lake, OLD, {"ptwiki": "published"}, {"ptwiki": "2026-11-12T00:00:00+00:00"})
    (row,) = shown(fresh(lake, day("2026-11-12")), "published")
    assert row["not there yet"] == ""


def test_a_wiki_that_was_never_let_through_pages_from_its_first_snapshot_on(lake: Lake) -> None:
    publish(lake, OLD, ptwiki="held", arwiki="published")
    publish(lake, KEY, ptwiki="held", arwiki="published")
    assert fresh(lake, day(OLD, 19)).passed
    result = fresh(lake, day(OLD, 21))
    assert result.description == "ptwiki: nothing was ever published, it is known since 2026-10-26"
    assert shown(result, "published")[0]["last published"] == "never"


def test_a_wiki_that_never_got_anywhere_pages_from_when_it_was_first_let_through(
    lake: Lake,
) -> None:
    # Dumps of long ago may be what somebody tries first.
    for key, at in ((OLD, "2026-11-20T00:00:00+00:00"), (KEY, "2026-11-21T00:00:00+00:00")):
        keep_gate(lake, key, {"ptwiki": "published"}, {"ptwiki": at})
    result = fresh(lake, day("2026-12-09"))
    assert result.passed
    assert result.description == "nothing was ever published"
    result = fresh(lake, day("2026-12-11"))
    assert result.description == (
        "ptwiki: nothing was ever published, it is known since 2026-11-20; the snapshot "
        "2026-11-02, let through 2026-11-21 00:00, is not in the readers' store"
    )


def test_of_several_stores_the_one_that_was_shipped_to_last_counts(lake: Lake) -> None:
    publish(lake, OLD, ptwiki="published")
    keep_gate(lake, NEW, {"ptwiki": "published"})
    # The move has begun, and nothing was read back yet.
    keep_shipped(lake.path, f"{NEW}T01:00:00+00:00", "ptwiki", well=None, target="cassandra-there")
    assert shown(fresh(lake, day(NEW)), "published")[0]["last published"] == "2026-10-26 01:00"
    keep_shipped(lake.path, f"{NEW}T02:00:00+00:00", "ptwiki", target="cassandra-there")
    (row,) = shown(fresh(lake, day(NEW)), "published")
    assert (row["last published"], row["not there yet"]) == ("2026-11-09 02:00", "")


def test_tags_of_commons_are_published_in_the_search_index_and_wikis_are_not(lake: Lake) -> None:
    states = {"ptwiki": "published", "commonswiki": "published"}
    publish(lake, OLD, **states)
    keep_shipped(lake.path, f"{OLD}T01:00:00+00:00", *states, target="search-there")
    keep_gate(lake, NEW, states)
    at = f"{NEW}T01:00:00+00:00"
    keep_shipped(lake.path, at, "ptwiki", target="search-there")
    keep_shipped(lake.path, at, "commonswiki", well=False, target="search-there")
    assert {
        row["wiki"]: row["not there yet"]
        for row in shown(fresh(lake, day(OLD, 21), search=True), "published")
    } == {
        "commonswiki": f"the snapshot {NEW}, let through {NEW} 00:00, is not in the search index",
        "ptwiki": f"the snapshot {NEW}, let through {NEW} 00:00, is not in the readers' store",
    }


def test_tags_that_are_shipped_nowhere_are_published_when_they_are_let_through(lake: Lake) -> None:
    publish(lake, OLD, commonswiki="published", ptwiki="published")
    publish(lake, NEW, commonswiki="published", ptwiki="published")
    assert fresh(lake, day(NEW, 19)).passed
    result = fresh(lake, day(NEW, 19), search=True)
    assert result.description == (
        "commonswiki: nothing was ever published, it is known since 2026-10-26; the snapshot "
        "2026-11-09, let through 2026-11-09 00:00, is not in the search index"
    )


def test_a_ledger_that_was_lost_or_spoiled_is_told_until_the_next_load(lake: Lake) -> None:
    for key in (OLD, KEY, NEW):
        publish(lake, key, ptwiki="published")
    state = lake.path / "ledger" / "sqlite-here" / "ptwiki" / "shipped.json"
    state.write_text("{")
    (problem,) = problems_of(fresh(lake, day(OLD, 21)))
    assert problem["says"].startswith("ptwiki: nothing was ever published")
    assert "shipped.json: it is no ledger" in problem["says"]
    state.unlink()
    (problem,) = problems_of(fresh(lake, day(OLD, 21)))
    assert problem["says"].endswith(
        f"the snapshot {NEW}, let through {NEW} 00:00, is not in the readers' store"
    )
    keep_shipped(lake.path, "2026-11-16T00:00:00+00:00", "ptwiki")
    assert fresh(lake, day(OLD, 21)).passed


def test_the_wiki_that_is_stale_longest_is_told_first(lake: Lake) -> None:
    publish(lake, OLD, ptwiki="published", arwiki="published")
    publish(lake, KEY, ptwiki="held", arwiki="published")
    result = fresh(lake, day(KEY, 30))
    assert [each["wiki"] for each in problems_of(result)] == ["ptwiki", "arwiki"]


def test_where_nothing_was_ever_let_through_that_is_a_warning_and_no_page(lake: Lake) -> None:
    result = fresh(lake, day(KEY))
    assert not result.passed
    assert result.severity == WARN
    assert result.description == "nothing was ever published"
    assert problems_of(result) == []


def test_a_wiki_that_is_no_target_any_more_is_watched_until_it_is_retired(lake: Lake) -> None:
    publish(lake, OLD, ptwiki="published", arwiki="published")
    publish(lake, KEY, arwiki="published")
    publish(lake, NEW, arwiki="published")
    result = fresh(lake, day(OLD, 21))
    (problem,) = problems_of(result)
    assert problem["says"].startswith("ptwiki: nothing was published for 21 days")
    at = f"{NEW}T02:00:00+00:00"
    decide(
        lake.storage,
        [Decision(NEW, "ptwiki", "retired", "Ana", at, "the wiki was closed")],
    )
    assert fresh(lake, day(OLD, 21)).passed


def test_flags_of_a_wiki_that_is_no_target_any_more_are_watched_too(lake: Lake) -> None:
    publish(lake, KEY, arwiki="published")
    keep_shipped(lake.path, f"{OLD}T01:00:00+00:00", "dewiki", target="search-there")
    assert {each["wiki"] for each in shown(fresh(lake, day(KEY), search=True), "published")} == {
        "arwiki",
        "dewiki",
    }
    (problem,) = problems_of(fresh(lake, day(OLD, 21), search=True))
    assert problem["wiki"] == "dewiki"
