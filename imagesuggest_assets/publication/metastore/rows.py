"""What the tables of a metastore have of a snapshot: SPEC.md sections 6 and 7. No rule is here."""

from collections.abc import Collection

import ibis
from ibis import Table

from imagesuggest_assets.catalog.published import HIVE_TABLES
from imagesuggest_assets.publication.store.wanted import Hashed, wanted_rows
from resources.stores.store import ORIGIN, snapshot_id

_IBIS_TYPES = {"int": "int32", "bigint": "int64", "float": "float32"}
"""Where Ibis calls a type otherwise than Hive does."""


def readers_rows(
    filtered_suggestions: Table, item_claims: Table, snapshot: str, hashed: Hashed
) -> dict[str, Table]:
    """Give the rows of the readers' tables, by table: all that are suggested, each with the id of
    the snapshot.
    """
    rows = wanted_rows(filtered_suggestions, item_claims, hashed)
    # Each page has one that is the best.
    of_page = filtered_suggestions.filter(filtered_suggestions["rank"] == 1)
    pages = wanted_rows(of_page, item_claims, hashed).rename(wiki="wiki_db")
    suggestions = rows.rename(wiki="wiki_db").mutate(
        id=ibis.literal(str(snapshot_id(snapshot))),
        origin_wiki=ibis.literal(ORIGIN),
        section_heading=ibis.null("string"),
        section_index=ibis.null("int32"),
    )
    return {
        "suggestions": as_declared("suggestions", suggestions),
        "title_cache": as_declared("title_cache", pages),
        "instanceof_cache": as_declared("instanceof_cache", pages),
    }


def as_declared(table: str, rows: Table) -> Table:
    """Bring rows to the columns and types of a table."""
    return rows.select(
        **{
            column.name: rows[column.name].cast(_IBIS_TYPES.get(column.type, column.type))
            for column in HIVE_TABLES[table].columns
        }
    )


def of_wikis(rows: Table, wikis: Collection[str]) -> Table:
    """Leave the rows of some wikis; the first column of each table is the wiki."""
    return rows.filter(rows[rows.columns[0]].isin(sorted(wikis)))
