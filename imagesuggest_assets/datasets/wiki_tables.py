"""The SQL tables of the wikis, read together: a wiki is read whole, or no row of it (SPEC.md
section 8).

How the files are read is known in resources/sources; which ones are read, in the manifest.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import dagster as dg
from ibis import Table

from graph.arrow import schema_of
from graph.declared import MANIFEST
from graph.manifest import UNREADABLE
from graph.reading import TablesRead
from imagesuggest_assets.catalog.asset import CATALOG, dataset_spec
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.datasets.dump_tables import Reader
from imagesuggest_assets.datasets.wiki_files import read_table_or_tell
from imagesuggest_assets.snapshots.manifest import unreadable
from resources.dumps import DumpsResource
from resources.engine import EngineResource
from resources.errors import InputError
from resources.io_manager import Files, Kept, LakeResource
from resources.progress import Progress
from resources.sources.dumps import COMMONS, OPTIONAL_COMMONS_TABLES
from resources.sources.hive.layout import HiveTables
from resources.sources.hive.place import parts_of
from resources.sources.hive.wikis import WikiTables
from resources.sources.mediawiki import TABLES
from resources.sources.parquet import write_parquet
from resources.sources.reading import Job, wiki_of

NAMES = {f"mediawiki_{table}": table for table in TABLES}
"""The datasets mediawiki_page, mediawiki_page_props, …: one a table of the wikis."""


def read_tables(reader: Reader, tables: Sequence[str], without: Mapping[str, str]) -> TablesRead:
    """Read these tables of all wikis of the manifest but those ``without`` which it is read.

    Raises InputError where a file can not be read and no wiki would be left, or it is Commons'.
    """
    found = TablesRead()
    jobs: list[Job] = []
    targets = [wiki for wiki in reader.inputs.wikis if wiki not in without]
    for wiki in (COMMONS, *targets):
        files = [file for file in reader.inputs.of(wiki) if file.table in tables]
        try:
            sources = reader.files(files)
        except InputError as error:
            found.failed[wiki] = [error]
            continue
        jobs += [
            Job(source, reader.target(f"{wiki}-{file.table}"), file.table, (("wiki_db", wiki),))
            for file, source in zip(files, sources, strict=True)
        ]
    if COMMONS in found.failed:
        raise found.failed[COMMONS][0]
    for job, (written, told) in zip(jobs, reader.read(jobs, read_table_or_tell), strict=True):
        found.add(job.what, wiki_of(job), written, told)
    found.raise_if_none_is_left(targets)
    for job in jobs:
        if wiki_of(job) in found.failed:
            job.target.unlink(missing_ok=True)
    return found


@dg.multi_asset(
    name="mediawiki_tables",
    specs=[
        dataset_spec(
            name,
            f"Read from `<wiki>-<date>-{table}.sql.gz`, or from the Data Lake's table, as it is "
            "there but for names. A wiki of which any table of its dump can not be read is in none "
            "of them.",
            kinds=("sql", "python"),
            deps=[MANIFEST],
            code_version="2",
        )
        for name, table in NAMES.items()
    ],
    partitions_def=SNAPSHOTS,
    can_subset=True,
)
def mediawiki_tables(
    context: dg.AssetExecutionContext,
    dumps: DumpsResource,
    lake: LakeResource,
    engine: EngineResource,
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[Kept]]:
    """Read the tables of all wikis, or some of them."""
    started = time.perf_counter()
    reader = Reader(context, dumps, lake, engine, progress)
    selected = {key.path[-1] for key in context.selected_asset_keys}
    names = [name for name in NAMES if name in selected]
    if reader.tables:
        yield from _of_tables(reader, reader.tables, names)
        return
    # What other tables of the lake do not have can not come back in some of them.
    without = {} if len(names) == len(NAMES) else unreadable(lake.get(), context.partition_key)
    read = read_tables(reader, [NAMES[name] for name in names], without)
    if read.failed and len(names) < len(NAMES):
        # Nor be taken out of them.
        raise next(iter(read.failed.values()))[0]
    lost = {**without, **read.lost()}
    for wiki, why in lost.items():
        context.log.warning(f"{wiki} is left out of the snapshot: {why}")
    for name in names:
        of_wiki = read.of(NAMES[name])
        details: dict[str, object] = {"read": {wiki: each for wiki, (_, each) in of_wiki.items()}}
        if NAMES[name] in OPTIONAL_COMMONS_TABLES and COMMONS not in of_wiki:
            details["absent"] = f"{COMMONS} {NAMES[name]}"
        if left_out := [*reader.inputs.left_out, *lost]:
            details["wikis left out"] = ", ".join(left_out)
        if lost:
            details[UNREADABLE] = lost
        targets = [written for written, _ in of_wiki.values()] or [_empty(reader, name)]
        kept = CATALOG.kept(name, Files(targets, details), started)
        yield dg.MaterializeResult(name, value=kept)


def _of_tables(
    reader: Reader, tables: HiveTables, names: Sequence[str]
) -> Iterator[dg.MaterializeResult[Kept]]:
    """Give what Spark is to compute of the Data Lake's tables, when each is written."""
    snapshots: dict[str, dict[str, list[str]]] = {}
    paths: dict[str, list[str]] = {}
    files = [file for wiki in (COMMONS, *reader.inputs.wikis) for file in reader.inputs.of(wiki)]
    for file, path in zip(files, reader.partitions(tables, files), strict=True):
        of_table = snapshots.setdefault(file.table, {})
        of_table.setdefault(parts_of(path)[1]["snapshot"], []).append(file.source)
        paths.setdefault(file.table, []).append(path)
    wikis = WikiTables(tables, snapshots)
    for name in names:
        started = time.perf_counter()
        table = NAMES[name]
        details: dict[str, object] = {"read": paths.get(table, [])}
        if table in OPTIONAL_COMMONS_TABLES and not reader.inputs.file(COMMONS, table):
            details["absent"] = f"{COMMONS} {table}"
        if table == "image" and (own := wikis.without_image()):
            details["taken from pages of files"] = ", ".join(own)
        if reader.inputs.left_out:
            details["wikis left out"] = ", ".join(reader.inputs.left_out)
        frame = wikis.frame(table)
        content: Table | Files = Files([_empty(reader, name)])
        if frame is not None:
            # What rows are chosen by is not kept.
            content = reader.table(frame)
        kept = replace(CATALOG.kept(name, content, started), details=details)
        yield dg.MaterializeResult(name, value=kept)


def _empty(reader: Reader, name: str) -> Path:
    target = reader.target(f"{name}-empty")
    write_parquet([], schema_of(DATASETS[name]), target, {})
    return target
