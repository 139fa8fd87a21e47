"""What sensors have seen of dumps, remembered from tick to tick and from daemon to daemon."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from graph.choice import newest_snapshot
from graph.green_lights import Looker
from graph.watch import (
    GIVEN_UP_AFTER,
    LOOKING_SECONDS,
    NEWEST_DUMPS,
    NEWEST_OTHERS,
    Memory,
    look_at,
)
from imagesuggest_assets.snapshots.choice import lights
from resources.sources.dumps import ITEMS, MEDIAINFO, WIKI_TABLES, Dumps, Entities
from resources.sources.mirror import Mirror
from resources.sources.places import SMALL_FILE_BYTES, Folder
from resources.sources.web import Bounds
from resources.storage import storage_at
from tests.imagesuggest_assets.snapshots.small_dumps import (
    add_dump,
    add_entities,
    add_other_dumps,
    files_of,
    looker,
    say,
    table_file,
)
from tests.resources.sources.mirror_server import (
    CHANGED,
    Answer,
    Cut,
    Fault,
    Instead,
    MirrorServer,
    Silence,
    serving,
)
from tests.resources.sources.mirrors import IMPATIENT, QUICK

DAY = "20261102"
NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
NAME = "wiki_dumps"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Whole dumps of three wikis."""
    for wiki in ("arwiki", "kawiki", "ptwiki"):
        add_dump(tmp_path / "dumps", wiki, DAY)
        say(tmp_path / "dumps", wiki, DAY)
    return tmp_path / "dumps"


def later(hours: int) -> datetime:
    """Some hours after the first look."""
    return NOW + timedelta(hours=hours)


def look(root: Path, lake: Path, *wikis: str, now: datetime = NOW, after: str = "") -> Memory:
    """Look once, as a tick does: with what was remembered, which it leaves for the next."""
    memory = Memory(storage_at(lake), NAME)
    assert not look_at(looker(root), memory, wikis or ("ptwiki",), now, after=after)
    memory.save()
    return memory


def test_what_was_seen_is_known_after_a_restart(root: Path, lake: Path) -> None:
    table_file(root, "arwiki", DAY, "page").unlink()
    before = look(root, lake, "arwiki", "kawiki", "ptwiki")
    after = Memory(storage_at(lake), NAME)
    assert after.seen == before.seen
    assert after.looked == before.looked
    assert after.state() == before.state()
    assert after.sources() == ["arwiki", "kawiki", "ptwiki"]
    assert [after.seen[wiki, DAY].green for wiki in after.sources()] == [False, True, True]
    assert after.seen["arwiki", DAY].waiting == (
        f"arwiki/{DAY}/arwiki-{DAY}-page.sql.gz is not there",
    )


def test_a_dump_keeps_the_time_since_when_it_is_green_or_waited_for(root: Path, lake: Path) -> None:
    file = table_file(root, "ptwiki", DAY, "page")
    content = file.read_bytes()
    file.unlink()
    for hours in (0, 1):
        seen = look(root, lake, now=later(hours)).seen["ptwiki", DAY]
        assert (seen.green, seen.since) == (False, NOW.isoformat())
    # It waits for something else by now, and still since then.
    file.write_bytes(content[:-1])
    seen = look(root, lake, now=later(2)).seen["ptwiki", DAY]
    assert "bytes that dumpstatus.json names" in seen.waiting[0]
    assert seen.since == NOW.isoformat()
    file.write_bytes(content)
    for hours in (3, 4):
        seen = look(root, lake, now=later(hours)).seen["ptwiki", DAY]
        assert (seen.green, seen.since) == (True, later(3).isoformat())
    file.unlink()
    seen = look(root, lake, now=later(5)).seen["ptwiki", DAY]
    assert (seen.green, seen.since) == (False, later(5).isoformat())


