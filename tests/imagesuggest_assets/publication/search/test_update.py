"""The index of a real server after runs: what changed, and only that, and all of it after kills."""

import multiprocessing
import random
import signal
from collections.abc import Iterator
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest

from graph import shown
from resources.errors import UserError
from resources.search.multilist import groups_of
from resources.search.resource import Search
from tests.imagesuggest_assets.publication.search.searching import (
    P18,
    P373,
    QUICK,
    WithoutPlugin,
    World,
    flags,
)
from tests.resources.search.index import KEPT, Index
from tests.resources.search.proxy import Proxy, proxied
from tests.servers.search import SearchServer

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.servers
FIRST, SECOND, THIRD = "2026-11-02", "2026-11-09", "2026-11-16"
FLAG = "recommendation.image/exists|1"
PAGES = range(1, 9)
SERVERS = ("elasticsearch_server", "opensearch_server")
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


class Indexes:
    """The indexes of one server."""

    def __init__(self, server: SearchServer) -> None:
        self.ptwiki = Index(server.port, "ptwiki_content", PAGES)
        self.arwiki = Index(server.port, "arwiki_content", PAGES)
        self.commons = Index(server.port, "commons_files", PAGES)

    def flagged(self) -> set[tuple[str, int]]:
        """The articles that have a flag; the tags of others are there all the same."""
        found = set()
        for wiki, index in (("ptwiki", self.ptwiki), ("arwiki", self.arwiki)):
            for page, tags in index.tags().items():
                assert KEPT in tags
                assert set(tags) <= {KEPT, FLAG}
                found |= {(wiki, page)} if FLAG in tags else set()
        return found


@pytest.fixture
def server(request: pytest.FixtureRequest) -> SearchServer:
    """Elasticsearch, where a test does not say that it wants more."""
    found: SearchServer = request.getfixturevalue(getattr(request, "param", SERVERS[0]))
    return found


@pytest.fixture
def indexes(server: SearchServer) -> Indexes:
    return Indexes(server)


BY_BOTH = pytest.mark.parametrize(
    "world", [Search, WithoutPlugin], indirect=True, ids=["plugin", "no plugin"]
)
"""Where what is sent is another thing without the search team's plugin. `make test-cluster` tries
the others without it, too."""


@pytest.fixture(
    params=[Search, pytest.param(WithoutPlugin, marks=pytest.mark.cluster)],
    ids=["plugin", "no plugin"],
)
def world(request: pytest.FixtureRequest, server: SearchServer, tmp_path: Path) -> Iterator[World]:
    made = world_of(server.url, tmp_path, request.param)
    yield made
    made.close()


def world_of(url: str, folder: Path, way: type[Search]) -> World:
    return World(folder, way.of(url, indexes="commonswiki_file=commons_files", bounds=QUICK))


@BY_BOTH
@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_only_what_changed_is_sent_and_what_is_no_more_goes(world: World, indexes: Indexes) -> None:
    commons = {("commonswiki", 1, P18): ["Q1|1000"], ("commonswiki", 1, P373): ["Q2|7", "Q3|8"]}
    world.snapshot(FIRST, {**flags("ptwiki", 1, 2), **flags("arwiki", 1, 77), **commons})
    told = world.ship(FIRST)
    assert (told["written"], told["unchanged"], told["not in the index"]) == (4, 0, 1)
    rows = {row["wiki"]: row for row in told["by wiki"]}
    assert (rows["arwiki"]["written"], rows["arwiki"]["not in the index"]) == (1, 1)
    assert indexes.flagged() == {("ptwiki", 1), ("ptwiki", 2), ("arwiki", 1)}
    expected = {"other.group", P18, P373}
    assert set(groups_of(indexes.commons.tags()[1])) == expected
    assert world.check(FIRST).passed
    # Again: only what is not in the index yet is tried again, nothing is written.
    assert world.delta(FIRST) == flags("arwiki", 77)
    versions = indexes.ptwiki.versions()
    assert world.ship(FIRST)["written"] == 0
    assert indexes.ptwiki.versions() == versions
    # A week later a flag is gone, one is new, a file has another score and lost a signal.
    indexes.arwiki.put({77: [KEPT]})
    world.snapshot(
        SECOND,
        {**flags("ptwiki", 2, 3), **flags("arwiki", 1, 77), ("commonswiki", 1, P18): ["Q1|500"]},
    )
    assert world.ship(SECOND)["written"] == 4
    assert indexes.flagged() == {("ptwiki", 2), ("ptwiki", 3), ("arwiki", 1), ("arwiki", 77)}
    assert indexes.commons.tags()[1] == [KEPT, f"{P18}/Q1|500"]
    assert world.check(SECOND).passed
    assert world.delta(SECOND) == {}


