"""Reads back what was published: counts by wiki, and pages chosen at random, as readers see them.

A wiki's shipment counts as published only after this; one that was found wrong is compared with
what is really in the store by the next load.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from graph import shown
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.catalog.sinks import STORE_TABLES
from imagesuggest_assets.publication.store.load import ledger_of
from imagesuggest_assets.publication.store.state import sampled_rows
from resources.io_manager import LakeResource, table_metadata
from resources.lake import Lake
from resources.ledger import Shipped
from resources.stores.resource import StoreResource
from resources.stores.store import ORIGIN, TABLES, Store, Suggestion, Table, texts
from resources.wording import several

SAMPLED = 50
"""Pages of each wiki that are read back in full."""
_TOLD = 3

Problems = dict[Table, list[dict[str, Any]]]


def read_back(lake: Lake, store: Store) -> tuple[Problems, dict[Table, list[dict[str, Any]]]]:
    """Compare a store with what was shipped: give what is wrong, and the counts by wiki, by table.

    What was found is remembered in the ledger.
    """
    ledger = ledger_of(lake, store)
    with ledger.shipping():
        states = {wiki: state for wiki in ledger.wikis() if (state := ledger.state(wiki))}
        problems: Problems = {}
        counts: dict[Table, list[dict[str, Any]]] = {}
        for table in TABLES:
            there = store.counts(table)
            rows = [
                {
                    "wiki": wiki,
                    "snapshot": state.snapshot,
                    "shipped": state.details["rows"].get(table, 0),
                    "read": there.get(wiki, 0),
                }
                for wiki, state in states.items()
            ]
            counts[table] = rows
            problems[table] = [
                shown.problem(
                    row["wiki"],
                    f"{row['wiki']}: {table} has {row['read']:,} rows in the store, expected the "
                    f"{row['shipped']:,} that were shipped; load it again",
                    error=True,
                    weight=abs(row["read"] - row["shipped"]),
                )
                for row in rows
                if row["read"] != row["shipped"]
            ]
        for wiki, state in states.items():
            for table, problem in _different_pages(store, wiki, state):
                problems[table].append(problem)
            well = not any(each["wiki"] == wiki for found in problems.values() for each in found)
            ledger.verify(wiki, state, well=well)
    return problems, counts


def _different_pages(
    store: Store, wiki: str, state: Shipped
) -> Iterator[tuple[Table, dict[str, Any]]]:
    for rows in sampled_rows(state, SAMPLED):
        page, first = rows[0]["page_id"], rows[0]
        found: dict[Table, tuple[object, object]] = {
            "suggestions": (
                [_comparable(row) for row in store.suggestions(wiki, page)],
                sorted(_expected(row) for row in rows),
            ),
            "title_cache": (store.title(wiki, first["title"]), (page, first["page_rev"])),
            "instanceof_cache": (
                store.instance_of(wiki, page),
                (first["page_rev"], texts(first["instance_of"])),
            ),
        }
        for table, (read, shipped) in found.items():
            if read != shipped:
                says = (
                    f"{wiki}: the page {page} ({first['title']}) is not in {table} as it was "
                    "shipped; load it again"
                )
                yield table, shown.problem(wiki, says, error=True)


def _comparable(row: Suggestion) -> tuple[Any, ...]:
    return (str(row.id), *row[1:])


def _expected(row: dict[str, Any]) -> tuple[Any, ...]:
    return (
        row["id"],
        row["image"],
        ORIGIN,
        row["confidence"],
        texts(row["found_on"]),
        texts(row["kind"]),
        row["page_rev"],
        None,
        None,
        row["page_qid"],
    )


def published_result(
    name: str, problems: list[dict[str, Any]], counts: list[dict[str, Any]]
) -> dg.AssetCheckResult:
    """Make what Dagster shows of one table."""
    return dg.AssetCheckResult(
        passed=not problems,
        asset_key=name,
        check_name="published",
        severity=dg.AssetCheckSeverity.ERROR,
        description=several([each["says"] for each in problems], _TOLD)
        or f"all {sum(row['read'] for row in counts):,} rows are there",
        metadata={
            **({"read back": table_metadata(counts)} if counts else {}),
            **shown.problems(problems),
        },
    )


@dg.multi_asset_check(
    name="published",
    specs=[
        dg.AssetCheckSpec(
            "published",
            asset=name,
            partitions_def=SNAPSHOTS,
            # All three tables are read back together, so none before it is there.
            additional_deps=[other for other in STORE_TABLES if other != name],
            description="What readers get is what was shipped: rows by wiki, and pages in full.",
            metadata={shown.PAGES: True},
        )
        for name in STORE_TABLES
    ],
)
def published(
    lake: LakeResource, store: dg.ResourceParam[StoreResource]
) -> Iterator[dg.AssetCheckResult]:
    """See read_back."""
    with store.open() as opened:
        problems, counts = read_back(lake.get(), opened)
    for name, table in STORE_TABLES.items():
        yield published_result(name, problems[table], counts[table])


STORE_CHECKS = [published]
"""The checks of the readers' store. None of them stops the run."""
