"""The same world gives the same rows as the Data Lake's tables and as dumps, read by Spark."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from resources.engine import Engine
from resources.errors import UserError
from resources.sample import make_sample
from resources.sample.hive import write_tables
from resources.sources.dumps import COMMONS, ITEMS, MEDIAINFO, Dumps
from resources.sources.entities import Depicts, ItemClaims
from resources.sources.feedback import Feedback
from resources.sources.hive.catalog import Catalog
from resources.sources.hive.entities import (
    COUNTED,
    counts_by_type,
    counts_of_all,
    depicts,
    item_claims,
)
from resources.sources.hive.events import events_counted, feedback
from resources.sources.hive.layout import HiveTables
from resources.sources.hive.wikis import WikiTables
from resources.sources.mediawiki import TABLES
from resources.sources.places import Folder
from resources.sources.sql_dump import SqlDump
from tests.resources.sources.hive.catalogs import Session, add_table, names_of_its_own, tables_of

KEY, DAY, MONTH = "2026-11-02", "20261102", "2026-10"
Rows = Counter[tuple[Any, ...]]


class World(NamedTuple):
    """A Wikimedia as dumps and as tables."""

    dumps: Dumps
    root: Path
    wikis: tuple[str, ...]
    tables: HiveTables


@pytest.fixture(scope="module")
def world(spark_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder, names = tmp_path_factory.mktemp("world"), names_of_its_own()
    made = make_sample(folder / "dumps", articles=60, wikis=3)
    session = Session(spark_engine).spark_session
    write_tables(folder / "dumps", folder / "its 50% of tables", session, names)
    dumps = Dumps(Folder(folder / "dumps"))
    tables = tables_of(spark_engine, names, *made.wikis)
    return World(dumps, folder / "dumps", (COMMONS, *made.wikis), tables)


def counted(rows: Iterable[dict[str, Any]], columns: list[str]) -> Rows:
    return Counter(tuple(row[column] for column in columns) for row in rows)


def of_dumps(world: World, name: str, columns: list[str]) -> Rows:
    """Read a table of all wikis as dumps are read."""
    found: Rows = Counter()
    for wiki in world.wikis:
        if path := world.dumps.table(wiki, DAY, name):
            for batch in SqlDump(world.root / path, TABLES[name]):
                found += counted(({"wiki_db": wiki, **row} for row in batch.to_pylist()), columns)
    return found


def of_frame(frame: Any, columns: list[str]) -> Rows:
    return counted((row.asDict(recursive=True) for row in frame.collect()), columns)


def months(world: World) -> WikiTables:
    """Read what the world's month and week have."""
    found = {name: {MONTH: list(world.wikis)} for name in TABLES}
    return WikiTables(world.tables, {**found, "item_page_link": {KEY: list(world.wikis)}})


@pytest.mark.parametrize("name", [name for name in TABLES if name != "page_props"])
def test_tables_of_wikis_have_the_rows_of_their_dumps(world: World, name: str) -> None:
    columns = ["wiki_db", *(column.name for column in TABLES[name].columns)]
    found = of_frame(months(world).frame(name), columns)
    assert found == of_dumps(world, name, columns)
    assert found


def test_properties_are_those_of_dumps_and_items_of_articles_come_from_their_own_table(
    world: World,
) -> None:
    columns = ["wiki_db", "pp_page", "pp_propname", "pp_value"]
    pages = of_dumps(world, "page", ["wiki_db", "page_id", "page_namespace"])
    articles = {page[:2] for page in pages if page[2] == 0}
    expected = of_dumps(world, "page_props", columns)
    items = {row for row in expected if row[2] == "wikibase_item" and row[:2] not in articles}
    found = of_frame(months(world).frame("page_props"), columns)
    assert found == Counter({row: number for row, number in expected.items() if row not in items})


def test_without_an_image_table_a_wikis_pages_of_files_are_its_files(
    spark_engine: Engine, tmp_path: Path
) -> None:
    names = names_of_its_own()
    columns = "page_id BIGINT, page_namespace INT, page_title STRING, page_is_redirect BOOLEAN"
    rows = ("(1, 0, 'A', false)", "(2, 6, 'b c.jpg', false)", "(3, 6, 'Moved.jpg', true)")
    add_table(Session(spark_engine).spark_session, names["page"], columns, tmp_path, *rows)
    there = {"page": {MONTH: ["ptwiki", COMMONS]}}
    wikis = WikiTables(tables_of(spark_engine, names), there)
    assert wikis.without_image() == ["ptwiki"]
    assert [tuple(row) for row in wikis.frame("image").collect()] == [
        ("ptwiki", "B_c.jpg", None, None)
    ]


@pytest.mark.parametrize(
    ("of_tables", "of_dump", "entities"),
    [(item_claims, ItemClaims, ITEMS), (depicts, Depicts, MEDIAINFO)],
)
def test_entities_have_the_rows_and_the_counts_of_their_dump(
    world: World, of_tables: Callable[..., Any], of_dump: Callable[..., Any], entities: Any
) -> None:
    date = next(world.dumps.dumps_of(entities.source))
    dump = of_dump(world.root / str(world.dumps.entity_file(entities, date)))
    expected = {tuple(row.values()) for batch in dump for row in batch.to_pylist()}
    path = str(world.tables.entity_file(entities, DAY))
    rows = of_tables(world.tables, path).collect()
    assert {tuple(row)[:-1] for row in rows if not row[COUNTED]} == expected
    counts = counts_of_all(row[COUNTED] for row in rows if row[COUNTED])
    assert (counts.rows, counts.statements) == (dump.counts.rows, dump.counts.statements)
    assert counts.dropped == dump.counts.dropped
    assert sum(counts_by_type(world.tables, path).values()) > 100


