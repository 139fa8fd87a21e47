"""Tables in a real metastore: made, extended, pointed elsewhere, and left alone where not ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.errors import UserError
from resources.metastore import (
    HiveColumn,
    HiveTable,
    Metastore,
    MetastoreSettings,
    same_place,
)
from tests.servers.metastore import MetastoreServer
from tests.servers.process import free_port

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.servers
PAGES = HiveTable(
    "pages",
    "Pages.",
    (HiveColumn("wiki", "string", "The wiki."), HiveColumn("page_id", "int", "The page.")),
)


@pytest.fixture
def settings(
    metastore_server: MetastoreServer, request: pytest.FixtureRequest
) -> MetastoreSettings:
    """Names of their own for each test."""
    return MetastoreSettings(metastore_server.url, prefix=f"{request.node.name[:60]}_")


@pytest.fixture
def metastore(settings: MetastoreSettings) -> Iterator[Metastore]:
    with settings.open() as opened:
        yield opened


def test_a_table_has_its_columns_and_comments(
    metastore: Metastore, metastore_server: MetastoreServer, tmp_path: Path
) -> None:
    assert metastore.columns("pages") == {}
    assert metastore.locations("pages") == {}
    assert metastore.keep(PAGES, tmp_path.as_uri()) == "made"
    assert metastore.keep(PAGES, tmp_path.as_uri()) == ""
    with metastore_server.client() as client:
        table = client.get_table("default", f"{metastore.settings.prefix}pages")
    assert table.parameters["comment"] == "Pages."
    assert [(each.name, each.comment) for each in table.columns] == [
        ("wiki", "The wiki."),
        ("page_id", "The page."),
    ]


def test_a_partition_is_what_it_was_pointed_at_last(metastore: Metastore, tmp_path: Path) -> None:
    metastore.keep(PAGES, tmp_path.as_uri())
    for version in ("one", "two"):
        (tmp_path / version).mkdir()
        metastore.point("pages", "2026-11-02", (tmp_path / version).as_uri())
        (there,) = metastore.locations("pages").items()
        assert there[0] == "2026-11-02"
        assert same_place(there[1], (tmp_path / version).as_uri())
    metastore.drop("pages", "2026-11-02")
    metastore.drop("pages", "2026-11-02")
    assert metastore.locations("pages") == {}
    assert (tmp_path / "two").is_dir()


def test_columns_are_added_and_none_goes_or_is_renamed(
    metastore: Metastore, tmp_path: Path
) -> None:
    metastore.keep(PAGES, tmp_path.as_uri())
    renamed = (HiveColumn("wiki", "string", "Which wiki."), HiveColumn("page", "int", "The page."))
    assert metastore.keep(HiveTable("pages", "Pages.", renamed), tmp_path.as_uri()) == (
        "columns added: page"
    )
    assert [*metastore.columns("pages")] == ["wiki", "page_id", "page"]


def test_a_column_of_another_type_is_refused(metastore: Metastore, tmp_path: Path) -> None:
    metastore.keep(PAGES, tmp_path.as_uri())
    other = HiveTable("pages", "Pages.", (HiveColumn("page_id", "bigint", "The page."),))
    with pytest.raises(UserError, match="the column page_id is int, expected bigint; no column is"):
        metastore.keep(other, tmp_path.as_uri())
    assert metastore.columns("pages")["page_id"] == "int"


def test_a_table_of_somebody_else_is_left_alone(
    metastore: Metastore, metastore_server: MetastoreServer, tmp_path: Path
) -> None:
    metastore.keep(PAGES, tmp_path.as_uri())
    name = f"{metastore.settings.prefix}pages"
    with metastore_server.client() as client:
        theirs = client.client.get_table("default", name)
        theirs.tableName, theirs.partitionKeys = f"{name}_theirs", []
        client.client.create_table(theirs)
    other = HiveTable("pages_theirs", "Pages.", PAGES.columns)
    with pytest.raises(UserError, match="is no external table with the one partition snapshot"):
        metastore.keep(other, tmp_path.as_uri())


def test_a_database_that_is_not_there_is_named(
    metastore_server: MetastoreServer, tmp_path: Path
) -> None:
    settings = MetastoreSettings(metastore_server.url, database="nowhere")
    with settings.open() as opened, pytest.raises(UserError, match="nowhere"):
        opened.keep(PAGES, tmp_path.as_uri())


def test_a_metastore_that_is_away_or_stands_still_is_told_with_its_address(
    metastore_server: MetastoreServer, tmp_path: Path
) -> None:
    stands_still = MetastoreSettings(metastore_server.url, timeout=0.5)
    metastore_server.pause()
    away = MetastoreSettings(f"thrift://{metastore_server.host}:{free_port()}")
    for settings in (stands_still, away):
        with (
            pytest.raises(UserError, match=rf"^{settings.address}: the metastore does not do it: "),
            settings.open() as opened,
        ):
            opened.keep(PAGES, tmp_path.as_uri())
