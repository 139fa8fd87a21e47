"""What `imagesuggest check` does: every check, on the partitions of a snapshot that are there."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime

from asset_checks.freshness import fresh_result
from asset_checks.published import published_result, read_back
from asset_checks.search_published import run_published
from asset_checks.tables_published import run_published as run_tables_published
from graph.steps import Checked
from graph.terminal.verdicts import Verdict, checked_key, verdict_of, verdicts_of
from imagesuggest_assets.alerts.files import unreadable
from imagesuggest_assets.catalog.asset import CATALOG
from imagesuggest_assets.catalog.sinks import HIVE_ASSETS, SEARCH_UPDATE, STORE_TABLES
from imagesuggest_assets.definitions import STEP_CHECKS, build_resources, build_rules
from imagesuggest_assets.publication.store.place import build_store
from imagesuggest_assets.settings import Settings
from resources.errors import UserError
from resources.lake import Lake
from resources.ledger import ledgers
from resources.stores.sqlite import SQLiteStore


def check_snapshot(
    settings: Settings, snapshot: str | None, on_check: Callable[[str], None]
) -> tuple[str, list[Verdict]]:
    """Run all checks on a snapshot (the newest in the lake, if none); give its key and verdicts.

    ``on_check`` hears what is checked next. Raises UserError where nothing of it is there.
    """
    engine = build_resources(settings)["engine"]
    rules = build_rules(settings)
    with closing(Lake(settings.lake, settings.scratch)) as lake:
        key = checked_key(CATALOG, lake, snapshot)
        checked = Checked(lake, engine, rules, key)
        try:
            verdicts = list(verdicts_of(CATALOG, STEP_CHECKS, checked, on_check))
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
            checked.engine_here().close()
    return key, verdicts


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
