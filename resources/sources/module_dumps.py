"""The layout of what the module finder reads of the public dumps (MODULES.md section 2): which file
is where, and what a dump says of it. Nothing is read here, and no date is chosen.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date as day
from datetime import timedelta
from itertools import chain
from typing import ClassVar

from resources.errors import InputError
from resources.sources.dumps import STATUS, Dumps, Status, Told
from resources.sources.export.files import (
    MULTISTREAM,
    PLAIN,
    ExportFiles,
    content_current,
    missing_parts,
    multistream,
    plain,
)
from resources.sources.history_files import history_files
from resources.sources.sums import sha256_sums

NEEDED_TABLES = ("linktarget", "templatelinks", "site_stats")
OPTIONAL_TABLES = ("langlinks", "page_props", "page_restrictions")
NAMESPACES = "siteinfo-namespaces"
TEXT, INDEX, HISTORY, PAGEVIEWS = "text", "index", "history", "pageviews"
CURRENT = "other/mediawiki_content_current"
ALL_HISTORY = "other/mediawiki_history"
ALL_PAGEVIEWS = "other/pageview_complete/monthly"
MONTH_DAYS = 62
_SUMS = "SHA256SUMS"
_EXPORT = (f"{TEXT} ", f"{INDEX} ")
"""What the files of an export are called."""
_EXPORT_JOBS = {
    kind: (job, f"{job}recombine")
    for kind, job in (
        (MULTISTREAM, "articlesmultistreamdump"),
        (PLAIN[0], "articlesdump"),
        (PLAIN[1], "metacurrentdump"),
    )
}
"""By the kind of an export, what writes it, and what makes one file of the parts of a large one."""
_NAMESPACES_JOB = "namespaces"
_DONE = "done"
_TO_COME = ("waiting", "in-progress")
_OPTIONAL = {*OPTIONAL_TABLES, NAMESPACES}


@dataclass(frozen=True)
class NamedFile:
    """A file, with a name that no other of its wiki has: `text 1` and its `index 1`, `linktarget`,
    `history 2026-10`. ``told`` is what its dump says of it, None where it says nothing.
    """

    what: str
    path: str
    told: Told | None = None


@dataclass(frozen=True)
class WikiFiles:
    """What there is of a wiki's dump, and what it still waits for: empty when all is there that is
    needed, and nothing is said to be unfinished.
    """

    files: tuple[NamedFile, ...]
    waiting: tuple[str, ...]


class ModuleDumps(Dumps):
    """The public dumps as the module finder reads them. Every wiki counts.

    Each call raises UserError for what can not be looked at.
    """

    excluded: ClassVar[frozenset[str]] = frozenset()
    tables: ClassVar[tuple[str, ...]] = (*NEEDED_TABLES, *OPTIONAL_TABLES)

    def tables_of(self, wiki: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """See Provider. Not only tables: what a wiki says of its namespaces may be there, too."""
        return NEEDED_TABLES, (*OPTIONAL_TABLES, NAMESPACES)

    def table(self, wiki: str, date: str, table: str) -> str | None:
        """Find the file of a wiki's table or namespaces, where it is there."""
        if table == NAMESPACES:
            return self._either(f"{wiki}/{date}", f"{wiki}-{date}-{NAMESPACES}.json")
        return super().table(wiki, date, table)

    def jobs(self) -> tuple[str, ...]:
        """Name the jobs of a wiki's dump that write what is read."""
        exports = (job for both in _EXPORT_JOBS.values() for job in both)
        return (*super().jobs(), _NAMESPACES_JOB, *exports)

    def text_files(self, wiki: str, date: str) -> list[NamedFile]:
        """Find the export that is read: multistream, else the mediawiki_content_current of the same
        date, else a plain one; none where there is none.

        Raises InputError for an export of which a file is missing, with that file's path.
        """
        stem, folder = f"{wiki}-{date}", f"{wiki}/{date}"
        names = self._listed(self._files, folder)
        current = f"{CURRENT}/{wiki}/{_iso(date)}/xml/bzip2"
        choices: tuple[tuple[str, Callable[[], ExportFiles | None]], ...] = (
            (folder, lambda: multistream(f"{stem}-{MULTISTREAM}", names)),
            (current, lambda: self._current(current)),
            (folder, lambda: plain(stem, names)),
        )
        for place, choose in choices:
            with _within(place):
                found = choose()
            if found:
                named = ((TEXT, found.dumps), (INDEX, found.indexes))
                return [
                    _summed(NamedFile(f"{what} {number}", f"{place}/{name}"), found.sums)
                    for what, files in named
                    for number, name in enumerate(files, 1)
                ]
        return []

    def wiki_files(self, wiki: str, date: str) -> WikiFiles:
        """Find all that is read of a wiki's dump, with what the dump says of it."""
        found, waiting = self._there(wiki, date)
        try:
            status = self.status(wiki, date)
        except ValueError as error:
            return WikiFiles((), (f"{wiki}/{date}/{STATUS} can not be read: {error}",))
        if status:
            problems = dict.fromkeys(_unfinished(status, found))
            waiting += [f"{wiki}/{date}/{STATUS}: {problem}" for problem in problems]
        files = [replace(file, told=file.told or _told(status, file)) for file in found]
        # Where the status has no sum, a list may have it.
        promised = (
            {each.name for named in status.files.values() for each in named} if status else set()
        )
        if not all(file.told and file.told.sha1 for file in files):
            sums = self.sums(f"{wiki}/{date}/{wiki}-{date}-sha1sums.txt")
            files = [_summed(file, sums) for file in files]
            promised |= sums.keys()
        texts = {file.path.rpartition("/")[2] for file in files if file.what.startswith(_EXPORT)}
        lacking = missing_parts(texts, promised)
        waiting += [f"{wiki}/{date}/{name} is not there" for name in lacking]
        return WikiFiles((*files,), (*waiting,))

    def history_files(self, wiki: str, month: str) -> list[NamedFile]:
        """Find the history of a wiki as it was at the end of a month (YYYY-MM), all its ranges in
        their order; none where there is none.

        Raises InputError for a range that is missing between others, or is there twice.
        """
        folder = f"{ALL_HISTORY}/{month}/{wiki}"
        with _within(folder):
            found = history_files(wiki, month, self._listed(self._files, folder))
        return [NamedFile(f"{HISTORY} {each.range}", f"{folder}/{each.name}") for each in found]

    def history_of(
        self, wiki: str, key: day, most_days: int = MONTH_DAYS
    ) -> tuple[str, list[NamedFile]] | None:
        """Find the newest month of months_before of which a wiki's history is there, and its files.

        Raises InputError as history_files does.
        """
        for month in months_before(key, most_days):
            wikis = self._listed(self._folders, f"{ALL_HISTORY}/{month}")
            if wiki in wikis and (files := self.history_files(wiki, month)):
                return month, files
        return None

    def pageviews_file(self, month: str) -> NamedFile | None:
        """Find the views of a month (YYYY-MM), of all wikis. A file that is called as that of
        another month is never taken, whatever folder it is in.
        """
        folder, name = f"{ALL_PAGEVIEWS}/{month[:4]}/{month}", month.replace("-", "")
        found = self._either(folder, f"pageviews-{name}-user")
        return NamedFile(PAGEVIEWS, found) if found else None

    def pageviews_of(self, key: day, most_days: int = MONTH_DAYS) -> tuple[str, NamedFile] | None:
        """Find the newest month of months_before of which the views are there, and their file."""
        for month in months_before(key, most_days):
            if file := self.pageviews_file(month):
                return month, file
        return None

    def _there(self, wiki: str, date: str) -> tuple[list[NamedFile], list[str]]:
        """Find the files that are there, and say what is needed and is not."""
        try:
            found = self.text_files(wiki, date)
            waiting = [] if found else [f"{wiki}/{date}: no export of the pages' texts is there"]
        except InputError as error:
            found, waiting = [], [str(error)]
        needed, optional = self.tables_of(wiki)
        for table in (*needed, *optional):
            path = self.table(wiki, date, table)
            if path:
                found.append(NamedFile(table, path))
            elif table in needed:
                waiting.append(f"{self.missing(wiki, date, table)} is not there")
        return found, waiting

    def _current(self, folder: str) -> ExportFiles | None:
        names = self._listed(self._files, folder)
        if not names:
            return None
        sums = sha256_sums(self._text(f"{folder}/{_SUMS}"))
        found = content_current(names, sums)
        return replace(found, sums=sums) if found else None


