"""What the server reads of a SQLite file, and how it hears that something of it has changed."""

import asyncio
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from resources.stores.sqlite import SQLiteStore
from resources.stores.sqlite_reader import SQLiteReader
from resources.stores.store import StoreError
from tests.resources.stores.stores import put


def test_the_version_is_another_after_each_load_and_the_same_in_between(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with closing(SQLiteStore(path)) as store:
        store.check()
        put(store, tmp_path, 1, "A.jpg")
        reader = SQLiteReader(path)
        first = reader.version()
        assert reader.version() == first is not None
        put(store, tmp_path, 2, "B.jpg")
        assert reader.version() != first
    asyncio.run(reader.close())


def test_the_version_is_another_where_another_file_is_and_none_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.stores.sqlite_reader.LOOK_SECONDS", 0.0)
    path, other = tmp_path / "store.sqlite", tmp_path / "other.sqlite"
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
    asyncio.run(reader.close())
