"""Writes what is in dumps as the Data Lake's tables, too, with the structs of the real ones.

Names and titles are as the dumps have them. A month has the newest dumps of the weeks in which it
is the newest month that is over; a week, its entities and the items of its wikis' pages.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from resources.errors import UserError
from resources.lake_paths import hadoop_address
from resources.sources.compressed import open_compressed
from resources.sources.dumps import COMMONS, ENTITIES, ITEMS, Dumps, Entities
from resources.sources.hive.names import Names
from resources.sources.mediawiki import TABLES
from resources.sources.places import Folder
from resources.sources.sql_dump import SqlDump
from resources.sources.sql_table import SqlTable

_BATCH = 10_000
_TEXT = pa.string()
_DATA_VALUE = pa.struct([("type", _TEXT), ("value", _TEXT)])
_SNAK = pa.struct([("property", _TEXT), ("dataType", _TEXT), ("dataValue", _DATA_VALUE)])
_STATEMENTS = pa.list_(
    pa.struct(
        [
            ("id", _TEXT),
            ("mainSnak", _SNAK),
            ("rank", _TEXT),
            ("qualifiers", pa.list_(_SNAK)),
            ("references", pa.list_(pa.struct([("hash", _TEXT), ("snaks", pa.list_(_SNAK))]))),
        ]
    )
)
_ITEM = pa.schema([("id", _TEXT), ("typ", _TEXT), ("claims", _STATEMENTS)])
_MEDIAINFO = pa.schema([("id", _TEXT), ("typ", _TEXT), ("statements", _STATEMENTS)])
_ITEM_PAGE_LINK = pa.schema(
    [
        ("item_id", _TEXT),
        ("wiki_db", _TEXT),
        ("page_id", pa.int64()),
        ("page_title", _TEXT),
        ("page_namespace", pa.int64()),
    ]
)
_EVENT = pa.schema(
    [
        ("meta", pa.struct([("domain", _TEXT), ("dt", _TEXT), ("id", _TEXT), ("stream", _TEXT)])),
        ("dt", _TEXT),
        ("wiki", _TEXT),
        ("page_id", pa.int64()),
        ("filename", _TEXT),
        ("is_accepted", pa.bool_()),
        ("is_rejected", pa.bool_()),
        ("rejection_reasons", pa.list_(_TEXT)),
        ("section_title", _TEXT),
        ("origin_wiki", _TEXT),
        ("user_id", pa.int64()),
    ]
)


class _Event(msgspec.Struct):
    """An event as the stream's schema has it; what is not like that never came to a table."""

    wiki: str | None = None
    page_id: int | None = None
    filename: str | None = None
    is_accepted: bool | None = None
    is_rejected: bool | None = None
    rejection_reasons: list[str] | None = None
    section_title: str | None = None
    dt: str | None = None
    meta: Any = None
    origin_wiki: str | None = None
    user_id: int | None = None


@dataclass(frozen=True)
class _Week:
    """The dumps that make up a week: of each source its date, ``YYYYMMDD``."""

    day: date
    dumps: dict[str, str]

    @property
    def month(self) -> str:
        """The newest month that is over."""
        return f"{self.day.replace(day=1) - timedelta(days=1):%Y-%m}"


def write_tables(dumps: Path, folder: Path, session: Any, names: Names | None = None) -> list[str]:
    """Write the dumps in a folder as tables below another one, and tell a Spark session's catalog.

    Gives the names of the tables. Tables of these names must not be in the catalog.
    """
    writer = _Writer(Dumps(Folder(dumps)), dumps, folder, session, names or Names())
    weeks = list(writer.weeks())
    for week in {week.month: week for week in weeks}.values():
        writer.write_month(week)
    for week in weeks:
        writer.write_week(week)
    writer.write_events()
    return writer.register()


