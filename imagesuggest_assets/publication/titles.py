"""Which page of a wiki a person means by a title: SPEC.md section 1. Nothing is looked up in the
readers' store here.
"""

import pyarrow.parquet as pq

from resources.lake import Lake
from resources.lake_paths import readable
from resources.sources.names import normalize_title, with_capital


def titles_meant(lake: Lake, snapshot: str, wiki: str, typed: str) -> list[str]:
    """List what may be meant, the likelier first: the title as it is, if any page of the snapshot
    has it that one alone, else the same with its first letter upper-case as well.

    Some wikis have `turkey` and `Turkey`; where a snapshot's pages are not kept, either may be.
    """
    title = normalize_title(typed)
    capital = with_capital(title)
    there = title != capital and lake.has("pages", snapshot)
    for file in lake.files("pages", snapshot) if there else ():
        having = [("wiki_db", "=", wiki), ("title", "=", title)]
        if pq.read_table(readable(file), columns=["title"], filters=having).num_rows:
            return [title]
    return list(dict.fromkeys((title, capital)))
