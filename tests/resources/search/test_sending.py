"""Sending to real servers: each page comes to its end, whatever servers, networks and others do.

It is sent both ways: by the scripts of the servers' plugin, and as if they had none.
"""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from resources.errors import UserError
from resources.search.clients import connect
from resources.search.resource import Search
from resources.search.sending import Bounds, Sent, send
from resources.search.server import Access, Server, UnavailableError
from tests.resources.search.index import KEPT, Index, pairs
from tests.resources.search.proxy import Fault, Proxy, proxied
from tests.servers.search import SearchServer

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.servers
QUICK = Bounds(request_pages=10, first_wait_seconds=0.01, longest_wait_seconds=0.05, attempts=4)
FLAG = "recommendation.image/exists|1"
GONE = "recommendation.image/__DELETE_GROUPING__"
PAGES = range(1, 31)


@pytest.fixture(params=["elasticsearch_server", "opensearch_server"])
def server(request: pytest.FixtureRequest) -> SearchServer:
    """Each kind of server."""
    found: SearchServer = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def index(server: SearchServer) -> Index:
    return Index(server.port, "ptwiki_content", PAGES)


@pytest.fixture
def proxy(server: SearchServer) -> Iterator[Proxy]:
    with proxied(server.port) as made:
        yield made


@pytest.fixture(params=["plugin", "no plugin"])
def client(request: pytest.FixtureRequest, proxy: Proxy) -> Iterator[Server]:
    """A client that comes by the proxy, and goes each way in turn."""
    made = connect(Access((proxy.url,)), 4, 20)
    assert made.plugin
    made.plugin = request.param == "plugin"
    yield made
    made.close()


def flag(client: Server, bounds: Bounds = QUICK, tag: str = FLAG) -> Sent:
    """Give all pages the flag."""
    lines = pairs({page: [tag] for page in PAGES}, "ptwiki_content")
    return send(client, "ptwiki_content", lines, bounds, print)


@pytest.mark.parametrize(
    ("fixture", "kind", "plugin"),
    [
        ("elasticsearch_server", "Elasticsearch 7.17", True),
        ("elasticsearch_without_plugin", "Elasticsearch 7.17", False),
        ("opensearch_server", "OpenSearch 2.", True),
        ("opensearch_without_plugin", "OpenSearch 2.", False),
    ],
)
def test_the_server_says_what_it_is_and_whether_it_has_the_plugin(
    request: pytest.FixtureRequest, fixture: str, kind: str, plugin: bool
) -> None:
    found = connect(Access((request.getfixturevalue(fixture).url,)), 4, 20)
    assert found.name.startswith(kind)
    assert found.plugin == plugin
    found.close()


def test_the_scripts_go_out_as_they_are_only_where_the_server_knows_them(
    client: Server, index: Index, proxy: Proxy
) -> None:
    lines = pairs({1: [FLAG]}, index.name)
    assert send(client, index.name, lines, QUICK, print).written == 1
    assert (proxy.bulks == [lines]) == client.plugin
    assert (b"super_detect_noop" in proxy.bulks[0]) == client.plugin


def test_groups_are_replaced_and_deleted_and_the_others_stay(client: Server, index: Index) -> None:
    odd = 'a.tag/Ångström "q" \\ \n 中|1'
    index.put({1: [KEPT, "a.tag/old|1", "a.tag/older|1"], 2: [KEPT, FLAG], 3: []})
    update = {
        1: ["a.tag/new|1", odd],
        2: [GONE, "b.tag/x|1"],
        3: [FLAG],
        4: [GONE],
        99: [FLAG],
    }
    lines = pairs(update, index.name)
    sent = send(client, index.name, lines, QUICK, print)
    assert (sent.written, sent.unchanged, sent.missing, sent.failed) == (3, 1, [99], {})
    assert {page: tags for page, tags in index.tags().items() if page < 5} == {
        1: [KEPT, "a.tag/new|1", odd],
        2: [KEPT, "b.tag/x|1"],
        3: [FLAG],
        4: [KEPT],
    }
    versions = index.versions()
    again = send(client, index.name, lines, QUICK, print)
    assert (again.written, again.unchanged, again.missing) == (0, 4, [99])
    assert index.versions() == versions


