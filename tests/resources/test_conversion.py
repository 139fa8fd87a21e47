"""A lake of the old layout is converted whole, whenever that is ended and begun again."""

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resources.conversion import convert_lake
from resources.errors import InputError, UserError
from resources.lake import Lake
from resources.storage import storage_at
from resources.turns import turn
from resources.versions import CURRENT, OLD_STATISTICS, Statistics
from tests.acceptance.command import rows_of
from tests.resources.old_lakes import make_old

FIRST, SECOND = "2026-11-02", "2026-11-09"
KEPT = [("pages", FIRST), ("pages", SECOND), ("signals", FIRST)]
"""The partitions of the lake; of each two files."""


class KilledError(BaseException):
    """The process is no more."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A lake of the old layout; each row says where it belongs."""
    lake = Lake(tmp_path / "lake")
    for dataset, snapshot in KEPT:
        statistics = Statistics(2, 1, 0.5, details={"of": f"{dataset} {snapshot}"})
        with lake.replacing(dataset, snapshot, statistics) as folder:
            folder.mkdir()
            for number in range(2):
                row = {"of": [f"{dataset} {snapshot} {number}"]}
                pq.write_table(pa.table(row), folder / f"{number}.parquet")
    lake.close()
    make_old(lake.path)
    return lake.path


def assert_whole(lake: Path) -> None:
    """All is there that was, and nothing of the old layout."""
    kept = Lake(lake)
    for dataset, snapshot in KEPT:
        here = f"{dataset} {snapshot}"
        rows = sorted(row["of"] for row in rows_of(lake, dataset, snapshot))
        assert rows == [f"{here} 0", f"{here} 1"]
        assert kept.statistics(dataset, snapshot) == Statistics(2, 1, 0.5, details={"of": here})
        assert len(kept.files(dataset, snapshot)) == 2
        assert len(list(kept.partition(dataset, snapshot).glob("[!.]*"))) == 2
    assert kept.strangers() == []


def test_all_partitions_are_converted_and_each_is_told(old: Path) -> None:
    told = list(convert_lake(old))
    assert told == [f"{old}/{name}/snapshot={snapshot}: converted" for name, snapshot in KEPT]
    assert_whole(old)
    assert list(convert_lake(old)) == []
    assert_whole(old)


def test_killed_before_any_change_of_the_disk_it_goes_on_when_it_is_begun_again(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def until_killed(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*arguments: Any, **more: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise KilledError
            return change(*arguments, **more)

        return changed

    for changes in count():
        lake = shutil.copytree(old, tmp_path / f"killed-{changes}")
        left = changes
        with monkeypatch.context() as patch:
            for name in ("rename", "unlink", "mkdir"):
                patch.setattr(os, name, until_killed(getattr(os, name)))
            try:
                list(convert_lake(lake))
            except KilledError:
                killed = True
            else:
                killed = False
        list(convert_lake(lake))
        assert_whole(lake)
        if not killed:
            break
    # A folder, two files, what counts, what is removed.
    assert changes == 5 * len(KEPT)


def test_what_can_not_be_read_stays_so_and_is_told(old: Path) -> None:
    (old / "pages" / f"snapshot={FIRST}" / OLD_STATISTICS).write_text("{")
    spoiled, *others = convert_lake(old)
    assert f"pages/snapshot={FIRST}: converted, but {OLD_STATISTICS} can not be read: " in spoiled
    assert len(others) == 2
    lake = Lake(old)
    assert lake.snapshots("pages") == [FIRST, SECOND]
    with pytest.raises(InputError, match=f"{CURRENT}: can not be read"):
        lake.files("pages", FIRST)
    assert len(list((old / "pages" / f"snapshot={FIRST}").glob("*/*.parquet"))) == 2


def test_a_partition_that_a_killed_run_had_put_aside_comes_back_unless_another_came(
    old: Path,
) -> None:
    for dataset in ("pages", "signals"):
        place = old / dataset / f"snapshot={FIRST}"
        aside = place.with_name(f".aside-{place.name}-{'0' * 32}")
        if dataset == "pages":
            place.rename(aside)
        else:
            shutil.copytree(place, aside)
    assert len(list(convert_lake(old))) == 3
    assert_whole(old)
    assert not list(old.glob("*/.aside-*"))


def test_nothing_is_converted_while_a_run_works_in_the_lake(old: Path) -> None:
    with (
        turn(storage_at(old), FIRST, "0123456789", print),
        pytest.raises(UserError, match="can not be converted now: the run 01234567"),
    ):
        list(convert_lake(old))
    assert len(list(convert_lake(old))) == 3


def test_a_lake_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"{tmp_path}/lake: no lake is there"):
        list(convert_lake(tmp_path / "lake"))


def test_a_lake_of_the_old_layout_is_neither_read_nor_written(old: Path) -> None:
    def write(lake: Lake, snapshot: str) -> None:
        with lake.replacing("pages", snapshot, Statistics(0, 0, 0)) as folder:
            folder.mkdir()

    looks: list[Callable[[Lake], object]] = [
        lambda lake: lake.snapshots("pages"),
        lambda lake: lake.has("pages", FIRST),
        lambda lake: lake.files("pages", FIRST),
        lambda lake: lake.statistics("pages", FIRST),
        lambda lake: write(lake, FIRST),
        lambda lake: write(lake, "2026-11-16"),
    ]
    for look in looks:
        with pytest.raises(UserError, match=f"{old}: .*convert it: imagesuggest lake convert"):
            look(Lake(old))
    assert not (old / "pages" / "snapshot=2026-11-16").exists()
    assert Lake(old).strangers() == []
