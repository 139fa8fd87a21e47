"""What is put in its place is on the disk before it is there, with the names of its folder."""

import json
import os
import stat
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.decisions import PLACE, Decision, decide
from graph.watch import Memory
from resources.disk import make_folder, put
from resources.lake import Lake
from resources.ledger import Ledger
from resources.search.places import Place
from resources.storage import LocalStorage, storage_at
from resources.versions import CURRENT, Statistics

AT = "2026-11-02T12:00:00+00:00"


class Disk:
    """What is on the disk: each file with the bytes that it had, each folder with its names."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.kept: dict[int, object] = {}
        self._fsync = os.fsync
        patch.setattr(os, "fsync", self.fsync)

    def fsync(self, number: int) -> None:
        """Note what is asked for, and do it."""
        there = os.fstat(number)
        if stat.S_ISDIR(there.st_mode):
            self.kept[there.st_ino] = set(os.listdir(number))
        else:
            self.kept[there.st_ino] = there.st_size
        self._fsync(number)

    def has(self, file: Path) -> bool:
        """Tell whether a power cut would leave a file as it is now; where it is, is another's."""
        there = file.stat()
        return self.kept.get(there.st_ino) == there.st_size

    def names(self, place: Path, below: Path) -> bool:
        """Tell whether a power cut would leave a place where it is, all the way down to it."""
        folders: Iterable[Path] = [each for each in place.parents if each.is_relative_to(below)]
        way = [place, *folders]
        return all(
            child.name in self.kept.get(folder.stat().st_ino, ())  # type: ignore[operator]
            for child, folder in pairwise(way)
        )


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_a_small_file_is_whole_on_the_disk_and_so_is_its_name(tmp_path: Path, disk: Disk) -> None:
    place = tmp_path / "a" / "b" / "small.json"
    make_folder(place.parent)
    for text in ("one", "other"):
        put(place, text.encode())
        assert place.read_text() == text
        assert disk.has(place)
    assert disk.names(place, tmp_path)
    assert [each.name for each in place.parent.iterdir()] == ["small.json"]


def test_a_small_file_that_can_not_be_written_leaves_the_one_before_and_nothing_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "small.json", b"before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        put(tmp_path / "small.json", b"after")
    assert (tmp_path / "small.json").read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["small.json"]


def test_a_partition_is_on_the_disk_before_it_counts(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[bool] = []
    put_in_place = LocalStorage.put

    def look_and_put(storage: LocalStorage, place: str, data: bytes, before: bytes | None) -> bool:
        version = (tmp_path / "lake" / place).with_name(json.loads(data)["version"])
        names = {each.name for each in version.iterdir()}
        assert len(names) == 2
        counts.append(disk.kept.get(version.stat().st_ino) == names)
        counts.append(all(disk.has(each) for each in version.iterdir()))
        counts.append(disk.names(version, tmp_path))
        return put_in_place(storage, place, data, before)

    monkeypatch.setattr(LocalStorage, "put", look_and_put)
    lake = Lake(tmp_path / "lake")
    for generation in range(2):
        with lake.replacing("pages", "2026-11-02", Statistics(generation, 0, 0)) as folder:
            folder.mkdir()
            for number in range(2):
                table = pa.table({"generation": [generation] * 9})
                pq.write_table(table, folder / f"{number}.parquet")
    assert counts == [True] * 6
    current = lake.partition("pages", "2026-11-02") / CURRENT
    assert disk.has(current)
    assert disk.names(current, tmp_path)
    lake.close()


def test_a_shipment_names_only_what_is_on_the_disk(tmp_path: Path, disk: Disk) -> None:
    (tmp_path / "lake").mkdir()
    ledger = Ledger(storage_at(tmp_path / "lake"), "sqlite-here")
    with ledger.shipping():
        pq.write_table(pa.table({"page_id": [1]}), tmp_path / "keys.parquet")
        ledger.begin("ptwiki", [tmp_path / "keys.parquet"])
        (pending,) = ledger.pending("ptwiki")
        assert disk.has(pending)
        assert disk.names(pending, tmp_path / "lake")
        pq.write_table(pa.table({"page_id": [2]}), tmp_path / "state.parquet")
        shipped = ledger.commit("ptwiki", [tmp_path / "state.parquet"], "2026-11-02", AT)
    for file in (*shipped.files, ledger.path / "ptwiki" / "shipped.json"):
        assert disk.has(file)
        assert disk.names(file, tmp_path / "lake")


def test_a_decision_is_on_the_disk_when_it_is_made(tmp_path: Path, disk: Disk) -> None:
    lake = tmp_path / "new" / "lake"
    decide(storage_at(lake), [Decision("2026-11-02", "ptwiki", "held", "Ana", AT, "why")])
    assert disk.has(lake / PLACE)
    assert disk.names((lake / PLACE), tmp_path)


def test_what_sensors_saw_is_on_the_disk(tmp_path: Path, disk: Disk) -> None:
    Memory(storage_at(tmp_path), "wiki_dumps").save()
    file = tmp_path / ".sources" / "wiki_dumps.json"
    assert disk.has(file)
    assert disk.names(file, tmp_path)


def test_bulk_files_are_on_the_disk_before_their_manifest_names_them(
    tmp_path: Path, disk: Disk
) -> None:
    place = Place(str(tmp_path / "bulk"))
    name = place.new("ptwiki.ndjson.gz")
    with place.open(name, "wb") as file:
        file.write(b"pairs")
    place.finish("manifest.json", b"{}", [name])
    for each in (tmp_path / "bulk" / name, tmp_path / "bulk" / "manifest.json"):
        assert disk.has(each)
        assert disk.names(each, tmp_path / "bulk")
