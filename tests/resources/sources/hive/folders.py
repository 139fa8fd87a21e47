"""A catalog whose tables are folders of this machine, for what looks at partitions and reads none.

What a real one says is tested in test_catalog.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from os import utime
from pathlib import Path

from resources.sources.dumps import COMMONS
from resources.sources.hive.catalog import Catalog, File, Partition, Stored
from resources.sources.hive.layout import Hive, HiveTables
from resources.sources.hive.names import Names

OLD = datetime(2026, 11, 1, tzinfo=UTC)
"""When files changed that have settled."""
MONTHLY = {
    "ptwiki": ("page", "page_props", "pagelinks", "linktarget", "imagelinks", "image"),
    COMMONS: ("page", "categorylinks", "linktarget", "image", "category", "redirect"),
}


class FolderCatalog(Catalog):
    """Tables are folders ``<database>.<table>``, partitions the folders below with a file."""

    def __init__(self, root: Path) -> None:
        self.root_folder = root
        self._partitions = {}

    def partitions(self, name: str) -> tuple[Partition, ...] | None:
        folder = self.root_folder / name
        if not folder.is_dir():
            return None
        below = sorted(each for each in folder.rglob("*=*") if not any(each.glob("*=*")))
        specs = (each.relative_to(folder).as_posix().split("/") for each in below)
        return tuple(dict(part.split("=") for part in spec) for spec in specs)

    def root(self, name: str) -> str:
        return str(self.root_folder / name)

    def stored(self, name: str, partitions: Sequence[Partition], marker: str) -> list[Stored]:
        found = []
        for each in partitions:
            folder = self.root_folder.joinpath(name, *(f"{c}={v}" for c, v in each.items()))
            marked = bool(marker) and any((at / marker).exists() for at in (folder, folder.parent))
            files = self.files([str(folder)])[str(folder)]
            found.append(Stored(folder.name, None, None, files, marked))
        return found

    def files(self, locations: Sequence[str]) -> dict[str, tuple[File, ...]]:
        def of(location: str) -> tuple[File, ...]:
            there = Path(location).rglob("*.parquet")
            return tuple(
                File(
                    file.relative_to(location).as_posix(),
                    file.stat().st_size,
                    datetime.fromtimestamp(file.stat().st_mtime, UTC),
                )
                for file in sorted(there)
            )

        return {location: of(location) for location in locations}


@dataclass(frozen=True)
class Folders(Hive):
    """Tables in folders."""

    root: Path = Path()

    def catalog(self) -> Catalog:
        return FolderCatalog(self.root)


@dataclass(frozen=True)
class Lake:
    """A Data Lake in a folder, to be added to."""

    root: Path
    names: Names

    def add(self, table: str, *, changed: datetime = OLD, **partition: str) -> Path:
        """Add a partition with one file, or replace its file; give the file."""
        parts = (f"{column}={value}" for column, value in partition.items())
        folder = self.root.joinpath(self.names[table], *parts)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "part-0.parquet"
        file.write_text(f"{table} {changed}")
        utime(file, (changed.timestamp(), changed.timestamp()))
        return file

    def add_month(self, month: str, *wikis: str, changed: datetime = OLD) -> None:
        """Add a month of all tables of Commons and of wikis."""
        for wiki in (COMMONS, *(wikis or ("ptwiki",))):
            for table in MONTHLY.get(wiki, MONTHLY["ptwiki"]):
                self.add(table, snapshot=month, wiki_db=wiki, changed=changed)

    def add_week(self, *weeks: str, changed: datetime = OLD) -> None:
        """Add weeks of all weekly tables."""
        for week in weeks:
            for table in ("item_page_link", "wikidata_entity", "commons_entity"):
                self.add(table, snapshot=week, changed=changed)

    def hive(self) -> Hive:
        """Give what the resource of inputs has."""
        return Folders(None, self.names, self.root)  # type: ignore[arg-type]

    def tables(self, *targets: str, day: str = "2026-11-03") -> HiveTables:
        """Look at it on a day, anew."""
        now = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=1)
        return HiveTables(self.hive(), targets, lambda: now)


def data_lake(root: Path, marker: str = "") -> Lake:
    """Make a Data Lake with one month and one week, all whole."""
    lake = Lake(root / "hive", Names({}, marker))
    lake.add_month("2026-10")
    lake.add_week("2026-11-02")
    return lake
