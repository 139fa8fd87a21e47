"""Which partition of the Data Lake's tables is whose, and of which date (SPEC.md section 10).

A snapshot's key is that of the weekly tables. Monthly tables give the newest month that is complete
on the key's date. No row is read here.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from resources.errors import UserError
from resources.sources.dumps import (
    COMMONS,
    COMMONS_TABLES,
    ENTITIES,
    ITEMS,
    NO_TARGETS,
    OPTIONAL_COMMONS_TABLES,
    WIKI_NAME,
    WIKI_TABLES,
    Entities,
    Known,
)
from resources.sources.hive.catalog import Catalog, HasSession
from resources.sources.hive.names import Names
from resources.sources.hive.place import NOT_THERE, Partitions, day_of

ITEM_PAGE_LINK = "item_page_link"
WEEKLY = (ITEM_PAGE_LINK, "wikidata_entity", "commons_entity")
OPTIONAL_WIKI_TABLES = ("image",)
"""Without it the files of a wiki are its own pages of files."""
OLDEST_MONTH = timedelta(days=45)
"""How long ago the month may have ended that is taken while a newer one is not complete: Sqoop
brings a month in its first two weeks after it."""
EXPECTED_WEEKS = 3
"""So many weeks after the newest that is there are waited for, one table having come or not."""
_WEEK = timedelta(days=7)
_MONDAY = 0


@dataclass(frozen=True)
class Hive:
    """A Spark session's catalog, and what the tables in it are called."""

    spark: HasSession
    names: Names

    def catalog(self) -> Catalog:
        """Look at the catalog anew."""
        return Catalog(self.spark)