def months_before(key: day, most_days: int = MONTH_DAYS) -> list[str]:
    """Give the months (YYYY-MM) whose data a snapshot may have, the newest first.

    A month stands for all that happened up to its last day: `2026-10` of the history has the edits
    up to then, of the pageviews those of that month. So it is not after the key when its last day
    is not, and from that day on its age is counted: a month that is not over by the key is never
    taken, and for the key 2026-11-02 October is two days old.
    """
    months = []
    last = (key + timedelta(1)).replace(day=1) - timedelta(1)
    while (key - last).days <= most_days:
        months.append(f"{last:%Y-%m}")
        last = last.replace(day=1) - timedelta(1)
    return months


def _iso(date: str) -> str:
    return f"{date[:4]}-{date[4:6]}-{date[6:]}"


@contextmanager
def _within(folder: str) -> Iterator[None]:
    """Say of a file's error in which folder the file is."""
    try:
        yield
    except InputError as error:
        path = f"{folder}/{error.path}"
        raise InputError(path, error.problem, where=error.where, advice=error.advice) from error


def _jobs_of(file: NamedFile) -> tuple[str, ...]:
    """Name the jobs that may write a file of a dump; mediawiki_content_current has none."""
    if file.path.startswith(CURRENT):
        return ()
    if file.what == NAMESPACES:
        return (_NAMESPACES_JOB,)
    if file.what.startswith(_EXPORT):
        return next(jobs for kind, jobs in _EXPORT_JOBS.items() if f"-{kind}" in file.path)
    return (Status.job(file.what),)