def test_looking_again_changes_nothing_and_another_file_does(root: Path, lake: Path) -> None:
    first = look(root, lake)
    again = look(root, lake, now=later(1))
    assert again.state() == first.state()
    file = table_file(root, "ptwiki", DAY, "page")
    file.write_bytes(file.read_bytes().swapcase())
    say(root, "ptwiki", DAY)
    other = look(root, lake, now=later(2))
    assert other.state() != first.state()
    assert other.seen["ptwiki", DAY].files != first.seen["ptwiki", DAY].files
    assert other.seen["ptwiki", DAY].since == NOW.isoformat()


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "no json", "null", "\udcff", "[" * 100_000),
        '{"seen": [{}], "looked": {}}',
        '{"seen": [{"source": "ptwiki", "date": "20261102", "waiting": [], "since": "x"}]}',
        '{"blind": {"why": "gone", "since": "yesterday"}}',
    ],
)
def test_a_spoiled_memory_is_one_that_is_not_there(root: Path, lake: Path, text: str) -> None:
    look(root, lake)
    (file,) = (lake / ".sources").iterdir()
    file.write_text(text, errors="surrogateescape")
    assert Memory(storage_at(lake), NAME).seen == {}
    assert look(root, lake).seen["ptwiki", DAY].green
    assert Memory(storage_at(lake), NAME).seen["ptwiki", DAY].green


def test_a_memory_that_was_not_written_whole_leaves_the_one_before(root: Path, lake: Path) -> None:
    before = look(root, lake)
    (lake / ".sources" / "0123.part").write_text('{"seen": [')
    assert Memory(storage_at(lake), NAME).seen == before.seen


def test_only_the_newest_dumps_are_looked_at_and_older_ones_are_forgotten(
    root: Path, lake: Path
) -> None:
    days = [f"202611{day:02}" for day in range(3, 3 + NEWEST_DUMPS)]
    look(root, lake)
    for day in days:
        add_dump(root, "ptwiki", day)
    assert list(look(root, lake).of("ptwiki")) == days
    assert list(look(root, lake, after=days[-2]).of("ptwiki")) == days[-2:]


def test_a_wiki_that_is_gone_or_no_target_any_more_is_forgotten(root: Path, lake: Path) -> None:
    look(root, lake, "arwiki", "ptwiki")
    assert look(root, lake, "ptwiki").sources() == ["ptwiki"]


def test_entities_of_each_kind_are_looked_at(root: Path, lake: Path) -> None:
    add_entities(root, DAY)
    for entities in (ITEMS, MEDIAINFO):
        memory = Memory(storage_at(lake), entities.wiki)
        assert not look_at(looker(root), memory, [entities.source], NOW)
        assert memory.of(entities.source)[DAY].green


class Counted(Dumps):
    """Dumps that note which wikis are looked at, in turn."""

    def __init__(self, dumps: Dumps) -> None:
        super().__init__(dumps.place)
        self.asked: list[str] = []

    def status(self, wiki: str, date: str):  # type: ignore[no-untyped-def]
        """See Dumps."""
        self.asked.append(wiki)
        return super().status(wiki, date)


def test_a_tick_goes_on_where_the_last_one_stopped(root: Path, lake: Path) -> None:
    last = dict.fromkeys(("arwiki", "kawiki", "ptwiki"), -1)
    told = []
    for hours in range(20):
        # Time for none of them, for some, for all.
        seconds = (-1.0, 0.0002, 60.0)[hours % 3]
        dumps, memory = Counted(looker(root).dumps), Memory(storage_at(lake), NAME)
        told.append(look_at(Looker(dumps, None), memory, [*last], later(hours), seconds=seconds))
        memory.save()
        longest_ago = sorted(last, key=lambda wiki: (last[wiki], wiki))
        assert dumps.asked == longest_ago[: len(dumps.asked)]
        last |= dict.fromkeys(dumps.asked, hours)
    assert told[0] == "3 of 3 are looked at in the next tick"
    assert told[2] == ""


