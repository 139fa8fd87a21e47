"""What the server reads of a SQLite file, and how it hears that something of it has changed."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from resources.stores.sqlite import SQLiteStore
from resources.stores.sqlite_reader import SQLiteReader
from resources.stores.store import StoreError
from tests.resources.stores.stores import put

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(path: Path, tmp_path: Path) -> Iterator[SQLiteStore]:
    """A store of which a page has one suggestion."""
    with closing(SQLiteStore(path)) as made:
        made.check()
        put(made, tmp_path, 1, "A.jpg")
        yield made


async def next_turn() -> None:
    """Let the event loop come round."""
    await asyncio.sleep(0)


async def images_of(reader: SQLiteReader) -> list[str]:
    return [row.image for row in await reader.rows("suggestions", "ptwiki", 1)]


async def test_the_version_is_another_after_each_load_and_the_same_in_between(
    store: SQLiteStore, path: Path, tmp_path: Path
) -> None:
    reader = SQLiteReader(path)
    first = reader.version()
    await next_turn()
    assert reader.version() == first is not None
    await next_turn()
    put(store, tmp_path, 2, "B.jpg")
    assert reader.version() != first
    await reader.close()


async def test_what_is_read_in_one_turn_is_of_one_moment_and_in_the_next_of_a_later_one(
    store: SQLiteStore, path: Path, tmp_path: Path
) -> None:
    reader = SQLiteReader(path)
    first, name = reader.version(), await reader.identity()
    put(store, tmp_path, 1, "B.jpg")
    assert (await images_of(reader), reader.version()) == (["A.jpg"], first)
    await next_turn()
    assert await images_of(reader) == ["B.jpg"]
    assert (reader.version() != first, await reader.identity()) == (True, name)
    await next_turn()
    (busy, *_) = sqlite3.connect(path).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert not busy, "nothing is held between turns"
    await reader.close()


async def test_the_version_is_another_where_another_file_is_and_none_is_an_error(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.stores.sqlite_reader.LOOK_SECONDS", 0.0)
    other = tmp_path / "other.sqlite"
    with closing(SQLiteStore(path)) as store:
        store.check()
    shutil.copy(path, other)
    reader = SQLiteReader(path)
    first = reader.version()
    other.replace(path)
    assert reader.version() != first
    path.unlink()
    with pytest.raises(StoreError, match="it is not there"):
        reader.version()
    await reader.close()
