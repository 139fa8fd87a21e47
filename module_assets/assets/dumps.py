"""The tables of the dumps, read together: a wiki is read whole, or no row of it.

How files are read is known in `reading`; which ones are read, in the manifest.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pyarrow as pa
from ibis import Table

from graph.arrow import schema_of
from graph.declared import MANIFEST
from graph.manifest import UNREADABLE
from graph.reading import FileReader, TablesRead
from module_assets.catalog.asset import CATALOG, SNAPSHOTS, dataset_spec
from module_assets.catalog.datasets import DATASETS
from module_assets.catalog.dump_tables import SOURCES
from module_assets.datasets import inputs
from module_assets.reading.jobs import NO_IDS, Sources
from module_assets.reading.links import page_ids_of
from module_assets.reading.readers import READERS, VIEWS, job_of, read_or_tell
from module_assets.reading.sites import hosts_of
from module_assets.reading.tables import TABLES
from module_assets.snapshots.dumps import ModuleDumpsResource
from module_assets.snapshots.manifest import chosen_inputs
from resources.engine import EngineResource
from resources.errors import InputError
from resources.io_manager import Files, Kept, LakeResource
from resources.lake_paths import LakePath
from resources.progress import Progress
from resources.sources.module_dumps import PAGEVIEWS
from resources.sources.parquet import write_parquet
from resources.sources.reading import Job, wiki_of

TEXT = "module_text"
KNOWN = "known_sources"
EXPORTED = "exported_modules"
NAMES = (*TABLES, TEXT, KNOWN)
_SAYS = {
    EXPORTED: "Read from the export by its index: only the streams that hold a module are "
    "decompressed.",
    TEXT: "Read from the export.",
    KNOWN: "Of what the manifest names.",
}
_FINISHED: dict[str, Callable[[Table], Table]] = {
    EXPORTED: lambda rows: rows.drop("text"),
    TEXT: inputs.module_text,
}
"""What is made of the files of these; those of the others are kept as they are."""


def read_tables(reader: FileReader) -> TablesRead:
    """Read all tables of all wikis of the manifest, and then what is of all wikis, which every
    wiki can be without.

    Raises InputError where no wiki would be left.
    """
    found = TablesRead()
    sources: dict[str, Sources] = {}
    for wiki in reader.inputs.wikis:
        files = reader.inputs.of(wiki)
        try:
            there = zip((file.table for file in files), reader.files(files), strict=True)
            sources[wiki] = Sources(dict(there))
        except InputError as error:
            found.failed[wiki] = [error]
    _read(reader, [name for name, each in READERS.items() if not each.of_modules], sources, found)
    exported = found.of(EXPORTED)
    of_modules = {
        wiki: replace(each, page_ids=page_ids_of(exported[wiki][0]) if wiki in exported else NO_IDS)
        for wiki, each in sources.items()
        if wiki not in found.failed
    }
    _read(reader, [name for name, each in READERS.items() if each.of_modules], of_modules, found)
    found.raise_if_none_is_left(reader.inputs.wikis)
    _read_views(reader, found)
    return found


def _read(
    reader: FileReader, tables: Sequence[str], wikis: Mapping[str, Sources], found: TablesRead
) -> None:
    jobs = [
        replace(job, what=(table, job.what))
        for wiki, sources in wikis.items()
        for table in tables
        if (job := job_of(table, wiki, sources, reader.target(f"{wiki}-{table}")))
    ]
    for job, (written, told) in zip(jobs, reader.read(jobs, read_or_tell), strict=True):
        found.add(job.what[0], wiki_of(job), written, told)


def _read_views(reader: FileReader, found: TablesRead) -> None:
    for source in reader.files(reader.inputs.of(PAGEVIEWS)):
        hosts = hosts_of([written for written, _ in found.of("wiki_sites").values()])
        job = Job(source, reader.target(VIEWS), (VIEWS, hosts))
        ((written, told),) = reader.read([job], read_or_tell)
        found.add(VIEWS, PAGEVIEWS, written, told)


@dg.multi_asset(
    name="modules_dump_tables",
    specs=[
        dataset_spec(
            name,
            _SAYS.get(name, "Read from the dumps."),
            kinds=("python",),
            deps=[MANIFEST],
            code_version="2",
        )
        for name in NAMES
    ],
    partitions_def=SNAPSHOTS,
)
def dump_tables(
    context: dg.AssetExecutionContext,
    dumps: ModuleDumpsResource,
    lake: LakeResource,
    engine: EngineResource,
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[Kept]]:
    """Read the tables of all wikis. One of which any file can not be read is in none of them; where
    it is the month of views, they are of no wiki.
    """
    started = time.perf_counter()
    here = lake.get()
    chosen = chosen_inputs(here, context.partition_key)
    reader = FileReader("dump_tables", chosen, dumps, here, engine, progress)
    read = read_tables(reader)
    lost = read.lost()
    for source, why in lost.items():
        context.log.warning(f"{source} is left out of the snapshot: {why}")
    without_views = {PAGEVIEWS: lost.pop(PAGEVIEWS)} if PAGEVIEWS in lost else {}
    for name in NAMES:
        of_table = read.of(EXPORTED if name == TEXT else name)
        details: dict[str, object] = {"read": {wiki: each for wiki, (_, each) in of_table.items()}}
        absent = [wiki for wiki in chosen.wikis if wiki not in {*of_table, *lost}]
        if absent and name not in (KNOWN, VIEWS):
            details["not there"] = ", ".join(absent)
        if lost:
            details[UNREADABLE] = lost
        if name == VIEWS and without_views:
            details[UNREADABLE] = lost | without_views
        if name == KNOWN:
            files: list[LakePath] = [_known(reader, {*lost, *without_views})]
            details.pop("read")
        else:
            files = [written for written, _ in of_table.values()] or [_empty(reader, name)]
        content = Files(files, details, _FINISHED.get(name))
        yield dg.MaterializeResult(CATALOG.key(name), value=CATALOG.kept(name, content, started))


def _known(reader: FileReader, without: Collection[str]) -> Path:
    """Write which of the inputs that a wiki can be without were there."""
    views = bool(reader.inputs.of(PAGEVIEWS)) and PAGEVIEWS not in without
    rows = [
        {"wiki_db": wiki, "source": source}
        for wiki in reader.inputs.wikis
        if wiki not in without
        for source in SOURCES
        if (views and source == PAGEVIEWS)
        or any(file.table.partition(" ")[0] == source for file in reader.inputs.of(wiki))
    ]
    schema = schema_of(DATASETS[KNOWN])
    target = reader.target(KNOWN)
    write_parquet(pa.Table.from_pylist(rows, schema).to_batches(), schema, target, {})
    return target


def _empty(reader: FileReader, name: str) -> Path:
    target = reader.target(f"{name}-empty")
    write_parquet([], TABLES[EXPORTED if name == TEXT else name], target, {})
    return target
