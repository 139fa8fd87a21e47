"""When a source is green: all its files are there and whole (SPEC.md section 8).

What makes up a snapshot is chosen in choice.py; who looks, and when, is in source_sensors.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from resources.sources.dumps import (
    COMMONS,
    COMMONS_TABLES,
    OPTIONAL_COMMONS_TABLES,
    STATUS,
    WIKI_TABLES,
    Dumps,
    Entities,
    Status,
    Told,
)
from resources.sources.places import Found


@dataclass(frozen=True)
class InputFile:
    """A file of a dump, as it was when it was looked at. ``table`` is "" for entities."""

    source: str
    table: str
    dump_date: str
    path: str
    bytes: int
    version: str
    sha1: str | None


@dataclass(frozen=True)
class Light:
    """What was seen of one dump of one source: its files, and what it still waits for."""

    source: str
    date: str
    files: tuple[InputFile, ...]
    waiting: tuple[str, ...]

    @property
    def green(self) -> bool:
        """Whether all files are there and whole."""
        return not self.waiting


class Looker:
    """Looks at the dumps of sources.

    A file of a dump that has no ``dumpstatus.json`` has to be unchanged for ``settling``; None
    takes it as it is, for somebody who says that it is whole. ``refused`` gives, by path, the
    version of a file that turned out to be damaged, and why; it stays refused until it changes.
    """

    def __init__(
        self,
        dumps: Dumps,
        settling: timedelta | None,
        refused: Mapping[str, tuple[str, str]] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.dumps = dumps
        self._settling = settling
        self._refused = refused or {}
        self._now = now

    def refuses(self, folder: str) -> bool:
        """Tell whether any file in a folder turned out to be damaged."""
        return any(path.startswith(f"{folder}/") for path in self._refused)

    def wiki(self, wiki: str, date: str) -> Light:
        """Look at a dump of a target wiki or of Commons."""
        needed = COMMONS_TABLES if wiki == COMMONS else WIKI_TABLES
        optional = OPTIONAL_COMMONS_TABLES if wiki == COMMONS else ()
        try:
            status = self.dumps.status(wiki, date)
        except ValueError as error:
            return Light(wiki, date, (), (f"{wiki}/{date}/{STATUS} can not be read: {error}",))
        files: list[InputFile] = []
        waiting: list[str] = []
        sums: dict[str, str] | None = None
        for table in (*needed, *optional):
            path = self.dumps.table(wiki, date, table)
            absent = table in optional and not (status and Status.job(table) in status.states)
            told, problem = _told(status, table, path, optional=absent)
            if problem:
                waiting.append(f"{wiki}/{date}/{STATUS}: {problem}")
            elif path is None:
                if not absent:
                    waiting.append(f"{wiki}/{date}/{wiki}-{date}-{table}.sql.gz is not there")
            else:
                if told is None or told.sha1 is None:
                    if sums is None:
                        sums = self.dumps.sums(f"{wiki}/{date}/{wiki}-{date}-sha1sums.txt")
                    sha1 = sums.get(path.rpartition("/")[2])
                    told = replace(told, sha1=sha1) if told else Told(path, None, sha1)
                found = self._file(wiki, table, date, path, told, settle=told.bytes is None)
                if isinstance(found, InputFile):
                    files.append(found)
                else:
                    waiting.append(found)
        return Light(wiki, date, tuple(files), tuple(waiting))

    def entities(self, entities: Entities, date: str) -> Light:
        """Look at an entity dump."""
        path = self.dumps.entity_file(entities, date)
        if path is None:
            missing = f"{entities.folder}/{date}/{entities.stem.format(date=date)}.gz"
            return Light(entities.source, date, (), (f"{missing} is not there",))
        sums = self.dumps.sums(f"{entities.folder}/{date}/{entities.sums.format(date=date)}")
        told = Told(path, None, sums.get(path.rpartition("/")[2]))
        found = self._file(entities.source, "", date, path, told, settle=True)
        if isinstance(found, InputFile):
            return Light(entities.source, date, (found,), ())
        return Light(entities.source, date, (), (found,))

    def feedback(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """Look at the files of feedback: the version of each that is whole, and what is not yet."""
        versions, waiting = {}, []
        for path in self.dumps.feedback():
            found = self._file("feedback", "", "", path, Told(path, None, None), settle=True)
            if isinstance(found, InputFile):
                versions[path] = found.version
            else:
                waiting.append(found)
        return versions, tuple(waiting)

    def _file(
        self, source: str, table: str, date: str, path: str, told: Told, *, settle: bool
    ) -> InputFile | str:
        """Give a file that is there and whole, or say what it waits for."""
        found = self.dumps.place.find(path)
        if found is None:
            return f"{path} is not there"
        if told.bytes is not None and found.bytes != told.bytes:
            return f"{path} has {found.bytes:,} of the {told.bytes:,} bytes that {STATUS} names"
        if settle and (problem := self._unsettled(found)):
            return problem
        version, why = self._refused.get(path, ("", ""))
        if version == found.version:
            return f"{path} is damaged: {why}"
        return InputFile(source, table, date, path, found.bytes, found.version, told.sha1)

    def _unsettled(self, found: Found) -> str | None:
        if self._settling is None:
            return None
        since = self._now() - found.changed
        if since >= self._settling:
            return None
        minutes = self._settling.total_seconds() / 60
        return (
            f"{found.path} changed {max(since.total_seconds(), 0):.0f} s ago, "
            f"expected {minutes:g} minutes without a change"
        )


def _told(
    status: Status | None, table: str, path: str | None, *, optional: bool
) -> tuple[Told | None, str | None]:
    """Find what a dump says of a table's file, and what of its job is not done yet.

    A file that is not named, for instance one compressed in another way, counts as one of which
    nothing is said.
    """
    if status is None:
        return None, None
    job = Status.job(table)
    state = status.states.get(job)
    if state is None:
        return None, None if optional else f"the job {job} is not named"
    if state != "done":
        return None, f"the job {job} is {state}"
    name = (path or "").rpartition("/")[2]
    return next((each for each in status.files.get(job, ()) if each.name == name), None), None