class _Writer:
    def __init__(self, dumps: Dumps, root: Path, folder: Path, session: Any, names: Names) -> None:
        self._dumps, self._root, self._folder = dumps, root, folder
        self._session, self._names = session, names
        self._partitions: dict[str, tuple[pa.Schema, list[dict[str, str]]]] = {}

    def weeks(self) -> Iterator[_Week]:
        """Give the weeks for which a wiki has a dump, oldest first."""
        wikis = self._dumps.wikis()
        dates = sorted({day for wiki in wikis for day in self._dumps.dumps_of(wiki)})
        for day in dates:
            found = {wiki: day for wiki in wikis if day in self._dumps.dumps_of(wiki)}
            for source in (COMMONS, *ENTITIES):
                newest = next(self._dumps.dumps_of(source, last=day), None)
                if newest:
                    found[source] = newest
            yield _Week(date.fromisoformat(day), found)

    def write_month(self, week: _Week) -> None:
        """Write the tables of the wikis."""
        for wiki, day in week.dumps.items():
            for name, table in TABLES.items():
                if wiki not in ENTITIES and (path := self._dumps.table(wiki, day, name)):
                    rows = _raw(self._root / path, table)
                    self._write(name, rows, {"snapshot": week.month, "wiki_db": wiki})

    def write_week(self, week: _Week) -> None:
        """Write the items of pages, and the entities."""
        key = {"snapshot": week.day.isoformat()}
        links = []
        for wiki, day in week.dumps.items():
            if wiki not in (COMMONS, *ENTITIES):
                pages, props = (
                    _raw(self._root / str(self._dumps.table(wiki, day, name)), TABLES[name])
                    for name in ("page", "page_props")
                )
                links.append(_item_page_link(wiki, pages, props))
        self._write("item_page_link", pa.concat_tables(links), key)
        for source, entities in ENTITIES.items():
            if source in week.dumps:
                path = self._dumps.entity_file(entities, week.dumps[source])
                rows = _entities(self._root / str(path), entities)
                table = "wikidata_entity" if entities is ITEMS else "commons_entity"
                self._write(table, rows, key)

    def write_events(self) -> None:
        """Write the feedback events by the hours at which they came."""
        hours: dict[datetime, list[_Event]] = {}
        for path in self._dumps.feedback():
            for line in _lines(self._root / path):
                try:
                    event = msgspec.convert(msgspec.json.decode(line), _Event, strict=False)
                except msgspec.MsgspecError:
                    continue
                hours.setdefault(_hour(event), []).append(event)
        for hour, events in sorted(hours.items()):
            rows = pa.Table.from_pylist([_event_row(event) for event in events], _EVENT)
            parts = ("year", "month", "day", "hour")
            self._write("feedback", rows, {part: str(getattr(hour, part)) for part in parts})

    def register(self) -> list[str]:
        """Tell the catalog of the tables, and of each partition, also of one without rows."""
        from pyspark.sql.pandas.types import from_arrow_schema

        for table, (schema, partitions) in self._partitions.items():
            name = self._names[table]
            if self._session.catalog.tableExists(name):
                raise UserError(f"{name} is in the catalog already; a sample replaces no table")
            columns = {field.name: field.dataType for field in from_arrow_schema(schema)}
            columns |= dict.fromkeys(partitions[0], None)
            declared = ", ".join(
                f"`{column}` {kind.simpleString() if kind else _partition_type(column)}"
                for column, kind in columns.items()
            )
            self._session.sql(f"CREATE DATABASE IF NOT EXISTS {name.partition('.')[0]}")
            self._session.sql(
                f"CREATE TABLE {name} ({declared}) USING parquet "
                f"PARTITIONED BY ({', '.join(partitions[0])}) "
                f"LOCATION '{hadoop_address(self._folder / name)}'"
            )
            specs = " ".join(
                f"PARTITION ({', '.join(f'{column}={value!r}' for column, value in each.items())})"
                for each in partitions
            )
            self._session.sql(f"ALTER TABLE {name} ADD {specs}")
        return [self._names[table] for table in self._partitions]

    def _write(self, table: str, rows: pa.Table, partition: dict[str, str]) -> None:
        parts = [f"{column}={value}" for column, value in partition.items()]
        folder = self._folder.joinpath(self._names[table], *parts)
        folder.mkdir(parents=True)
        if len(rows):
            pq.write_table(rows, folder / "part-00000.snappy.parquet")
        self._partitions.setdefault(table, (rows.schema, []))[1].append(partition)


def _partition_type(column: str) -> str:
    return "string" if column in ("snapshot", "wiki_db") else "bigint"


