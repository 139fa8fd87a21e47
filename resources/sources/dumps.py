"""The layout of the public dumps: which file is where. Nothing is read or chosen here."""

import re
from dataclasses import dataclass
from pathlib import Path

from resources.errors import InputError, UserError

COMMONS = "commonswiki"
ENDINGS = (".gz", ".bz2")
NO_TARGETS = frozenset({COMMONS, "wikidatawiki"})
_DATE = re.compile(r"\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", re.ASCII)


@dataclass(frozen=True)
class Entities:
    """One of the two entity dumps: its folder and how its files are called."""

    wiki: str
    stem: str


ITEMS = Entities("wikidatawiki", "wikidata-{date}-all.json")
MEDIAINFO = Entities("commonswiki", "commons-{date}-mediainfo.json")


class Dumps:
    """A folder with the layout of Wikimedia's public dump server.

    Dates are written as the dumps write them, ``YYYYMMDD``. Raises UserError where the folder is
    not there.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            found = "not a folder" if root.exists() else "no such folder"
            raise UserError(
                f"{root}: {found}; --dumps (or IMAGESUGGEST_DUMPS) names a folder with the "
                "layout of the public dumps, such as `imagesuggest sample` makes"
            )
        self.root = root

    def wikis(self) -> list[str]:
        """List the wikis that have a dump and can be targets."""
        folders = (folder.name for folder in self.root.iterdir() if folder.is_dir())
        return sorted(name for name in folders if name not in NO_TARGETS and self.dates(name))

    def dates(self, wiki: str) -> list[str]:
        """List the dates of a wiki's dumps, oldest first."""
        return _dates(self.root / wiki)

    def table(self, wiki: str, date: str, table: str) -> Path:
        """Find the file of a wiki's table. Raises InputError when it is not there."""
        name = f"{wiki}-{date}-{table}.sql"
        found = self.optional_table(wiki, date, table)
        if found is None:
            raise InputError(
                self.root / wiki / date / f"{name}.gz",
                "no such file",
                advice=f"the {table} table of {wiki} is needed; fetch it from the same dump",
            )
        return found

    def optional_table(self, wiki: str, date: str, table: str) -> Path | None:
        """Find the file of a wiki's table, where it is there."""
        return _either(self.root / wiki / date / f"{wiki}-{date}-{table}.sql")

    def entity_dates(self, entities: Entities) -> list[str]:
        """List the dates for which there is an entity dump, oldest first."""
        folder = self._entity_folder(entities)
        return [date for date in _dates(folder) if self._entity_file(entities, date)]

    def entity_file(self, entities: Entities, date: str) -> Path:
        """Find the entity dump of a date. Raises InputError when it is not there."""
        found = self._entity_file(entities, date)
        if found is None:
            missing = self._entity_folder(entities) / date / entities.stem.format(date=date)
            raise InputError(f"{missing}.gz", "no such file")
        return found

    def feedback(self) -> list[Path]:
        """List the files of feedback events; none is no error."""
        folder = self.root / "event" / "mediawiki_image_suggestions_feedback"
        names = ("*.json", "*.json.gz", "*.json.bz2")
        return sorted(file for name in names for file in folder.glob(name))

    def _entity_folder(self, entities: Entities) -> Path:
        return self.root / "other" / "wikibase" / entities.wiki

    def _entity_file(self, entities: Entities, date: str) -> Path | None:
        return _either(self._entity_folder(entities) / date / entities.stem.format(date=date))


def _dates(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return sorted(each.name for each in folder.iterdir() if _DATE.fullmatch(each.name))


def _either(path: Path) -> Path | None:
    for ending in ENDINGS:
        file = path.with_name(path.name + ending)
        if file.exists():
            return file
    return None
