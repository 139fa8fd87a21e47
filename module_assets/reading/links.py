"""Reads what is said of a wiki's modules in its SQL tables: their items, the languages that have
them, too, and who may edit them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import ITEM_PATTERN
from module_assets.reading.jobs import NO_IDS, Sources
from module_assets.reading.tables import (
    MODULE_ITEMS,
    MODULE_LANGUAGES,
    MODULE_RESTRICTIONS,
    of_one_wiki,
)
from resources.lake_paths import LakePath
from resources.sources.id_set import Ids, IdSet
from resources.sources.mediawiki import LANGLINKS, PAGE_PROPS, PAGE_RESTRICTIONS
from resources.sources.parquet import read_parquet, write_parquet
from resources.sources.reading import Counts, Job, OnBytes
from resources.sources.sql_dump import SqlDump
from resources.sources.sql_table import SqlTable

ITEM = "wikibase_item"
ITEM_ID = f"^(?:{ITEM_PATTERN})$"
"""What the contract asks of an item."""
NO_FORM: Mapping[str, str] = MappingProxyType({})
_MOST_ROWS = 1 << 16


def read_items(job: Job, on_bytes: OnBytes) -> Counts:
    """Read `page_props` as MODULE_ITEMS; give what was counted."""
    columns = {"pp_page": "page_id", "pp_value": "item_id"}
    only = {"pp_propname": ITEM}
    return _read(job, on_bytes, PAGE_PROPS, columns, MODULE_ITEMS, only, {"pp_value": ITEM_ID})


def read_languages(job: Job, on_bytes: OnBytes) -> Counts:
    """Read `langlinks` as MODULE_LANGUAGES; give what was counted."""
    columns = {"ll_from": "page_id", "ll_lang": "language"}
    return _read(job, on_bytes, LANGLINKS, columns, MODULE_LANGUAGES, {})


def read_restrictions(job: Job, on_bytes: OnBytes) -> Counts:
    """Read `page_restrictions` as MODULE_RESTRICTIONS; give what was counted."""
    columns = {"pr_page": "page_id", "pr_type": "type", "pr_level": "level", "pr_expiry": "expiry"}
    return _read(job, on_bytes, PAGE_RESTRICTIONS, columns, MODULE_RESTRICTIONS, {})


def page_ids_of(file: LakePath) -> Ids:
    """Give the ids of a wiki's modules, from its file of EXPORTED_MODULES."""
    batches = read_parquet([file], _MOST_ROWS, ["page_id"])
    return np.concatenate([NO_IDS, *(batch["page_id"].to_numpy() for batch in batches)])


def _read(
    job: Job,
    on_bytes: OnBytes,
    table: SqlTable,
    columns: Mapping[str, str],
    as_table: pa.Schema,
    only: Mapping[str, str],
    formed: Mapping[str, str] = NO_FORM,
) -> Counts:
    """Read the rows of modules that have ``only`` some values; the first of ``columns``, which say
    what becomes of each, has the page's id. Those of another form than ``formed`` are dropped.
    """
    sources: Sources = job.what
    page, modules, schema = next(iter(columns)), IdSet(sources.page_ids), of_one_wiki(as_table)

    def keep(rows: pa.RecordBatch) -> pa.BooleanArray:
        kept = pa.array(modules.hold(rows[page].to_numpy()))
        for column, value in only.items():
            kept = pc.and_(kept, pc.equal(rows[column], value.encode()))
        return kept

    dropped = 0

    def kept_rows() -> Iterator[pa.RecordBatch]:
        nonlocal dropped
        for batch in dump:
            for column, form in formed.items():
                rows = batch.filter(pc.match_substring_regex(batch[column], form))
                dropped += len(batch) - len(rows)
                batch = rows
            yield pa.record_batch([batch[name] for name in columns], schema=schema)

    dump = SqlDump(job.source, replace(table, keep=keep, keep_columns=(page, *only)), on_bytes)
    write_parquet(kept_rows(), schema, job.target, dict(job.extra))
    return {
        "rows in the dump": dump.counts.rows,
        "rows kept": dump.counts.kept - dropped,
        "rows dropped, of another form": dropped,
        "values that are not UTF-8": dump.counts.not_utf8,
    }
