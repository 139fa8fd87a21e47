"""Reads who edited the modules of a wiki, and how often pages of all wikis were read."""

from collections.abc import Mapping
from dataclasses import asdict

from module_assets.reading.jobs import Sources
from resources.sources.history import History
from resources.sources.history_files import ends_before
from resources.sources.module_dumps import HISTORY
from resources.sources.names import NS_MODULE
from resources.sources.pageviews import Pageviews
from resources.sources.parquet import write_parquet
from resources.sources.reading import Counts, Job, OnBytes, wiki_of

ENDS_BEFORE = "ends before its month"
"""In what was counted: the last range of a history whose newest files are not there, or ""."""


def read_edits(job: Job, on_bytes: OnBytes) -> Counts:
    """Read all files of a wiki's history (`history …`) as MODULE_EDITS; give what was counted."""
    sources: Sources = job.what
    files = sources.all_of(HISTORY)
    history = History(files, wiki_of(job), NS_MODULE, on_bytes)
    write_parquet(history, history.schema, job.target, {})
    return {**asdict(history.counts), ENDS_BEFORE: ends_before(files[-1].name)}


def read_views(job: Job, on_bytes: OnBytes) -> Counts:
    """Read the views of a month as ARTICLE_VIEWS; give what was counted.

    ``job.what`` are the wikis that are wanted, each with its host.
    """
    hosts: Mapping[str, str] = job.what
    views = Pageviews(job.source, hosts, on_bytes=on_bytes)
    write_parquet(views, views.schema, job.target, {})
    return asdict(views.counts)