@pytest.fixture
def server(root: Path) -> Iterator[MirrorServer]:
    """The dumps on a mirror."""
    with serving(files_of(root)) as found:
        yield found


def look_at_mirror(
    server: MirrorServer,
    lake: Path,
    *wikis: str,
    now: datetime = NOW,
    seconds: float = LOOKING_SECONDS,
    bounds: Bounds = QUICK,
) -> tuple[str, list[str]]:
    """Look once at a mirror; give what could not be looked at, and what was asked for."""
    asked = len(server.asked)
    memory = Memory(storage_at(lake), NAME)
    bounds = replace(bounds, small_file_bytes=200_000)
    with Mirror(server.url, lake / "cache", bounds=bounds) as mirror:
        problem = look_at(Looker(Dumps(mirror), None), memory, wikis, now, seconds=seconds)
    memory.save()
    return problem, [each.path for each in server.asked[asked:]]


def test_what_is_green_on_a_mirror_costs_no_further_request_and_what_is_not_does(
    server: MirrorServer, lake: Path
) -> None:
    missing = f"arwiki/{DAY}/arwiki-{DAY}-page.sql.gz"
    content = server.files.pop(missing)
    assert look_at_mirror(server, lake, "arwiki", "ptwiki")[0] == ""
    seen = Memory(storage_at(lake), NAME).seen
    assert [seen[wiki, DAY].green for wiki in ("arwiki", "ptwiki")] == [False, True]
    server.files[missing] = content
    _, asked = look_at_mirror(server, lake, "arwiki", "ptwiki", now=later(1))
    assert [path for path in asked if path.startswith(f"arwiki/{DAY}/")]
    # That there is no newer dump has to be asked.
    assert not [path for path in asked if path.startswith(f"ptwiki/{DAY}/")]
    assert Memory(storage_at(lake), NAME).seen["arwiki", DAY].green


SLOW = tuple(f"w{number}wiki" for number in range(9))


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[MirrorServer]:
    """The dumps of nine wikis, of which one is not done yet, on a mirror that takes its time."""
    root = tmp_path / "dumps"
    for wiki in SLOW:
        add_dump(root, wiki, DAY)
        say(root, wiki, DAY, {"image": "in-progress"} if wiki == SLOW[0] else None)
    with serving(files_of(root)) as found:
        found.seconds_a_request = 0.02
        found.listing_etags = True
        yield found


def test_on_a_slow_mirror_each_tick_ends_and_all_is_seen_after_some(
    slow: MirrorServer, lake: Path
) -> None:
    # Nine requests are needed for a wiki, so that there is time for two of them.
    unseen, ticks = {*SLOW}, 0
    while unseen:
        told, asked = look_at_mirror(slow, lake, *SLOW, now=later(ticks), seconds=0.25)
        looked = {path.partition("/")[0] for path in asked}
        assert 1 <= len(looked) <= 2
        assert looked <= unseen or looked > unseen
        assert told == f"{len(SLOW) - len(looked)} of {len(SLOW)} are looked at in the next tick"
        unseen, ticks = unseen - looked, ticks + 1
    assert len(SLOW) / 2 <= ticks <= len(SLOW)
    seen = Memory(storage_at(lake), NAME).seen
    assert {wiki for wiki, _ in seen} == {*SLOW}
    assert [wiki for (wiki, _), each in seen.items() if not each.green] == [SLOW[0]]


