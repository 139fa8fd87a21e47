"""The inputs as dumps or the Data Lake's tables have them: entities, and what reads any of them. No
rule here.

SQL tables are in wiki_tables.py, feedback is in feedback.py. How the files are read is known in
resources/sources; which ones are read, in the manifest.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
from ibis import Table

from graph.declared import MANIFEST
from graph.green_lights import InputFile
from graph.reading import FileReader
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.manifest import chosen_inputs
from resources.dumps import DumpsResource
from resources.engine import EngineResource, SparkEngine
from resources.errors import InputError
from resources.io_manager import Files, LakeResource
from resources.lake_paths import LakePath
from resources.progress import Progress
from resources.sources.dumps import ITEMS, MEDIAINFO, Entities
from resources.sources.entities import Depicts, EntityCounts, ItemClaims
from resources.sources.feedback import FeedbackCounts
from resources.sources.hive import entities as hive
from resources.sources.hive.layout import HiveTables
from resources.sources.parquet import write_parquet
from resources.sources.places import Wanted
from resources.sources.reading import Counts, Job, OnBytes

_TOLD = 3


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


class Reader(FileReader):
    """Reads dumps, or the tables of a catalog; ``tables`` is None where inputs are dumps."""

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        dumps: DumpsResource,
        lake: LakeResource,
        engine: EngineResource,
        progress: Progress,
    ) -> None:
        inputs = chosen_inputs(lake.get(), context.partition_key)
        asset = context.op_execution_context.op.name
        super().__init__(asset, inputs, dumps, lake.get(), engine, progress)
        self.tables = dumps.tables

    def partitions(self, tables: HiveTables, files: Sequence[InputFile]) -> list[str]:
        """Give the paths of partitions of the manifest.

        Raises InputError where one is another than when the manifest was written.
        """
        wanted = [Wanted(file.path, file.bytes, file.version) for file in files]
        # What is remembered is what the manifest saw.
        tables.place.forget()
        tables.place.fingerprints(wanted, lambda _: None)
        return [file.path for file in files]

    def table(self, frame: Any) -> Table:
        """Give a DataFrame of Spark as a table. Raises UserError where Spark is not the engine."""
        return self.engine.on_spark(self.lake.scratch.path).table(frame)

    def staged(self, frame: Any) -> tuple[list[LakePath], list[str]]:
        """See staged()."""
        engine = self.engine.on_spark(self.lake.scratch.path)
        return staged(engine, frame, self.lake.aside(self.asset, shared=engine.far))


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
    if reader.tables:
        return _entities_of(entities, reader, reader.tables, rules)
    (source,) = reader.files(reader.inputs.of(entities.source))
    job = Job(source, reader.target("entities"))
    ((written, counts),) = reader.read([job], read)
    refuse_odd(job.source, counts, rules)
    # An entity can stand in a dump twice.
    return Files([written], {"read": {job.source.name: counts_of(counts)}}, Table.distinct)


def _entities_of(entities: Entities, reader: Reader, tables: HiveTables, rules: Rules) -> Files:
    (path,) = reader.partitions(tables, reader.inputs.of(entities.source))
    read = hive.item_claims if entities is ITEMS else hive.depicts
    files, told = reader.staged(read(tables, path))
    counts = hive.counts_of_all(told)
    hive.add_entities(counts, hive.counts_by_type(tables, path), entities)
    refuse_odd(path, counts, rules)

    def finish(rows: Table) -> Table:
        return without_counted(rows).distinct()

    return Files(files, {"read": {path: counts_of(counts)}}, finish)


def staged(engine: SparkEngine, frame: Any, aside: LakePath) -> tuple[list[LakePath], list[str]]:
    """Compute a DataFrame that has the column COUNTED into files in a new folder; give them, and
    what was counted.
    """
    engine.write(engine.table(frame), aside)
    files: list[LakePath] = sorted(aside.glob("*.parquet"))
    rows = engine.read(files)
    told = engine.rows(rows.filter(rows[hive.COUNTED].notnull()).select(hive.COUNTED))
    return files, [row[hive.COUNTED] for row in told]


def without_counted(rows: Table) -> Table:
    """Give what was read of a table without what was counted meanwhile."""
    return rows.filter(rows[hive.COUNTED].isnull()).drop(hive.COUNTED)


def refuse_odd(source: Path | str, counts: EntityCounts, rules: Rules) -> None:
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
