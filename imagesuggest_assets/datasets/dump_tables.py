"""The inputs as the dumps have them: entities, and what reads any dump. No rule here.

SQL tables are in wiki_tables.py, feedback is in feedback.py. How the files are read is known in
resources/sources; which ones are read, in the manifest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TypeVar

import dagster as dg
from ibis import Table

from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.green_lights import InputFile
from imagesuggest_assets.snapshots.manifest import MANIFEST, chosen_inputs, local_files
from resources.dumps import DumpsResource
from resources.engine import EngineResource
from resources.errors import InputError
from resources.io_manager import Files, LakeResource
from resources.progress import Progress
from resources.sources.dumps import ITEMS, MEDIAINFO, Entities
from resources.sources.entities import Depicts, EntityCounts, ItemClaims
from resources.sources.feedback import FeedbackCounts
from resources.sources.parquet import write_parquet
from resources.sources.reading import Job, OnBytes

T = TypeVar("T")
_TOLD = 3

Counts = Mapping[str, object]
"""What a reader counted in a file, by what it counted."""


def read_item_claims(job: Job, on_bytes: OnBytes) -> EntityCounts:
    """Read a dump of Wikidata's entities; give what was counted."""
    return _read_entities(ItemClaims(job.source, on_bytes), job.target)


def read_depicts(job: Job, on_bytes: OnBytes) -> EntityCounts:
    """Read a dump of Commons' structured data; give what was counted."""
    return _read_entities(Depicts(job.source, on_bytes), job.target)


def _read_entities(entities: ItemClaims | Depicts, target: Path) -> EntityCounts:
    write_parquet(entities, entities.schema, target, {})
    return entities.counts


def counts_of(counts: EntityCounts | FeedbackCounts) -> Counts:
    """Give what a reader of JSON counted; what it dropped is counted by reason."""
    return asdict(counts)


class Reader:
    """What every asset that reads dumps needs: where they are, for which snapshot, who listens."""

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        dumps: DumpsResource,
        lake: LakeResource,
        engine: EngineResource,
        progress: Progress,
    ) -> None:
        self.asset = context.op_execution_context.op.name
        self.dumps = dumps.get()
        self.inputs = chosen_inputs(lake.get(), context.partition_key)
        self._folder = lake.get().scratch.new(self.asset)
        self._folder.mkdir()
        self._read_all = engine.reading()
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
        counts = self._read_all(jobs, read, lambda count: self._progress.advance(self.asset, count))
        self._progress.finish(self.asset)
        return counts


def _reading_asset(
    name: str, says: str, read: Callable[[Reader, Rules], Files]
) -> dg.AssetsDefinition:
    def asset(
        context: dg.AssetExecutionContext,
        dumps: DumpsResource,
        lake: LakeResource,
        engine: EngineResource,
        rules: Rules,
        progress: dg.ResourceParam[Progress],
    ) -> Files:
        return read(Reader(context, dumps, lake, engine, progress), rules)

    asset.__name__, asset.__doc__ = name, says
    reading = dataset_asset(kinds=("json", "python"), deps=[MANIFEST], code_version="2")
    return reading(asset)


def _entities(
    entities: Entities,
    read: Callable[[Job, OnBytes], EntityCounts],
    reader: Reader,
    rules: Rules,
) -> Files:
    (source,) = reader.files(reader.inputs.of(entities.source))
    job = Job(source, reader.target("entities"))
    (counts,) = reader.read([job], read)
    refuse_odd(job.source, counts, rules)
    # An entity can stand in a dump twice.
    return Files([job.target], {"read": {job.source.name: counts_of(counts)}}, Table.distinct)


def refuse_odd(source: Path, counts: EntityCounts, rules: Rules) -> None:
    """Raise InputError where too many entities are not understood: others may be misunderstood."""
    odd = sum(counts.not_understood.values())
    if odd > rules.odd_entities_most and odd > rules.odd_entities_share * counts.entities:
        raise InputError(
            source,
            f"{odd:,} of {counts.entities:,} entities are not understood, expected at most "
            f"{rules.odd_entities_most:,} or {rules.odd_entities_share:.2%}; the first are "
            f"{'; '.join(counts.examples[:_TOLD])}",
            advice="look at these lines; the rule odd_entities_share lets more of them be dropped",
        )


ITEM_CLAIMS = _reading_asset(
    "item_claims",
    "Read from the entities of Wikidata: statements of the best rank.",
    partial(_entities, ITEMS, read_item_claims),
)
DEPICTS = _reading_asset(
    "depicts",
    "Read from the structured data of Commons: statements of every rank but deprecated.",
    partial(_entities, MEDIAINFO, read_depicts),
)