def test_a_wiki_that_is_held_keeps_what_it_has_and_catches_up_in_full(
    world: World, indexes: Indexes
) -> None:
    world.snapshot(FIRST, {**flags("ptwiki", 1), **flags("arwiki", 1)}, held=["arwiki"])
    world.ship(FIRST)
    assert indexes.flagged() == {("ptwiki", 1)}
    second = {**flags("ptwiki", 2, 3), **flags("arwiki", 2)}
    world.snapshot(SECOND, second, held=["ptwiki"])
    world.ship(SECOND)
    assert indexes.flagged() == {("ptwiki", 1), ("arwiki", 2)}
    world.gate(SECOND)
    assert world.ship(SECOND)["written"] == 3
    assert indexes.flagged() == {("ptwiki", 2), ("ptwiki", 3), ("arwiki", 2)}


@BY_BOTH
def test_a_flag_that_the_editing_tools_cleared_comes_back_where_something_is_left(
    world: World, indexes: Indexes
) -> None:
    before = [("ptwiki", 4, "2026-10-30T10:00:00")]
    world.snapshot(FIRST, flags("ptwiki", 1, 2, 3, 4), before)
    world.ship(FIRST)
    indexes.ptwiki.put({1: [KEPT], 2: [KEPT]})
    judged = [*before, ("ptwiki", 1, "2026-11-03T10:00:00"), ("ptwiki", 2, "2026-11-03T10:00:01")]
    world.snapshot(SECOND, flags("ptwiki", 1, 3, 4), judged)
    assert {page for _, page, _ in world.delta(SECOND)} == {1, 2}
    world.ship(SECOND)
    assert indexes.flagged() == {("ptwiki", 1), ("ptwiki", 3), ("ptwiki", 4)}
    assert world.delta(SECOND) == {}


def test_what_failed_fails_the_run_with_its_reason_and_is_sent_again(
    world: World, indexes: Indexes
) -> None:
    long = {("commonswiki", 3, P18): [f"Q1|{'9' * 40_000}"]}
    others = {("commonswiki", page, P18): ["Q1|1"] for page in PAGES if page != 3}
    world.snapshot(FIRST, {**long, **others, **flags("ptwiki", 1)})
    with pytest.raises(UserError, match=r"^1 pages were not taken .*: commonswiki: 1 pages: .*imm"):
        world.ship(FIRST)
    # All the rest went out, also of the wikis after it.
    assert indexes.flagged() == {("ptwiki", 1)}
    assert sum(len(tags) == 2 for tags in indexes.commons.tags().values()) == len(PAGES) - 1
    assert world.delta(FIRST) == long
    world.snapshot(SECOND, {("commonswiki", 3, P18): ["Q1|9"], **others, **flags("ptwiki", 1)})
    assert world.ship(SECOND)["written"] == 1