def _told(status: Status | None, file: NamedFile) -> Told | None:
    name = file.path.rpartition("/")[2]
    named = (status.files.get(job, ()) for job in _jobs_of(file)) if status else ()
    return next((each for each in chain(*named) if each.name == name), None)


def _summed(file: NamedFile, sums: Mapping[str, str]) -> NamedFile:
    name = file.path.rpartition("/")[2]
    if name not in sums or (file.told and file.told.sha1):
        return file
    return replace(file, told=Told(name, file.told.bytes if file.told else None, sums[name]))


def _unfinished(status: Status, found: Sequence[NamedFile]) -> Iterator[str]:
    """Say which jobs are not done of those that write what was found, or that are to write what is
    read where it is there, or an export that would be read instead.
    """
    for file in found:
        jobs = _jobs_of(file)
        name = file.path.rpartition("/")[2]
        writes = (job for job in jobs if name in (each.name for each in status.files.get(job, ())))
        job = next(writes, next(iter(jobs), ""))
        state = status.states.get(job, "not named" if file.what not in _OPTIONAL else _DONE)
        if job and state != _DONE:
            yield f"the job {job} is {state}"
    there = {file.what: file for file in found}
    for what in sorted(_OPTIONAL - there.keys()):
        (job,) = _jobs_of(NamedFile(what, ""))
        state, files = status.states.get(job, _DONE), status.files.get(job, ())
        if state != _DONE:
            yield f"the job {job} is {state}"
        elif files:
            yield f"{files[0].name} is not there"
    text = there.get(f"{TEXT} 1")
    if text and f"-{MULTISTREAM}" not in text.path:
        for job in _EXPORT_JOBS[MULTISTREAM]:
            if status.states.get(job) in _TO_COME:
                yield f"the job {job} is {status.states[job]}"
