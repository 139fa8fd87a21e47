"""All of it wired together: assets, checks, jobs and resources. Importing it starts nothing."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from asset_checks.anomalies import ANOMALIES
from asset_checks.confidence import CONFIDENCE_CHECKS
from asset_checks.contracts import CONTRACTS
from asset_checks.freshness import FRESHNESS_CHECKS
from asset_checks.input_tables import INPUT_CHECKS
from asset_checks.publication import GATE_CHECKS, LAST_CHECKS
from asset_checks.published import STORE_CHECKS
from asset_checks.search_published import SEARCH_CHECKS
from asset_checks.tables_published import TABLE_CHECKS
from graph.declared import MANIFEST
from graph.old_runs import old_runs_sensor
from graph.steps import in_steps
from imagesuggest_assets.alerts.pages import paging_sensor
from imagesuggest_assets.catalog.asset import CATALOG
from imagesuggest_assets.datasets import (
    candidates,
    commons_tags,
    confidence,
    dump_tables,
    feedback,
    inputs,
    ratings,
    search_index,
    suggestions,
    wiki_tables,
)
from imagesuggest_assets.publication import gate
from imagesuggest_assets.publication.metastore.tables import TABLES_OUT
from imagesuggest_assets.publication.old_data import old_data_sensor
from imagesuggest_assets.publication.search import delta as search_delta
from imagesuggest_assets.publication.search import update as search_update
from imagesuggest_assets.publication.store import tables as store_tables
from imagesuggest_assets.publication.store.place import build_store
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.settings import Settings
from imagesuggest_assets.snapshots import manifest
from imagesuggest_assets.snapshots.jobs import JOBS, sinks
from imagesuggest_assets.snapshots.sensors import build_sensors
from imagesuggest_assets.snapshots.sources import SOURCES
from resources.dumps import DumpsResource
from resources.engine import EngineResource
from resources.io_manager import LakeIOManager, LakeResource
from resources.progress import LoggedProgress
from resources.sources.hive.layout import Hive
from resources.sources.hive.names import HIVE
from resources.spark import Spark, spark_resource

MODULES = (
    manifest,
    wiki_tables,
    dump_tables,
    feedback,
    inputs,
    commons_tags,
    candidates,
    suggestions,
    search_index,
    ratings,
    confidence,
    gate,
    search_delta,
    search_update,
    store_tables,
)
STEP_CHECKS = (*CONTRACTS, *INPUT_CHECKS, *ANOMALIES, *GATE_CHECKS, *CONFIDENCE_CHECKS)
"""The checks of datasets, those of one in one step."""
CHECKS = (
    *in_steps(STEP_CHECKS),
    *LAST_CHECKS,
    *FRESHNESS_CHECKS,
    *STORE_CHECKS,
    *SEARCH_CHECKS,
)


def build_resources(settings: Settings) -> dict[str, Any]:
    """Make the resources that ``settings`` ask for; none of them starts before it is used."""
    lake = LakeResource(path=settings.lake, scratch=settings.scratch)
    spark = build_spark(settings)
    engine = EngineResource(kind=settings.engine, memory=settings.memory, spark=spark)
    return {
        "dumps": build_dumps(settings, spark),
        "lake": lake,
        "engine": engine,
        "io_manager": LakeIOManager(lake=lake, engine=engine, inputs=MANIFEST),
        "rules": build_rules(settings),
        "progress": LoggedProgress(dg.get_dagster_logger().info),
        "search": settings.search,
        "store": build_store(settings),
        **({"metastore": settings.metastore} if settings.metastore else {}),
    }


def build_spark(settings: Settings) -> Spark:
    """Configure Spark. Where inputs are a catalog's tables that is Hive's, unless it is told
    otherwise: a session that is there already can not change it.
    """
    hive = {"spark.sql.catalogImplementation": HIVE} if settings.dumps == HIVE else {}
    return spark_resource(settings.memory, {**hive, **settings.spark}, settings.lake)


def build_dumps(settings: Settings, spark: Spark | None = None) -> DumpsResource:
    """Make the resource of the dumps, or of the tables, that ``settings`` name."""
    tables = settings.dumps == HIVE
    return DumpsResource.of(
        settings.dumps,
        hive=Hive(spark or build_spark(settings), settings.hive) if tables else None,
        wikis=settings.wikis,
        cache=settings.cache,
        cache_limit=settings.cache_limit,
        connections=settings.connections,
        contact=settings.contact,
        judgements=settings.judgements,
    )


def build_rules(settings: Settings) -> Rules:
    """Read the rules that ``settings`` name. Raises InputError for a file that has wrong ones."""
    return Rules.named(settings.rules)


def all_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """Make all sensors: what starts runs, what pages, what forgets, and what removes."""
    return [
        *build_sensors(settings.tick_seconds, sinks(settings)),
        paging_sensor(settings),
        old_runs_sensor(
            "old_runs",
            CATALOG,
            settings.history_snapshots,
            "IMAGESUGGEST_HISTORY_SNAPSHOTS",
            settings.tick_seconds,
        ),
        old_data_sensor(settings),
    ]


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
    tables_out = TABLES_OUT if settings.metastore else []
    return dg.Definitions(
        assets=[*SOURCES, *dg.load_assets_from_modules(MODULES), *tables_out],
        asset_checks=[*CHECKS, *(TABLE_CHECKS if tables_out else ())],
        jobs=JOBS,
        sensors=all_sensors(settings),
        # DuckDB uses every core within a step, and a JVM for each step would cost ten seconds.
        executor=dg.in_process_executor,
        resources={**build_resources(settings), **(resources or {})},
        loggers=loggers,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Give the definitions that workspace.yaml and `dagster dev` load."""
    return build_definitions()
