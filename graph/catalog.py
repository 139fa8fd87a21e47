"""What makes a function of tables an asset of its declared dataset. No rule is here."""

import dataclasses
import functools
import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg
from ibis import Table

from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.measures import MEASURES
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.catalog.schema import Dataset
from resources.io_manager import Describe, Files, Kept, Measure, Selection

CODE_VERSION = "1"
OWNERS = ["team:image-suggestions"]
IO_MANAGER = "io_manager"
_DAGSTER_TYPES = {"int64": "int64", "timestamp('UTC')": "timestamp"}


def dataset_asset(
    *,
    describe: Describe | None = None,
    code_version: str = CODE_VERSION,
    kinds: tuple[str, ...] = ("ibis",),
    deps: Sequence[str] = (),
    recorded: Mapping[str, Measure] | None = None,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Make an asset of the function that computes the dataset of the same name.

    The function takes the datasets it is computed from as Ibis tables, by name, and gives a
    Table, a Selection or Files with at least the declared columns; ``deps`` are datasets that it
    needs and reads by itself. ``recorded`` is what is counted of it beside MEASURES, for whoever
    judges it without reading it again. Change ``code_version`` when the function comes to give
    other rows for the same inputs.
    """

    def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
        dataset = DATASETS[function.__name__]

        @functools.wraps(function)
        def compute(*arguments: Any, **inputs: Any) -> Kept:
            started = time.perf_counter()
            content = conform(dataset, function(*arguments, **inputs))
            rules = inputs.get("rules")
            used = rules.settings() if rules is not None else None
            measures = {**MEASURES.get(dataset.name, {}), **(recorded or {})}
            return Kept(content, describe, used, started, measures)

        # Dagster reads types here; what the asset gives is not what the function gives.
        compute.__annotations__ = {**function.__annotations__, "return": Kept}
        compute.__signature__ = inspect.signature(function).replace(  # type: ignore[attr-defined]
            return_annotation=Kept
        )
        says = inspect.cleandoc(function.__doc__ or "")
        return dg.asset(
            name=dataset.name,
            partitions_def=SNAPSHOTS,
            io_manager_key=IO_MANAGER,
            deps=deps,
            **_declared(dataset, says, kinds, code_version),
        )(compute)

    return decorate


def dataset_spec(
    name: str,
    says: str,
    *,
    kinds: tuple[str, ...],
    deps: Sequence[str],
    code_version: str = CODE_VERSION,
) -> dg.AssetSpec:
    """Declare a dataset to Dagster as one of several that are computed together.

    ``says`` is how; else as for dataset_asset. What is computed is given as Kept.
    """
    declared = _declared(DATASETS[name], says, kinds, code_version)
    return dg.AssetSpec(name, deps=deps, **declared).with_io_manager_key(IO_MANAGER)


def _declared(
    dataset: Dataset, says: str, kinds: tuple[str, ...], code_version: str
) -> dict[str, Any]:
    """Give what Dagster is told of a dataset, however it is computed."""
    return {
        "group_name": dataset.group,
        "description": f"{dataset.meaning}\n\n{says}".strip(),
        "owners": OWNERS,
        "kinds": {*kinds, "parquet"},
        "code_version": code_version,
        "metadata": {"dagster/column_schema": column_schema(dataset)},
    }


def conform(dataset: Dataset, content: Table | Selection | Files) -> Table | Selection | Files:
    """Bring rows to the declared columns, in order and of the declared types."""

    def columns_of(table: Table) -> Table:
        missing = [name for name in dataset.column_names if name not in table.columns]
        if missing:
            raise ValueError(f"{dataset.name}: the column {missing[0]} was not computed")
        return table.select(
            **{column.name: table[column.name].cast(column.type) for column in dataset.columns}
        )

    if isinstance(content, Selection):
        finish = content.finish
        return Selection(
            content.rows,
            content.conditions,
            lambda rows: columns_of(finish(rows)),
            content.staged,
        )
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
        return content.finish(held.drop(*content.conditions))
    if isinstance(content, Files):
        raise TypeError("files are read by an engine, not here")
    return content
