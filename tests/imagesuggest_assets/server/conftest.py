"""A published wiki, served from each kind of store."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from resources.engine import Engine
from resources.lake import Lake
from resources.stores.settings import CassandraSettings
from tests.imagesuggest_assets.server.running import ROWS, SECOND, opened, publish, running
from tests.resources.stores.stores import make_tables, settings_of

STORES = ["sqlite", pytest.param("cassandra", marks=pytest.mark.servers)]


def place_of(
    request: pytest.FixtureRequest, kind: str, folder: Path, **more: float
) -> Path | CassandraSettings:
    """Give an empty store of a kind."""
    if kind == "sqlite":
        return folder / "store.sqlite"
    server = request.getfixturevalue("cassandra_server")
    settings = settings_of(server, **more)
    with server.session() as session:
        make_tables(session, settings)
    return settings


@pytest.fixture(scope="module", params=STORES)
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, duckdb_engine: Engine
) -> Iterator[httpx.Client]:
    """A server of which tests only ask."""
    folder = tmp_path_factory.mktemp("served")
    with _served(folder, place_of(request, request.param, folder), duckdb_engine) as client:
        yield client


@pytest.fixture(scope="module")
def served_from_file(
    tmp_path_factory: pytest.TempPathFactory, duckdb_engine: Engine
) -> Iterator[httpx.Client]:
    """The same from a SQLite file only."""
    folder = tmp_path_factory.mktemp("served")
    with _served(folder, folder / "store.sqlite", duckdb_engine) as client:
        yield client


@contextmanager
def _served(
    folder: Path, place: Path | CassandraSettings, engine: Engine
) -> Iterator[httpx.Client]:
    with closing(Lake(folder / "lake")) as lake, opened(place) as store:
        publish(lake, engine, store, ROWS, SECOND)
    with running(folder / "lake", place) as client:
        yield client


@pytest.fixture(params=STORES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | CassandraSettings:
    """An empty store of each kind."""
    return place_of(request, request.param, tmp_path, timeout=2.0)
