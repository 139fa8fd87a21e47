"""The assets that publish, which are no datasets, and the checks of what they leave behind."""

import dagster as dg

from graph.declared import GATE
from resources.stores.store import Table

STORE_TABLES: dict[str, Table] = {
    "cassandra_title_cache": "title_cache",
    "cassandra_instanceof_cache": "instanceof_cache",
    "cassandra_suggestions": "suggestions",
}
"""The assets, and the table that each one writes."""
SEARCH_UPDATE = "search_index_update"
"""The asset that tells the search servers."""
HIVE = "hive_tables"
HIVE_DELTA = "hive_search_index_delta"
HIVE_ASSETS = {
    HIVE: ("suggestions", "title_cache", "instanceof_cache", "search_index_full"),
    HIVE_DELTA: ("search_index_delta",),
}
"""The assets that let others find tables, where a metastore is set, and the tables of each."""
WIKIS_READ = dg.AssetCheckKey(dg.AssetKey(SEARCH_UPDATE), "wikis_read")
"""The check that lets a run end as failed, when all else is done, where a wiki can not be read."""
FRESHNESS = dg.AssetCheckKey(dg.AssetKey(GATE), "freshness")
"""The check of how long ago anything was published. No run has it: it is about now."""
