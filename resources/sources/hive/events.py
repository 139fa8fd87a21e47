"""Reads feedback events from the Data Lake's table of them, with the reader of event files."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
import pyarrow as pa

from resources.sources.feedback import (
    BATCH_ROWS,
    EXAMPLES,
    Dropped,
    Event,
    Feedback,
    FeedbackCounts,
)
from resources.sources.hive.entities import COUNTED
from resources.sources.hive.layout import HiveTables
from resources.sources.hive.place import DAY, day_of, parts_of

_DAY = "day_of_event"


class EventsCounted(msgspec.Struct):
    """What was counted in events; see Feedback."""

    counts: FeedbackCounts = msgspec.field(default_factory=FeedbackCounts)
    examples: list[Dropped] = []
    events: dict[str, int] = {}
    dropped: dict[str, int] = {}

    @property
    def shares(self) -> dict[str, tuple[int, int]]:
        """How many were dropped, and of how many, of each day that had any."""
        return {day: (number, self.events[day]) for day, number in self.dropped.items()}


def feedback(tables: HiveTables, days: Sequence[str]) -> Any:
    """Give the events of days, by their paths: columns of Feedback, and COUNTED; None for none."""
    from pyspark.sql import functions as f
    from pyspark.sql.pandas.types import from_arrow_schema

    if not days:
        return None
    rows = tables.catalog.table(tables.names["feedback"])
    wanted = {day_of("", parts_of(day)[1]) for day in days}
    numbers = {column: f.col(column).cast("int").cast("string") for column in DAY}
    day = f.concat(*(part for column in DAY for part in (f.lit(f"/{column}="), numbers[column])))
    rows = rows.where(day.isin(sorted(wanted)))
    fields = [name for name in Event.__struct_fields__ if name in rows.columns]
    columns = [f.col(name) for name in fields if name != "meta"]
    if "meta" in fields:
        of_meta = {*rows.schema["meta"].dataType.names} & {"domain", "dt"}
        columns.append(f.struct(*(f"meta.{name}" for name in sorted(of_meta))).alias("meta"))
    schema = from_arrow_schema(Feedback.schema.append(pa.field(COUNTED, pa.string())))
    name = tables.names["feedback"]
    of_days = rows.select(f.concat(f.lit(name), day).alias(_DAY), *columns)
    return of_days.mapInArrow(read_events, schema)


def read_events(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Read events, as a task of Spark does: the fields of Event that there are, and their day."""
    events = Feedback({})
    told = EventsCounted(events.counts)
    for batch in batches:
        for row in batch.to_pylist():
            day = row.pop(_DAY)
            before = events.counts.rows, events.counts.events
            events.add(day, 0, lambda row=row: Event(**row))  # type: ignore[misc]
            rows, seen = events.counts.rows - before[0], events.counts.events - before[1]
            told.events[day] = told.events.get(day, 0) + seen
            if seen > rows:
                told.dropped[day] = told.dropped.get(day, 0) + 1
        yield from map(_with_counted, events.batches(BATCH_ROWS))
    yield from map(_with_counted, events.batches())
    told.examples = events.examples
    nulls = [pa.nulls(1, column.type) for column in Feedback.schema]
    counted = pa.array([msgspec.json.encode(told).decode()])
    yield pa.RecordBatch.from_arrays([*nulls, counted], [*Feedback.schema.names, COUNTED])


def events_counted(told: Iterable[str]) -> EventsCounted:
    """Add up what tasks counted."""
    added = EventsCounted()
    for text in told:
        one = msgspec.json.decode(text, type=EventsCounted)
        for name, value in asdict(one.counts).items():
            if name != "dropped":
                setattr(added.counts, name, getattr(added.counts, name) + value)
        for mine, others in (
            (added.counts.dropped, one.counts.dropped),
            (added.events, one.events),
            (added.dropped, one.dropped),
        ):
            for key, number in others.items():
                mine[key] = mine.get(key, 0) + number
        added.examples = [*added.examples, *one.examples][:EXAMPLES]
    return added


def _with_counted(batch: pa.RecordBatch) -> pa.RecordBatch:
    names = [*Feedback.schema.names, COUNTED]
    return pa.RecordBatch.from_arrays([*batch.columns, pa.nulls(len(batch), pa.string())], names)
