"""Between the graph and the lake: what assets give is kept there, what they take is read there."""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import ibis
import pyarrow.parquet as pq
from ibis import Table
from pydantic import Field, PrivateAttr

from resources.engine import Engine, EngineResource
from resources.errors import UserError
from resources.instance import process_tag
from resources.lake import Lake, parquet_rows
from resources.lake_paths import LakePath, readable, size_of
from resources.storage import storage_at
from resources.turns import turn
from resources.versions import Statistics

PREVIEW_ROWS = 5
_MARKUP = re.compile(r"""[]!"#$%&'*+/;<=>?@[\\^`{|}~]|_(?![^\W_])|(?<![^\W_])_|(?<=www)\.""")
WIKI_COLUMNS = ("wiki_db", "wikiid", "wiki")
_PARTITION_TAG = "dagster/partition"
MADE_OF = "made of"
"""In the details of a partition's statistics: a text that is another when it was made of others."""

Describe = Callable[[Callable[[Table], list[dict[str, Any]]], Table, Statistics], dict[str, Any]]
"""From a way to compute small tables, the kept table and its statistics, to Dagster metadata."""

Measure = Callable[[Table], Table]
"""Counts the rows of a dataset: gives columns wiki_db and name (both text) and count."""


@dataclass(frozen=True)
class Selection:
    """Rows with one boolean column for each named condition that takes a row out.

    ``finish`` makes the dataset of the rows for which no condition holds; the rows that each
    condition took out are counted, by wiki where rows have one. They are computed twice for that,
    which is cheaper than to keep them aside where they are many and easily made. Without ``finish``
    rows are the dataset as they are, and computed once; what is counted is counted of all wikis.
    """

    rows: Table
    conditions: tuple[str, ...]
    finish: Callable[[Table], Table] | None = None


@dataclass(frozen=True)
class Files:
    """Parquet files that were written by a reader, and what it has to say about them.

    Without ``finish`` they are the partition as they are, or its rows where they are at an address;
    with it they are what the partition is computed from, together with ``others``, each of which
    ``finish`` gets by its name.
    """

    files: Sequence[LakePath]
    details: dict[str, object] = field(default_factory=dict)
    finish: Callable[..., Table] | None = None
    others: Mapping[str, Sequence[LakePath]] = field(default_factory=dict)

    @property
    def are_it(self) -> bool:
        """Tell whether they need only be moved to be the partition."""
        return self.finish is None and all(isinstance(file, Path) for file in self.files)


@dataclass(frozen=True)
class Kept:
    """What is to be kept, how it was made and since when, how it is counted and described."""

    content: Table | Selection | Files
    describe: Describe | None = None
    rules: dict[str, Any] | None = None
    started: float = field(default_factory=time.perf_counter)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)


class LakeResource(dg.ConfigurableResource):
    """The folder that datasets are kept in.

    Every run of a snapshot has it, and so waits until no other works on the snapshot there.
    """

    path: str = Field(description="The lake's folder, or its address; made when it is not there.")
    scratch: str = Field(
        default="",
        description="A folder of this machine for what is half-written. Empty: one in the lake, "
        "or the machine's temporary folder where the lake is at an address.",
    )
    _lake: Lake | None = PrivateAttr(default=None)
    _turn: AbstractContextManager[None] | None = PrivateAttr(default=None)
    _end: ExitStack = PrivateAttr(default_factory=ExitStack)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Let it be known in which process a run of a snapshot is, and on whose turn it waits."""
        run = context.run
        snapshot = run.tags.get(_PARTITION_TAG) if run else None
        if run and snapshot and context.log and context.instance:
            context.instance.add_run_tags(run.run_id, process_tag())
            self._turn = turn(storage_at(self.path), snapshot, run.run_id, context.log.warning)

    def get(self) -> Lake:
        """Give the lake, the same one during a run, which waits for its turn here."""
        if self._lake is None:
            if self._turn is not None:
                self._end.enter_context(self._turn)
            self._lake = Lake(self.path, self.scratch)
        return self._lake

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Remove what was kept aside, and let the next run have its turn."""
        if self._lake is not None:
            self._lake.close()
            self._lake = None
        self._end.close()


