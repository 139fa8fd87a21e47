"""Which snapshots of modules stay."""

from pathlib import Path

import pytest

from graph.declared import GATE
from module_assets.publication.old_data import old_snapshots, remove_old
from resources.lake import Lake
from tests.module_assets.partitions import keep, keep_gate

MONTHS = [f"2026-{month:02}-01" for month in range(1, 7)]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Six months, of which the second was the last to be let through."""
    made = Lake(tmp_path / "lake")
    for number, key in enumerate(MONTHS):
        keep_gate(made, key, awiki="published" if number < 2 else "held")
        keep(made, "modules", [{"wiki_db": "awiki"}], snapshot=key)
    return made


def test_the_newest_stay_and_the_one_that_is_shown(lake: Lake) -> None:
    assert old_snapshots(lake, 2) == [MONTHS[0], *MONTHS[2:4]]
    assert remove_old(lake, 2) == [MONTHS[0], *MONTHS[2:4]]
    for dataset in (GATE, "modules"):
        assert lake.snapshots(dataset) == [MONTHS[1], *MONTHS[4:]]
    assert remove_old(lake, 2) == []


def test_none_is_removed_where_all_are_kept(lake: Lake) -> None:
    assert old_snapshots(lake, 0) == []
    assert old_snapshots(lake, 6) == []


def test_the_last_snapshot_in_which_a_wiki_was_well_stays_to_be_compared_with(
    tmp_path: Path,
) -> None:
    lake = Lake(tmp_path / "lake")
    for number, key in enumerate(MONTHS):
        keep_gate(lake, key, awiki="published", bwiki="held" if number else "published")
    assert old_snapshots(lake, 2) == MONTHS[1:4]