def test_spark_reads_three_fields_of_a_statement(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(world.tables.entity_file(ITEMS, DAY))
    item_claims(world.tables, path).explain("formatted")
    (schema,) = re.findall(r"ReadSchema: (.*)", capsys.readouterr().out)
    three = (
        "array<struct<mainSnak:struct<property:string,dataValue:struct<value:string>>,rank:string>>"
    )
    assert schema == f"struct<id:string,typ:string,claims:{three}>"
    path = str(world.tables.entity_file(MEDIAINFO, DAY))
    depicts(world.tables, path).explain("formatted")
    (schema,) = re.findall(r"ReadSchema: (.*)", capsys.readouterr().out)
    assert schema == f"struct<id:string,statements:{three}>"


def test_feedback_has_the_rows_of_its_files(world: World) -> None:
    events = Feedback({path: world.root / path for path in world.dumps.feedback()})
    expected = Counter(tuple(row.values()) for batch in events for row in batch.to_pylist())
    frame = feedback(world.tables, world.tables.feedback())
    rows = frame.collect()
    # PySpark gives times without a zone, in that of this machine.
    found = Counter(
        (*tuple(row)[:-2], row["dt"] and row["dt"].astimezone(UTC))
        for row in rows
        if not row[COUNTED]
    )
    assert found == expected
    told = events_counted(row[COUNTED] for row in rows if row[COUNTED])
    assert (told.counts.canaries, told.counts.rows) == (events.counts.canaries, events.counts.rows)
    assert feedback(world.tables, []) is None


def test_old_snapshots_have_no_target_ids_and_new_ones_no_titles(
    spark_engine: Engine, tmp_path: Path
) -> None:
    old, new, both = (names_of_its_own() for _ in range(3))
    session = Session(spark_engine).spark_session
    from_ns = "pl_from BIGINT, pl_from_namespace INT"
    add_table(
        session,
        old["pagelinks"],
        f"{from_ns}, pl_namespace INT, pl_title STRING",
        tmp_path,
        "(1, 0, 0, 'a b')",
        "(2, 2, 0, 'Not_of_an_article')",
    )
    add_table(session, new["pagelinks"], f"{from_ns}, pl_target_id BIGINT", tmp_path, "(1, 0, 7)")
    add_table(
        session,
        both["imagelinks"],
        "il_from BIGINT, il_from_namespace INT, il_to STRING, il_target_id BIGINT",
        tmp_path,
        "(1, 0, NULL, 7)",
        "(2, 0, 'old name.jpg', 8)",
        "(3, 0, ' a  b.jpg', NULL)",
    )

    def rows(names: Any, table: str) -> list[tuple[Any, ...]]:
        tables = tables_of(spark_engine, names)
        frame = WikiTables(tables, {table: {MONTH: ["ptwiki"]}}).frame(table)
        return sorted(tuple(row) for row in frame.collect())

    assert rows(old, "pagelinks") == [("ptwiki", 1, 0, 0, "a_b", None)]
    assert rows(new, "pagelinks") == [("ptwiki", 1, 0, None, None, 7)]
    assert rows(both, "imagelinks") == [
        ("ptwiki", 1, 0, None, 7),
        ("ptwiki", 2, 0, None, 8),
        ("ptwiki", 3, 0, "A_b.jpg", None),
    ]


def test_a_catalog_tells_of_partitions_where_they_lie_and_which_files_they_have(
    spark_engine: Engine, tmp_path: Path
) -> None:
    session, names = Session(spark_engine).spark_session, names_of_its_own()
    page = names["page"]
    add_table(session, page, "page_id BIGINT", tmp_path, "(1)", "(2)")
    session.sql(f"ALTER TABLE {page} ADD PARTITION (snapshot = '2026-10', wiki_db = 'arwiki')")
    tables = tables_of(spark_engine, names, "ptwiki", "arwiki")
    catalog = tables.catalog
    assert catalog.partitions(page) == (
        {"snapshot": "2026-10", "wiki_db": "arwiki"},
        {"snapshot": "2026-10", "wiki_db": "ptwiki"},
    )
    assert catalog.partitions(names["image"]) is None
    empty, full = catalog.stored(page, catalog.partitions(page) or (), "_SUCCESS")
    assert empty.files == ()
    folder = tmp_path / page / "snapshot=2026-10" / "wiki_db=ptwiki"
    assert full.location.endswith(str(folder))
    assert [(each.path, each.bytes) for each in full.files] == [
        (file.name, file.stat().st_size) for file in sorted(folder.glob("*.parquet"))
    ]
    assert not full.marked
    (folder.parent / "_SUCCESS").touch()
    assert all(
        each.marked for each in catalog.stored(page, catalog.partitions(page) or (), "_SUCCESS")
    )
    before = tables.place.find(f"{page}/snapshot=2026-10/wiki_db=ptwiki")
    session.sql(
        f"INSERT OVERWRITE {page} PARTITION (snapshot='2026-10', wiki_db='ptwiki') VALUES (1)"
    )
    after = tables_of(spark_engine, names).place.find(f"{page}/snapshot=2026-10/wiki_db=ptwiki")
    assert before is not None
    assert after is not None
    assert before.version != after.version


def test_a_table_that_nobody_divided_is_refused(spark_engine: Engine, tmp_path: Path) -> None:
    session, names = Session(spark_engine).spark_session, names_of_its_own()
    name = names["page"]
    session.sql(f"CREATE DATABASE {name.partition('.')[0]}")
    session.sql(f"CREATE TABLE {name} (page_id BIGINT) USING parquet LOCATION 'file://{tmp_path}'")
    with pytest.raises(UserError, match="has no partitions, expected some by snapshot"):
        Catalog(Session(spark_engine)).partitions(name)
