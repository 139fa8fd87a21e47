"""Brings the tables of a metastore to what may be read of each snapshot. No Dagster here.

Rows are kept in the lake first, as a partition of a dataset of their own, from which they differ in
nothing; then the metastore's partition is pointed at the version that counts, in one step.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ibis import Table

from graph.decisions import retired
from graph.history import read_gate
from imagesuggest_assets.catalog.published import HIVE_TABLES, kept_as
from imagesuggest_assets.publication.metastore.rows import of_wikis
from resources.engine import Engine
from resources.errors import UserError
from resources.io_manager import count_written
from resources.lake import Lake, parquet_rows
from resources.metastore import Metastore, same_place
from resources.turns import worker
from resources.versions import Statistics

PUT_BACK = "put back"
"""In the details of the delta's partition: the wikis that are in it though the gate holds them."""


@dataclass(frozen=True)
class Done:
    """What was done to a snapshot of a table."""

    table: str
    snapshot: str
    rows: int
    what: str


@dataclass(frozen=True)
class Published:
    """The tables of some datasets, in a lake and in a metastore."""

    lake: Lake
    engine: Engine
    metastore: Metastore
    done: list[Done] = field(default_factory=list)

    def bring(
        self, snapshot: str, rows: Mapping[str, Table], put_back: Collection[str] = ()
    ) -> list[Done]:
        """Let the partitions of a snapshot have ``rows``, by table, as far as these may go out;
        give what was done.

        Of ``put_back`` all may. Partitions of other snapshots lose what is not to be read any more,
        and are pointed at what counts where that was missed. Raises UserError for a metastore that
        does not do it: its tables stay as they are, and the next run does what is left.
        """
        for table, computed in rows.items():
            there = self.metastore.locations(table)
            what = self.metastore.keep(HIVE_TABLES[table], self.lake.folder(kept_as(table)))
            wikis = may_be_read(self.lake, snapshot) | {*put_back}
            self._write(table, snapshot, of_wikis(computed, wikis), put_back, there)
            self._point(table, snapshot, there, " ".join(filter(None, ("written", what))))
            for other in self.lake.snapshots(kept_as(table)):
                # Whoever works on it brings it.
                if other != snapshot and not worker(self.lake.storage, other):
                    self._put_right(table, other, there)
        return self.done

    def _put_right(self, table: str, snapshot: str, there: Mapping[str, str]) -> None:
        gone = sorted(not_to_be_read(self.lake, table, snapshot))
        if gone:
            rows = self.engine.read(self.lake.files(kept_as(table), snapshot))
            left = rows.filter(~rows[rows.columns[0]].isin(gone))
            self._write(table, snapshot, left, put_back_in(self.lake, table, snapshot), there)
        if not same_place(there.get(snapshot, ""), self.lake.location(kept_as(table), snapshot)):
            what = f"taken out: {', '.join(gone)}" if gone else "pointed at what counts"
            self._point(table, snapshot, there, what)

    def _write(
        self,
        table: str,
        snapshot: str,
        rows: Table,
        put_back: Collection[str],
        there: Mapping[str, str],
    ) -> None:
        """Keep rows in the lake; what the metastore names stays there until it names another."""
        statistics = Statistics(rows=0, bytes=0, seconds=0)
        if put_back:
            statistics.details[PUT_BACK] = sorted(put_back)
        with self.lake.replacing(
            kept_as(table),
            snapshot,
            statistics,
            named=there.values(),
            shared=self.engine.far,
        ) as folder:
            self.engine.write(rows, folder)
            count_written(self.engine, folder, statistics)

    def _point(self, table: str, snapshot: str, there: Mapping[str, str], what: str) -> None:
        self.metastore.point(table, snapshot, self.lake.location(kept_as(table), snapshot))
        rows = self.lake.statistics(kept_as(table), snapshot).rows
        self.done.append(Done(self.metastore.settings.called(table), snapshot, rows, what))


def may_be_read(lake: Lake, snapshot: str) -> frozenset[str]:
    """Give the wikis whose rows of a snapshot were let through, and which were not retired since.

    Raises UserError where the snapshot has not come to its gate, or that can not be read.
    """
    return read_gate(lake, snapshot).published - retired(lake.storage).keys()


def not_to_be_read(lake: Lake, table: str, snapshot: str) -> frozenset[str]:
    """Give the wikis that have rows in what is kept of a table, and may not; none where it can not
    be told, of which people are told elsewhere.
    """
    with suppress(UserError):
        has = lake.statistics(kept_as(table), snapshot).rows_by_wiki.keys()
        may = may_be_read(lake, snapshot).union(put_back_in(lake, table, snapshot))
        return frozenset(has - may)
    return frozenset()


def put_back_in(lake: Lake, table: str, snapshot: str) -> list[str]:
    """Give the wikis that are in what is kept of a table though the gate holds them."""
    details: Mapping[str, Any] = lake.statistics(kept_as(table), snapshot).details
    return list(details.get(PUT_BACK, ()))


def differences(lake: Lake, metastore: Metastore, table: str) -> Iterator[tuple[str, str]]:
    """Find where a table is not as it should be: give the wiki, or "", and a sentence each."""
    called, dataset = metastore.settings.called(table), kept_as(table)
    has = metastore.columns(table)
    for column in HIVE_TABLES[table].columns:
        if has.get(column.name) != column.type:
            yield "", f"{called} has no column {column.name} of the type {column.type}"
    there, kept = metastore.locations(table), lake.snapshots(dataset)
    for snapshot in sorted({*there} - {*kept}):
        yield "", f"{called} has a partition {snapshot}, which is not in the lake; drop it"
    for snapshot in kept:
        if not same_place(there.get(snapshot, ""), lake.location(dataset, snapshot)):
            names = there.get(snapshot) or "nothing"
            yield (
                "",
                f"{called} has {names} for {snapshot}, expected {lake.location(dataset, snapshot)}",
            )
        rows = parquet_rows(lake.files(dataset, snapshot))
        expected = lake.statistics(dataset, snapshot)
        if rows != expected.rows:
            yield "", f"{called} has {rows:,} rows of {snapshot}, expected {expected.rows:,}"
        for wiki in sorted(not_to_be_read(lake, table, snapshot)):
            many = expected.rows_by_wiki[wiki]
            yield wiki, f"{called} has {many:,} rows of {wiki} for {snapshot}, which may not go out"