def test_both_ways_end_where_dictionaries_do_whatever_is_sent_in_whatever_order(
    server: SearchServer,
) -> None:
    """Random updates, the same ones each way; groups are added, replaced, deleted, repeated."""
    choice = random.Random(6)
    client = connect(Access((server.url,)), 4, 20)
    ways = {True: Index(server.port, "a", PAGES), False: Index(server.port, "b", PAGES)}
    model = {page: {"other.group": {"kept|1"}} for page in PAGES}
    for _ in range(8):
        update, written = {}, 0
        for page in choice.sample(PAGES, 20):
            groups = {
                group: set(choice.sample(["x|1", "x|2", "y/z|1", "Å|1"], choice.randint(0, 2)))
                for group in choice.sample(["a", "a.b", "ü", "other.group"], choice.randint(1, 3))
            }
            after = {**model[page], **groups}
            after = {group: values for group, values in after.items() if values}
            written += after != model[page]
            model[page] = after
            update[page] = [
                f"{group}/{value}"
                for group, values in groups.items()
                for value in choice.sample(sorted(values), len(values)) or ["__DELETE_GROUPING__"]
            ]
        wanted = {
            page: sorted(f"{g}/{v}" for g in model[page] for v in model[page][g]) for page in PAGES
        }
        for client.plugin, index in ways.items():
            sent = send(client, index.name, pairs(update, index.name), QUICK, print)
            assert (sent.written, sent.unchanged) == (written, len(update) - written)
            assert {page: sorted(tags) for page, tags in index.tags().items()} == wanted
    client.close()


def test_requests_have_no_more_pages_and_bytes_than_the_bounds_say(
    client: Server, index: Index, proxy: Proxy
) -> None:
    assert flag(client).written == len(PAGES)
    assert [len(body.splitlines()) // 2 for body in proxy.bulks] == [10, 10, 10]
    proxy.bulks.clear()
    flag(client, replace(QUICK, request_bytes=1_000), tag=GONE)
    assert len(proxy.bulks) > 3
    assert max(map(len, proxy.bulks)) < 1_000


def test_tags_that_others_change_at_the_same_time_survive(client: Server, index: Index) -> None:
    """Somebody else counts up another group of the same pages, as fast as can be.

    By the plugin hardly a moment is between reading a page and writing it: no conflict need occur.
    """
    stop, counted = threading.Event(), dict.fromkeys(PAGES, 0)

    def count() -> None:
        while not stop.is_set():
            for page in PAGES:
                told = index.ask("GET", f"/{index.name}/_doc/{page}")
                kept = [tag for tag in told["_source"]["weighted_tags"] if "counted" not in tag]
                tags = [*kept, f"counted/{counted[page] + 1}|1"]
                condition = f"if_seq_no={told['_seq_no']}&if_primary_term={told['_primary_term']}"
                path = f"/{index.name}/_update/{page}?{condition}"
                if "error" not in index.ask("POST", path, {"doc": {"weighted_tags": tags}}):
                    counted[page] += 1

    others = threading.Thread(target=count)
    others.start()
    sent = Sent()
    try:
        rounds, until = 0, time.monotonic() + 60
        while rounds < 4 or not (all(counted.values()) and (sent.conflicts or client.plugin)):
            assert time.monotonic() < until
            sent += flag(client, replace(QUICK, request_pages=30), tag=(FLAG, GONE)[rounds % 2])
            rounds += 1
        sent += flag(client)
    finally:
        stop.set()
        others.join()
    assert not sent.failed
    for page, tags in index.tags().items():
        assert set(tags) == {KEPT, FLAG, f"counted/{counted[page]}|1"}


def test_what_the_server_refuses_is_told_with_its_reason_and_all_else_is_written(
    client: Server, index: Index
) -> None:
    update = {page: [FLAG] for page in PAGES} | {7: [f"a.tag/{'x' * 40_000}|1"]}
    sent = send(client, index.name, pairs(update, index.name), QUICK, print)
    assert sent.written == len(PAGES) - 1
    assert list(sent.failed) == [7]
    assert "immense term" in sent.failed[7]
    assert all(FLAG in tags for page, tags in index.tags().items() if page != 7)


def test_an_index_that_is_not_there_is_not_made(client: Server, index: Index) -> None:
    sent = send(client, "nowiki_content", pairs({1: [FLAG]}, "nowiki_content"), QUICK, print)
    assert sent.failed == {1: "the index nowiki_content is not there"}
    assert index.ask("GET", "/nowiki_content")["status"] == 404


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([Fault(503), Fault(429), Fault(502)], id="busy"),
        pytest.param([Fault(), Fault()], id="connections that break"),
        pytest.param([Fault(passes=True), Fault(passes=True)], id="answers that get lost"),
        pytest.param([Fault(passes=True, seconds=1.0)] * 3, id="slow"),
    ],
)
def test_what_fails_in_passing_is_tried_again_and_done_once(
    client: Server, index: Index, proxy: Proxy, faults: list[Fault]
) -> None:
    proxy.faults = list(faults)
    sent = flag(client)
    assert sent.written + sent.unchanged == len(PAGES)
    assert not sent.failed
    assert not proxy.faults
    assert all(tags == [KEPT, FLAG] for tags in index.tags().values())
    assert set(index.versions().values()) == {2}


