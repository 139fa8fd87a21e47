"""Reads the tables of the wikis from the Data Lake, as the dumps' readers give them (mediawiki.py).

Which rows and columns are read, and what names become, is told there; what pages' items are comes
from a table of its own. Rows stay on Spark's executors.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial, reduce
from typing import Any

import pyarrow as pa

from resources.sources.dumps import COMMONS
from resources.sources.hive.layout import ITEM_PAGE_LINK, HiveTables
from resources.sources.mediawiki import KEPT, TABLES
from resources.sources.names import NS_FILE, NS_MAIN, normalize_by_namespace, normalize_names
from resources.sources.sql_table import SqlColumn, SqlTable

Wikis = Mapping[str, Collection[str]]
"""Wikis by the snapshot in which their rows are."""
_TYPES = {pa.int64(): "bigint", pa.string(): "string", pa.bool_(): "boolean"}


class WikiTables:
    """The tables of the wikis, as DataFrames with the columns of mediawiki.TABLES and wiki_db.

    ``snapshots`` has by table, as Names knows them, which wikis are read from which snapshot; none
    of a table is read that it does not have.
    """

    def __init__(self, tables: HiveTables, snapshots: Mapping[str, Wikis]) -> None:
        self._tables = tables
        self._snapshots = snapshots

    def frame(self, name: str) -> Any:
        """Give the rows of a table, such as ``pagelinks``; None where there are none at all."""
        parts = [self._read(TABLES[name])]
        if name == "page_props":
            parts.append(self._items())
        elif name == "image":
            parts.append(self._own_files())
        found = [part for part in parts if part is not None]
        return reduce(lambda all_rows, rows: all_rows.unionByName(rows), found) if found else None

    def without_image(self) -> list[str]:
        """List the target wikis whose image table is not there: their pages of files are taken."""
        there = {wiki for wikis in self._snapshots.get("image", {}).values() for wiki in wikis}
        known = {wiki for wikis in self._snapshots.get("page", {}).values() for wiki in wikis}
        return sorted(known - there - {COMMONS})

    def _rows(self, name: str, wikis: Wikis) -> Any:
        """Give a table's rows as they are, or None; its partitions alone are looked at."""
        from pyspark.sql import functions as f

        if not any(wikis.values()):
            return None
        wanted = (
            (f.col("snapshot") == snapshot) & f.col("wiki_db").isin(sorted(of_snapshot))
            for snapshot, of_snapshot in sorted(wikis.items())
            if of_snapshot
        )
        rows = self._tables.catalog.table(self._tables.names[name])
        return rows.where(reduce(lambda one, other: one | other, wanted))

    def _read(self, table: SqlTable) -> Any:
        from pyspark.sql import functions as f

        rows = self._rows(table.name, self._snapshots.get(table.name, {}))
        if rows is None:
            return None
        if table.name in KEPT:
            column, values = KEPT[table.name]
            rows = rows.where(f.col(column).isin(list(values)))
        if table.name == "page_props":
            # Which item a page has is said by a table of its own.
            rows = rows.where(f.col("pp_propname") != "wikibase_item")
        unless = next((column.unless for column in table.columns if column.unless), "")
        if unless not in rows.columns:
            return _normalized(_selected(rows, table), table)
        # What has a target id has no name that counts: Python need not see it.
        by_id = _selected(rows.where(f.col(unless).isNotNull()), table, without_names=True)
        if not any(column.name in rows.columns for column in table.columns if column.unless):
            return by_id.unionByName(
                _selected(rows.where(f.col(unless).isNull()), table, without_names=True)
            )
        by_name = _selected(rows.where(f.col(unless).isNull()), table)
        return by_id.unionByName(_normalized(by_name, table))

    def _items(self) -> Any:
        """Give the items of articles as properties; of several for one page, the first by name."""
        from pyspark.sql import functions as f

        links = self._rows(ITEM_PAGE_LINK, self._snapshots.get(ITEM_PAGE_LINK, {}))
        if links is None:
            return None
        links = links.where((f.col("page_namespace") == NS_MAIN) & f.col("item_id").isNotNull())
        found = links.groupBy("wiki_db", "page_id").agg(f.min("item_id").alias("item"))
        return found.select(
            "wiki_db",
            f.col("page_id").cast("bigint").alias("pp_page"),
            f.lit("wikibase_item").alias("pp_propname"),
            f.col("item").cast("string").alias("pp_value"),
        )

    def _own_files(self) -> Any:
        """Give the files of wikis without an image table: pages of namespace 6, no redirects."""
        from pyspark.sql import functions as f

        wanted = self.without_image()
        pages = self._snapshots.get("page", {})
        wikis = {key: [wiki for wiki in of if wiki in wanted] for key, of in pages.items()}
        rows = self._rows("page", wikis)
        if rows is None:
            return None
        rows = rows.where(
            (f.col("page_namespace") == NS_FILE) & ~f.col("page_is_redirect").cast("boolean")
        )
        named = rows.select(
            "wiki_db",
            f.col("page_title").cast("string").alias("img_name"),
            f.lit(None).cast("string").alias("img_media_type"),
            f.lit(None).cast("bigint").alias("img_width"),
        )
        return _normalized(named, TABLES["image"])


def _selected(rows: Any, table: SqlTable, *, without_names: bool = False) -> Any:
    """Select a table's columns, in the types of its SqlTable; what is not there is NULL."""
    from pyspark.sql import functions as f

    def column(each: SqlColumn) -> Any:
        gone = each.name not in rows.columns or (without_names and each.unless)
        value = f.lit(None) if gone else f.col(each.name)
        return value.cast(_TYPES[each.type]).alias(each.name)

    return rows.select("wiki_db", *map(column, table.columns))


def _normalized(rows: Any, table: SqlTable) -> Any:
    if not any(column.is_name or column.namespace for column in table.columns):
        return rows
    return rows.mapInArrow(_each_batch(partial(normalized, table=table)), rows.schema)


def normalized(rows: pa.RecordBatch, table: SqlTable) -> pa.RecordBatch:
    """Bring the names and titles in rows of a table to the form of SPEC §1."""
    arrays = []
    for name in rows.schema.names:
        values = rows[name]
        for column in table.columns:
            if column.name == name and column.is_name:
                values = normalize_names(values.cast(pa.string()))
            elif column.name == name and column.namespace:
                values = normalize_by_namespace(values.cast(pa.string()), rows[column.namespace])
        arrays.append(values)
    return pa.RecordBatch.from_arrays(arrays, rows.schema.names)


def _each_batch(
    change: Callable[[pa.RecordBatch], pa.RecordBatch],
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def changed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return map(change, batches)

    return changed
