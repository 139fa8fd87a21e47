"""Fixtures that give a running server, started when a test first asks for it, once a run.

A test module that wants them says ``pytest_plugins = ["tests.servers.fixtures"]``. A test may stop
or pause a server: after it, whatever was started runs again. So servers are not shared between
processes: conftest.py gives all files that want the same kind to one.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from tests.conftest import need_java
from tests.servers import jars
from tests.servers.cassandra import CassandraServer
from tests.servers.hdfs import HdfsServer
from tests.servers.metastore import MetastoreServer
from tests.servers.objects import ObjectServer
from tests.servers.process import JavaServer
from tests.servers.search import SearchServer

S = TypeVar("S", bound=JavaServer)


class Servers:
    """What this run has started, and how it starts more."""

    def __init__(self, config: pytest.Config, folders: pytest.TempPathFactory) -> None:
        self.started: list[JavaServer] = []
        self._capture = config.pluginmanager.getplugin("capturemanager")
        self._folders = folders

    @contextmanager
    def run(self, modules: tuple[str, ...], make: Callable[[Path, Path], S]) -> Iterator[S]:
        """Start what ``make`` gives for a folder and jars; stop it at the end."""
        need_java()
        found = self.jars(modules)
        folder = self._folders.mktemp("server")
        server = make(folder, found)
        server.start()
        self.started.append(server)
        yield server
        self.started.remove(server)
        # What it holds is thrown away; to put it in order first may take a Cassandra half a minute.
        server.kill()
        shutil.rmtree(folder)

    def jars(self, modules: tuple[str, ...]) -> Path:
        """The folder with jars. Where they can not be had, the test is left out."""
        try:
            return jars.jars(modules, self._tell)
        except jars.JarsMissingError as missing:
            if os.environ.get("CI"):
                pytest.fail(str(missing))
            pytest.skip(str(missing))

    def _tell(self, line: str) -> None:
        """A fetch takes a minute or two: say so in spite of pytest's capture."""
        with self._capture.global_and_fixture_disabled():
            print(line, flush=True)


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Servers:
    """The servers of this run."""
    return Servers(pytestconfig, tmp_path_factory)


@pytest.fixture(autouse=True)
def servers_left_running(servers: Servers) -> Iterator[None]:
    """Start and resume after each test what it has stopped or paused."""
    yield
    for server in servers.started:
        server.start()


@pytest.fixture(scope="session")
def cassandra_server(servers: Servers) -> Iterator[CassandraServer]:
    """Cassandra 5.0 that lets everybody in."""
    with servers.run(jars.CASSANDRA, CassandraServer) as server:
        yield server


@pytest.fixture(scope="session")
def cassandra_with_passwords(servers: Servers) -> Iterator[CassandraServer]:
    """Cassandra 5.0 that asks for a user and password; it has those of its superuser."""
    with servers.run(
        jars.CASSANDRA, lambda folder, found: CassandraServer(folder, found, passwords=True)
    ) as server:
        yield server


@pytest.fixture(scope="session")
def cassandra_with_tls(servers: Servers) -> Iterator[CassandraServer]:
    """Cassandra 5.0 that speaks TLS only, with a certificate of its own."""
    with servers.run(
        jars.CASSANDRA, lambda folder, found: CassandraServer(folder, found, tls=True)
    ) as server:
        yield server


@pytest.fixture(scope="session")
def elasticsearch_server(servers: Servers) -> Iterator[SearchServer]:
    """Elasticsearch 7.17, without security, with the scripts `super_detect_noop`."""
    with servers.run(
        jars.ELASTICSEARCH, lambda folder, found: SearchServer("elasticsearch", folder, found)
    ) as server:
        yield server


@pytest.fixture(scope="session")
def opensearch_server(servers: Servers) -> Iterator[SearchServer]:
    """OpenSearch 2.18, without security, with the scripts `super_detect_noop`."""
    with servers.run(
        jars.OPENSEARCH, lambda folder, found: SearchServer("opensearch", folder, found)
    ) as server:
        yield server


@pytest.fixture(scope="session")
def hdfs_server(servers: Servers) -> Iterator[HdfsServer]:
    """HDFS 3.5: a name node and a data node."""
    with servers.run(jars.HDFS, HdfsServer) as server:
        yield server


@pytest.fixture(scope="session")
def object_server(servers: Servers) -> Iterator[ObjectServer]:
    """An object store that speaks S3."""
    with servers.run(jars.S3MOCK, ObjectServer) as server:
        yield server


@pytest.fixture(scope="session")
def elasticsearch_without_plugin(servers: Servers) -> Iterator[SearchServer]:
    """Elasticsearch 7.17 as it comes."""
    with servers.run(
        jars.ELASTICSEARCH,
        lambda folder, found: SearchServer("elasticsearch", folder, found, plugin=False),
    ) as server:
        yield server


@pytest.fixture(scope="session")
def opensearch_without_plugin(servers: Servers) -> Iterator[SearchServer]:
    """OpenSearch 2.18 as it comes."""
    with servers.run(
        jars.OPENSEARCH,
        lambda folder, found: SearchServer("opensearch", folder, found, plugin=False),
    ) as server:
        yield server


@pytest.fixture(scope="session")
def metastore_server(servers: Servers) -> Iterator[MetastoreServer]:
    """Hive's metastore 2.3, without security."""
    with servers.run(jars.METASTORE, MetastoreServer) as server:
        yield server
