"""Partitions of tables, seen as the files that a manifest names.

A path is ``<database>.<table>/snapshot=<value>/wiki_db=<wiki>``, as far as the table is divided; of
feedback it is ``<database>.<table>/year=<year>/month=<month>/day=<day>``.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from resources.errors import InputError
from resources.sources.hive.catalog import Catalog, File, Partition, Stored
from resources.sources.places import Found, OnBytes, Wanted

NOT_THERE = "is not there"
_LONG_AGO = datetime.fromtimestamp(0, UTC)


class Partitions:
    """The partitions of a catalog's tables. What was looked at once is not looked at again.

    ``wikis`` are those whose partitions are looked at together, none is all that there are;
    ``marker`` is the file that says that a partition is whole, "" where none does.
    """

    remote = True
    name = "hive"

    def __init__(self, catalog: Catalog, marker: str, wikis: Sequence[str] = ()) -> None:
        self.catalog = catalog
        self._marker = marker
        self._wikis = frozenset(wikis)
        self._stored: dict[tuple[str, str], dict[tuple[str, ...], Stored]] = {}
        self._days: dict[str, dict[str, list[File]]] = {}

    def forget(self) -> None:
        """Look anew from now on."""
        self._stored.clear()
        self._days.clear()
        self.catalog.forget()

    def find(self, path: str) -> Found | None:
        """See Origin. A partition without any file is there, and so is, for somebody who vouches
        for it, one that is not, where its table has others of its snapshot: then it has no rows.
        """
        name, wanted = parts_of(path)
        if "snapshot" not in wanted:
            return self._day(name, path)
        there = self.catalog.partitions(name) or ()
        of_snapshot = [each for each in there if each.get("snapshot") == wanted["snapshot"]]
        if not of_snapshot:
            return None
        mine = [each for each in of_snapshot if _agrees(each, wanted)]
        if not mine:
            return Found(path, 0, _LONG_AGO, "no partition", NOT_THERE)
        stored = self._look(name, wanted["snapshot"], mine, of_snapshot)
        files = [file for each in stored for file in each.files]
        times = [file.changed for file in files]
        times += [each.changed for each in stored if each.changed and not each.files]
        unfinished = None
        if self._marker:
            marked = all(each.marked for each in stored)
            unfinished = "" if marked else f"has no {self._marker} yet"
        return Found(
            path,
            sum(file.bytes for file in files),
            max(times, default=_LONG_AGO),
            _version(stored),
            unfinished,
        )

    def fingerprints(self, wanted: Sequence[Wanted], on_bytes: OnBytes) -> list[str]:
        """See Origin. No file is read: a partition is known by where it lies and by its files."""
        prints = []
        for each in wanted:
            found = self.find(each.path)
            where = f"{self.name}/{each.path}"
            if found is None:
                raise InputError(where, "no such partition")
            if found.version != each.version:
                raise InputError(
                    where,
                    f"is another partition now: {found.version}; expected {each.version}",
                    advice="put back what was there, or choose anew with --choose-again",
                )
            on_bytes(each.bytes)
            prints.append(hashlib.sha1(found.version.encode(), usedforsecurity=False).hexdigest())
        return prints

    def _look(
        self, name: str, snapshot: str, mine: Sequence[Partition], others: Sequence[Partition]
    ) -> list[Stored]:
        """Look at partitions, and at those of the other wikis with them: one look is dear."""
        known = self._stored.setdefault((name, snapshot), {})
        if not all(_values(each) in known for each in mine):
            together = [
                each
                for each in others
                if each in mine or not self._wikis or each.get("wiki_db") in self._wikis
            ]
            stored = self.catalog.stored(name, together, self._marker)
            known.update(zip(map(_values, together), stored, strict=True))
        return [known[_values(each)] for each in mine]

    def _day(self, name: str, path: str) -> Found | None:
        """Look at a day of events: there are too many hours to ask the catalog for each."""
        if name not in self._days:
            root = self.catalog.root(name)
            days: dict[str, list[File]] = {}
            for file in self.catalog.files([root])[root]:
                days.setdefault(day_of(name, parts_of(f"{name}/{file.path}")[1]), []).append(file)
            self._days[name] = days
        files = self._days[name].get(path)
        if not files:
            return None
        stored = Stored("", None, None, tuple(files))
        changed = max(file.changed for file in files)
        return Found(path, sum(file.bytes for file in files), changed, _version([stored]))


def parts_of(path: str) -> tuple[str, Partition]:
    """Take a path apart: the name of its table, and its values by column."""
    name, *parts = path.split("/")
    pairs = (part.partition("=") for part in parts)
    return name, {column: value for column, equals, value in pairs if equals}


def day_of(name: str, partition: Partition) -> str:
    """Give the path of the day that a partition of events is of; 02 is 2."""
    values = ((column, partition.get(column, "").lstrip("0")) for column in DAY)
    return "/".join([name, *(f"{column}={value}" for column, value in values)])


DAY = ("year", "month", "day")
"""The columns that name a day; hours and data centres are below or beside it."""


def _agrees(partition: Partition, wanted: Partition) -> bool:
    return all(partition.get(column, value) == value for column, value in wanted.items())


def _values(partition: Partition) -> tuple[str, ...]:
    return tuple(partition.values())


def _version(stored: Sequence[Stored]) -> str:
    """Say what partitions are, in a text that is another when one of their files is another."""
    files = [file for each in stored for file in each.files]
    rows = [each.rows for each in stored if each.rows is not None]
    newest = max((file.changed for file in files), default=_LONG_AGO)
    known = [(each.location, [(f.path, f.bytes, f.changed) for f in each.files]) for each in stored]
    digest = hashlib.sha256(repr(known).encode()).hexdigest()[:16]
    told = [f"{len(files)} files"]
    told += [f"newest {newest:%Y-%m-%dT%H:%M:%SZ}"] if files else []
    told += [f"{sum(rows):,} rows"] if rows else []
    told += [f"in {stored[0].location}"] if stored[0].location else []
    return f"{', '.join(told)}, {digest}"
