"""Reads what a wiki says of itself: its language, host, articles, and the modules' namespace."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from module_assets.reading.jobs import Sources, export_of
from module_assets.reading.tables import WIKI_SITES, of_one_wiki
from resources.errors import InputError
from resources.lake_paths import LakePath
from resources.sources.export.siteinfo import read_names
from resources.sources.mediawiki import SITE_STATS
from resources.sources.module_dumps import NAMESPACES, TEXT
from resources.sources.names import NS_MODULE
from resources.sources.parquet import read_parquet, write_parquet
from resources.sources.reading import Counts, Job, OnBytes
from resources.sources.sql_dump import SqlDump

_SCHEMA = of_one_wiki(WIKI_SITES)
_MOST_ROWS = 1 << 12


def read_site(job: Job, on_bytes: OnBytes) -> Counts:
    """Read `site_stats`, the beginning of an export (`text …`, `index …`), and where it is there
    `siteinfo-namespaces`, as the row of WIKI_SITES; give what was counted.
    """
    sources: Sources = job.what
    site = export_of(job).siteinfo
    if not site.language or not site.host:
        problem = "its siteinfo lacks the language or the address of the wiki"
        raise InputError(sources.all_of(TEXT)[0], problem, advice="fetch the file again")
    local = site.namespaces.get(NS_MODULE)
    names = {local.name} if local else set()
    for path in sources.all_of(NAMESPACES):
        names |= read_names(path, NS_MODULE)
    row = {
        "language": site.language,
        "host": site.host,
        "articles": _articles(job, on_bytes),
        "names": sorted(names) or None,
        "is_first_letter": local is None or not local.is_case_sensitive,
    }
    batch = pa.RecordBatch.from_pylist([row], _SCHEMA)
    write_parquet([batch], _SCHEMA, job.target, dict(job.extra))
    return {"articles": row["articles"], "names of the namespace": row["names"]}


def hosts_of(files: Sequence[LakePath]) -> Mapping[str, str]:
    """Give the hosts of wikis, by wiki, from files of WIKI_SITES."""
    batches = read_parquet(files, _MOST_ROWS, ["wiki_db", "host"])
    return {row["wiki_db"]: row["host"] for batch in batches for row in batch.to_pylist()}


def _articles(job: Job, on_bytes: OnBytes) -> int:
    """Add up the rows: the statistics may be counted in several."""
    found = [
        row["ss_good_articles"]
        for batch in SqlDump(job.source, SITE_STATS, on_bytes)
        for row in batch.to_pylist()
    ]
    known = [articles for articles in found if articles is not None]
    if not known:
        problem = f"{len(found)} rows, expected one that says how many articles there are"
        raise InputError(job.source, problem, advice="fetch the file again")
    if (articles := sum(known)) < 0:
        problem = f"{articles:,} articles, expected 0 or more"
        raise InputError(job.source, problem, advice="fetch the file again")
    return articles
