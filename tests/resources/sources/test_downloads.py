"""Whatever a mirror does, only whole and right files come out of it; each fault is told."""

import hashlib
import os
import re
import threading
import time
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from resources.errors import InputError, UserError
from resources.sources.mirror import Mirror
from resources.sources.places import PassingError
from tests.resources.sources.mirror_server import (
    BLOCK,
    CHANGED,
    Answer,
    Cut,
    Instead,
    MirrorServer,
    Silence,
)
from tests.resources.sources.mirrors import (
    BODY,
    FILE,
    IMPATIENT,
    QUICK,
    SHA1,
    Open,
    elsewhere,
    fetch,
    fetched,
    quiet,
    wanted,
)


def test_files_come_into_the_cache_under_their_own_paths_and_are_not_fetched_twice(
    server: MirrorServer, mirror_of: Open, cache: Path
) -> None:
    other = "dewiki/20260101/Ünder 100%?.gz"
    server.files |= {other: b"other", "empty": b""}
    mirror = mirror_of()
    files = [wanted(mirror), wanted(mirror, other), wanted(mirror, "empty"), wanted(mirror, other)]
    told: list[int] = []
    paths = mirror.fetch(files, told.append)
    assert paths == [cache / FILE, cache / other, cache / "empty", cache / other]
    assert [path.read_bytes() for path in paths] == [BODY, b"other", b"", b"other"]
    assert sum(told) == len(BODY) + len(b"other")
    before = len(server.asked)
    for again in (mirror, mirror_of()):
        assert fetch(again, *files[:3]) == [BODY, b"other", b""]
    assert len(server.asked) == before
    assert fetched(cache) == {FILE, other, "empty"}


