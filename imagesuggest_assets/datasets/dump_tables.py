"""The inputs as the dumps have them: entities and feedback, and what reads any dump. No rule here.

SQL tables are in wiki_tables.py. How the files are read is known in resources/sources; which ones
are read, in the manifest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TypeVar

import dagster as dg
from ibis import Table

from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.catalog.inputs import FEEDBACK_FILES
from imagesuggest_assets.snapshots.green_lights import InputFile
from imagesuggest_assets.snapshots.manifest import MANIFEST, chosen_inputs, local_files
from imagesuggest_assets.snapshots.sources import FEEDBACK_EVENTS
from resources.dumps import DumpsResource
from resources.io_manager import Files, LakeResource
from resources.progress import Progress
from resources.sources.dumps import ITEMS, MEDIAINFO, Entities
from resources.sources.entities import Depicts, EntityCounts, ItemClaims
from resources.sources.feedback import Feedback, FeedbackCounts
from resources.sources.parquet import write_parquet
from resources.sources.places import Wanted
from resources.sources.reading import Job, OnBytes, read_all

T = TypeVar("T")
Counts = Mapping[str, object]
"""What a reader counted in a file, by what it counted."""


def read_item_claims(job: Job, on_bytes: OnBytes) -> Counts:
    """Read a dump of Wikidata's entities; give what was counted."""
    return _read_entities(ItemClaims(job.source, on_bytes), job.target)


def read_depicts(job: Job, on_bytes: OnBytes) -> Counts:
    """Read a dump of Commons' structured data; give what was counted."""
    return _read_entities(Depicts(job.source, on_bytes), job.target)


def _read_entities(entities: ItemClaims | Depicts, target: Path) -> Counts:
    write_parquet(entities, entities.schema, target, {})
    return counts_of(entities.counts)


def counts_of(counts: EntityCounts | FeedbackCounts) -> Counts:
    """Give what a reader of JSON counted; what it dropped is counted by reason."""
    return {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, value in asdict(counts).items()
    }


class Reader:
    """What every asset that reads dumps needs: where they are, for which snapshot, who listens."""

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        dumps: DumpsResource,
        lake: LakeResource,
        progress: Progress,
    ) -> None:
        self.asset = context.op_execution_context.op.name
        self.dumps = dumps.get()
        self.inputs = chosen_inputs(lake.get(), context.partition_key)
        self._folder = lake.get().scratch.new(self.asset)
        self._folder.mkdir()
        self._progress = progress

    def target(self, name: str) -> Path:
        """Give where the Parquet file made of a file is to be written."""
        return self._folder / f"{name}.parquet"

    def files(self, files: Sequence[InputFile]) -> list[Path]:
        """Give files of the manifest on this machine."""
        return local_files(self.dumps, files, lambda _: None)

    def read(self, jobs: Sequence[Job], read: Callable[[Job, OnBytes], T]) -> list[T]:
        """Read the files of ``jobs`` with ``read``, and tell how far it has come."""
        sizes = [job.source.stat().st_size for job in jobs]
        self._progress.start(self.asset, sum(sizes))
        counts = read_all(jobs, read, lambda count: self._progress.advance(self.asset, count))
        self._progress.finish(self.asset)
        return counts


def _reading_asset(
    name: str, kind: str, says: str, read: Callable[[Reader], Files], deps: Sequence[str] = ()
) -> dg.AssetsDefinition:
    def asset(
        context: dg.AssetExecutionContext,
        dumps: DumpsResource,
        lake: LakeResource,
        progress: dg.ResourceParam[Progress],
    ) -> Files:
        return read(Reader(context, dumps, lake, progress))

    asset.__name__, asset.__doc__ = name, says
    return dataset_asset(kinds=(kind, "python"), deps=[MANIFEST, *deps])(asset)


def _entities(entities: Entities, read: Callable[[Job, OnBytes], Counts], reader: Reader) -> Files:
    (source,) = reader.files(reader.inputs.of(entities.source))
    job = Job(source, reader.target("entities"))
    (counts,) = reader.read([job], read)
    # An entity can stand in a dump twice.
    return Files([job.target], {"read": {job.source.name: counts}}, Table.distinct)


def _feedback(reader: Reader) -> Files:
    """Read what is there now: the newest feedback wins, whatever the snapshot."""
    place = reader.dumps.place
    found = [there for path in reader.dumps.feedback() if (there := place.find(path))]
    wanted = [Wanted(each.path, each.bytes, each.version) for each in found]
    events = Feedback(place.fetch(wanted, lambda _: None))
    target = reader.target("feedback")
    write_parquet(events, events.schema, target, {})
    details: dict[str, object] = {
        "read": counts_of(events.counts),
        FEEDBACK_FILES: {each.path: each.version for each in found},
    }
    if not found:
        details["absent"] = "feedback events"
    return Files([target], details, Table.distinct)


ITEM_CLAIMS = _reading_asset(
    "item_claims",
    "json",
    "Read from the entities of Wikidata: statements of the best rank.",
    partial(_entities, ITEMS, read_item_claims),
)
DEPICTS = _reading_asset(
    "depicts",
    "json",
    "Read from the structured data of Commons: statements of every rank but deprecated.",
    partial(_entities, MEDIAINFO, read_depicts),
)
FEEDBACK = _reading_asset(
    "feedback",
    "json",
    "Read from all event files that there are; events on sections are dropped, and counted.",
    _feedback,
    [FEEDBACK_EVENTS],
)
