"""The layout of the public dumps: which file is where. Nothing is read or chosen here."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date as day
from typing import Annotated, ClassVar

import msgspec

from resources.errors import UserError
from resources.sources.places import Place
from resources.sources.sums import sha1_sums

COMMONS = "commonswiki"
ENDINGS = (".gz", ".bz2")
NO_TARGETS = frozenset({COMMONS, "wikidatawiki"})
WIKI_TABLES = ("page", "page_props", "pagelinks", "linktarget", "imagelinks", "image")
COMMONS_TABLES = ("page", "categorylinks", "linktarget")
OPTIONAL_COMMONS_TABLES = ("image", "category", "redirect")
_TABLES = (*dict.fromkeys((*WIKI_TABLES, *COMMONS_TABLES, *OPTIONAL_COMMONS_TABLES)),)
FEEDBACK = "event/mediawiki_image_suggestions_feedback"
STATUS = "dumpstatus.json"
_DATE = re.compile(r"\d{8}", re.ASCII)
WIKI_NAME = re.compile(r"[a-z][a-z0-9_]*wik[a-z]*", re.ASCII)


@dataclass(frozen=True)
class Entities:
    """One of the two entity dumps: what it is called, its folder, and how its files are called."""

    source: str
    wiki: str
    stem: str
    sums: str

    @property
    def folder(self) -> str:
        """The folder of all its dates."""
        return f"other/wikibase/{self.wiki}"


ITEMS = Entities(
    "wikidata entities",
    "wikidatawiki",
    "wikidata-{date}-all.json",
    "wikidata-{date}-sha1sums.txt",
)
MEDIAINFO = Entities(
    "mediainfo entities",
    "commonswiki",
    "commons-{date}-mediainfo.json",
    "commons-{date}-sha1sums.txt",
)
ENTITIES = {entities.source: entities for entities in (ITEMS, MEDIAINFO)}
"""The entity dumps by the name of their source; every other source is called as its wiki."""
Known = Callable[[str], bool | None]
"""What is known of a folder by its date, without a look into it: whether it has a dump."""


def folder_of(source: str) -> str:
    """Give the folder of all dates of a source."""
    return ENTITIES[source].folder if source in ENTITIES else source


@dataclass(frozen=True)
class Told:
    """What a dump says of one of its files; ``bytes`` and ``sha1`` are None where it says none."""

    name: str
    bytes: int | None
    sha1: str | None

    def __post_init__(self) -> None:
        """Write the sha1 as we do: some lists have it in capitals."""
        if self.sha1:
            object.__setattr__(self, "sha1", self.sha1.lower())


@dataclass(frozen=True)
class Status:
    """What ``dumpstatus.json`` says of what is read: the state of each job, and its files."""

    states: dict[str, str]
    files: dict[str, tuple[Told, ...]]

    @staticmethod
    def job(table: str) -> str:
        """Name the job that writes a table: page_props is written by pagepropstable."""
        return f"{table.replace('_', '')}table"


class Dumps:
    """A place with the layout of Wikimedia's public dump server.

    Dates are written as the dumps write them, ``YYYYMMDD``; paths are below the place. What was
    listed once is not listed again, where that would cost a request.
    """

    excluded: ClassVar[frozenset[str]] = NO_TARGETS
    tables: ClassVar[tuple[str, ...]] = _TABLES
    """By any of which one knows a dump that is read."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._folders: dict[str, list[str]] = {}
        self._files: dict[str, list[str]] = {}

    def wikis(self) -> list[str]:
        """List the wikis that have a dump and can be targets."""
        return [name for name in self.perhaps_wikis() if any(self.dumps_of(name))]

    def perhaps_wikis(self) -> list[str]:
        """List the folders called like a wiki that can be a target, without a look into each."""
        folders = self._listed(self._folders, "")
        return [name for name in folders if WIKI_NAME.fullmatch(name) and name not in self.excluded]

    def no_wikis(self) -> UserError:
        """See Provider."""
        return UserError(
            f"{self.place.name}: no wiki's dump in it; expected folders such as ptwiki/20261102"
        )

    def dumps_of(
        self, source: str, first: str = "", last: str = "9", known: Known = lambda _: None
    ) -> Iterator[str]:
        """Give the dates of the dumps of a source, from ``first`` to ``last``, the newest first.

        Folders of other dumps may stand between: those of Wikidata's lexemes, or of a wiki's texts.
        Only folders of which nothing is ``known`` are looked into, one for each date that is taken.
        One that can not be looked into is given: whoever looks at the dump learns why.
        """
        for date in reversed(self._listed(self._folders, folder_of(source))):
            if _is_date(date) and first <= date <= last:
                found = known(date)
                if self._has_dump(source, date) if found is None else found:
                    yield date

    def tables_of(self, wiki: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """See Provider."""
        return (COMMONS_TABLES, OPTIONAL_COMMONS_TABLES) if wiki == COMMONS else (WIKI_TABLES, ())

    def jobs(self) -> tuple[str, ...]:
        """Name the jobs of a wiki's dump that write what is read."""
        return (*map(Status.job, self.tables),)

    def table(self, wiki: str, date: str, table: str) -> str | None:
        """Find the file of a wiki's table, where it is there."""
        return self._either(f"{wiki}/{date}", f"{wiki}-{date}-{table}.sql")

    def entity_file(self, entities: Entities, date: str) -> str | None:
        """Find the entity dump of a date, where it is there."""
        return self._either(f"{entities.folder}/{date}", entities.stem.format(date=date))

    def missing(self, source: str, date: str, table: str = "") -> str:
        """See Provider."""
        folder = f"{folder_of(source)}/{date}"
        if source in ENTITIES:
            return f"{folder}/{ENTITIES[source].stem.format(date=date)}.gz"
        return f"{folder}/{source}-{date}-{table}.sql.gz"

    def feedback(self) -> list[str]:
        """List the files of feedback events; none is no error."""
        endings = (".json", *(f".json{ending}" for ending in ENDINGS))
        names = self._listed(self._files, FEEDBACK)
        return [f"{FEEDBACK}/{name}" for name in names if name.endswith(endings)]

    def status(self, wiki: str, date: str) -> Status | None:
        """Read what a dump says of itself; None where it says nothing.

        Raises ValueError where it can not be read, as while it is being written.
        """
        text = self.place.text(f"{wiki}/{date}/{STATUS}")
        return None if text is None else _status(text, self.jobs())

    def sums(self, path: str) -> dict[str, str]:
        """Read a list of sha1 sums: one a file name; none where the list is not there."""
        return sha1_sums(self._text(path))

    def _text(self, path: str) -> str:
        """Read a small file of ASCII; it is empty where it is not there."""
        return (self.place.text(path) or b"").decode("ascii", "replace")

    def _has_dump(self, source: str, date: str) -> bool:
        """Tell whether a folder has a dump of the kind that is read, also one that has just begun:
        then it says of itself that it is to have the tables.
        """
        try:
            if source in ENTITIES:
                return self.entity_file(ENTITIES[source], date) is not None
            if any(self.table(source, date, table) for table in self.tables):
                return True
            status = self.status(source, date)
            return status is not None and bool(status.states)
        except (UserError, ValueError):
            return True

    def _either(self, folder: str, name: str) -> str | None:
        there = self._listed(self._files, folder)
        for ending in ENDINGS:
            if f"{name}{ending}" in there:
                return f"{folder}/{name}{ending}"
        return None

    def _listed(self, known: dict[str, list[str]], path: str) -> list[str]:
        if path in known:
            return known[path]
        listed = self.place.folders(path) if known is self._folders else self.place.files(path)
        if self.place.remote:
            known[path] = listed
        return listed


def _is_date(name: str) -> bool:
    try:
        return bool(_DATE.fullmatch(name) and day.fromisoformat(name))
    except ValueError:
        return False


class _File(msgspec.Struct):
    size: int | None = None
    sha1: str | None = None


class _Job(msgspec.Struct):
    status: Annotated[str, msgspec.Meta(max_length=100)]
    files: dict[str, _File] | None = None


class _Jobs(msgspec.Struct):
    jobs: dict[str, msgspec.Raw]


def _status(text: bytes, jobs: Iterable[str]) -> Status:
    """Read these jobs; the others may look as they like."""
    states, files, job = {}, {}, STATUS
    try:
        told = msgspec.json.decode(text, type=_Jobs).jobs
        for job in jobs:
            if job in told:
                found = msgspec.json.decode(told[job], type=_Job)
                named = (found.files or {}).items()
                states[job] = found.status
                files[job] = tuple(Told(name, each.size, each.sha1 or None) for name, each in named)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{job} is not as expected: {error}") from error
    return Status(states, files)