def test_what_has_not_changed_on_a_mirror_is_asked_for_once_a_tick_and_not_sent_again(
    slow: MirrorServer, lake: Path
) -> None:
    assert look_at_mirror(slow, lake, *SLOW)[0] == ""
    before = len(slow.asked)
    look_at_mirror(slow, lake, *SLOW, now=later(1))
    asked = [(each.method, each.path, each.status) for each in slow.asked[before:]]
    assert len(asked) == len({*asked})
    # What dumps there are of each, and of the one that is not done what it says, and its files.
    status = f"{SLOW[0]}/{DAY}/dumpstatus.json"
    listings = {*(f"{wiki}/" for wiki in SLOW), f"{SLOW[0]}/{DAY}/"}
    assert {each for each in asked if each[0] == "GET"} == {
        ("GET", path, 304) for path in {status, *listings}
    }
    assert {path for method, path, _ in asked if method == "HEAD"} == {
        f"{SLOW[0]}/{DAY}/{SLOW[0]}-{DAY}-{table}.sql.gz"
        for table in WIKI_TABLES
        if table != "image"
    }


WIKIS = ("arwiki", "kawiki", "ptwiki")
STATUS = f"arwiki/{DAY}/dumpstatus.json"
PAGE = f"arwiki/{DAY}/arwiki-{DAY}-page.sql.gz"
DEEP = b'{"jobs": {"pagetable": ' + b"[" * 90_000 + b"}}"
SIZE = b'{"jobs": {"pagetable": {"status": "done", "files": {"x": {"size": "12"}}}}}'


@pytest.mark.parametrize(
    ("path", "fault", "told"),
    [
        (STATUS, Answer(403), "403 Forbidden"),
        (STATUS, Answer(503), "503 Service Unavailable; given up"),
        (STATUS, Silence(after=10), "no answer in time; given up"),
        (STATUS, Cut(after=10), "the connection broke"),
        (STATUS, Answer(301, {"Location": f"/{STATUS}"}), "sends round in circles"),
        (STATUS, Answer(401), "401 Unauthorized"),
        (STATUS, Instead(b"<html>Under maintenance</html>"), "can not be read: "),
        (STATUS, Instead(b"[]"), "Expected `object`, got `array`"),
        (STATUS, Instead(DEEP), "maximum recursion depth exceeded"),
        (STATUS, Instead(SIZE), "pagetable is not as expected: Expected `int | null`, got `str`"),
        (STATUS, Instead(b'{"jobs": {"pagetable": {"status": "\xff"}}}'), "'utf-8' codec"),
        (STATUS, Instead(b" " * 200_001), "more than 200,000 bytes"),
        (f"arwiki/{DAY}/", Answer(403), "403 Forbidden"),
        (f"arwiki/{DAY}/", Instead(b"<html>Sign in</html>"), "there is no link"),
        (PAGE, Answer(403), "403 Forbidden"),
        (PAGE, Answer(200), "gives no Last-Modified"),
        (PAGE, Answer(404), "is not there"),
        (f"arwiki/{DAY}/arwiki-{DAY}-sha1sums.txt", Answer(403), "403 Forbidden"),
    ],
)
def test_what_is_wrong_with_one_wiki_is_its_own_reason_to_wait(
    server: MirrorServer, lake: Path, path: str, fault: Fault, told: str
) -> None:
    server.always[path] = fault
    if "sha1sums" in path:
        # Asked for where the status has none.
        server.files[STATUS] = server.files[STATUS].replace(b"sha1", b"md5")
    assert look_at_mirror(server, lake, *WIKIS, bounds=IMPATIENT)[0] == ""
    memory = Memory(storage_at(lake), NAME)
    assert [memory.of(wiki)[DAY].green for wiki in WIKIS] == [False, True, True]
    waiting = memory.seen["arwiki", DAY]
    assert told in waiting.waiting[0]
    assert (waiting.since, memory.blind) == (NOW.isoformat(), None)
    assert len(waiting.waiting[0]) < 500
    server.always.clear()
    server.changed[STATUS] = CHANGED + 1
    look_at_mirror(server, lake, *WIKIS, now=later(1))
    assert Memory(storage_at(lake), NAME).seen["arwiki", DAY].green


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Answer(403), "403 Forbidden"),
        (Answer(503), "503 Service Unavailable; given up"),
        (Silence(after=10), "no answer in time"),
        (Instead(b"<![ <a <a <a"), "there is no link"),
        (Instead(b"x" * 200_001), "more than 200,000 bytes"),
    ],
)
def test_a_wiki_whose_dumps_can_not_be_listed_costs_no_other_wiki(
    server: MirrorServer, lake: Path, fault: Fault, told: str
) -> None:
    look_at_mirror(server, lake, *WIKIS)
    server.always["arwiki/"] = fault
    for hours in (1, 2):
        now = later(hours)
        assert look_at_mirror(server, lake, *WIKIS, now=now, bounds=IMPATIENT)[0] == ""
        memory = Memory(storage_at(lake), NAME)
        assert list(memory.troubles) == ["arwiki"]
        assert told in memory.troubles["arwiki"].why
        assert memory.troubles["arwiki"].since == later(1).isoformat()
        assert memory.seen["arwiki", DAY].green, "what was seen before stays known"
        assert memory.blind is None
    server.always.clear()
    look_at_mirror(server, lake, *WIKIS, now=later(3))
    assert Memory(storage_at(lake), NAME).troubles == {}


