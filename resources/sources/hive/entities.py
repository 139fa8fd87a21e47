"""Reads the statements of items and of Commons' files from the Data Lake's tables of entities.

Spark reads three fields of each statement and gives those of the properties that count to Python,
where the readers of dumps decide which become rows (sources/entities.py).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import msgspec
import pyarrow as pa

from resources.sources.dumps import ITEMS, Entities
from resources.sources.entities import BATCH_ROWS, Claims, Depicted, DepictsRows, ItemRows
from resources.sources.hive.layout import HiveTables
from resources.sources.hive.place import parts_of
from resources.sources.wikibase import (
    ITEM_ID,
    MEDIAINFO_ID,
    SHOWN,
    DataValue,
    EntityCounts,
    EntityValue,
    Snak,
    Statement,
)

COUNTED = "counted"
"""The column that is NULL but in one row a task, which has what the task counted, as JSON."""
_TEXT = msgspec.json.Decoder(str | None).decode
_ENTITY = msgspec.json.Decoder(EntityValue | None).decode
_RANKS = ("preferred", "normal", "deprecated")

Told = Mapping[str, str]
"""A statement's property, rank and value, each of which may be NULL."""


def item_claims(tables: HiveTables, path: str) -> Any:
    """Give the claims of the items in a partition: columns of ItemRows, and COUNTED."""
    rows = _partition(tables, path).where("typ = 'item'")
    return _read(rows, "claims", list(Claims.__struct_fields__), ItemRows.schema, read_items)


def depicts(tables: HiveTables, path: str) -> Any:
    """Give what files depict in a partition: columns of DepictsRows, and COUNTED."""
    rows = _partition(tables, path)
    return _read(
        rows, "statements", list(Depicted.__struct_fields__), DepictsRows.schema, read_depicts
    )


def counts_by_type(tables: HiveTables, path: str) -> dict[str, int]:
    """Count the entities of a partition by what they are; "" where their table does not say."""
    rows = _partition(tables, path)
    if "typ" not in rows.columns:
        return {"": rows.count()}
    return {row["typ"] or "": row["count"] for row in rows.groupBy("typ").count().collect()}


def add_entities(counts: EntityCounts, by_type: Mapping[str, int], entities: Entities) -> None:
    """Add to what tasks counted how many entities there are, of which they saw only some."""
    counts.entities = sum(by_type.values())
    odd = sum(counts.not_understood.values())
    if entities is ITEMS:
        counts.items = max(by_type.get("item", 0) - odd, 0)
        counts.others = counts.entities - by_type.get("item", 0)
    else:
        counts.mediainfo = max(counts.entities - odd, 0)


def counts_of_all(told: Iterable[str]) -> EntityCounts:
    """Add up what tasks counted."""
    added = EntityCounts()
    for text in told:
        for name, value in msgspec.json.decode(text).items():
            if isinstance(value, dict):
                known = getattr(added, name)
                for why, number in value.items():
                    known[why] = known.get(why, 0) + number
            else:
                setattr(added, name, getattr(added, name) + value)
    added.examples = added.examples[:SHOWN]
    return added


def read_items(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Read the claims of items, as a task of Spark does: columns id and statements."""
    rows = ItemRows()

    def take(item: str, statements: Sequence[Told]) -> None:
        texts = {name: _statements(statements, name, _TEXT) for name in ("P18", "P373")}
        entities = {name: _statements(statements, name, _ENTITY) for name in ("P31", "P279")}
        rows.add(item, Claims(**texts, **entities))

    return _taken(batches, rows, ITEM_ID.fullmatch, take)


def read_depicts(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Read what files depict, as a task of Spark does: columns id and statements."""
    rows = DepictsRows()

    def take(entity_id: str, statements: Sequence[Told]) -> None:
        named = {
            name: _statements(statements, name, _ENTITY) for name in Depicted.__struct_fields__
        }
        rows.add(entity_id, Depicted(**named))

    return _taken(batches, rows, MEDIAINFO_ID.fullmatch, take)


def _partition(tables: HiveTables, path: str) -> Any:
    from pyspark.sql import functions as f

    name, partition = parts_of(path)
    return tables.catalog.table(name).where(f.col("snapshot") == partition["snapshot"])


def _read(
    rows: Any,
    statements: str,
    properties: list[str],
    schema: pa.Schema,
    read: Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]],
) -> Any:
    from pyspark.sql import functions as f
    from pyspark.sql.pandas.types import from_arrow_schema

    # Field by field: then Spark leaves all others of these deep structs in the files.
    zipped = f.arrays_zip(
        f.col(f"{statements}.mainSnak.property").alias("property"),
        f.col(f"{statements}.rank").alias("rank"),
        f.col(f"{statements}.mainSnak.dataValue.value").alias("value"),
    )
    of_properties = f.filter(zipped, lambda each: each["property"].isin(properties))
    wanted = rows.select("id", of_properties.alias("statements")).where(f.size("statements") > 0)
    return wanted.mapInArrow(read, from_arrow_schema(schema.append(pa.field(COUNTED, pa.string()))))


def _statements(
    told: Sequence[Told], name: str, decode: Callable[[str], Any]
) -> list[Statement[Any]] | None:
    """Read the statements of one property. Raises ValidationError for what is not understood."""
    found = [_statement(each, decode) for each in told if each["property"] == name]
    return found or None


def _statement(told: Told, decode: Callable[[str], Any]) -> Statement[Any]:
    rank = told["rank"] or "normal"
    if rank not in _RANKS:
        raise msgspec.ValidationError(f"{rank!r} is no rank")
    value = told["value"]
    try:
        data = None if value is None else DataValue(decode(value))
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as error:
        raise msgspec.ValidationError(f"no JSON: {error}") from None
    return Statement(Snak("value", data), rank)  # type: ignore[arg-type]


def _taken(
    batches: Iterable[pa.RecordBatch],
    rows: ItemRows | DepictsRows,
    good_id: Callable[[str], object],
    take: Callable[[str, Sequence[Told]], None],
) -> Iterator[pa.RecordBatch]:
    """Take the entities one by one; one that is not understood is counted, and costs itself."""
    data = partial(_with_counted, rows.schema)
    for batch in batches:
        for entity in batch.to_pylist():
            entity_id = entity["id"] or ""
            if good_id(entity_id) is None:
                _odd(rows.counts, "id", f"{entity_id!r} can not be the id of such an entity")
                continue
            try:
                take(entity_id, entity["statements"])
            except msgspec.ValidationError as error:
                _odd(rows.counts, "statements", f"{entity_id}: {error}")
        yield from map(data, rows.batches(BATCH_ROWS))
    yield from map(data, rows.batches())
    counts = msgspec.json.encode(asdict(rows.counts)).decode()
    nulls = [pa.nulls(1, column.type) for column in rows.schema]
    names = [*rows.schema.names, COUNTED]
    yield pa.RecordBatch.from_arrays([*nulls, pa.array([counts])], names)


def _odd(counts: EntityCounts, part: str, problem: str) -> None:
    counts.not_understood[part] = counts.not_understood.get(part, 0) + 1
    if len(counts.examples) < SHOWN:
        counts.examples.append(problem)


def _with_counted(schema: pa.Schema, batch: pa.RecordBatch) -> pa.RecordBatch:
    names = [*schema.names, COUNTED]
    return pa.RecordBatch.from_arrays([*batch.columns, pa.nulls(len(batch), pa.string())], names)