def test_a_sum_is_computed_once_and_then_remembered(
    server: MirrorServer, mirror_of: Open, cache: Path
) -> None:
    mirror = mirror_of()
    fetch(mirror, wanted(mirror))
    fetch(mirror, wanted(mirror, sha1=SHA1.upper()))
    with os.fdopen(os.open(cache / FILE, os.O_RDWR), "r+b") as file:
        times = os.fstat(file.fileno())
        file.write(b"damaged")
    os.utime(cache / FILE, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert fetch(mirror, wanted(mirror, sha1=SHA1)) != [BODY], "read again, it was not"
    os.utime(cache / FILE)
    assert fetch(mirror_of(), wanted(mirror, sha1=SHA1)) == [BODY]
    assert len(server.asked_for(FILE)) == 2


def test_a_file_that_the_cache_has_in_another_version_is_fetched_again(
    server: MirrorServer, mirror: Mirror
) -> None:
    fetch(mirror, wanted(mirror))
    server.files[FILE], server.changed[FILE] = BODY[::-1], CHANGED + 1
    assert fetch(mirror, wanted(mirror)) == [BODY[::-1]]
    server.files[FILE] = BODY[:1000]
    assert fetch(mirror, wanted(mirror)) == [BODY[:1000]]


@pytest.mark.parametrize("sha1", [SHA1, None])
@pytest.mark.parametrize("etags", ["strong", "weak", "none"])
def test_a_connection_that_is_cut_again_and_again_goes_on_where_it_was(
    server: MirrorServer, mirror: Mirror, said: list[str], sha1: str | None, etags: str
) -> None:
    server.etags, server.weak = etags != "none", etags == "weak"
    server.spoil(FILE, *[Cut(after=BLOCK)] * 4, Cut(after=0))
    assert fetch(mirror, wanted(mirror, sha1=sha1)) == [BODY], "more cuts than attempts"
    begins = [f"bytes={count * BLOCK}-" for count in (1, 2, 3, 4, 4)]
    assert [each.range for each in server.asked_for(FILE)] == [None, *begins]
    assert len(said) == 5
    assert all(line.startswith(f"{server.url}/{FILE}: the connection broke (") for line in said)


@pytest.mark.parametrize("sha1", [SHA1, None])
@pytest.mark.parametrize("old", [False, True])
def test_several_servers_behind_one_name_give_one_file(
    server: MirrorServer, mirror: Mirror, said: list[str], sha1: str | None, old: bool
) -> None:
    there = wanted(mirror, sha1=sha1)
    if old:
        # As manifests once had it.
        there = replace(there, version=server.etag(FILE))
    server.several = True
    server.spoil(FILE, *[Cut(after=BLOCK)] * 2)
    assert fetch(mirror, there) == [BODY]
    begins = [f"bytes={count * BLOCK}-" for count in (1, 2)]
    assert [each.range for each in server.asked_for(FILE)] == [None, *begins], "the rest alone"
    assert not [line for line in said if "from its beginning" in line]


@pytest.mark.parametrize("sha1", [SHA1, None])
def test_what_was_fetched_when_etags_were_versions_is_not_fetched_again(
    server: MirrorServer, mirror_of: Open, cache: Path, sha1: str | None
) -> None:
    there = replace(wanted(mirror_of(), sha1=sha1), version=server.etag(FILE))
    fetch(mirror_of(), there)
    server.several = True
    assert fetch(mirror_of(), there) == [BODY]
    # A snapshot of now has fetched it meanwhile, or looked at it.
    fetch(mirror_of(), wanted(mirror_of(), sha1=sha1))
    assert fetch(mirror_of(), there) == [BODY]
    assert len(server.asked_for(FILE)) == (1 if sha1 else 2)


def test_a_file_of_another_time_is_the_same_where_its_sum_is(
    server: MirrorServer, mirror: Mirror
) -> None:
    there = wanted(mirror, sha1=SHA1)
    server.changed[FILE] = CHANGED + 1
    assert fetch(mirror, there) == [BODY]


def test_a_file_of_another_time_and_sum_has_changed_and_is_fetched_once(
    server: MirrorServer, mirror: Mirror, cache: Path
) -> None:
    there = wanted(mirror, sha1=SHA1)
    server.files[FILE], server.changed[FILE] = BODY[::-1], CHANGED + 1
    with pytest.raises(InputError, match=rf"{FILE}: changed on the mirror: .* its sha1 is "):
        mirror.fetch([there], quiet)
    assert len(server.asked_for(FILE)) == 1
    assert not fetched(cache)


def test_a_mirror_that_falls_silent_is_asked_again_for_the_rest(
    server: MirrorServer, mirror_of: Open, said: list[str]
) -> None:
    mirror = mirror_of(bounds=IMPATIENT)
    server.spoil(FILE, Silence(after=BLOCK))
    assert fetch(mirror, wanted(mirror, sha1=SHA1)) == [BODY]
    assert [each.range for each in server.asked_for(FILE)] == [None, f"bytes={BLOCK}-"]
    assert [line.partition(";")[0] for line in said] == [f"{server.url}/{FILE}: no answer in time"]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_mirror_that_is_not_well_is_asked_again_after_a_wait(
    server: MirrorServer, mirror: Mirror, said: list[str], method: str
) -> None:
    server.spoil(FILE, Answer(503), Answer(502), method=method)
    assert fetch(mirror, wanted(mirror)) == [BODY]
    assert re.search(r": the mirror answers 503 Service Unavailable; attempt 2 of 3 in", said[0])
    assert re.search(r": the mirror answers 502 Bad Gateway; attempt 3 of 3 in", said[1])


def test_a_mirror_that_stays_unwell_is_a_passing_error_with_its_url_and_last_fault(
    server: MirrorServer, mirror: Mirror, said: list[str]
) -> None:
    there = wanted(mirror)
    server.always[FILE] = Answer(503)
    for look in (lambda: mirror.fetch([there], quiet), lambda: mirror.text(FILE)):
        with pytest.raises(
            PassingError, match=rf"{server.url}/{FILE}: .* 503 .*given up after 3 attempts; try"
        ):
            look()
    assert len(server.asked_for(FILE)) == 6
    assert sum("given up after 3 attempts" in line for line in said) == 2


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        ({"Retry-After": "30"}, "30.0"),
        ({"Retry-After": "999999"}, "40.0"),
        ({"Retry-After": formatdate(CHANGED + 20), "Date": formatdate(CHANGED)}, "20.0"),
        ({"Retry-After": formatdate(CHANGED)}, "0.0"),
        ({"Retry-After": "soon"}, "0.0"),
    ],
    ids=["seconds", "more than is heeded", "a date", "a date that is over", "nonsense"],
)
def test_a_mirror_that_wants_to_be_left_alone_is_for_as_long_as_it_says(
    server: MirrorServer,
    mirror_of: Open,
    said: list[str],
    asked: dict[str, str],
    waited: str,
) -> None:
    bounds = replace(QUICK, longest_retry_after_seconds=40.0, first_wait_seconds=0.0)
    server.spoil(FILE, Answer(429, asked))
    # A wait beyond the deadline is told and not waited for.
    mirror = mirror_of(bounds=bounds, deadline=10.0)
    if waited == "0.0":
        assert mirror.text(FILE) == BODY
    else:
        with pytest.raises(PassingError, match=rf"429 Too Many Requests.*{waited} s.*deadline"):
            mirror.text(FILE)
        assert len(server.asked_for(FILE)) == 1