@pytest.mark.parametrize("what", ["folder", "pipe", "link in a circle", "latin-1", "huge"])
def test_what_is_wrong_with_a_wiki_in_a_folder_is_its_own_reason_to_wait(
    root: Path, lake: Path, what: str
) -> None:
    file = root / STATUS
    file.unlink()
    if what == "folder":
        file.mkdir()
    elif what == "pipe":
        os.mkfifo(file)
    elif what == "link in a circle":
        file.symlink_to(file)
    else:
        file.write_bytes(b"\xe9" if what == "latin-1" else b" " * (SMALL_FILE_BYTES + 1))
    memory = look(root, lake, *WIKIS)
    assert [memory.of(wiki)[DAY].green for wiki in WIKIS] == [False, True, True]
    assert f"{STATUS}" in memory.seen["arwiki", DAY].waiting[0]


def test_a_link_that_leads_nowhere_is_no_wiki_and_stops_no_other(root: Path, lake: Path) -> None:
    (root / "xxwiki").symlink_to(root / "xxwiki")
    (root / "yywiki").symlink_to(root / "nowhere")
    assert Dumps(Folder(root)).perhaps_wikis() == [*WIKIS]


def test_what_a_mirror_that_is_down_had_stays_known_and_it_is_left_alone(
    slow: MirrorServer, lake: Path
) -> None:
    look_at_mirror(slow, lake, *SLOW)
    before = Memory(storage_at(lake), NAME).seen
    slow.always = {f"{wiki}/": Answer(502) for wiki in SLOW}
    for hours in (1, 2):
        told, asked = look_at_mirror(slow, lake, *SLOW, now=later(hours))
        assert told.startswith("6 of 9 are looked at in the next tick: ")
        assert "502" in told
        assert len({*asked}) == GIVEN_UP_AFTER
        memory = Memory(storage_at(lake), NAME)
        assert memory.seen == before
        assert memory.blind is not None
        assert "502" in memory.blind.why
        assert memory.blind.since == later(1).isoformat()
    slow.always.clear()
    look_at_mirror(slow, lake, *SLOW, now=later(3))
    assert Memory(storage_at(lake), NAME).blind is None


def test_a_dump_that_is_green_is_so_since_its_files_changed_whenever_it_is_first_seen(
    server: MirrorServer, lake: Path
) -> None:
    at = datetime(2026, 11, 2, 15, tzinfo=UTC)
    server.changed = dict.fromkeys(server.files, int(at.timestamp()) - 60)
    server.changed[f"arwiki/{DAY}/arwiki-{DAY}-image.sql.gz"] = int(at.timestamp())
    for _ in range(2):
        look_at_mirror(server, lake, "arwiki")
        assert Memory(storage_at(lake), NAME).seen["arwiki", DAY].since == at.isoformat()
        shutil.rmtree(lake / ".sources")
    # Neither before its own date, nor after now, whatever a copy has for times.
    for changed, since in ((0, "2026-11-02T00:00:00+00:00"), (2**32, NOW.isoformat())):
        server.changed = dict.fromkeys(server.files, changed)
        look_at_mirror(server, lake, "arwiki")
        assert Memory(storage_at(lake), NAME).seen["arwiki", DAY].since == since
        shutil.rmtree(lake / ".sources")


