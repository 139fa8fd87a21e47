"""Which snapshots of modules stay."""

from pathlib import Path

import pyarrow as pa
import pytest

from graph.declared import GATE
from module_assets.publication.old_data import old_snapshots, remove_old
from resources.lake import Lake
from resources.versions import Statistics
from tests.asset_checks.declared import write

MONTHS = [f"2026-{month:02}-01" for month in range(1, 7)]


def keep(lake: Lake, dataset: str, key: str, table: pa.Table) -> None:
    """Keep a partition."""
    with lake.replacing(dataset, key, Statistics(rows=len(table), bytes=0, seconds=0)) as folder:
        Path(folder).mkdir()
        write(Path(folder), table)


def keep_gate(lake: Lake, key: str, **states: str) -> None:
    """Keep what became of wikis."""
    rows = [{"wiki_db": wiki, "state": state, "reason": ""} for wiki, state in states.items()]
    keep(lake, GATE, key, pa.Table.from_pylist(rows))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Six months, of which the second was the last to be let through."""
    made = Lake(tmp_path / "lake")
    for number, key in enumerate(MONTHS):
        keep_gate(made, key, awiki="published" if number < 2 else "held")
        keep(made, "modules", key, pa.table({"wiki_db": ["awiki"]}))
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
