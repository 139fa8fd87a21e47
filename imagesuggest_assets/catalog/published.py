"""The tables that others read: what is in them, and how Hive calls their columns.

Those of readers are in a store as well; those of search are datasets of the same name.
"""

from collections.abc import Iterable

from imagesuggest_assets.catalog.datasets import DATASETS
from resources.metastore import HiveColumn, HiveTable
from resources.stores.store import COLUMNS, Table

MEANINGS: dict[Table, str] = {
    "suggestions": "The suggestions that readers get, page by page.",
    "title_cache": "The page of each title that has suggestions.",
    "instanceof_cache": "The classes of each page that has suggestions.",
}
"""What is in the readers' tables, wherever they are."""
COLUMN_MEANINGS = {
    "wiki": "The wiki's database name.",
    "page_id": "The article.",
    "id": "UUID of the snapshot that the page's rows came with; of a page only the newest counts.",
    "image": "A Commons file, without `File:`.",
    "origin_wiki": "The wiki that the file is from: always commonswiki.",
    "confidence": "Percent, of the surest of its kinds.",
    "found_on": "Wikis where it is the lead image of an article of the item; NULL where none.",
    "kind": "Why the file belongs to the item.",
    "page_rev": "The article's revision in the snapshot.",
    "section_heading": "Always NULL: what is suggested is for the whole article.",
    "section_index": "Always NULL, likewise.",
    "page_qid": "The article's Wikidata item.",
    "title": "The article's title, with underscores.",
    "instance_of": "The classes of the article's item, its P31; NULL where it has none.",
}
"""Of the columns of the readers' tables."""
SEARCH_TABLES = ("search_index_full", "search_index_delta")
_HIVE_TYPES = {
    "text": "string",
    "timeuuid": "string",
    "set<text>": "array<string>",
    "int64": "bigint",
}
"""Where Hive calls a type otherwise than Cassandra and Ibis do."""


def _table(name: str, meaning: str, columns: Iterable[tuple[str, str, str]]) -> HiveTable:
    """Declare a table, of columns with their types and meanings."""
    return HiveTable(
        name,
        meaning,
        tuple(HiveColumn(each, _HIVE_TYPES.get(kind, kind), says) for each, kind, says in columns),
    )


HIVE_TABLES: dict[str, HiveTable] = {
    **{
        table: _table(
            table,
            meaning,
            ((name, kind, COLUMN_MEANINGS[name]) for name, kind in COLUMNS[table].items()),
        )
        for table, meaning in MEANINGS.items()
    },
    **{
        name: _table(
            name,
            DATASETS[name].meaning,
            ((column.name, column.type, column.meaning) for column in DATASETS[name].columns),
        )
        for name in SEARCH_TABLES
    },
}
"""The tables of a metastore, without the prefix that a deployment gives them."""


def kept_as(table: str) -> str:
    """Name the dataset of the lake that is a table's rows, after the gate."""
    return f"published_{table}"