def test_what_was_last_told_of_a_dump_counts_where_the_memory_is_lost(
    root: Path, lake: Path
) -> None:
    table_file(root, "arwiki", DAY, "page").unlink()
    told = look(root, lake, "arwiki", "ptwiki").seen.values()
    before = [replace(seen, since=later(-20).isoformat()) for seen in told]
    (lake / ".sources" / f"{NAME}.json").unlink()
    memory = Memory(storage_at(lake), NAME, before)
    look_at(looker(root), memory, ["arwiki", "ptwiki"], NOW)
    assert {seen.since for seen in memory.seen.values()} == {later(-20).isoformat()}
    # What is another way now is so since now.
    table_file(root, "ptwiki", DAY, "page").unlink()
    memory = Memory(storage_at(lake), NAME, before)
    look_at(looker(root), memory, ["ptwiki"], NOW)
    assert memory.seen["ptwiki", DAY].since == NOW.isoformat()


MONDAYS = [f"2026{day}" for day in ("1005", "1012", "1019", "1026", "1102")]


@pytest.mark.parametrize("entities", [ITEMS, MEDIAINFO])
def test_dumps_of_another_kind_between_are_passed_over(
    root: Path, lake: Path, entities: Entities
) -> None:
    for monday in MONDAYS:
        add_entities(root, monday)
    add_other_dumps(root)
    memory = Memory(storage_at(lake), NAME)
    look_at(looker(root), memory, [entities.source], NOW, most=NEWEST_OTHERS)
    assert list(memory.of(entities.source)) == MONDAYS
    assert list(looker(root).dumps.dumps_of(entities.source)) == MONDAYS[::-1]
    # As `run` finds it.
    (light,) = lights(looker(root), entities.source, "2026-11-07", 35)
    assert (light.date, light.green) == (MONDAYS[-1], True)


def test_a_folder_of_a_wiki_may_have_another_kind_of_dump(root: Path, lake: Path) -> None:
    for number in range(NEWEST_DUMPS):
        folder = root / "ptwiki" / f"2026110{number + 4}"
        folder.mkdir()
        (folder / f"ptwiki-{folder.name}-pages-articles.xml.bz2").write_text("texts")
        jobs = {"articlesdump": {"status": "done", "files": {"x": {"size": "of no matter"}}}}
        (folder / "dumpstatus.json").write_text(json.dumps({"jobs": jobs}))
    (root / "ptwiki" / "20260231").mkdir()
    assert list(look(root, lake).of("ptwiki")) == [DAY]
    assert newest_snapshot(looker(root), ["ptwiki"]) == "2026-11-02"
    # One that has just begun says that it is to have the tables.
    (folder / "dumpstatus.json").write_text('{"jobs": {"pagetable": {"status": "waiting"}}}')
    assert list(look(root, lake).of("ptwiki")) == [DAY, folder.name]


def test_folders_of_other_dumps_on_a_mirror_cost_no_request_again(root: Path, lake: Path) -> None:
    for monday in MONDAYS:
        add_entities(root, monday)
    add_other_dumps(root)
    with serving(files_of(root)) as server:
        assert len(look_at_mirror(server, lake, ITEMS.source)[1]) > 15
        for hours in (1, 2):
            _, asked = look_at_mirror(server, lake, ITEMS.source, now=later(hours))
            # What is newer than the newest green one may still get its file.
            newer = [f"{ITEMS.folder}/2026{day}/" for day in ("1106", "1104")]
            assert asked == [f"{ITEMS.folder}/", *newer]
