"""What sensors have seen of dumps, remembered from tick to tick and from daemon to daemon."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from imagesuggest_assets.snapshots.green_lights import Looker
from imagesuggest_assets.snapshots.watch import (
    LOOKING_SECONDS,
    NEWEST_DATES,
    Memory,
    look_at_entities,
    look_at_wikis,
)
from resources.errors import InputError
from resources.sources.dumps import ITEMS, MEDIAINFO, WIKI_TABLES, Dumps
from resources.sources.mirror import Mirror
from tests.imagesuggest_assets.snapshots.small_dumps import (
    add_dump,
    add_entities,
    looker,
    say,
    table_file,
)
from tests.resources.sources.mirror_server import Answer, MirrorServer, serving
from tests.resources.sources.mirrors import QUICK

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
    memory = Memory(lake, NAME)
    assert not look_at_wikis(looker(root), memory, wikis or ("ptwiki",), after, now)
    memory.save()
    return memory


def test_what_was_seen_is_known_after_a_restart(root: Path, lake: Path) -> None:
    table_file(root, "arwiki", DAY, "page").unlink()
    before = look(root, lake, "arwiki", "kawiki", "ptwiki")
    after = Memory(lake, NAME)
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
    ["", "[]", "no json", '{"seen": [{}], "looked": {}}', '{"seen": [{"waiting": []}]}', "null"],
)
def test_a_spoiled_memory_is_an_error_that_names_its_file_and_what_to_do(
    root: Path, lake: Path, text: str
) -> None:
    look(root, lake)
    (file,) = (lake / ".sources").iterdir()
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        Memory(lake, NAME)
    assert str(caught.value).startswith(f"{file}: can not be read: ")
    assert "remove it: it is written again from what is there" in str(caught.value)
    file.unlink()
    assert look(root, lake).seen["ptwiki", DAY].green


def test_a_memory_that_was_not_written_whole_leaves_the_one_before(root: Path, lake: Path) -> None:
    before = look(root, lake)
    (lake / ".sources" / "0123.part").write_text('{"seen": [')
    assert Memory(lake, NAME).seen == before.seen


def test_only_the_newest_dumps_are_looked_at_and_older_ones_are_forgotten(
    root: Path, lake: Path
) -> None:
    days = [f"202611{day:02}" for day in range(3, 3 + NEWEST_DATES)]
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
        memory = Memory(lake, entities.wiki)
        assert not look_at_entities(looker(root), memory, entities, NOW)
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
        dumps, memory = Counted(looker(root).dumps), Memory(lake, NAME)
        told.append(look_at_wikis(Looker(dumps, None), memory, [*last], "", later(hours), seconds))
        memory.save()
        longest_ago = sorted(last, key=lambda wiki: (last[wiki], wiki))
        assert dumps.asked == longest_ago[: len(dumps.asked)]
        last |= dict.fromkeys(dumps.asked, hours)
    assert told[0] == "3 of 3 are looked at in the next tick"
    assert told[2] == ""


@pytest.fixture
def server(root: Path) -> Iterator[MirrorServer]:
    """The dumps on a mirror."""
    files = {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in root.rglob("*")
        if file.is_file()
    }
    with serving(files) as found:
        yield found


def look_at_mirror(
    server: MirrorServer,
    lake: Path,
    *wikis: str,
    now: datetime = NOW,
    seconds: float = LOOKING_SECONDS,
) -> tuple[str, list[str]]:
    """Look once at a mirror; give what could not be looked at, and what was asked for."""
    asked = len(server.asked)
    memory = Memory(lake, NAME)
    with Mirror(server.url, lake / "cache", bounds=QUICK) as mirror:
        problem = look_at_wikis(Looker(Dumps(mirror), None), memory, wikis, "", now, seconds)
    memory.save()
    return problem, [each.path for each in server.asked[asked:]]


def test_what_is_green_on_a_mirror_costs_no_further_request_and_what_is_not_does(
    server: MirrorServer, lake: Path
) -> None:
    missing = f"arwiki/{DAY}/arwiki-{DAY}-page.sql.gz"
    content = server.files.pop(missing)
    assert look_at_mirror(server, lake, "arwiki", "ptwiki")[0] == ""
    seen = Memory(lake, NAME).seen
    assert [seen[wiki, DAY].green for wiki in ("arwiki", "ptwiki")] == [False, True]
    server.files[missing] = content
    _, asked = look_at_mirror(server, lake, "arwiki", "ptwiki", now=later(1))
    assert [path for path in asked if path.startswith(f"arwiki/{DAY}/")]
    # That there is no newer dump has to be asked.
    assert not [path for path in asked if path.startswith(f"ptwiki/{DAY}/")]
    assert Memory(lake, NAME).seen["arwiki", DAY].green


SLOW = tuple(f"w{number}wiki" for number in range(9))


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[MirrorServer]:
    """The dumps of nine wikis, of which one is not done yet, on a mirror that takes its time."""
    root = tmp_path / "dumps"
    for wiki in SLOW:
        add_dump(root, wiki, DAY)
        say(root, wiki, DAY, {"image": "in-progress"} if wiki == SLOW[0] else None)
    files = {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in root.rglob("*")
        if file.is_file()
    }
    with serving(files) as found:
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
    seen = Memory(lake, NAME).seen
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


def test_a_wiki_that_can_never_be_looked_at_does_not_hold_up_the_others(
    server: MirrorServer, lake: Path
) -> None:
    server.always[f"arwiki/{DAY}/dumpstatus.json"] = Answer(503)
    wikis = ("arwiki", "kawiki", "ptwiki")
    first, _ = look_at_mirror(server, lake, *wikis)
    assert first.startswith("3 of 3 could not be looked at: ")
    assert "503" in first
    second, _ = look_at_mirror(server, lake, *wikis, now=later(1))
    assert second.startswith("1 of 3 could not be looked at: ")
    assert Memory(lake, NAME).sources() == ["kawiki", "ptwiki"]


def test_what_a_mirror_that_is_down_had_stays_known(server: MirrorServer, lake: Path) -> None:
    look_at_mirror(server, lake, "arwiki", "ptwiki")
    before = Memory(lake, NAME).state()
    for path in ("arwiki/", "ptwiki/"):
        server.always[path] = Answer(502)
    problem, _ = look_at_mirror(server, lake, "arwiki", "ptwiki", now=later(1))
    assert "2 of 2 could not be looked at" in problem
    assert Memory(lake, NAME).state() == before