class LakeIOManager(dg.ConfigurableIOManager):
    """Keeps a Table, a Selection or Files as the partition of the asset; gives Tables."""

    lake: LakeResource
    engine: EngineResource
    inputs: str = Field(
        default="",
        description="The dataset that says what a snapshot is made of; a partition that was made "
        "of something else is not read.",
    )

    def _engine(self) -> Engine:
        return self.engine.get(self.lake.get().scratch.path)

    def load_input(self, context: dg.InputContext) -> Table:
        """Read the partition of the asset upstream."""
        dataset, snapshot = context.asset_key.path[-1], context.asset_partition_key
        refuse_mixed(self.lake.get(), self.inputs, snapshot, [dataset])
        return self._engine().read(self.lake.get().files(dataset, snapshot))

    def handle_output(self, context: dg.OutputContext, obj: Kept) -> None:
        """Compute, write, count, describe, and only then put the partition in its place."""
        dataset, snapshot = context.asset_key.path[-1], context.asset_partition_key
        lake, engine = self.lake.get(), self._engine()
        statistics = Statistics(rows=0, bytes=0, seconds=0, details=dict(obj.details))
        content = obj.content
        # What a reader wrote is here already.
        far = engine.far and not (isinstance(content, Files) and content.are_it)
        with lake.replacing(dataset, snapshot, statistics, shared=far) as folder:
            if isinstance(content, Files):
                statistics.details |= content.details
            if obj.rules is not None:
                statistics.details["rules"] = obj.rules
            if (made_of := _made_of(lake, self.inputs, snapshot)) and dataset != self.inputs:
                statistics.details[MADE_OF] = made_of
            if isinstance(content, Selection):
                _write_selection(engine, lake, dataset, content, folder, statistics)
            else:
                _write(engine, lake, content, folder)
            files, looking, table = count_written(engine, folder, statistics)
            for name, measure in obj.measures.items():
                counted = statistics.counts.setdefault(name, {})
                for row in looking.rows(measure(table)):
                    counted.setdefault(row["wiki_db"], {})[row["name"]] = row["count"]
            described = obj.describe(looking.rows, table, statistics) if obj.describe else {}
            statistics.seconds = time.perf_counter() - obj.started
            metadata = _metadata(statistics, files)
        context.add_output_metadata({**metadata, **described})


def refuse_mixed(lake: Lake, inputs: str, snapshot: str, datasets: Iterable[str]) -> None:
    """Raise UserError for a dataset that was made of something else than ``inputs`` says now.

    That is so when a run has begun with other files, and has not come to its end.
    """
    now = _made_of(lake, inputs, snapshot)
    for dataset in datasets:
        before = _made_of(lake, dataset, snapshot)
        if now and before and before != now:
            raise UserError(
                f"{dataset} of {snapshot} was made of other files than its {inputs} names now; "
                f"run the snapshot to its end, with `run --snapshot {snapshot}`"
            )


def _made_of(lake: Lake, dataset: str, snapshot: str) -> object:
    """Give what a partition was made of; None where that is not known."""
    if not dataset or not lake.has(dataset, snapshot):
        return None
    return lake.statistics(dataset, snapshot).details.get(MADE_OF)


def _write_selection(
    engine: Engine,
    lake: Lake,
    dataset: str,
    selection: Selection,
    folder: LakePath,
    statistics: Statistics,
) -> None:
    """Write the rows that are left, finished, and count what each condition takes out."""
    rows, before = selection.rows, ibis.literal(False)
    first: dict[str, ibis.Value] = {}
    for condition in selection.conditions:
        first[condition] = rows[condition] & ~before
        before = before | rows[condition]
    if selection.finish is None:
        of_all, aside = rows.mutate(**first), lake.aside(dataset, shared=engine.far)
        candidates, taken = engine.write_unflagged(of_all, selection.conditions, folder, aside)
        _note(statistics, "", candidates, taken)
        return
    counts = {condition: value.sum().fill_null(0) for condition, value in first.items()}
    wiki = [column for column in WIKI_COLUMNS if column in rows.columns]
    grouped = rows.group_by(wiki) if wiki else rows
    for each in engine.rows(grouped.agg(candidates=rows.count(), **counts)):
        name = each.pop(wiki[0]) if wiki else ""
        _note(statistics, name, each.pop("candidates"), each)
    engine.write(selection.finish(rows.filter(~before).drop(*selection.conditions)), folder)


