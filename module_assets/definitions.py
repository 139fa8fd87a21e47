"""All of the module finder wired together. Importing it starts nothing."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from asset_checks.modules import MODULE_CHECKS
from graph.declared import MANIFEST
from graph.old_runs import old_runs_sensor
from graph.steps import in_steps
from module_assets.assets import code, dumps, tables
from module_assets.catalog.asset import CATALOG
from module_assets.old_data import old_data_sensor
from module_assets.paging import paging_sensor
from module_assets.publication import gate
from module_assets.rules import Rules
from module_assets.settings import Settings
from module_assets.snapshots import manifest
from module_assets.snapshots.dumps import ModuleDumpsResource
from module_assets.snapshots.jobs import JOBS
from module_assets.snapshots.sensors import complete_snapshots
from resources.engine import EngineResource
from resources.io_manager import LakeIOManager, LakeResource
from resources.progress import LoggedProgress
from resources.spark import spark_resource

MODULES = (manifest, dumps, tables, code, gate)
CHECKS = in_steps(MODULE_CHECKS)


def build_resources(settings: Settings) -> dict[str, Any]:
    """Make the resources that ``settings`` ask for; none of them starts before it is used."""
    lake = LakeResource(path=settings.lake, scratch=settings.scratch)
    spark = spark_resource(settings.memory, settings.spark, settings.lake)
    engine = EngineResource(kind=settings.engine, memory=settings.memory, spark=spark)
    return {
        "dumps": build_dumps(settings),
        "lake": lake,
        "engine": engine,
        "io_manager": LakeIOManager(lake=lake, engine=engine, inputs=MANIFEST),
        "rules": Rules.named(settings.rules),
        "progress": LoggedProgress(dg.get_dagster_logger().info),
    }


def build_dumps(settings: Settings) -> ModuleDumpsResource:
    """Make the resource of the dumps that ``settings`` name."""
    return ModuleDumpsResource.of(
        settings.dumps,
        wikis=settings.wikis,
        cache=settings.cache,
        cache_limit=settings.cache_limit,
        connections=settings.connections,
        contact=settings.contact,
    )


def build_definitions(
    settings: Settings | None = None,
    resources: Mapping[str, Any] | None = None,
    loggers: Mapping[str, dg.LoggerDefinition] | None = None,
) -> dg.Definitions:
    """Wire everything for ``settings`` (the environment's, if none are given).

    ``resources`` and ``loggers`` replace those of the same name, which is how tests and the
    command line put in their own.
    """
    settings = settings or Settings.from_environment()
    return dg.Definitions(
        assets=dg.load_assets_from_modules(MODULES),
        asset_checks=CHECKS,
        jobs=JOBS,
        sensors=[
            complete_snapshots(settings),
            paging_sensor(settings),
            old_runs_sensor(
                "modules_old_runs",
                CATALOG,
                settings.keep_snapshots,
                "MODULES_KEEP_SNAPSHOTS",
                settings.tick_seconds,
            ),
            old_data_sensor(settings),
        ],
        # DuckDB uses every core within a step, and a JVM for each step would cost ten seconds.
        executor=dg.in_process_executor,
        resources={**build_resources(settings), **(resources or {})},
        loggers=loggers,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Give the definitions that workspace.yaml and `dagster dev` load."""
    return build_definitions()
