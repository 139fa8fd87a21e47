"""What people said of suggestions, for good: ratings that are there, events, and what was known.

Files of ratings are of this machine, and may be lost or moved with it; and what kinds a file had
when it was judged in use is known only as long as that snapshot is kept. So each partition holds
what the last one did. How a rating is read is known in resources/sources/ratings.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import ibis
from ibis import Table

from graph.rows import places
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.judgements import (
    BAD,
    GOOD,
    RATINGS_DROPPED,
    RATINGS_READ,
    RATINGS_UNREADABLE,
    UNDECIDED,
    USE,
)
from imagesuggest_assets.datasets.confidence import measure
from imagesuggest_assets.datasets.feedback import KNOWN_BEFORE, known_before
from imagesuggest_assets.rules import Rules
from resources.dumps import DumpsResource
from resources.engine import DuckDBEngine, Engine, EngineResource
from resources.io_manager import Files, LakeResource
from resources.lake import Lake
from resources.lake_paths import LakePath
from resources.sources.parquet import write_parquet
from resources.sources.ratings import Ratings, files_in, open_files_in

DATASET = "ratings"
SHOWN = ("unillustrated_articles", "candidate_images")
"""What tells which kinds a file had that was suggested. What was judged is not in it any more."""
_OUTCOMES = {"accepted": GOOD, "rejected": BAD, "undecided": UNDECIDED}
KNOWN, FEEDBACK = "known", "feedback"
_MEMORY = "512MB"


@dataset_asset(kinds=("json", "ibis"), deps=("feedback", *SHOWN))
def ratings(
    context: dg.AssetExecutionContext,
    dumps: DumpsResource,
    lake: LakeResource,
    engine: EngineResource,
) -> Files:
    """Read from all files of ratings that there are, and from what the lake knew before. An event
    of `feedback` about an article is a rating of the kinds that the newest snapshot not after the
    event gives its file; without such it is none, and is counted. A line that can not be understood
    is dropped and counted.
    """
    here = lake.get()
    read = _read(files_in(Path(dumps.judgements)) if dumps.judgements else [], here)
    before = known_before(here, DATASET)
    known = [file for each in before for file in each.files] or [_nothing(here)]
    feedback = here.files("feedback", context.partition_key)
    events = Events(here, engine.get(here.scratch.path), feedback, known)
    details: dict[str, object] = {
        **read.told(),
        "events without kinds": events.without_kinds,
        KNOWN_BEFORE: {each.snapshot: each.told() for each in before},
    }
    if not read.reader.counts.lines and not before:
        details["absent"] = "ratings"

    def finish(said: Table, **others: Table) -> Table:
        return together([said, others[KNOWN], *events.rated(others)])

    return Files([read.file], details, finish, events.files)


@dataclass(frozen=True)
class Read:
    """What is in the files of ratings, and the file that it was written to."""

    reader: Ratings
    file: Path

    def told(self) -> dict[str, object]:
        """Tell what was read, and what could not be."""
        reader = self.reader
        told: dict[str, object] = {RATINGS_READ: asdict(reader.counts)}
        if reader.examples:
            told[RATINGS_DROPPED] = [each._asdict() for each in reader.examples]
        if reader.unreadable:
            told[RATINGS_UNREADABLE] = reader.unreadable
        return told


def _read(files: Sequence[Path], lake: Lake) -> Read:
    reader = Ratings(files)
    file = lake.scratch.new(DATASET).with_suffix(".parquet")
    write_parquet(reader, Ratings.schema, file, {})
    return Read(reader, file)


def _nothing(lake: Lake) -> Path:
    return _read([], lake).file


class Events:
    """Events that become ratings by what was suggested when they came.

    ``files`` are those of all tables that they become ratings from, by the names that rated() knows
    these by: whoever keeps the ratings reads the tables by an engine of its own.
    """

    def __init__(
        self, lake: Lake, engine: Engine, feedback: Sequence[LakePath], known: Sequence[LakePath]
    ) -> None:
        # Once, since a file of this machine is moved: whoever keeps the ratings reads these, too.
        known = lake.reachable(known, far=engine.far)
        self.files: dict[str, Sequence[LakePath]] = {KNOWN: known, FEEDBACK: feedback}
        self._days: dict[str, list[str]] = {}

        def tables() -> dict[str, Table]:
            return {name: engine.read(files) for name, files in self.files.items()}

        new = new_events(tables())
        by_day = engine.rows(new.group_by("day").agg(events=new.count()))
        there = sorted(set.intersection(*(set(lake.snapshots(name)) for name in SHOWN)))
        for day in sorted(row["day"] for row in by_day):
            if before := [snapshot for snapshot in there if snapshot <= day]:
                self._days.setdefault(before[-1], []).append(day)
        for snapshot in self._days:
            self.files |= {_of(name, snapshot): lake.files(name, snapshot) for name in SHOWN}
        rated = (engine.rows(each.agg(n=each.count())) for each in self.rated(tables()))
        self.without_kinds = sum(row["events"] for row in by_day) - sum(
            row["n"] for (row,) in rated
        )

    def rated(self, tables: Mapping[str, Table]) -> list[Table]:
        """Give the ratings that they become, a table a snapshot."""
        events = new_events(tables)
        return [
            _rated(events.filter(events.day.isin(days)), snapshot, tables)
            for snapshot, days in self._days.items()
        ]


def new_events(tables: Mapping[str, Table]) -> Table:
    """Give the events about articles whose time is known and that are no ratings yet, with their
    ``day``.
    """
    feedback, known = tables[FEEDBACK], tables[KNOWN]
    events = feedback.filter(feedback.about == "article", feedback.dt.notnull())
    used = known.filter(known["mode"] == USE)
    events = events.anti_join(used, ["wiki_db", "page_id", "file_name", "dt"])
    return events.mutate(day=events.dt.strftime("%Y-%m-%d"))


def _rated(events: Table, snapshot: str, tables: Mapping[str, Table]) -> Table:
    """Give the events of which the snapshot knows the kinds of their file, as ratings."""
    articles, files = (tables[_of(name, snapshot)] for name in SHOWN)
    articles = articles.select("wiki_db", "page_id", "item_id")
    files = files.select("item_id", "kinds", "confidence", file_name="image")
    rows = events.inner_join(articles, ["wiki_db", "page_id"])
    rows = rows.inner_join(files, ["item_id", "file_name"])
    return rows.mutate(
        snapshot=ibis.literal(snapshot),
        outcome=rows.outcome.cases(*_OUTCOMES.items()),
        judge=ibis.null("int64"),
        mode=ibis.literal(USE),
    )


def _of(dataset: str, snapshot: str) -> str:
    return f"{dataset} of {snapshot}"


def together(tables: Sequence[Table]) -> Table:
    """Give all ratings, each once: a file may have been copied, or read before."""
    dataset = DATASETS[DATASET]
    alike = [each.select(*dataset.column_names) for each in tables]
    rows = ibis.union(*alike, distinct=False) if len(alike) > 1 else alike[0]
    known_as = [rows.snapshot.desc(), rows.kinds.join(" "), rows.confidence]
    rows = rows.mutate(place=places(dataset.key, known_as))
    return rows.filter(rows.place == 1).drop("place")


def measured_now(lake: Lake, judgements: Path, rules: Rules) -> tuple[list[dict[str, Any]], Read]:
    """Measure by what is rated now, also since the last run and a moment ago, on this machine; rows
    are those of `measured_confidence`, best first.
    """
    # In this order: what is sealed meanwhile is read twice, and counts once.
    read = _read([*open_files_in(judgements), *files_in(judgements)], lake)
    engine = DuckDBEngine(_MEMORY, lake.scratch.path)
    try:
        known: list[LakePath] = [
            file for each in known_before(lake, DATASET) for file in each.files
        ]
        rows = together([engine.read([read.file]), *(engine.read([file]) for file in known)])
        dataset = DATASETS["measured_confidence"]
        measured = measure(rows, rules).select(*dataset.column_names)
        order = [
            ibis.desc(name[1:]) if name.startswith("-") else ibis.asc(name, nulls_first=True)
            for name in dataset.order
        ]
        return engine.rows(measured.order_by(order)), read
    finally:
        engine.close()