def _note(statistics: Statistics, wiki: str, candidates: int, taken: Mapping[str, int]) -> None:
    statistics.candidates[wiki] = candidates
    for condition, rows in taken.items():
        statistics.taken_out.setdefault(condition, {})[wiki] = rows


def _write(engine: Engine, lake: Lake, obj: Table | Files, folder: LakePath) -> None:
    if isinstance(obj, Files) and obj.are_it:
        assert isinstance(folder, Path)  # noqa: S101 - for the type checker
        folder.mkdir()
        for file in obj.files:
            assert isinstance(file, Path)  # noqa: S101 - a reader writes on this machine
            file.rename(folder / file.name)
    elif isinstance(obj, Files):
        others = {
            name: engine.read(lake.reachable(files, far=engine.far))
            for name, files in obj.others.items()
        }
        read = engine.read(lake.reachable(obj.files, far=engine.far))
        engine.write(obj.finish(read, **others) if obj.finish else read, folder)
    else:
        engine.write(obj, folder)


def count_written(
    engine: Engine, folder: LakePath, statistics: Statistics
) -> tuple[list[LakePath], Engine, Table]:
    """Count what was written to a folder: rows, bytes, rows by wiki. Give its files, and a table of
    them with the engine that looks at it.
    """
    files: list[LakePath] = sorted(folder.glob("*.parquet"))
    statistics.rows = parquet_rows(files)
    statistics.bytes = sum(map(size_of, files))
    looking = engine.looking_at(files)
    table = looking.read(files)
    statistics.rows_by_wiki = _rows_by_wiki(looking, table)
    return files, looking, table


def _rows_by_wiki(engine: Engine, table: Table) -> dict[str, int]:
    for wiki in WIKI_COLUMNS:
        if wiki in table.columns:
            of_some = table.filter(table[wiki].notnull())
            counted = engine.rows(of_some.group_by(wiki).agg(rows=of_some.count()).order_by(wiki))
            return {row[wiki]: row["rows"] for row in counted}
    return {}


def _metadata(statistics: Statistics, files: list[LakePath]) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": statistics.rows,
        "bytes": statistics.bytes,
        "seconds": round(statistics.seconds, 3),
        "preview": dg.MetadataValue.md(_preview(files)),
    }
    if statistics.rows_by_wiki:
        metadata["rows by wiki"] = table_metadata(
            [{"wiki": wiki, "rows": rows} for wiki, rows in statistics.rows_by_wiki.items()]
        )
    if statistics.taken_out:
        metadata["taken out"] = table_metadata(
            [
                {"condition": condition, "rows": sum(by_wiki.values())}
                for condition, by_wiki in statistics.taken_out.items()
            ]
        )
    for name, value in statistics.details.items():
        metadata[name] = dg.MetadataValue.json(value) if isinstance(value, dict) else value
    return metadata


def table_metadata(rows: list[dict[str, Any]]) -> dg.TableMetadataValue:
    """Make what Dagster shows as a table of ``rows``, which have the same keys."""
    kinds = {bool: "bool", int: "int", float: "float"}
    columns = [
        dg.TableColumn(name, kinds.get(type(value), "string")) for name, value in rows[0].items()
    ]
    return dg.MetadataValue.table(
        [dg.TableRecord(row) for row in rows], schema=dg.TableSchema(columns)
    )


def _preview(files: list[LakePath]) -> str:
    """Write the first few rows as a Markdown table."""
    rows: list[dict[str, Any]] = []
    for file in files:
        with pq.ParquetFile(readable(file)) as parquet:
            names = parquet.schema_arrow.names
            batch = next(parquet.iter_batches(PREVIEW_ROWS), None)
        rows += batch.to_pylist() if batch is not None else []
        if len(rows) >= PREVIEW_ROWS:
            break
    cells = [names, *([row[name] for name in names] for row in rows[:PREVIEW_ROWS])]
    heading, *lines = (" | ".join(map(_cell, line)) for line in cells)
    rule = " | ".join(["---"] * len(names))
    return "\n".join(f"| {line} |" for line in (heading, rule, *lines))


def _cell(value: object) -> str:
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return escaped("" if value is None else str(value))


def escaped(text: str) -> str:
    """Write a text of others within Markdown, in one line: nothing in it is markup, a link or HTML,
    since nobody takes an entity for any of these."""
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", " ".join(text.split()))
