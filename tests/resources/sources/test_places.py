"""A folder of dumps gives its files where they are, and only those that are what is wanted."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from resources.errors import InputError, UserError
from resources.sources.places import Folder, Wanted, sum_of

FILE = "enwiki/20260101/enwiki-20260101-page.sql.gz"
BODY = bytes(range(256)) * 20_000
SHA1 = hashlib.sha1(BODY).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    file = tmp_path / FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(BODY)
    return Folder(tmp_path)


def quiet(count: int) -> None:
    """Hear of bytes, and say nothing."""


def wanted(folder: Folder, sha1: str | None = None, more: int = 0) -> Wanted:
    found = folder.find(FILE)
    assert found
    return Wanted(FILE, found.bytes + more, found.version, sha1)


def test_folders_and_files_are_told_apart_and_sorted(folder: Folder) -> None:
    (folder.root / "afwiki").mkdir()
    (folder.root / "index.html").touch()
    assert folder.folders("") == ["afwiki", "enwiki"]
    assert folder.files("") == ["index.html"]
    assert folder.files("enwiki/20260101") == [FILE.rpartition("/")[2]]


def test_a_folder_that_is_not_there_has_nothing_in_it(folder: Folder) -> None:
    assert folder.folders("dewiki") == folder.files("dewiki") == folder.files(FILE) == []
    assert folder.find("dewiki/x") is folder.text("dewiki/x") is folder.find(f"{FILE}/x") is None


def test_a_file_is_found_with_its_size_and_the_time_it_last_changed(folder: Folder) -> None:
    before = datetime.now(UTC)
    os.utime(folder.root / FILE, (1e9, 1e9))
    found = folder.find(FILE)
    assert found
    assert (found.path, found.bytes) == (FILE, len(BODY))
    assert abs((found.changed - before).total_seconds()) < 60, "a copy that keeps old times is new"
    assert folder.text(FILE) == BODY


def test_a_file_that_is_written_again_has_another_version(folder: Folder) -> None:
    os.utime(folder.root / FILE, (1e9, 1e9))
    before = wanted(folder)
    assert wanted(folder) == before
    (folder.root / FILE).write_bytes(BODY[::-1])
    assert wanted(folder).version != before.version


def test_files_are_read_where_they_are_and_each_byte_is_told_once(folder: Folder) -> None:
    told: list[int] = []
    files = folder.fetch(
        [wanted(folder), *(wanted(folder, sum_) for sum_ in (SHA1, SHA1.upper()))], told.append
    )
    assert files == [folder.root / FILE] * 3
    assert sum(told) == 3 * len(BODY)


def test_a_file_that_is_not_what_is_wanted_is_refused_with_both_numbers(folder: Folder) -> None:
    with pytest.raises(InputError, match=rf"{FILE}: has 5,120,000 bytes, expected 5,120,007"):
        folder.fetch([wanted(folder, more=7)], quiet)
    with pytest.raises(InputError, match=rf"{FILE}: its sha1 is {SHA1}, expected {'0' * 40}; "):
        folder.fetch([wanted(folder, "0" * 40)], quiet)
    there = wanted(folder)
    (folder.root / FILE).unlink()
    with pytest.raises(InputError, match=rf"{FILE}: no such file"):
        folder.fetch([there], quiet)


def test_a_place_that_is_no_folder_is_named_with_what_to_do(folder: Folder) -> None:
    with pytest.raises(UserError, match=r"nowhere: no such folder; --dumps"):
        Folder(folder.root / "nowhere")
    with pytest.raises(UserError, match=r"sql.gz: not a folder; --dumps"):
        Folder(folder.root / FILE)


def test_the_sum_of_a_file_of_several_blocks_is_that_of_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(BODY)
    told: list[int] = []
    assert sum_of(tmp_path / "x", SHA1, told.append) == SHA1
    assert sum(told) == len(BODY)
    assert len(told) > 1


def test_a_sum_of_64_digits_is_a_sha256(folder: Folder) -> None:
    there = folder.find(FILE)
    assert there
    right = hashlib.sha256((folder.root / FILE).read_bytes()).hexdigest()
    folder.fetch([Wanted(FILE, there.bytes, there.version, right)], lambda _: None)
    wrong = Wanted(FILE, there.bytes, there.version, "0" * 64)
    with pytest.raises(InputError, match=f"its sha256 is {right}, expected 0000"):
        folder.fetch([wrong], lambda _: None)
