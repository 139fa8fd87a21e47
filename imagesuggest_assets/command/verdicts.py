"""What `imagesuggest check` does: every check, on the partitions of a snapshot that are there."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime

from asset_checks.confidence import DATASET as CONFIDENCE
from asset_checks.confidence import run_confidence
from asset_checks.freshness import fresh_result
from asset_checks.input_tables import run_input_check
from asset_checks.publication import run_gate
from asset_checks.published import published_result, read_back
from asset_checks.search_published import run_published
from asset_checks.tables_published import run_published as run_tables_published
from graph.anomalies import anomaly_result
from graph.contracts import run_contract
from graph.terminal.verdicts import ORDER, Verdict, verdict_of
from imagesuggest_assets.alerts.files import unreadable
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.measures import MEASURES
from imagesuggest_assets.catalog.sinks import HIVE_ASSETS, SEARCH_UPDATE, STORE_TABLES
from imagesuggest_assets.definitions import build_resources, build_rules
from imagesuggest_assets.publication.judgement import judge_dataset
from imagesuggest_assets.publication.missing import CHECKED
from imagesuggest_assets.publication.store.place import build_store
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.settings import Settings
from resources.engine import Engine
from resources.errors import UserError
from resources.lake import Lake
from resources.ledger import ledgers
from resources.stores.sqlite import SQLiteStore


def check_snapshot(
    settings: Settings, snapshot: str | None, on_check: Callable[[str], None]
) -> tuple[str, list[Verdict]]:
    """Run all checks on a snapshot (the newest in the lake, if none); give its key and verdicts,
    the worst first.

    ``on_check`` hears what is checked next. Raises UserError where nothing of it is there.
    """
    resource = build_resources(settings)["engine"]
    rules = build_rules(settings)
    with closing(Lake(settings.lake, settings.scratch)) as lake:
        keys = {key for dataset in DATASETS for key in lake.snapshots(dataset)}
        if not keys:
            raise UserError(f"{settings.lake}: no snapshot is there; `imagesuggest run` makes one")
        key = snapshot or max(keys)
        if key not in keys:
            there = ", ".join(sorted(keys)[-5:])
            raise UserError(f"{settings.lake}: no snapshot {key} is there; there are {there}")
        engine = resource.get(lake.scratch.path)
        try:
            verdicts = list(_verdicts(engine, lake, key, rules, on_check))
            on_check("what is published")
            verdicts += _published(settings, lake, key)
            verdicts += [("ERROR", name, "file", says) for name, says in unreadable(lake).items()]
            search = settings.search.ships
            verdicts.append(
                verdict_of(
                    "publishable",
                    "freshness",
                    lambda: fresh_result(lake, rules, datetime.now(UTC), search=search),
                )
            )
        finally:
            engine.close()
    return key, sorted(verdicts, key=lambda each: ORDER.index(each[0]))


def _verdicts(
    engine: Engine, lake: Lake, key: str, rules: Rules, on_check: Callable[[str], None]
) -> Iterator[Verdict]:
    for name, dataset in DATASETS.items():
        if not lake.has(name, key):
            yield "not there", name, "all", "materialize it first"
            continue
        on_check(name)
        yield verdict_of(name, "contract", lambda: run_contract(dataset, engine, lake, key))  # noqa: B023
        if name in CHECKED:
            yield verdict_of(name, "inputs", lambda: run_input_check(name, lake, key, rules))  # noqa: B023
        if name in MEASURES:
            yield verdict_of(
                name,
                "anomaly",
                lambda: anomaly_result(judge_dataset(lake, name, key, rules)),  # noqa: B023
            )
        if name == CONFIDENCE:
            yield verdict_of(name, "confidence", lambda: run_confidence(lake, key))
        if name == "publishable":
            yield verdict_of(name, "gate", lambda: run_gate(lake, key))


def _published(settings: Settings, lake: Lake, key: str) -> Iterator[Verdict]:
    """Read back what is published, of whichever snapshots: as the checks of the graph do."""
    resource, first = build_store(settings), next(iter(STORE_TABLES))
    lost = any(each.wikis() for each in ledgers(lake.storage, [SQLiteStore.kind]))
    try:
        if resource.there():
            with resource.open() as store:
                problems, counts = read_back(lake, store)
            for name, table in STORE_TABLES.items():
                result = published_result(name, problems[table], counts[table])
                yield verdict_of(name, "published", lambda: result)  # noqa: B023
        elif lost:
            says = f"{resource.path} is gone, with what was published there; load it again"
            yield "ERROR", first, "published", says
        else:
            yield "not there", first, "published", "nothing was published yet"
    except UserError as error:
        yield "ERROR", first, "published", f"can not be read back: {error}"
    try:
        result = run_published(lake, settings.search, key, lambda _: None)
        yield verdict_of(SEARCH_UPDATE, "published", lambda: result)
    except UserError as error:
        yield "ERROR", SEARCH_UPDATE, "published", f"can not be read back: {error}"
    if metastore := settings.metastore:
        for asset in HIVE_ASSETS:
            yield verdict_of(
                asset,
                "published",
                lambda: run_tables_published(lake, metastore, asset),  # noqa: B023
            )
