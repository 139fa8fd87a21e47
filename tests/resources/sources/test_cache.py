"""The cache stays within its limit, and nobody loses a file that is in use."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from resources.errors import InputError, UserError
from resources.sources.mirror import Mirror
from resources.sources.places import PassingError, Wanted
from tests.resources.sources.mirror_server import (
    BLOCK,
    Cut,
    MirrorServer,
    Silence,
)
from tests.resources.sources.mirrors import (
    BODY,
    FILE,
    FORKS,
    QUICK,
    Open,
    elsewhere,
    fetch,
    fetched,
    quiet,
    wanted,
)

DATES = ("20260101", "20260108", "20260115")


@pytest.fixture
def three(server: MirrorServer, mirror: Mirror, cache: Path) -> list[Wanted]:
    """One file of 100 bytes for each of three dates, fetched the newest first."""
    server.files = {f"{wiki}/{date}/x": b"x" * 100 for wiki, date in zip("abc", DATES, strict=True)}
    there = [wanted(mirror, path) for path in server.files]
    with Mirror(server.url, cache, bounds=QUICK, log=str) as earlier:
        for each in reversed(there):
            fetch(earlier, each)
    return there


def test_a_full_cache_drops_the_oldest_dates_first_and_nothing_that_is_wanted(
    server: MirrorServer, three: list[Wanted], mirror_of: Open, cache: Path, said: list[str]
) -> None:
    server.files["d/20260122/x"] = b"y" * 100
    (cache / "somebodys").write_bytes(b"z" * 1000)
    fresh = wanted(mirror_of(), "d/20260122/x")
    fetch(mirror_of(limit=300), fresh, three[0])
    assert fetched(cache) == {"a/20260101/x", "c/20260115/x", "d/20260122/x", "somebodys"}
    assert not (cache / "b").exists()
    assert [line for line in said if "dropped" in line] == [
        f"{cache}: dropped b/20260108/x (100 bytes), to stay within 300 bytes"
    ]


def test_what_is_half_fetched_counts_and_goes_too(
    server: MirrorServer, mirror_of: Open, cache: Path
) -> None:
    server.files["dewiki/20260108/x"] = b"x" * 1000
    server.always[FILE] = Cut(after=0)
    server.spoil(FILE, Cut(after=BLOCK))
    mirror = mirror_of()
    with pytest.raises(PassingError):
        mirror.fetch([wanted(mirror)], quiet)
    assert fetched(cache) == {f"{FILE}.part"}
    mirror.close()
    mirror = mirror_of(limit=BLOCK)
    fetch(mirror, wanted(mirror, "dewiki/20260108/x"))
    assert fetched(cache) == {"dewiki/20260108/x"}


def test_more_than_the_cache_may_hold_is_refused_before_anything_is_asked_for(
    server: MirrorServer, three: list[Wanted], mirror_of: Open, cache: Path
) -> None:
    before = len(server.asked)
    with pytest.raises(UserError, match=r"cache: 3 files of 300 bytes .*299 bytes.*--cache-limit"):
        mirror_of(limit=299).fetch([*three, three[0]], quiet)
    assert len(server.asked) == before
    assert len(fetched(cache)) == 3


def test_what_a_living_process_uses_stays_and_what_a_killed_one_used_goes(
    server: MirrorServer, three: list[Wanted], mirror_of: Open, cache: Path
) -> None:
    done, end = FORKS.Event(), FORKS.Event()
    process = elsewhere(server, cache, three[:1], done=done, end=end)
    assert done.wait(60)
    mirror = mirror_of(limit=200)
    fetch(mirror, three[2])
    assert fetched(cache) == {"a/20260101/x", "c/20260115/x"}
    with pytest.raises(PassingError, match=r"may hold 200 bytes.*others use 100 .*100 too many"):
        mirror.fetch(three[1:], quiet)
    process.kill()
    process.join()
    fetch(mirror, *three[1:])
    assert fetched(cache) == {"b/20260108/x", "c/20260115/x"}


def test_what_another_process_is_about_to_fetch_counts_in_full(
    server: MirrorServer, mirror_of: Open, cache: Path
) -> None:
    server.files["dewiki/20260101/x"] = b"x" * 100
    mirror = mirror_of(limit=len(BODY) + 99)
    server.spoil(FILE, Silence(after=10))
    process = elsewhere(server, cache, [wanted(mirror)], replace(QUICK, read_seconds=60.0))
    while not fetched(cache):
        assert process.is_alive()
        time.sleep(0.01)
    with pytest.raises(PassingError, match="1 too many for what is wanted; try again"):
        mirror.fetch([wanted(mirror, "dewiki/20260101/x")], quiet)
    process.kill()
    process.join()
    fetch(mirror, wanted(mirror, "dewiki/20260101/x"))


def test_what_one_mirror_fetched_before_stays_when_it_fetches_more(
    server: MirrorServer, three: list[Wanted], mirror_of: Open, cache: Path
) -> None:
    mirror = mirror_of(limit=200)
    fetch(mirror, three[0])
    fetch(mirror, three[2])
    assert fetched(cache) == {"a/20260101/x", "c/20260115/x"}
    with pytest.raises(UserError, match=r"3 files of 300 bytes are wanted"):
        mirror.fetch(three[1:2], quiet)


def test_files_are_free_to_go_once_their_mirror_is_closed(
    server: MirrorServer, three: list[Wanted], mirror_of: Open, cache: Path
) -> None:
    first = mirror_of()
    fetch(first, *three[:2])
    first.close()
    fetch(mirror_of(limit=100), three[2])
    assert fetched(cache) == {"c/20260115/x"}


def test_a_full_disk_is_told_with_the_folder_and_what_to_do(mirror: Mirror, cache: Path) -> None:
    (cache / FILE).parent.mkdir(parents=True)
    (cache / f"{FILE}.part").symlink_to("/dev/full")
    with pytest.raises(UserError, match=rf"{cache}: the disk is full; .*--cache-limit"):
        mirror.fetch([wanted(mirror)], quiet)


def test_a_cache_that_can_not_be_written_is_named(server: MirrorServer, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=rf"{tmp_path}/file/cache: the cache can not be written"):
        Mirror(server.url, tmp_path / "file" / "cache")


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a//b", "a/./b", ".uses/x", "", "a/\0"])
def test_no_path_leads_out_of_the_cache_or_to_what_it_knows(mirror: Mirror, path: str) -> None:
    with pytest.raises(InputError, match="not the path of a file below a mirror"):
        mirror.fetch([Wanted(path, 1, "")], quiet)