def test_a_wait_that_is_short_enough_is_waited_for(
    server: MirrorServer, mirror_of: Open, said: list[str]
) -> None:
    server.spoil(FILE, Answer(429, {"Retry-After": "7"}))
    mirror = mirror_of()
    begun = time.monotonic()
    assert mirror.text(FILE) == BODY
    assert time.monotonic() - begun >= QUICK.longest_retry_after_seconds
    assert re.search(r"429 Too Many Requests; attempt 2 of 3 in 0\.[01] s", said[0])


def test_what_a_mirror_refuses_is_told_at_once(server: MirrorServer, mirror: Mirror) -> None:
    there = wanted(mirror)
    server.always[FILE] = Answer(403)
    with pytest.raises(UserError, match=rf"{server.url}/{FILE}: .*403 Forbidden.*password"):
        mirror.fetch([there], quiet)
    server.always[FILE] = Answer(400)
    with pytest.raises(UserError, match=rf"{server.url}/{FILE}: .*400 Bad Request.*another"):
        mirror.text(FILE)
    assert len(server.asked_for(FILE)) == 2


def test_a_file_that_is_gone_is_an_input_error(server: MirrorServer, mirror: Mirror) -> None:
    there = wanted(mirror)
    del server.files[FILE]
    with pytest.raises(InputError, match=rf"{server.url}/{FILE}: no such file"):
        mirror.fetch([there], quiet)


@pytest.mark.parametrize("sha1", [SHA1, None])
@pytest.mark.parametrize("wrong", [BODY[:-7], BODY + b"surplus", b""])
def test_a_wrong_length_is_fetched_once_more_and_then_refused(
    server: MirrorServer, mirror: Mirror, cache: Path, wrong: bytes, sha1: str | None
) -> None:
    there = wanted(mirror, sha1=sha1)
    for server.lengths in (True, False):
        server.spoil(FILE, Instead(wrong))
        (cache / FILE).unlink(missing_ok=True)
        assert fetch(mirror, there) == [BODY]
        (cache / FILE).unlink()
        server.spoil(FILE, Instead(wrong), Instead(wrong))
        # Where the mirror tells the length, nothing of it is fetched.
        problem = f"has {len(wrong):,} bytes, expected" if server.lengths else ".* bytes came"
        with pytest.raises(
            InputError, match=rf"{server.url}/{FILE}: {problem}.* a second time, .*another"
        ):
            mirror.fetch([there], quiet)
        assert not fetched(cache)
    assert len(server.asked_for(FILE)) == 8