def test_one_waits_as_long_as_the_server_asks(client: Server, index: Index, proxy: Proxy) -> None:
    proxy.faults = [Fault(429, {"Retry-After": "1"})]
    lines = pairs({1: [FLAG]}, index.name)
    assert send(client, index.name, lines, QUICK, print).written == 1
    assert proxy.times[1] - proxy.times[0] >= 1


def test_one_does_not_go_on_for_ever(client: Server, index: Index, proxy: Proxy) -> None:
    proxy.faults = [Fault(503)] * 100
    lines = pairs({1: [FLAG]}, index.name)
    with pytest.raises(UnavailableError, match=r"HTTP 503: \{['\"]error"):
        send(client, index.name, lines, QUICK, print)
    assert len(proxy.bulks) == QUICK.attempts


def test_an_answer_that_somebody_else_gave_is_told(
    client: Server, index: Index, proxy: Proxy
) -> None:
    proxy.faults = [Fault(200)]
    with pytest.raises(UserError, match=r"(Elastic|Open)[Ss]earch .*not asked for.*`items`"):
        send(client, index.name, pairs({1: [FLAG]}, index.name), QUICK, print)
    assert index.tags()[1] == [KEPT]


def test_a_server_that_went_away_is_told_and_found_again(
    server: SearchServer, index: Index
) -> None:
    client = connect(Access((server.url,)), 4, 20)
    server.stop()
    with pytest.raises(UnavailableError, match=str(server.port)):
        flag(client)
    server.start()
    assert flag(client).written == len(PAGES)
    client.close()


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:9"):
        Search.of("http://127.0.0.1:9", bounds=QUICK).connect(print)


@pytest.mark.parametrize("where", ["search.example.org", "ftp://x", "http://", "http://a:b", "a,b"])
def test_what_is_no_address_is_told_without_what_may_be_a_password(where: str) -> None:
    with pytest.raises(UserError, match=r"IMAGESUGGEST_SEARCH: address 1 is none; write `files`"):
        Search.of(where)


def test_passwords_are_not_shown() -> None:
    search = Search.of("https://ana:s%40cret@one.org,https://two.org:1", api_key="secret")
    assert search.access is not None
    assert (search.access.user, search.access.password) == ("ana", "s@cret")
    assert search.access.urls == ("https://one.org:443", "https://two.org:1")
    assert "cret" not in repr(search)
    assert search.shown == "https://one.org:443, https://two.org:1"