def _raw(path: Path, table: SqlTable) -> pa.Table:
    """Read all rows of a SQL table as they are; a column that this dump does not have is NULL."""
    columns = tuple(
        replace(each, is_name=False, namespace="", unless="", never_null=False, minimum=None)
        for each in table.columns
    )
    raw = SqlTable(table.name, columns, table.one_of)
    return pa.Table.from_batches(list(SqlDump(path, raw)), raw.schema)


def _item_page_link(wiki: str, pages: pa.Table, props: pa.Table) -> pa.Table:
    place = {row["page_id"]: row for row in pages.to_pylist()}
    rows = [
        {
            "item_id": row["pp_value"],
            "wiki_db": wiki,
            "page_id": row["pp_page"],
            "page_title": place[row["pp_page"]]["page_title"],
            "page_namespace": place[row["pp_page"]]["page_namespace"],
        }
        for row in props.to_pylist()
        if row["pp_propname"] == "wikibase_item" and row["pp_page"] in place
    ]
    return pa.Table.from_pylist(rows, _ITEM_PAGE_LINK)


def _entities(path: Path, entities: Entities) -> pa.Table:
    """Read entities as their tables have them; what these can not hold is not in them."""
    schema = _ITEM if entities is ITEMS else _MEDIAINFO
    statements = schema.names[-1]
    kind = "item" if entities is ITEMS else "mediainfo"
    rows: list[dict[str, Any]] = []
    batches = [pa.Table.from_pylist([], schema)]
    for line in _lines(path):
        # What is no object on such a line is of the array around them.
        entity = msgspec.json.decode(line.strip(b"[], \t\r") or b"{}")
        if "redirect" in entity or not entity:
            continue
        held = entity.get(statements)
        held = entity.get("claims") if held is None else held
        try:
            groups = dict(held or {}).items()
            told = [_statement(name, each) for name, of in groups for each in _list(of)]
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
        rows.append({"id": entity.get("id"), "typ": entity.get("type", kind), statements: told})
        if len(rows) == _BATCH:
            batches.append(pa.Table.from_pylist(rows, schema))
            rows = []
    return pa.concat_tables([*batches, pa.Table.from_pylist(rows, schema)])


def _list(statements: Any) -> list[dict[str, Any]]:
    if not isinstance(statements, list):
        raise TypeError("a group of statements is no list")
    return statements


def _statement(name: str, told: dict[str, Any]) -> dict[str, Any]:
    references = told.get("references") or []
    return {
        "id": told.get("id"),
        "mainSnak": _snak(name, told["mainsnak"]),
        "rank": told.get("rank", "normal"),
        "qualifiers": _snaks(told.get("qualifiers")),
        "references": [
            {"hash": each.get("hash"), "snaks": _snaks(each.get("snaks"))} for each in references
        ],
    }


def _snaks(told: Any) -> list[dict[str, Any]]:
    return [_snak(name, each) for name, of in dict(told or {}).items() for each in of]


def _snak(name: str, told: dict[str, Any]) -> dict[str, Any]:
    value = told.get("datavalue") if told["snaktype"] == "value" else None
    if value is not None:
        value = {
            "type": value.get("type"),
            "value": msgspec.json.encode(value["value"]).decode() if "value" in value else None,
        }
    return {"property": name, "dataType": told.get("datatype"), "dataValue": value}


def _lines(path: Path) -> Iterator[bytes]:
    """Give the lines of a small file, compressed or not."""
    if path.suffix == ".json":
        yield from path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
        return
    rest = b""
    with open_compressed(path) as file:
        while some := file.read_some():
            *lines, rest = (rest + some).split(b"\n")
            yield from (line.removeprefix(b"\xef\xbb\xbf") for line in lines)
    yield rest


def _hour(event: _Event) -> datetime:
    """Give the hour at which an event came, to whom its own time says nothing."""
    meta = event.meta if isinstance(event.meta, dict) else {}
    for told in (meta.get("dt"), event.dt):
        try:
            found = datetime.fromisoformat(str(told)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        return found.replace(minute=0, second=0, microsecond=0)
    return datetime(2026, 11, 2, tzinfo=UTC)


def _event_row(event: _Event) -> dict[str, Any]:
    row = msgspec.structs.asdict(event)
    told = event.meta if isinstance(event.meta, dict) else {}
    row["meta"] = {field.name: told.get(field.name) for field in _EVENT.field("meta").type}
    return row