def test_a_wrong_sum_is_fetched_once_more_and_then_refused_with_both_sums(
    server: MirrorServer, mirror: Mirror, cache: Path, said: list[str]
) -> None:
    there = wanted(mirror, sha1=SHA1)
    wrong = hashlib.sha1(BODY[::-1]).hexdigest()
    server.spoil(FILE, Instead(BODY[::-1]))
    assert fetch(mirror, there) == [BODY]
    expected = rf"{server.url}/{FILE}: its sha1 is {wrong}, expected {SHA1}"
    assert re.fullmatch(rf"{expected}; fetched once more .*", said[0])
    (cache / FILE).unlink()
    server.always[FILE] = Instead(BODY[::-1])
    with pytest.raises(InputError, match=rf"{expected}, a second time, .*another mirror"):
        mirror.fetch([there], quiet)
    assert not fetched(cache)
    assert len(server.asked_for(FILE)) == 4


@pytest.mark.parametrize("etags", [True, False])
@pytest.mark.parametrize("ranges", ["all", "bare", "none"])
@pytest.mark.parametrize("new", [BODY[::-1], BODY[:-1000]])
def test_a_file_that_changes_between_two_ranges_is_refused(
    server: MirrorServer, mirror: Mirror, cache: Path, etags: bool, ranges: str, new: bytes
) -> None:
    server.etags, server.ranges, server.bare_ranges = etags, ranges != "none", ranges == "bare"

    def change() -> None:
        server.files[FILE] = new
        server.changed[FILE] = CHANGED + 1

    server.spoil(FILE, Cut(after=BLOCK, then=change))
    with pytest.raises(
        InputError, match=rf"{server.url}/{FILE}: changed on the mirror: .*--choose-again"
    ):
        mirror.fetch([wanted(mirror)], quiet)
    assert not fetched(cache)
    assert fetch(mirror, wanted(mirror)) == [new], "chosen again, it is another file"


def test_a_mirror_that_gives_a_rest_of_whatever_there_is_now_is_seen_through_by_its_size(
    server: MirrorServer, mirror: Mirror, said: list[str]
) -> None:
    server.bare_ranges, server.if_range = True, False

    def grow() -> None:
        server.files[FILE] = BODY + b"more"

    server.spoil(FILE, Cut(after=BLOCK, then=grow))
    with pytest.raises(InputError, match=rf"{FILE}: has .* bytes, expected .*, a second time"):
        mirror.fetch([wanted(mirror)], quiet)
    assert f"has {len(BODY) + 4:,} bytes, expected {len(BODY):,}; fetched once more" in said[-2]


def test_a_rest_of_what_is_wanted_no_longer_is_not_gone_on_with(
    server: MirrorServer, mirror: Mirror, cache: Path
) -> None:
    server.always[FILE] = Cut(after=0)
    server.spoil(FILE, Cut(after=BLOCK))
    with pytest.raises(PassingError):
        mirror.fetch([wanted(mirror)], quiet)
    assert (cache / f"{FILE}.part").stat().st_size == BLOCK
    server.always.clear()
    server.files[FILE], server.changed[FILE] = BODY[::-1], CHANGED + 1
    assert fetch(mirror, wanted(mirror)) == [BODY[::-1]]
    assert server.asked_for(FILE)[-1].range is None
    assert fetched(cache) == {FILE}


@pytest.mark.parametrize("why", ["no ranges", "only weak ETags", "nothing that tells versions"])
def test_where_a_rest_can_not_be_asked_for_the_whole_file_is(
    server: MirrorServer, mirror: Mirror, why: str
) -> None:
    there = wanted(mirror, sha1=SHA1)
    server.ranges = why != "no ranges"
    server.weak = why == "only weak ETags"
    server.etags = why != "nothing that tells versions"
    server.times = why == "no ranges"
    server.spoil(FILE, *[Cut(after=2 * BLOCK)] * 2)
    assert fetch(mirror, there) == [BODY]
    assert [each.status for each in server.asked_for(FILE)] == [200, 200, 200]


def test_a_rest_that_is_not_the_one_asked_for_is_not_used(
    server: MirrorServer, mirror: Mirror, said: list[str]
) -> None:
    server.spoil(FILE, Cut(after=BLOCK), Answer(206, {"Content-Range": "bytes 7-9/10"}))
    assert fetch(mirror, wanted(mirror)) == [BODY]
    server.files["other"] = BODY
    server.spoil("other", Cut(after=BLOCK), Answer(416))
    assert fetch(mirror, wanted(mirror, "other")) == [BODY]
    assert sum("not the rest came that was asked for" in line for line in said) == 2


