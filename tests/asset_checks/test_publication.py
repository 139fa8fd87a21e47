"""What the gate's check says of a snapshot."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from asset_checks.publication import read_result, run_gate
from graph.gates import RELEASED_WIKIS, gate_result
from graph.passages import BY_GATE
from imagesuggest_assets.catalog.sinks import SEARCH_UPDATE, STORE_TABLES, WIKIS_READ
from imagesuggest_assets.definitions import build_definitions
from imagesuggest_assets.settings import Settings
from imagesuggest_assets.snapshots.jobs import ALL, JOBS
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


def test_what_can_not_be_read_is_an_error_and_pages() -> None:
    rows = [row("arwiki", "left out", "late"), row("ptwiki", "left out", "page.sql.gz, row 3: …")]
    result = gate_result(rows, KEY, OLD, ["ptwiki"])
    assert result.severity == ERROR
    assert [(each["wiki"], each["severity"], each["says"]) for each in problems_of(result)] == [
        ("arwiki", "WARN", "arwiki is left out of the snapshot, its last data stays: late"),
        (
            "ptwiki",
            "ERROR",
            "ptwiki is left out of the snapshot, its last data stays: page.sql.gz, row 3: …",
        ),
    ]


def test_what_no_other_check_has_found_is_paged_by_the_gate() -> None:
    large = {**row("ptwiki", "held", "ptwiki: the page 1 has …"), "checks": [BY_GATE]}
    result = gate_result([large], KEY, OLD)
    assert result.severity == ERROR
    (problem,) = problems_of(result)
    assert (problem["wiki"], problem["severity"]) == ("ptwiki", "ERROR")
    assert problem["says"] == "held back: ptwiki: the page 1 has …"


def test_a_run_ends_as_failed_where_a_wiki_can_not_be_read_which_the_gate_pages() -> None:
    result = read_result({"arwiki": "page.sql.gz, row 3: …", "ptwiki": "image.sql.gz: cut off"})
    assert not result.passed
    assert result.severity == ERROR
    assert result.description == (
        "arwiki is left out: page.sql.gz, row 3: …; ptwiki is left out: image.sql.gz: cut off; "
        "all else is done"
    )
    assert problems_of(result) == []
    assert read_result({}).passed


def test_what_lets_a_run_end_as_failed_comes_after_all_that_publishes_and_is_in_no_other_job() -> (
    None
):
    definitions = build_definitions(Settings())
    graph = definitions.resolve_asset_graph()
    check = graph.get(WIKIS_READ)
    assert check.blocking
    assert {key.path[-1] for key in check.parent_entity_keys} == {*STORE_TABLES, SEARCH_UPDATE}
    # It can stop nothing.
    assert not graph.get(WIKIS_READ.asset_key).child_keys
    step = f"{SEARCH_UPDATE}_{WIKIS_READ.name}"
    jobs = [definitions.resolve_job_def(job.name) for job in JOBS]
    assert [job.name for job in jobs if step in {node.name for node in job.nodes}] == [ALL.name]


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
