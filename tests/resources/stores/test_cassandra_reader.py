"""What the server reads of a Cassandra, on its own event loop."""

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from resources.stores.cassandra import CassandraStore
from resources.stores.cassandra_reader import CassandraReader
from resources.stores.reading import Row
from resources.stores.settings import CassandraSettings
from tests.resources.stores.stores import make_tables, put, settings_of
from tests.servers.cassandra import CassandraServer

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.servers

LARGE, SMALL = 1, 2
FILES = [f"{'x' * 200}_{number:03}.jpg" for number in range(400)]


async def read(settings: CassandraSettings, pages: list[int]) -> list[list[Row]]:
    """Read pages, all at once."""
    reader = CassandraReader(settings)
    try:
        return await asyncio.gather(*(reader.rows("suggestions", "ptwiki", each) for each in pages))
    finally:
        await reader.close()


def test_answers_of_any_length_come_whole_and_to_who_asked_when_many_ask_at_once(
    cassandra_server: CassandraServer, tmp_path: Path
) -> None:
    settings = settings_of(cassandra_server)
    with cassandra_server.session() as session:
        make_tables(session, settings)
    with closing(CassandraStore(settings)) as store:
        put(store, tmp_path, LARGE, *FILES)
        put(store, tmp_path, SMALL, "A.jpg")
    pages = [LARGE, SMALL, SMALL + 1] * 100
    expected = {LARGE: FILES, SMALL: ["A.jpg"], SMALL + 1: []}
    answers = asyncio.run(read(settings, pages))
    for page, rows in zip(pages, answers, strict=True):
        assert [row.image for row in rows] == expected[page]
        assert all(row.kind == ("istype-depicts",) for row in rows)
