"""The layout of the public dumps: which file is where. Nothing is read or chosen here."""

import json
import re
from dataclasses import dataclass
from typing import Any

from resources.sources.places import Place

COMMONS = "commonswiki"
ENDINGS = (".gz", ".bz2")
NO_TARGETS = frozenset({COMMONS, "wikidatawiki"})
WIKI_TABLES = ("page", "page_props", "pagelinks", "linktarget", "imagelinks", "image")
COMMONS_TABLES = ("page", "categorylinks", "linktarget")
OPTIONAL_COMMONS_TABLES = ("image", "category", "redirect")
FEEDBACK = "event/mediawiki_image_suggestions_feedback"
STATUS = "dumpstatus.json"
_DATE = re.compile(r"\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", re.ASCII)
_WIKI = re.compile(r"[a-z][a-z0-9_]*wik[a-z]*", re.ASCII)
_SUM = re.compile(r"([0-9a-fA-F]{40})  ?\*?(\S+)", re.ASCII)


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
    """What ``dumpstatus.json`` says: the state of each job, and the files of each."""

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

    def __init__(self, place: Place) -> None:
        self.place = place
        self._folders: dict[str, list[str]] = {}
        self._files: dict[str, list[str]] = {}

    def wikis(self) -> list[str]:
        """List the wikis that have a dump and can be targets."""
        folders = self._listed(self._folders, "")
        return [name for name in folders if name not in NO_TARGETS and self.dates(name)]

    def perhaps_wikis(self) -> list[str]:
        """List the folders called like a wiki that can be a target, without a look into each."""
        folders = self._listed(self._folders, "")
        return [name for name in folders if _WIKI.fullmatch(name) and name not in NO_TARGETS]

    def dates(self, folder: str) -> list[str]:
        """List the dates of a wiki's dumps, oldest first; also of an entity dump's folder."""
        return [name for name in self._listed(self._folders, folder) if _DATE.fullmatch(name)]

    def table(self, wiki: str, date: str, table: str) -> str | None:
        """Find the file of a wiki's table, where it is there."""
        return self._either(f"{wiki}/{date}", f"{wiki}-{date}-{table}.sql")

    def entity_dates(self, entities: Entities) -> list[str]:
        """List the dates for which there is an entity dump, oldest first."""
        return [date for date in self.dates(entities.folder) if self.entity_file(entities, date)]

    def entity_file(self, entities: Entities, date: str) -> str | None:
        """Find the entity dump of a date, where it is there."""
        return self._either(f"{entities.folder}/{date}", entities.stem.format(date=date))

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
        return None if text is None else _status(text)

    def sums(self, path: str) -> dict[str, str]:
        """Read a list of sha1 sums: one a file name; none where the list is not there."""
        text = self.place.text(path)
        lines = (text or b"").decode("ascii", "replace").splitlines()
        found = (_SUM.fullmatch(line.strip()) for line in lines)
        return {each[2]: each[1] for each in found if each}

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


def _status(text: bytes) -> Status:
    try:
        jobs: dict[str, dict[str, Any]] = json.loads(text)["jobs"]
        files = {
            job: tuple(
                Told(name, each.get("size"), each.get("sha1") or None)
                for name, each in (about.get("files") or {}).items()
            )
            for job, about in jobs.items()
        }
        return Status({job: str(about["status"]) for job, about in jobs.items()}, files)
    except (UnicodeDecodeError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"not as expected: {error}") from error