@pytest.mark.parametrize("sha1", [SHA1, None])
def test_a_killed_process_leaves_what_it_had_and_the_next_asks_only_for_the_rest(
    server: MirrorServer, mirror_of: Open, cache: Path, sha1: str | None
) -> None:
    bounds = replace(QUICK, read_seconds=60.0)
    there = wanted(mirror_of(), sha1=sha1)
    server.spoil(FILE, Silence(after=3 * BLOCK))
    process = elsewhere(server, cache, [there], bounds)
    part = cache / f"{FILE}.part"
    while not (part.exists() and part.stat().st_size == 3 * BLOCK):
        assert process.is_alive()
        time.sleep(0.01)
    process.kill()
    process.join()
    assert fetched(cache) == {f"{FILE}.part"}
    assert fetch(mirror_of(), there) == [BODY]
    assert [each.range for each in server.asked_for(FILE)] == [None, f"bytes={3 * BLOCK}-"]
    assert fetched(cache) == {FILE}


def test_processes_that_want_the_same_file_at_once_fetch_it_once(
    server: MirrorServer, mirror: Mirror, cache: Path
) -> None:
    server.seconds_a_block = 0.2
    there = [wanted(mirror, sha1=SHA1)]
    processes = [elsewhere(server, cache, there) for _ in range(3)]
    assert fetch(mirror, *there) == [BODY]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert len(server.asked_for(FILE)) == 1


def test_a_file_has_its_name_only_when_it_is_whole(
    server: MirrorServer, mirror: Mirror, cache: Path
) -> None:
    there = wanted(mirror, sha1=SHA1)
    server.spoil(FILE, Cut(after=BLOCK), Instead(BODY[::-1]), Cut(after=7), Answer(503))
    seen: list[bytes | None] = []

    def look() -> None:
        seen.append((cache / FILE).read_bytes() if (cache / FILE).exists() else None)

    server.at_block = look
    fetching = threading.Thread(target=fetch, args=(mirror, there))
    fetching.start()
    while fetching.is_alive():
        look()
        time.sleep(0.001)
    fetching.join()
    assert seen.count(None) > 5
    assert set(seen) <= {None, BODY}
    assert (cache / FILE).read_bytes() == BODY


@pytest.mark.parametrize("connections", [1, 2])
def test_no_more_files_are_fetched_at_once_than_allowed_in_all_processes(
    server: MirrorServer, mirror_of: Open, cache: Path, connections: int
) -> None:
    server.files = {f"{wiki}/20260101/x": BODY for wiki in "abcdef"}
    server.seconds_a_block = 0.01
    mirror = mirror_of(connections=connections)
    there = [wanted(mirror, path) for path in server.files]
    other = elsewhere(server, cache, there[3:], connections=connections)
    assert fetch(mirror, *there[:3]) == [BODY] * 3
    other.join()
    assert server.most_at_once == connections
    assert fetched(cache) == set(server.files)


def test_the_first_file_that_can_not_be_had_ends_all_and_nothing_is_lost(
    server: MirrorServer, mirror_of: Open, cache: Path
) -> None:
    mirror = mirror_of(bounds=IMPATIENT)
    server.files["dewiki/slow"] = BODY
    there = [wanted(mirror, "dewiki/slow"), wanted(mirror, sha1="0" * 40)]
    server.spoil("dewiki/slow", Silence(after=2 * BLOCK))
    with pytest.raises(InputError, match=rf"{FILE}: its sha1 is"):
        mirror.fetch(there, quiet)
    assert fetched(cache) == {"dewiki/slow.part"}
    assert fetch(mirror, there[0]) == [BODY]
    assert server.asked_for("dewiki/slow")[-1].range == f"bytes={2 * BLOCK}-"