class HiveTables:
    """The Data Lake's tables as a Provider: a dump of a source is its partitions of a date.

    A target wiki's date is a week's; Commons' is the last day of a month; that of entities is what
    their table says. ``targets`` are the wikis that are wanted; none is all that there are.
    """

    def __init__(
        self,
        hive: Hive,
        targets: Sequence[str] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.names = hive.names
        self.catalog = hive.catalog()
        self.place = Partitions(
            self.catalog, hive.names.marker, (*targets, COMMONS) if targets else ()
        )
        self._targets = tuple(targets)
        self._now = now
        self._months: dict[date, str] = {}

    def perhaps_wikis(self) -> list[str]:
        """List the wikis of the two newest months: one that is being written has not all of them.

        Raises UserError where the table of pages does not tell its wikis apart by partitions.
        """
        newest = self._snapshots("page")[-2:]
        of_newest = [each for each in self._there("page") if each["snapshot"] in newest]
        if any("wiki_db" not in each for each in of_newest):
            raise UserError(
                f"{self.names['page']} has no partitions by wiki_db; name the target wikis with "
                "--wikis (or IMAGESUGGEST_WIKIS)"
            )
        wikis = {each["wiki_db"] for each in of_newest}
        return sorted(wiki for wiki in wikis - NO_TARGETS if WIKI_NAME.fullmatch(wiki))

    def wikis(self) -> list[str]:
        """See Provider."""
        return self.perhaps_wikis()

    def no_wikis(self) -> UserError:
        """See Provider."""
        return UserError(
            f"{self.names['page']}: no wiki in it; expected partitions such as "
            "snapshot=2026-10/wiki_db=ptwiki of a table that the catalog of Spark knows: see "
            "IMAGESUGGEST_HIVE_TABLES and IMAGESUGGEST_SPARK"
        )

    def dumps_of(
        self, source: str, first: str = "", last: str = "9", known: Known = lambda _: None
    ) -> Iterator[str]:
        """See Provider. A week that a table misses is among those of a wiki, to be waited for."""
        dates: list[date | None]
        if source in ENTITIES:
            dates = [_day(each) for each in self._snapshots(_table_of(ENTITIES[source]))]
        elif source == COMMONS:
            dates = [_month_end(month) for month in self._snapshots("page")]
        else:
            dates = [*self._weeks()] if self._has_pages(source) else []
        for day in sorted(filter(None, dates), reverse=True):
            if first <= f"{day:%Y%m%d}" <= last:
                yield f"{day:%Y%m%d}"

    def tables_of(self, wiki: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """See Provider."""
        if wiki == COMMONS:
            return COMMONS_TABLES, OPTIONAL_COMMONS_TABLES
        needed = [table for table in WIKI_TABLES if table not in OPTIONAL_WIKI_TABLES]
        return (ITEM_PAGE_LINK, *needed), OPTIONAL_WIKI_TABLES

    def table(self, wiki: str, date: str, table: str) -> str | None:
        """See Provider. Its partition is named where only the table is there: it may have no rows,
        and so no partition, but for pages.
        """
        there = self.catalog.partitions(self.names[table]) is not None
        path = self.missing(wiki, date, table)
        if table == "page" and (found := self.place.find(path)) and found.unfinished == NOT_THERE:
            return None
        return path if there else None

    def entity_file(self, entities: Entities, date: str) -> str | None:
        """See Provider."""
        path = self.missing(entities.source, date)
        there = self.catalog.partitions(self.names[_table_of(entities)])
        return path if there and self.place.find(path) else None

    def missing(self, source: str, date: str, table: str = "") -> str:
        """See Provider."""
        day = _day(date)
        key = f"{day:%Y-%m-%d}" if day else "YYYY-MM-DD"
        if source in ENTITIES:
            return f"{self.names[_table_of(ENTITIES[source])]}/snapshot={key}"
        if table != ITEM_PAGE_LINK and day:
            key = f"{day:%Y-%m}" if source == COMMONS else self._month(day)
        return f"{self.names[table]}/snapshot={key}/wiki_db={source}"

    def feedback(self) -> list[str]:
        """List the days of events; none is no error."""
        name = self.names["feedback"]
        return sorted({day_of(name, each) for each in self.catalog.partitions(name) or ()})

    def status(self, wiki: str, date: str) -> None:
        """Partitions say nothing of each other."""

    def sums(self, path: str) -> dict[str, str]:
        """Partitions have no sha1."""
        return {}

    def _there(self, table: str) -> list[dict[str, str]]:
        partitions = self.catalog.partitions(self.names[table]) or ()
        return [dict(each) for each in partitions if "snapshot" in each]

    def _snapshots(self, table: str) -> list[str]:
        """List the snapshots of a table, oldest first."""
        return sorted({each["snapshot"] for each in self._there(table)})

    def _has_pages(self, wiki: str) -> bool:
        return any(each.get("wiki_db", wiki) == wiki for each in self._there("page"))

    def _weeks(self) -> list[date]:
        """List the weeks: of all weekly tables, and the Mondays since that have passed."""
        links = {_day(each) for each in self._snapshots(ITEM_PAGE_LINK)}
        others = {_day(each) for table in WEEKLY for each in self._snapshots(table)}
        weeks = {day for day in links if day}
        weeks |= {day for day in others if day and day.weekday() == _MONDAY}
        if weeks:
            newest = max(weeks)
            monday = newest - timedelta(days=newest.weekday())
            expected = (monday + number * _WEEK for number in range(1, EXPECTED_WEEKS + 1))
            weeks |= {day for day in expected if day <= self._now().date()}
        return sorted(weeks)

    def _month(self, day: date) -> str:
        """Give the newest month that was over on a day and is complete.

        Where none is that ended ``OLDEST_MONTH`` ago or later, it is the newest that is there at
        all, so that what it lacks is waited for.
        """
        if day not in self._months:
            over = [(month, _month_end(month)) for month in self._snapshots("page")]
            fit = [month for month, end in over if end and end <= day and day - end <= OLDEST_MONTH]
            last = day.replace(day=1) - timedelta(days=1)
            newest = fit[-1] if fit else f"{last:%Y-%m}"
            complete = (month for month in reversed(fit) if self._complete(month))
            # With one month alone there is nothing to choose.
            self._months[day] = next(complete, newest) if len(fit) > 1 else newest
        return self._months[day]

    def _complete(self, month: str) -> bool:
        """Tell whether all tables of a month are there with all their wikis, and not unfinished."""
        for wiki in (COMMONS, *(self._targets or self.perhaps_wikis())):
            needed, optional = self.tables_of(wiki)
            for table in (*needed, *optional):
                name = self.names[table]
                if table == ITEM_PAGE_LINK or (
                    table in optional and self.catalog.partitions(name) is None
                ):
                    continue
                found = self.place.find(f"{name}/snapshot={month}/wiki_db={wiki}")
                if found is None or found.unfinished:
                    return False
        return True


def _table_of(entities: Entities) -> str:
    return "wikidata_entity" if entities is ITEMS else "commons_entity"


def _day(text: str) -> date | None:
    """Read a date with hyphens or without; None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _month_end(month: str) -> date | None:
    """Give the last day of a month ``YYYY-MM``; None for what is none."""
    first = _day(f"{month}-01")
    return first and first.replace(day=monthrange(first.year, first.month)[1])
