"""Which function reads each table, and of which files.

The processes that read import this: no Dagster here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from module_assets.reading.activity import read_edits, read_views
from module_assets.reading.jobs import Sources
from module_assets.reading.links import read_items, read_languages, read_restrictions
from module_assets.reading.sites import read_site
from module_assets.reading.texts import read_modules
from module_assets.reading.uses import read_transclusions
from resources.errors import InputError
from resources.sources.module_dumps import HISTORY, INDEX, TEXT
from resources.sources.reading import Counts, Job, OnBytes


@dataclass(frozen=True)
class Reader:
    """``read`` reads the files called so of one wiki, the first of which is never missing.

    ``of_modules``: it has to know which pages are modules, by the ids of its sources.
    """

    read: Callable[[Job, OnBytes], Counts]
    files: tuple[str, ...]
    of_modules: bool = False


READERS: dict[str, Reader] = {
    "exported_modules": Reader(read_modules, (TEXT, INDEX)),
    "wiki_sites": Reader(read_site, ("site_stats",)),
    "module_transclusions": Reader(read_transclusions, ("templatelinks", "linktarget")),
    "module_items": Reader(read_items, ("page_props",), of_modules=True),
    "module_languages": Reader(read_languages, ("langlinks",), of_modules=True),
    "module_restrictions": Reader(read_restrictions, ("page_restrictions",), of_modules=True),
    "module_edits": Reader(read_edits, (HISTORY,)),
}
"""By the name of the table, of those that are read wiki by wiki."""
VIEWS = "article_views"
"""Read of all wikis together."""


def job_of(table: str, wiki: str, sources: Sources, target: Path) -> Job | None:
    """Make the job that reads a table of one wiki; None where its file is not there."""
    files = READERS[table].files
    if not sources.all_of(files[0]):
        return None
    first, *more = (path for what in files for path in sources.all_of(what))
    return Job(first, target, sources, (("wiki_db", wiki),), (*more,))


def read_or_tell(job: Job, on_bytes: OnBytes) -> Counts | InputError:
    """Read the table that ``job.what`` names first; give the error where it fails."""
    table, what = job.what
    read = read_views if table == VIEWS else READERS[table].read
    try:
        return read(replace(job, what=what), on_bytes)
    except InputError as error:
        return error
