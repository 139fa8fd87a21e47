"""The datasets of one graph, and what makes a function of tables an asset of its declared dataset.

No dataset is declared here, and no rule is.
"""

import dataclasses
import functools
import inspect
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from ibis import Table

from graph.rules import GraphRules
from graph.schema import Dataset
from resources.io_manager import Describe, Files, Kept, Measure, Selection

CODE_VERSION = "1"
IO_MANAGER = "io_manager"
_DAGSTER_TYPES = {"int64": "int64", "timestamp('UTC')": "timestamp"}


@dataclass(frozen=True)
class Catalog:
    """All datasets of a graph by name, inputs first, and what Dagster is told alike of each.

    ``command`` is what people type to run the graph, ``measures`` what is counted of datasets, to
    be compared with other snapshots. ``prefix`` comes before the names of its assets, so that
    several graphs stand in one UI; in the lake datasets go by their names alone. ``others`` are the
    prefixes of the graphs that one without a prefix shares the UI with. ``wikis_in`` is a dataset
    in which every wiki of a snapshot has rows.
    """

    command: str
    datasets: Mapping[str, Dataset]
    snapshots: dg.DynamicPartitionsDefinition
    owners: Sequence[str]
    wikis_in: str
    measures: Mapping[str, Mapping[str, Measure]] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def has(self, run: dg.DagsterRun) -> bool:
        """Tell whether a run is of this graph: by what was selected of it, or by its job's name."""
        selected = {*(run.asset_selection or ())}
        selected |= {check.asset_key for check in run.asset_check_selection or ()}
        if selected:
            return all((*key.path[:-1],) == self.prefix for key in selected)
        return self.has_name(run.job_name)

    def has_name(self, name: str) -> bool:
        """Tell whether a job or sensor is of this graph: those of a graph with a prefix have it."""
        if self.prefix:
            return name.startswith(f"{self.prefix[0]}_")
        return not name.startswith(tuple(f"{other}_" for other in self.others))

    def key(self, name: str) -> dg.AssetKey:
        """Give the key of an asset."""
        return dg.AssetKey([*self.prefix, name])

    def keys(self, names: Iterable[str]) -> list[dg.AssetKey]:
        """Give the keys of assets."""
        return [self.key(name) for name in names]

    def asset(
        self,
        *,
        describe: Describe | None = None,
        code_version: str = CODE_VERSION,
        kinds: tuple[str, ...] = ("ibis",),
        deps: Sequence[str] = (),
        recorded: Mapping[str, Measure] | None = None,
    ) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
        """Make an asset of the function that computes the dataset of the same name.

        The function takes the datasets it is computed from as Ibis tables, by name, and gives a
        Table, a Selection or Files with at least the declared columns; ``deps`` are datasets that
        it needs and reads by itself. ``recorded`` is what is counted of it beside the measures, for
        whoever judges it without reading it again. Change ``code_version`` when the function comes
        to give other rows for the same inputs.
        """

        def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
            dataset = self.datasets[function.__name__]

            @functools.wraps(function)
            def compute(*arguments: Any, **inputs: Any) -> Kept:
                started = time.perf_counter()
                content = function(*arguments, **inputs)
                kept = self.kept(dataset.name, content, started, inputs.get("rules"))
                measures = {**kept.measures, **(recorded or {})}
                return dataclasses.replace(kept, describe=describe, measures=measures)

            # Dagster reads types here; what the asset gives is not what the function gives.
            compute.__annotations__ = {**function.__annotations__, "return": Kept}
            signature = inspect.signature(function)
            compute.__signature__ = signature.replace(  # type: ignore[attr-defined]
                return_annotation=Kept
            )
            taken = [name for name in signature.parameters if name in self.datasets]
            says = inspect.cleandoc(function.__doc__ or "")
            return dg.asset(
                key=self.key(dataset.name),
                ins={name: dg.AssetIn(key=self.key(name)) for name in taken},
                partitions_def=self.snapshots,
                io_manager_key=IO_MANAGER,
                deps=self.keys(deps),
                **self._declared(dataset, says, kinds, code_version),
            )(compute)

        return decorate

    def spec(
        self,
        name: str,
        says: str,
        *,
        kinds: tuple[str, ...],
        deps: Sequence[str],
        code_version: str = CODE_VERSION,
    ) -> dg.AssetSpec:
        """Declare a dataset to Dagster as one of several that are computed together.

        ``says`` is how; else as for asset(). What is computed is given as Kept.
        """
        declared = self._declared(self.datasets[name], says, kinds, code_version)
        spec = dg.AssetSpec(self.key(name), deps=self.keys(deps), **declared)
        return spec.with_io_manager_key(IO_MANAGER)

    def kept(
        self,
        name: str,
        content: Table | Selection | Files,
        started: float,
        rules: GraphRules | None = None,
    ) -> Kept:
        """Let what was computed of a dataset be kept as it is declared, and counted.

        ``started`` is when that began, by the performance counter; ``rules`` are those it went by.
        """
        used = rules.settings() if rules is not None else None
        measures = self.measures.get(name, {})
        return Kept(conform(self.datasets[name], content), None, used, started, measures)

    def _declared(
        self, dataset: Dataset, says: str, kinds: tuple[str, ...], code_version: str
    ) -> dict[str, Any]:
        """Give what Dagster is told of a dataset, however it is computed."""
        return {
            # Groups of one name of two graphs would be one in the UI.
            "group_name": "_".join([*self.prefix, dataset.group]),
            "description": f"{dataset.meaning}\n\n{says}".strip(),
            "owners": self.owners,
            "kinds": {*kinds, "parquet"},
            "code_version": code_version,
            "metadata": {"dagster/column_schema": column_schema(dataset)},
        }


def conform(dataset: Dataset, content: Table | Selection | Files) -> Table | Selection | Files:
    """Bring rows to the declared columns, in order and of the declared types."""

    def columns_of(table: Table, more: Sequence[str] = ()) -> Table:
        missing = [name for name in dataset.column_names if name not in table.columns]
        if missing:
            raise ValueError(f"{dataset.name}: the column {missing[0]} was not computed")
        return table.select(
            *more,
            **{column.name: table[column.name].cast(column.type) for column in dataset.columns},
        )

    if isinstance(content, Selection):
        if content.finish is None:
            rows = columns_of(content.rows, content.conditions)
            return dataclasses.replace(content, rows=rows)
        finish = content.finish
        return dataclasses.replace(content, finish=lambda rows: columns_of(finish(rows)))
    if isinstance(content, Files):
        prepare = content.finish
        if prepare is None:
            return content
        return dataclasses.replace(
            content, finish=lambda rows, **others: columns_of(prepare(rows, **others))
        )
    return columns_of(content)


def column_schema(dataset: Dataset) -> dg.TableSchema:
    """Declare a dataset's columns to Dagster."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                column.name,
                _DAGSTER_TYPES.get(column.type, column.type),
                column.meaning,
                dg.TableColumnConstraints(
                    nullable=column.nullable, unique=dataset.key == (column.name,)
                ),
            )
            for column in dataset.columns
        ],
        constraints=dg.TableConstraints([f"key: {', '.join(dataset.key)}"] if dataset.key else []),
    )


def table_of(kept: Kept) -> Table:
    """Give the rows that an asset asks to be kept, without keeping them; for tests and tools."""
    content = kept.content
    if isinstance(content, Selection):
        held = content.rows
        for condition in content.conditions:
            held = held.filter(~held[condition])
        left = held.drop(*content.conditions)
        return content.finish(left) if content.finish else left
    if isinstance(content, Files):
        raise TypeError("files are read by an engine, not here")
    return content
