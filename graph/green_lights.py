"""When a source is green: all its files are there and whole (SPEC.md section 8).

What makes up a snapshot is chosen in choice.py; who looks, and when, is in source_sensors.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from resources.errors import UserError
from resources.sources.dumps import ENTITIES, STATUS, Entities, Status, Told, folder_of
from resources.sources.provider import Provider


@dataclass(frozen=True)
class InputFile:
    """A file of a dump, or a partition of a table, as it was when it was looked at. ``table`` is ""
    for entities.
    """

    source: str
    table: str
    dump_date: str
    path: str
    bytes: int
    version: str
    sha1: str | None


@dataclass(frozen=True)
class Light:
    """What was seen of one dump of one source: its files, and what it still waits for.

    ``changed`` is when one of these files last was (UTC). ``error`` is why it could not be looked
    at to the end.
    """

    source: str
    date: str
    files: tuple[InputFile, ...]
    waiting: tuple[str, ...]
    changed: datetime | None = None
    error: UserError | None = None

    @property
    def green(self) -> bool:
        """Whether all files are there and whole."""
        return not self.waiting


class Looker:
    """Looks at the dumps of sources.

    A file of which nothing says that it is whole has to be unchanged for ``settling``; None takes
    all as it is, for somebody who says that it is whole. ``refused`` gives, by path, the
    version of a file that turned out to be damaged, and why; it stays refused until it changes.
    """

    def __init__(
        self,
        dumps: Provider,
        settling: timedelta | None,
        refused: Mapping[str, tuple[str, str]] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.dumps = dumps
        self._settling = settling
        self._refused = refused or {}
        self._now = now

    def refuses(self, source: str, date: str) -> bool:
        """Tell whether any file of a dump turned out to be damaged."""
        folder = f"{folder_of(source)}/{date}/"
        return any(path.startswith(folder) for path in self._refused)

    def light(self, source: str, date: str) -> Light:
        """Look at a dump of any source; that it can not be looked at is what it waits for then."""
        try:
            if source in ENTITIES:
                return self.entities(ENTITIES[source], date)
            return self.wiki(source, date)
        except UserError as error:
            return failed(source, date, error)

    def wiki(self, wiki: str, date: str) -> Light:
        """Look at a dump of a target wiki or of Commons."""
        needed, optional = self.dumps.tables_of(wiki)
        try:
            status = self.dumps.status(wiki, date)
        except ValueError as error:
            return Light(wiki, date, (), (f"{wiki}/{date}/{STATUS} can not be read: {error}",))
        files: list[tuple[InputFile, datetime]] = []
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
                    waiting.append(f"{self.dumps.missing(wiki, date, table)} is not there")
            else:
                if told is None or told.sha1 is None:
                    if sums is None:
                        sums = self.dumps.sums(f"{wiki}/{date}/{wiki}-{date}-sha1sums.txt")
                    sha1 = sums.get(path.rpartition("/")[2])
                    told = replace(told, sha1=sha1) if told else Told(path, None, sha1)
                found = self.file(wiki, table, date, path, told, settle=told.bytes is None)
                if isinstance(found, str):
                    waiting.append(found)
                else:
                    files.append(found)
        return light_of(wiki, date, files, waiting)

    def entities(self, entities: Entities, date: str) -> Light:
        """Look at an entity dump."""
        path = self.dumps.entity_file(entities, date)
        if path is None:
            missing = f"{self.dumps.missing(entities.source, date)} is not there"
            return light_of(entities.source, date, [], [missing])
        sums = self.dumps.sums(f"{entities.folder}/{date}/{entities.sums.format(date=date)}")
        told = Told(path, None, sums.get(path.rpartition("/")[2]))
        found = self.file(entities.source, "", date, path, told, settle=True)
        if isinstance(found, str):
            return light_of(entities.source, date, [], [found])
        return light_of(entities.source, date, [found], [])

    def file(
        self, source: str, table: str, date: str, path: str, told: Told, *, settle: bool
    ) -> tuple[InputFile, datetime] | str:
        """Give a file that is whole, and when it last changed, or say what it waits for.

        ``told`` is what is said of it; ``settle``: nothing says that it is whole.
        """
        found = self.dumps.place.find(path)
        if found is None:
            return f"{path} is not there"
        if told.bytes is not None and found.bytes != told.bytes:
            return f"{path} has {found.bytes:,} of the {told.bytes:,} bytes that {STATUS} names"
        if found.unfinished and self._settling is not None:
            return f"{path} {found.unfinished}"
        if settle and self._settling and found.unfinished is None:
            problem = unsettled(path, found.changed, self._settling, self._now())
            if problem:
                return problem
        version, why = self._refused.get(path, ("", ""))
        if version == found.version:
            return f"{path} is damaged: {why}"
        file = InputFile(source, table, date, path, found.bytes, found.version, told.sha1)
        return file, found.changed


def unsettled(path: str, changed: datetime, settling: timedelta, now: datetime) -> str | None:
    """Say of a file that did not stay unchanged for so long when it changed."""
    # Who waits for no time does not wait for a clock either that goes ahead of this one.
    if not settling or now - changed >= settling:
        return None
    return (
        f"{path} changed at {changed:%Y-%m-%d %H:%M:%S} UTC, "
        f"expected {settling.total_seconds() / 60:g} minutes without a change"
    )


def failed(source: str, date: str, error: UserError) -> Light:
    """Give what is seen of a dump that can not be looked at; without a date it is of any dump."""
    return Light(source, date, (), (f"can not be looked at: {error}",), error=error)


def light_of(
    source: str,
    date: str,
    files: Sequence[tuple[InputFile, datetime]],
    waiting: Sequence[str],
) -> Light:
    """Put together what was seen of a dump's files."""
    changed = max((changed for _, changed in files), default=None)
    return Light(source, date, tuple(file for file, _ in files), tuple(waiting), changed)


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
