"""The graph of all assets and checks, and runs of a few assets made up for a test."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq

from asset_checks.contracts import CONTRACTS
from asset_checks.input_tables import INPUT_CHECKS
from graph.steps import in_steps
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.definitions import MODULES
from imagesuggest_assets.rules import Rules
from resources.dagster_internals import BaseAssetGraph
from resources.engine import EngineResource
from resources.io_manager import Files, Kept, LakeIOManager, LakeResource
from resources.spark import spark_resource
from tests.asset_checks.declared import Row, as_table
from tests.asset_checks.partitions import SNAPSHOT


def whole_graph() -> BaseAssetGraph:
    """Every asset with its checks; nothing is started."""
    definitions = dg.Definitions(
        assets=dg.load_assets_from_modules(MODULES),
        asset_checks=in_steps([*CONTRACTS, *INPUT_CHECKS]),
        resources={
            **dict.fromkeys(("dumps", "progress", "store", "search")),
            **_resources(Path("nowhere")),
        },
    )
    return definitions.resolve_asset_graph()


def step_of(name: str, check: str) -> dg.AssetChecksDefinition:
    """A step with nothing but the check of that name on a dataset."""
    key = dg.AssetCheckKey(dg.AssetKey(name), check)
    (step,) = in_steps(each for each in (*CONTRACTS, *INPUT_CHECKS) if each.spec.key == key)
    return step


def made_up(
    name: str, rows: Sequence[Row], *, computed: list[str], after: Sequence[str] = ()
) -> dg.AssetsDefinition:
    """Make an asset that is kept with these rows; ``computed`` gets its name when it runs."""

    @dg.asset(name=name, partitions_def=SNAPSHOTS, io_manager_key="io_manager", deps=after)
    def asset(lake: LakeResource) -> Kept:
        computed.append(name)
        file = lake.get().scratch.new("rows").with_suffix(".parquet")
        pq.write_table(as_table(DATASETS[name], rows), file)
        return Kept(Files([file]))

    return asset


def materialize(
    instance: dg.DagsterInstance,
    folder: Path,
    assets: Sequence[dg.AssetsDefinition | dg.AssetChecksDefinition],
    selection: dg.AssetSelection | None = None,
) -> dg.ExecuteInProcessResult:
    """Run assets and checks on DuckDB, or some of them, with the lake in ``folder``."""
    instance.add_dynamic_partitions(str(SNAPSHOTS.name), [SNAPSHOT])
    return dg.materialize(
        assets,
        instance=instance,
        resources=_resources(folder),
        partition_key=SNAPSHOT,
        raise_on_error=False,
        selection=selection,
    )


def _resources(folder: Path) -> dict[str, Any]:
    lake = LakeResource(path=str(folder))
    engine = EngineResource(kind="duckdb", memory="1GB", spark=spark_resource("1GB", {}))
    return {
        "lake": lake,
        "engine": engine,
        "io_manager": LakeIOManager(lake=lake, engine=engine),
        "rules": Rules(),
    }
