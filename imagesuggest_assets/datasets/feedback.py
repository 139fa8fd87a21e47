"""What editors said of suggestions, for good: the events that are there, and what was known before.

How an event is read is known in resources/sources/feedback.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
from ibis import Table

from graph.declared import MANIFEST
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.catalog.inputs import (
    FEEDBACK_DAMAGED,
    FEEDBACK_DROPPED,
    FEEDBACK_FILES,
    FEEDBACK_GONE,
)
from imagesuggest_assets.datasets.dump_tables import counts_of, staged, without_counted
from imagesuggest_assets.datasets.inputs import follow_redirects
from imagesuggest_assets.snapshots.event_files import EventFiles, FeedbackConfig, find_event_files
from imagesuggest_assets.snapshots.sources import FEEDBACK_EVENTS
from resources.dumps import DumpsResource
from resources.engine import EngineResource, SparkEngine
from resources.errors import InputError
from resources.io_manager import Files, LakeResource
from resources.lake import Lake, parquet_rows
from resources.lake_paths import LakePath, readable
from resources.sources.dumps import ENDINGS
from resources.sources.feedback import Dropped, Feedback, FeedbackCounts
from resources.sources.hive import events as hive
from resources.sources.hive.layout import HiveTables
from resources.sources.parquet import read_parquet, write_parquet
from resources.sources.places import Found, Place, Wanted

DATASET = "feedback"
_BATCH_ROWS = 1 << 16
KNOWN_BEFORE = "known before"
"""In the details of its statistics: the partitions that a partition holds whole, by snapshot."""


@dataset_asset(kinds=("json", "python"), deps=[MANIFEST, FEEDBACK_EVENTS], code_version="3")
def feedback(
    context: dg.AssetExecutionContext,
    config: FeedbackConfig,
    file_redirects: Table,
    local_files: Table,
    dumps: DumpsResource,
    lake: LakeResource,
    engine: EngineResource,
) -> Files:
    """Read from all event files that there are, those of people's judgements among them, and from
    what the lake knew before, of whatever snapshot: what was said once stays known when its file is
    purged. Canary events, and events
    that can not be understood, are dropped and counted; of a damaged file what comes before the
    damage is read. Of a redirect the target is meant.
    """
    here, judged = lake.get(), dumps.judged()
    settling = timedelta(minutes=config.settling_minutes)
    event_files = find_event_files(dumps.provider(), settling)
    judged_files = find_event_files(judged, settling) if judged else EventFiles((), {})
    if dumps.tables:
        spark = engine.on_spark(here.scratch.path)
        events = _read_days(dumps.tables, event_files.settled, here, spark)
    else:
        events = _read_files(dumps.get().place, event_files.settled, here)
    others = _read_files(judged.place, judged_files.settled, here) if judged else _none(here)
    there = {each.path: each for each in (*event_files.settled, *judged_files.settled)}
    waiting = event_files.waiting | judged_files.waiting
    before = known_before(here)
    paths = [*there, *waiting]
    details: dict[str, object] = {
        "read": counts_of(events.counts + others.counts),
        FEEDBACK_FILES: {each.path: each.version for each in there.values()},
        KNOWN_BEFORE: {each.snapshot: each.told() for each in before},
        FEEDBACK_GONE: gone(before, context.partition_key, paths),
        FEEDBACK_DAMAGED: {**events.damaged, **others.damaged},
        FEEDBACK_DROPPED: {**events.shares, **others.shares},
        "such as": [each._asdict() for each in (*events.examples, *others.examples)],
        "waited for": waiting,
        "absent": "" if paths else "feedback events",
    }
    always = ("read", FEEDBACK_FILES)
    files_before = [_about_articles(here, file) for each in before for file in each.files]
    nothing = _nothing(here)

    def finish(said: Table, judged: Table, known: Table) -> Table:
        if events.counted:
            said = without_counted(said)
        said = follow_redirects(said.union(judged), file_redirects, local_files)
        known = followed_since(known, file_redirects, local_files)
        # Sorted, so that what is of one wiki is found without a look at all others.
        return said.union(known, distinct=True).order_by("wiki_db", "page_id")

    return Files(
        events.files,
        {name: value for name, value in details.items() if value or name in always},
        finish,
        {"judged": others.files, "known": [*files_before, nothing]},
    )


@dataclass(frozen=True)
class EventsRead:
    """Files with the rows that events became, and what was counted; see Feedback. ``counted`` says
    whether what was counted is among the rows.
    """

    files: Sequence[LakePath]
    counts: FeedbackCounts
    damaged: Mapping[str, str]
    shares: Mapping[str, tuple[int, int]]
    examples: Sequence[Dropped]
    counted: bool = False


def _read_files(place: Place, there: Sequence[Found], lake: Lake) -> EventsRead:
    files, missing = fetched(place, there)
    events = Feedback(files)
    read = lake.scratch.new(DATASET).with_suffix(".parquet")
    write_parquet(events, events.schema, read, {})
    damaged = missing | events.damaged
    return EventsRead([read], events.counts, damaged, events.shares, events.examples)


def _read_days(
    tables: HiveTables, there: Sequence[Found], lake: Lake, engine: SparkEngine
) -> EventsRead:
    frame = hive.feedback(tables, [each.path for each in there])
    if frame is None:
        return _none(lake)
    files, told = staged(engine, frame, lake.aside(DATASET, shared=engine.far))
    events = hive.events_counted(told)
    return EventsRead(files, events.counts, {}, events.shares, events.examples, counted=True)


def _none(lake: Lake) -> EventsRead:
    return EventsRead([_nothing(lake)], FeedbackCounts(), {}, {}, [])


def _nothing(lake: Lake) -> Path:
    """Write a file without any event."""
    target = lake.scratch.new(DATASET).with_suffix(".parquet")
    write_parquet([], Feedback.schema, target, {})
    return target


def followed_since(known: Table, file_redirects: Table, local_files: Table) -> Table:
    """Follow the redirects that came after feedback was kept.

    A name that is a target may have been followed then: it is not followed a second time.
    """
    targets = file_redirects.select(file_name="target")
    return follow_redirects(known, file_redirects.anti_join(targets, "file_name"), local_files)


@dataclass(frozen=True)
class Known:
    """A partition of what is known for good: its snapshot, files, and details."""

    snapshot: str
    files: Sequence[LakePath]
    details: Mapping[str, Any]

    def told(self) -> dict[str, object]:
        """Name the partition, so that it can be told from what takes its place."""
        return {
            "rows": parquet_rows(list(self.files)),
            "files": [file.name for file in self.files],
        }


def known_before(lake: Lake, dataset: str = DATASET) -> list[Known]:
    """Find the partitions that hold together all that the lake knows for good, oldest first.

    Each was made with all that there were then, so mostly the one that was written last holds the
    others. It need not be of the newest snapshot: an older one may have been run again. There are
    several after runs side by side, and in lakes from before feedback was kept for good.
    """
    there = []
    for snapshot in lake.snapshots(dataset):
        # In this order: what takes its place meanwhile holds it, and all that it held.
        details: Mapping[str, Any] = lake.statistics(dataset, snapshot).details
        there.append(Known(snapshot, lake.files(dataset, snapshot), details))
    held = [each.details.get(KNOWN_BEFORE, {}) for each in there]
    return [each for each in there if each.told() not in [of.get(each.snapshot) for of in held]]


def gone(before: Sequence[Known], snapshot: str, there: Sequence[str]) -> list[str]:
    """List the files that were read before and are not there now, compressed or not.

    A snapshot goes on to tell what it found to be gone; a later one does so as long as nothing at
    all is there, since then a folder is more likely to be missing than that all was purged.
    """
    if not before:
        return []
    last = before[-1]
    known = {*last.details.get(FEEDBACK_FILES, ())}
    if last.snapshot == snapshot or not known:
        known |= {*last.details.get(FEEDBACK_GONE, ())}
    plain = {_plain(path) for path in there}
    return sorted(path for path in known if _plain(path) not in plain)


def _plain(path: str) -> str:
    for ending in ENDINGS:
        path = path.removesuffix(ending)
    return path


def fetched(place: Place, there: Sequence[Found]) -> tuple[dict[str, Path], dict[str, str]]:
    """Give the files on this machine, by path, and of those that can not be had why not."""
    wanted = [Wanted(each.path, each.bytes, each.version) for each in there]
    try:
        files = place.fetch(wanted, lambda _: None)
    except InputError as error:
        if len(there) == 1:
            return {}, {there[0].path: error.problem}
    else:
        return dict(zip((each.path for each in there), files, strict=True)), {}
    # One of them is not as it was found; the others are had all the same.
    each_by_itself = [fetched(place, [each]) for each in there]
    return (
        {path: file for files, _ in each_by_itself for path, file in files.items()},
        {path: why for _, missing in each_by_itself for path, why in missing.items()},
    )


def _about_articles(lake: Lake, file: LakePath) -> LakePath:
    """Add the column `about` to a file from before it was kept: all was about articles then."""
    if "about" in pq.read_schema(readable(file)).names:
        return file
    schema = Feedback.schema
    batches = (
        pa.RecordBatch.from_arrays(
            [
                pa.repeat("article", len(batch)) if name == "about" else batch[name]
                for name in schema.names
            ],
            schema.names,
        ).cast(schema)
        for batch in read_parquet([file], _BATCH_ROWS)
    )
    target = lake.scratch.new(DATASET).with_suffix(".parquet")
    write_parquet(batches, schema, target, {})
    return target
