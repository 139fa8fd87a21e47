"""The inputs as the dumps have them: SQL tables by wiki, entities and feedback. No rule here.

How the files are read is known in resources/sources; which ones are read, in the manifest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TypeVar

import dagster as dg
import pyarrow as pa
from ibis import Table

from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.inputs import FEEDBACK_FILES
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.green_lights import InputFile
from imagesuggest_assets.snapshots.manifest import MANIFEST, inputs_of, local_files
from imagesuggest_assets.snapshots.sources import FEEDBACK_EVENTS
from resources.dumps import DumpsResource
from resources.errors import InputError
from resources.io_manager import Files, LakeResource
from resources.progress import Progress
from resources.sources.dumps import COMMONS, ITEMS, MEDIAINFO, Entities
from resources.sources.entities import Depicts, EntityCounts, ItemClaims
from resources.sources.feedback import Feedback, FeedbackCounts
from resources.sources.mediawiki import TABLES
from resources.sources.parquet import write_parquet
from resources.sources.places import Wanted
from resources.sources.reading import Job, OnBytes, read_all
from resources.sources.sql_dump import SqlDump

T = TypeVar("T")
_TOLD = 3

Counts = Mapping[str, object]
"""What a reader counted in a file, by what it counted."""


def read_table(job: Job, on_bytes: OnBytes) -> Counts:
    """Read the SQL file of one table of one wiki; give what was counted."""
    table = TABLES[job.what]
    dump = SqlDump(job.source, table, on_bytes)
    columns = [
        column.name
        for column in DATASETS[f"mediawiki_{table.name}"].columns
        if column.name != "wiki_db"
    ]
    schema = pa.schema([(column.name, column.type) for column in table.columns])
    schema = pa.schema([schema.field(name) for name in columns])
    batches = (batch.select(columns) for batch in dump)
    write_parquet(batches, schema, job.target, dict(job.extra))
    counts = dump.counts
    return {
        "rows in the dump": counts.rows,
        "rows kept": counts.kept,
        "bytes of SQL": counts.sql_bytes,
        "values that are not UTF-8": counts.not_utf8,
    }


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
        progress: Progress,
    ) -> None:
        self.asset = context.asset_key.path[-1]
        self.dumps = dumps.get()
        self.inputs = inputs_of(lake.get(), context.partition_key)
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

    def tables(self, table: str, wikis: Sequence[str], *, optional: Sequence[str] = ()) -> Files:
        """Read a table of several wikis; for the ``optional`` ones it may be absent."""
        found = {wiki: self.inputs.file(wiki, table) for wiki in (*wikis, *optional)}
        files = {wiki: file for wiki, file in found.items() if file is not None}
        absent = [f"{wiki} {table}" for wiki in found if wiki not in files]
        sources = self.files(list(files.values()))
        jobs = [
            Job(source, self.target(wiki), table, (("wiki_db", wiki),))
            for wiki, source in zip(files, sources, strict=True)
        ]
        counts = self.read(jobs, read_table)
        targets = [job.target for job in jobs] or [self._empty(table)]
        return Files(targets, self._details(dict(zip(files, counts, strict=True)), absent))

    def _empty(self, table: str) -> Path:
        schema = pa.schema(
            [
                (column.name, pa.int64() if column.type == "int64" else pa.string())
                for column in DATASETS[f"mediawiki_{table}"].columns
            ]
        )
        target = self.target("empty")
        write_parquet([], schema, target, {})
        return target

    def _details(self, counts: dict[str, Counts], absent: list[str]) -> dict[str, object]:
        details: dict[str, object] = {"read": counts}
        if absent:
            details["absent"] = ", ".join(absent)
        if self.inputs.left_out:
            details["wikis left out"] = ", ".join(self.inputs.left_out)
        return details


def _reading_asset(
    name: str,
    kind: str,
    says: str,
    read: Callable[[Reader, Rules], Files],
    deps: Sequence[str] = (),
) -> dg.AssetsDefinition:
    def asset(
        context: dg.AssetExecutionContext,
        dumps: DumpsResource,
        lake: LakeResource,
        rules: Rules,
        progress: dg.ResourceParam[Progress],
    ) -> Files:
        return read(Reader(context, dumps, lake, progress), rules)

    asset.__name__, asset.__doc__ = name, says
    reading = dataset_asset(kinds=(kind, "python"), deps=[MANIFEST, *deps], code_version="2")
    return reading(asset)


def _table(table: str, reader: Reader, _: Rules) -> Files:
    wikis = reader.inputs.wikis
    if table == "categorylinks":
        return reader.tables(table, [COMMONS])
    if table in ("category", "redirect"):
        return reader.tables(table, [], optional=[COMMONS])
    if table == "image":
        return reader.tables(table, wikis, optional=[COMMONS])
    if table in ("page", "linktarget"):
        return reader.tables(table, [*wikis, COMMONS])
    return reader.tables(table, wikis)


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


def _feedback(reader: Reader, _: Rules) -> Files:
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


MEDIAWIKI_TABLES = [
    _reading_asset(
        f"mediawiki_{table}",
        "sql",
        f"Read from `<wiki>-<date>-{table}.sql.gz`, as the dump has it but for names.",
        partial(_table, table),
    )
    for table in TABLES
]
"""The assets mediawiki_page, mediawiki_page_props, …: one a table of the wikis."""

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
