"""Which event files are taken for whole, and how often a mirror is asked for them."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from graph.watch import Memory
from imagesuggest_assets.snapshots.event_files import (
    ASKED_AGAIN,
    find_event_files,
    look_at_event_files,
    settled_event_files,
    waiting_event_files,
)
from resources.sources.dumps import FEEDBACK, Dumps
from resources.sources.mirror import Mirror
from resources.sources.places import Folder, PassingError
from resources.storage import storage_at
from tests.resources.sources.mirror_server import CHANGED, Answer, MirrorServer, serving
from tests.resources.sources.mirrors import QUICK

SETTLING = timedelta(minutes=10)
NAME = "feedback_events"
NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
FILES = [f"{FEEDBACK}/{number:04}.json.gz" for number in range(300)]


@pytest.fixture
def server() -> Iterator[MirrorServer]:
    """A mirror with 300 event files that changed long ago."""
    with serving(dict.fromkeys(FILES, b"{}")) as found:
        yield found


def look(
    server: MirrorServer, lake: Path, minutes: float = 0, seconds: float = 60
) -> tuple[dict[str, str], dict[str, str], int]:
    """Look once, as a tick does; give what has settled, what has not, and how much was asked."""
    before = len(server.asked)
    memory = Memory(storage_at(lake), NAME)
    now = NOW + timedelta(minutes=minutes)
    with Mirror(server.url, lake / "cache", bounds=QUICK) as mirror:
        look_at_event_files([Dumps(mirror)], memory, SETTLING, now, seconds)
    memory.save()
    settled, waiting = (of(memory, SETTLING) for of in (settled_event_files, waiting_event_files))
    return settled, waiting, len(server.asked) - before


def test_three_hundred_event_files_cost_a_mirror_few_requests_a_tick(
    server: MirrorServer, tmp_path: Path
) -> None:
    settled, _, asked = look(server, tmp_path)
    assert (list(settled), asked) == (FILES, 1 + len(FILES))
    for tick in range(1, 4):
        settled, _, asked = look(server, tmp_path, tick / 2)
        assert (list(settled), asked) == (FILES, 1 + ASKED_AGAIN)
    # A new one is asked for at once, and an old one that changed when its turn comes.
    server.files[new := f"{FEEDBACK}/new.json"] = b"{}"
    server.changed[FILES[-1]] = CHANGED + 1
    settled, _, asked = look(server, tmp_path, 2)
    assert new in settled
    assert asked == 1 + 1 + ASKED_AGAIN
    old = settled[FILES[-1]]
    ticks = 0
    while look(server, tmp_path, 3 + ticks)[0][FILES[-1]] == old:
        ticks += 1
    assert ticks <= len(FILES) / ASKED_AGAIN


def test_a_file_that_has_to_settle_is_asked_for_again_when_it_may_have(
    server: MirrorServer, tmp_path: Path
) -> None:
    server.files = {FILES[0]: b"{"}
    server.changed[FILES[0]] = int(NOW.timestamp()) - 60
    settled, waiting, asked = look(server, tmp_path)
    assert (settled, asked) == ({}, 2)
    assert waiting == {
        FILES[0]: f"{FILES[0]} changed at 2026-11-03 11:59:00 UTC, expected 10 minutes without a "
        "change"
    }
    assert look(server, tmp_path, minutes=8)[2] == 1
    server.changed[FILES[0]] += 6 * 60
    assert look(server, tmp_path, minutes=9)[0] == {}
    assert list(look(server, tmp_path, minutes=15)[0]) == [FILES[0]]


def test_a_look_that_took_too_long_goes_on_in_the_next_tick(
    server: MirrorServer, tmp_path: Path
) -> None:
    assert look(server, tmp_path, seconds=-1) == ({}, {}, 1)
    assert len(Memory(storage_at(tmp_path), NAME).unseen()) == len(FILES)
    assert list(look(server, tmp_path)[0]) == FILES


def test_an_event_file_that_can_not_be_looked_at_costs_itself_alone(
    server: MirrorServer, tmp_path: Path
) -> None:
    server.always[FILES[7]] = Answer(403)
    for minutes in (0, 1):
        settled, waiting, _ = look(server, tmp_path, minutes)
        assert list(settled) == [path for path in FILES if path != FILES[7]]
        assert list(waiting) == [FILES[7]]
        assert "403 Forbidden" in waiting[FILES[7]]
    with Mirror(server.url, tmp_path / "cache", bounds=QUICK) as mirror:
        found = find_event_files(Dumps(mirror), SETTLING)
        assert [each.path for each in found.settled] == list(settled)
        assert "403 Forbidden" in found.waiting[FILES[7]]
        # A run tries again what may be over by itself.
        server.always[FILES[8]] = Answer(503)
        with pytest.raises(PassingError):
            find_event_files(Dumps(mirror), SETTLING)
    server.always.clear()
    for minutes in range(2, 2 + len(FILES) // ASKED_AGAIN):
        settled, waiting, _ = look(server, tmp_path, minutes)
    assert (sorted(settled), waiting) == (FILES, {})


def test_a_mirror_that_is_down_is_left_alone_and_what_was_seen_stays(
    server: MirrorServer, tmp_path: Path
) -> None:
    before, _, _ = look(server, tmp_path)
    server.always = dict.fromkeys(FILES, Answer(503))
    after, _, asked = look(server, tmp_path, 1)
    assert asked == 1 + 3 * QUICK.attempts
    assert after == before
    blind = Memory(storage_at(tmp_path), NAME).blind
    assert blind is not None
    assert "503" in blind.why


def test_event_files_that_are_gone_are_forgotten(server: MirrorServer, tmp_path: Path) -> None:
    look(server, tmp_path)
    del server.files[FILES[0]]
    assert list(look(server, tmp_path, 1)[0]) == FILES[1:]


def test_event_files_of_a_folder_are_taken_as_each_has_settled(tmp_path: Path) -> None:
    folder = tmp_path / FEEDBACK
    folder.mkdir(parents=True)
    for name in ("20261026.json.gz", "20261102.json"):
        (folder / name).write_text(name)
    os.mkfifo(folder / "a pipe.json")
    (folder / os.fsdecode(b"caf\xe9.json")).touch()
    dumps = Dumps(Folder(tmp_path))
    found = find_event_files(dumps, SETTLING)
    assert (found.settled, len(found.waiting)) == ((), 4)
    # Who starts a run by hand vouches for them, whatever a clock says.
    found = find_event_files(dumps, timedelta(0))
    assert [Path(each.path).name for each in found.settled] == ["20261026.json.gz", "20261102.json"]
    assert "is no file" in found.waiting[f"{FEEDBACK}/a pipe.json"]
    assert f"{FEEDBACK}/caf\\xe9.json is not there" in found.waiting.values()
    memory = Memory(storage_at(tmp_path / "lake"), NAME)
    look_at_event_files([dumps], memory, SETTLING, datetime.now(UTC))
    memory.save()
    assert settled_event_files(memory, SETTLING) == {}
    look_at_event_files([dumps], memory, SETTLING, datetime.now(UTC) + SETTLING)
    assert len(settled_event_files(memory, SETTLING)) == 2


def test_event_files_of_two_places_are_looked_at_together(
    server: MirrorServer, tmp_path: Path
) -> None:
    folder = tmp_path / "judgements" / FEEDBACK
    folder.mkdir(parents=True)
    (folder / "judged.json").write_text("{}")
    judged = Dumps(Folder(tmp_path / "judgements"))
    memory = Memory(storage_at(tmp_path / "lake"), NAME)
    now = datetime.now(UTC) + SETTLING
    with Mirror(server.url, tmp_path / "cache", bounds=QUICK) as mirror:
        look_at_event_files([Dumps(mirror), judged], memory, SETTLING, now)
    assert {*settled_event_files(memory, SETTLING)} == {*FILES, f"{FEEDBACK}/judged.json"}
