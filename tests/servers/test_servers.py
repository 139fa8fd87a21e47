"""Servers that other tests rely on: they answer, keep their data over a stop, and are then gone."""

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from tests.conftest import need_java
from tests.servers import jars
from tests.servers.cassandra import CassandraServer
from tests.servers.process import JavaServer, ServerError
from tests.servers.search import SearchServer

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = [pytest.mark.servers, pytest.mark.cluster]
ROOT = Path(__file__).resolve().parents[2]
KILLED = """
import signal, sys
from pathlib import Path
from tests.servers import jars
from tests.servers.search import SearchServer
server = SearchServer(
    "opensearch", Path(sys.argv[1], "server"), jars.jars(jars.OPENSEARCH, print)
)
server.start()
if sys.argv[2]:
    server.pause()
print(server.pid, flush=True)
signal.pause()
"""


def refuses(server: JavaServer) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex((server.host, server.port)) != 0


def ask(server: SearchServer, method: str, path: str, body: object = None) -> dict:
    request = urllib.request.Request(
        server.url + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def alive(pid: int) -> bool:
    """Whether the process is there, and not only as an entry nobody has asked about."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


def test_cassandra_keeps_its_rows_over_a_stop(cassandra_server: CassandraServer) -> None:
    with cassandra_server.session() as session:
        session.execute(
            "CREATE KEYSPACE kept WITH replication = "
            "{'class': 'NetworkTopologyStrategy', 'datacenter1': 1}"
        )
        session.execute("CREATE TABLE kept.pages (id int PRIMARY KEY, title text)")
        session.execute("INSERT INTO kept.pages (id, title) VALUES (1, 'Åland')")
    cassandra_server.stop()
    assert refuses(cassandra_server)
    cassandra_server.start()
    with cassandra_server.session() as session:
        assert [tuple(row) for row in session.execute("SELECT * FROM kept.pages")] == [(1, "Åland")]


def test_elasticsearch_keeps_its_documents_over_a_stop(elasticsearch_server: SearchServer) -> None:
    with Elasticsearch(elasticsearch_server.url) as client:
        assert client.info()["version"]["number"].startswith("7.17.")
        client.index(index="kept", id="1", document={"title": "Åland"})
        elasticsearch_server.stop()
        assert refuses(elasticsearch_server)
        elasticsearch_server.start()
        assert client.get(index="kept", id="1")["_source"] == {"title": "Åland"}


def test_opensearch_keeps_its_documents_over_a_stop(opensearch_server: SearchServer) -> None:
    assert ask(opensearch_server, "GET", "/")["version"]["distribution"] == "opensearch"
    ask(opensearch_server, "PUT", "/kept/_doc/1", {"title": "Åland"})
    opensearch_server.stop()
    assert refuses(opensearch_server)
    opensearch_server.start()
    assert ask(opensearch_server, "GET", "/kept/_doc/1")["_source"] == {"title": "Åland"}


def test_a_paused_server_answers_what_was_asked_meanwhile(opensearch_server: SearchServer) -> None:
    answered = threading.Event()

    def wait() -> None:
        ask(opensearch_server, "GET", "/")
        answered.set()

    opensearch_server.pause()
    asking = threading.Thread(target=wait)
    asking.start()
    assert not answered.wait(1)
    opensearch_server.resume()
    assert answered.wait(60)
    asking.join()


@pytest.mark.parametrize("leave", [JavaServer.pause, JavaServer.stop, JavaServer.start])
def test_a_server_answers_however_the_test_before_left_it(
    opensearch_server: SearchServer, leave: Callable[[JavaServer], None]
) -> None:
    assert opensearch_server.answers()
    leave(opensearch_server)


@pytest.mark.parametrize("paused", [False, True])
def test_a_server_ends_with_a_run_that_is_killed(
    tmp_path: Path, paused: bool, opensearch_server: SearchServer
) -> None:
    """Such a run stops nothing itself, and what some of them leave would fill a machine."""
    run = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path), str(paused or "")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with run:
        assert run.stdout is not None
        pid = int(run.stdout.readline())
        run.kill()
    until = time.monotonic() + 60
    while alive(pid):
        assert time.monotonic() < until, f"process {pid} outlives its run"
        time.sleep(0.05)


def test_a_server_that_does_not_come_up_says_the_end_of_its_log(
    tmp_path: Path,
) -> None:
    """Here for want of jars: Java says what it misses."""
    need_java()
    with pytest.raises(ServerError, match=r"ended at once; .* ends:\n[^$]*CompileException"):
        SearchServer("opensearch", tmp_path / "server", tmp_path).start()


def test_jars_that_can_not_be_fetched_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is there counts as whole: half a fetch must never become one."""
    need_java()
    nothing = tmp_path / "repository"
    nothing.mkdir()
    settings = tmp_path / "settings.xml"
    settings.write_text(
        '<ivysettings><settings defaultResolver="empty"/><resolvers><filesystem name="empty">'
        f'<artifact pattern="{nothing}/[artifact].[ext]"/></filesystem></resolvers></ivysettings>'
    )
    monkeypatch.setenv("IMAGESUGGEST_JARS", str(tmp_path / "cache"))
    monkeypatch.setenv("IMAGESUGGEST_IVY_SETTINGS", str(settings))
    with pytest.raises(jars.JarsMissingError, match=r"cassandra-all.*: module not found: "):
        jars.jars(jars.CASSANDRA, print)
    (left,) = (tmp_path / "cache").iterdir()
    assert left.suffix == ".lock"
