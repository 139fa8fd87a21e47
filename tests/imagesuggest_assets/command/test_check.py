"""`imagesuggest check` looks at what is published, too, and its exit code says so."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from imagesuggest_assets.command.main import main
from resources.engine import Engine
from resources.lake import Lake
from resources.stores.sqlite import SQLiteStore
from resources.versions import CURRENT
from tests.asset_checks.partitions import keep_gate
from tests.imagesuggest_assets.publication.store.world import article, load
from tests.servers.process import free_port

KEY = "2026-11-02"


@pytest.fixture
def lake(tmp_path: Path, duckdb_engine: Engine) -> Path:
    """A lake of which one wiki was loaded into the file beside it."""
    folder = tmp_path / "lake"
    with (
        closing(Lake(folder)) as kept,
        closing(SQLiteStore(folder / "suggestions.sqlite")) as store,
    ):
        store.check()
        keep_gate(kept, KEY, {"ptwiki": "published"})
        load(kept, duckdb_engine, store, KEY, {"ptwiki": {1: article("Terra", "A.jpg")}})
    return folder


def check(lake: Path) -> Result:
    return CliRunner().invoke(main, ["check", "--lake", str(lake)])


def verdicts(result: Result) -> dict[str, str]:
    """Give the verdict of each check on what is published, by dataset."""
    lines = [line.strip("│ ").split("│") for line in result.output.splitlines() if "publ" in line]
    cells = [[cell.strip() for cell in line] for line in lines]
    return {line[1]: line[0] for line in cells if len(line) > 3 and line[2] == "published"}


def test_what_is_published_is_read_back(lake: Path) -> None:
    assert verdicts(check(lake)) == {
        "cassandra_suggestions": "passed",
        "cassandra_title_cache": "passed",
        "cassandra_instanceof_cache": "passed",
        "search_index_update": "passed",
    }


def test_a_metastore_that_is_away_is_an_error(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGESUGGEST_METASTORE", f"thrift://127.0.0.1:{free_port()}")
    result = check(lake)
    assert result.exit_code == 1
    assert verdicts(result)["hive_tables"] == "ERROR"


def test_a_store_that_lost_rows_ends_the_command_with_1(lake: Path) -> None:
    with closing(sqlite3.connect(lake / "suggestions.sqlite")) as connection, connection:
        connection.execute("DELETE FROM suggestions")
    result = check(lake)
    assert result.exit_code == 1
    assert verdicts(result)["cassandra_suggestions"] == "ERROR"
    assert "load it again" in " ".join(result.output.split())


def test_a_store_that_is_gone_or_none_is_an_error(lake: Path) -> None:
    for file in lake.glob("suggestions.sqlite*"):
        file.unlink()
    assert verdicts(check(lake))["cassandra_title_cache"] == "ERROR"
    (lake / "suggestions.sqlite").write_bytes(b"no database, but longer than its header is" * 9)
    result = check(lake)
    assert result.exit_code == 1
    assert verdicts(result)["cassandra_title_cache"] == "ERROR"


def test_a_partition_that_can_not_be_read_is_an_error_not_one_that_is_not_there(lake: Path) -> None:
    (lake / "publishable" / f"snapshot={KEY}" / CURRENT).write_text("")
    result = check(lake)
    assert result.exit_code == 1
    assert any("ERROR" in line and "publishable" in line for line in result.output.splitlines()), (
        result.output
    )


def test_where_nothing_was_published_nothing_is_missed(tmp_path: Path) -> None:
    with closing(Lake(tmp_path)) as kept:
        keep_gate(kept, KEY, {"ptwiki": "held"})
    assert verdicts(check(tmp_path))["cassandra_title_cache"] == "not there"