def test_the_check_finds_what_is_not_as_sent_and_pages(world: World, indexes: Indexes) -> None:
    tags = {("commonswiki", page, P18): ["Q1|1"] for page in PAGES}
    world.snapshot(FIRST, {**tags, **flags("ptwiki", *PAGES)})
    world.ship(FIRST)
    assert world.check(FIRST).passed
    indexes.commons.put({2: [KEPT, f"{P18}/Q9|1"]})
    result = world.check(FIRST)
    assert not result.passed
    assert result.description == (f"commonswiki: page 2: {P18} is {P18}/Q9|1, sent was {P18}/Q1|1")
    told: Any = result.metadata[shown.PROBLEMS]
    assert [each["wiki"] for each in told.data] == ["commonswiki"]
    # One article that somebody has just judged is no fault; a lost index is one, and is filled.
    indexes.commons.put({2: [KEPT, f"{P18}/Q1|1"]})
    indexes.ptwiki.put({1: [KEPT]})
    assert world.check(FIRST).passed
    indexes.ptwiki.put({page: [KEPT] for page in PAGES})
    result = world.check(FIRST)
    assert "8 are not in the index or have no flag there" in str(result.description)
    assert len(world.delta(FIRST, full=True)) == 2 * len(PAGES)
    world.files(FIRST)
    assert world.update(FIRST)["written"] == len(PAGES)
    assert world.check(FIRST).passed


def test_a_server_that_is_away_fails_the_run_and_the_check_and_the_next_run_sends_all(
    world: World, indexes: Indexes, server: SearchServer
) -> None:
    world.snapshot(FIRST, flags("ptwiki", 1, 2))
    world.delta(FIRST)
    world.files(FIRST)
    server.stop()
    with pytest.raises(UserError, match="what was not acknowledged is sent when search_index_upd"):
        world.update(FIRST)
    with pytest.raises(UserError, match="what the index lacks is known when it says which cluster"):
        world.delta(FIRST)
    assert "can not be read back" in str(world.check(FIRST).description)
    server.start()
    assert world.update(FIRST)["written"] == 2
    assert indexes.flagged() == {("ptwiki", 1), ("ptwiki", 2)}


def ship(url: str, folder: Path, key: str, way: type[Search], begun: Event) -> None:
    world = world_of(url, folder, way)
    begun.set()
    world.ship(key)
    world.close()


@pytest.mark.parametrize("way", [Search, pytest.param(WithoutPlugin, marks=pytest.mark.cluster)])
def test_runs_that_are_killed_leave_nothing_out_and_nothing_behind(
    elasticsearch_server: SearchServer, tmp_path: Path, way: type[Search]
) -> None:
    """Again and again a run is killed, each later than the one before, while snapshots go on."""
    choice = random.Random(5)
    many = range(1, 301)
    index = Index(elasticsearch_server.port, "ptwiki_content", many)
    with proxied(elasticsearch_server.port) as proxy:
        run = partial(ship_one, way, proxy, tmp_path)
        run("2026-10-26", set(many))
        for number in range(3):
            key = f"2026-11-{number + 1:02}"
            wanted = set(choice.sample(many, 150))
            # The first before anything is sent; each sends some 50 requests if one lets it.
            run(key, wanted, kill_at=number and choice.randint(15 * number, 15 * number + 10))
        # Nobody has tried again before the next snapshot; now somebody does.
        run(key, wanted)
        found = {page for page, tags in index.tags().items() if FLAG in tags}
        assert found == wanted
        world = world_of(proxy.url, tmp_path, way)
        assert world.delta(key) == {}
        assert world.check(key).passed
        world.close()
    assert all(KEPT in tags for tags in index.tags().values())


def ship_one(
    way: type[Search],
    proxy: Proxy,
    folder: Path,
    key: str,
    pages: set[int],
    kill_at: int | None = None,
) -> None:
    """Ship in a process of its own, killed with that of its bulk requests; 0: before the first."""
    world = world_of(proxy.url, folder, way)
    world.snapshot(key, flags("ptwiki", *pages))
    world.close()
    begun = FORKS.Event()
    process = FORKS.Process(target=ship, args=(proxy.url, folder, key, way, begun))
    before = len(proxy.bulks)
    proxy.at_bulk = lambda number: process.kill() if number - before == kill_at else None
    process.start()
    if kill_at == 0:
        while not begun.wait(0.05):
            assert process.is_alive()
        process.kill()
    process.join()
    assert process.exitcode == (0 if kill_at is None else -signal.SIGKILL)
