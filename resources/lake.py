"""Where datasets are kept: Parquet by snapshot, replaced whole. No Dagster here.

A partition is written to a folder of its own each time, a version, and one small file beside the
versions names the one that counts; the key is a date ``YYYY-MM-DD``:

    <lake>/<dataset>/snapshot=<key>/_current.json
    <lake>/<dataset>/snapshot=<key>/<version>/*.parquet

``_current.json`` is a Version (versions.py): the version's name, its files, and what is recorded
about them. A version never changes and is there whole before it is named, so that replacing this
small file is the one step in which a partition is replaced. It is replaced only while it is what it
was when the write began: of two runs that replace the same partition at once, the second says so
and changes nothing. Who reads asks once what counts, and reads those files to the end. What counts
no more is noted in the file with the time, and removed ``KEPT`` after it by whoever writes the
dataset next, and so is what a killed run left before it counted.

What is half-written or spilled lives in ``<lake>/.scratch``, or in a folder of this machine where
the lake is at an address. Where all of it is put and listed is asked of a Storage. Before, files
and ``_statistics.json`` were in the partition's folder itself; such a lake is refused until
conversion.py has converted it.
"""

import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pyarrow.parquet as pq

from resources.errors import InputError, UserError
from resources.lake_paths import Address, LakePath, hadoop_address, readable
from resources.scratch import Scratch
from resources.storage import LocalStorage, storage_at
from resources.versions import (
    CURRENT,
    KEPT,
    OLD_STATISTICS,
    PARTITION,
    Statistics,
    Version,
    is_ours,
    key_of,
    place_of,
    replaced_by,
    version_name,
)

_SETTLING = timedelta(minutes=10)
"""A partition in which no version counts after so long is not one that is just being written."""


class Lake:
    """The partitions below one folder, of this machine or at an address: see storage_at()."""

    def __init__(self, where: Path | str, scratch: str = "") -> None:
        """``scratch`` is a folder of this machine for what is half-written; see storage_at()."""
        self.storage = storage_at(where, scratch)
        self.path = self.storage.path("")
        self._may_be_old = isinstance(self.storage, LocalStorage)
        self._shared: str | None = None

    @property
    def scratch(self) -> Scratch:
        """This process's scratch folder, made when it is first needed.

        Raises UserError for a lake of the old layout, so that nothing new comes into one.
        """
        if self._may_be_old:
            self.refuse_old_layout()
            self._may_be_old = False
        return self.storage.scratch

    def refuse_old_layout(self) -> None:
        """Raise UserError where any partition has the layout of before there were versions."""
        for dataset in self.storage.names(""):
            self.snapshots(dataset)

    def close(self) -> None:
        """Remove what goes with this process."""
        if self._shared is not None:
            self.storage.remove(self._shared)
            self._shared = None
        self.storage.close()

    def partition(self, dataset: str, snapshot: str) -> LakePath:
        """Give the folder of a partition, whether it is there or not."""
        return self.storage.path(place_of(dataset, snapshot))

    def snapshots(self, dataset: str) -> list[str]:
        """List the snapshots a dataset is there for, oldest first; see strangers()."""
        return [key for key in self._keys(dataset) if self.has(dataset, key)]

    def strangers(self) -> list[LakePath]:
        """List what lies among partitions and is none.

        Such as ``snapshot=2026-11-02.bak``, or a folder in which no version counts.
        """
        return sorted(
            self.storage.path(f"{dataset}/{name}")
            for dataset in self.storage.names("")
            if not dataset.startswith(".")
            for name in self.storage.names(dataset)
            if name.startswith(PARTITION) and self._is_strange(dataset, name)
        )

    def has(self, dataset: str, snapshot: str) -> bool:
        """Tell whether a partition is there. Raises UserError for one of the old layout."""
        place = place_of(dataset, snapshot)
        there = self.storage.has(f"{place}/{CURRENT}")
        if not there and self.storage.has(f"{place}/{OLD_STATISTICS}"):
            raise UserError(
                f"{self.path}: the lake has the layout of before partitions had versions; "
                "convert it: imagesuggest lake convert"
            )
        return there

    def files(self, dataset: str, snapshot: str) -> list[LakePath]:
        """List a partition's files. They stay when another run replaces it, for a day (``KEPT``).

        Raises UserError for a partition that is not there, InputError for one without files.
        """
        current = self._current(dataset, snapshot)
        folder = f"{place_of(dataset, snapshot)}/{current.version}"
        gone = {*current.files}.difference(self.storage.names(folder))
        if gone or not current.files:
            raise InputError(
                self.partition(dataset, snapshot),
                f"{dataset} has no partition {snapshot} in {self.path}: files are missing",
                advice="materialize it again, or move the folder away",
            )
        return [self.storage.path(f"{folder}/{name}") for name in current.files]

    def rows(
        self, dataset: str, snapshot: str, columns: list[str] | None = None
    ) -> list[dict[str, Any]]:
        """Read all rows of a small dataset, or some columns of them. Raises what files() does."""
        rows: list[dict[str, Any]] = []
        for file in self.files(dataset, snapshot):
            # What reads whole datasets would be imported with read_table, and takes 50 MB.
            with pq.ParquetFile(readable(file)) as parquet:
                rows += parquet.read(columns=columns, use_threads=False).to_pylist()
        return rows

    def folder(self, dataset: str) -> str:
        """Give the address of the folder that a dataset's partitions lie in, there or not."""
        return hadoop_address(self.storage.path(dataset))

    def location(self, dataset: str, snapshot: str) -> str:
        """Give the address of the folder of what counts of a partition; none is like another's."""
        version = self._current(dataset, snapshot).version
        return f"{self.folder(dataset)}/{PARTITION}{snapshot}/{version}"

    def datasets(self) -> list[str]:
        """List what is there of any snapshot, or was begun to be."""
        return sorted(name for name in self.storage.names("") if self._keys(name))

    def written(self, dataset: str, snapshot: str) -> datetime:
        """Tell when what counts of a partition was written."""
        version = self._current(dataset, snapshot).version
        return datetime.strptime(version.partition("-")[0], "%Y%m%dT%H%M%S%z")

    def remove(self, dataset: str, snapshot: str) -> None:
        """Remove a partition with all of its versions. Nobody may be writing it.

        Whatever is killed, no partition is left that lacks a file: it is none as soon as this has
        begun; see left_over(). Files of others in its folder go, too.
        """
        place = place_of(dataset, snapshot)
        self.storage.remove(f"{place}/{CURRENT}")
        self.storage.remove(place)

    def left_over(self, dataset: str) -> list[str]:
        """List the snapshots of which a killed run has left versions, and none counts.

        It was killed before it had written the partition to its end, or while it removed it.
        """
        keys = {key: self.storage.names(place_of(dataset, key)) for key in self._keys(dataset)}
        return [key for key, names in keys.items() if all(map(is_ours, names))]

    def statistics(self, dataset: str, snapshot: str) -> Statistics:
        """Read what is recorded about a partition.

        Raises UserError where it is not there, InputError where that can not be read.
        """
        return self._current(dataset, snapshot).statistics

    def aside(self, name: str, *, shared: bool = False) -> LakePath:
        """Give a place that nothing is at yet, for what goes with this process.

        ``shared`` says that other machines have to get at it, as Spark's executors have to: where
        the lake is at an address, it is there, and removed ``KEPT`` later if this is killed.
        """
        if not shared or isinstance(self.path, Path):
            return self.scratch.new(name)
        if self._shared is None:
            for left in self.storage.names(".scratch"):
                if _now() - self.storage.changed(f".scratch/{left}") > KEPT:
                    self.storage.remove(f".scratch/{left}")
            self._shared = f".scratch/{uuid4().hex}"
        return self.storage.path(f"{self._shared}/{name}-{uuid4().hex}")

    def reachable(self, files: Sequence[LakePath], *, far: bool) -> list[LakePath]:
        """Give files that a ``far`` engine gets at: those of this machine are brought to the lake
        aside, where that is at an address.
        """
        folder = self.aside("files", shared=far)
        if isinstance(folder, Path):
            return list(files)
        there: list[LakePath] = []
        for number, file in enumerate(files):
            if isinstance(file, Path):
                to = folder / f"{number}-{file.name}"
                self.storage.bring(file, to.place)
                there.append(to)
            else:
                there.append(file)
        return there

    @contextmanager
    def replacing(
        self,
        dataset: str,
        snapshot: str,
        statistics: Statistics,
        *,
        named: Collection[str] = (),
        shared: bool = False,
    ) -> Iterator[LakePath]:
        """Give a path to write a folder of files at; on success they are what counts.

        ``statistics`` may be filled in meanwhile. Readers, crashes and other runs see the old
        partition or the new one, never half of one, and what is seen is on the disk. Versions
        whose locations are ``named`` elsewhere stay, however old. ``shared`` says that other
        machines write there, see aside(). Raises UserError where another run has replaced the
        partition since this began.
        """
        before = self._read(dataset, snapshot)
        written = self.aside(dataset, shared=shared)
        if isinstance(written, Address):
            # Where a folder can not be moved: it is where it will be, and nothing names it yet.
            written = self.storage.path(f"{place_of(dataset, snapshot)}/{version_name(_now())}")
        try:
            yield written
            version, files = self._brought(dataset, snapshot, written)
        except BaseException:
            self._drop(written)
            raise
        self._put(dataset, snapshot, version, files, statistics, before)
        self._remove_replaced(dataset, {location.rpartition("/")[2] for location in named})

    def _keys(self, dataset: str) -> list[str]:
        """List the keys of folders, in which there may be a partition; the oldest first."""
        # Where the lake is a file, whoever wants to write there says so.
        return sorted(filter(None, map(key_of, self.storage.names(dataset))))

    def _brought(self, dataset: str, snapshot: str, written: LakePath) -> tuple[str, list[str]]:
        """Bring a folder of files to the lake, as a version; give its name and theirs."""
        if isinstance(written, Address):
            return written.name, sorted(file.name for file in written.glob("*.parquet"))
        for file in written.glob("*.parquet"):
            # By its name a file is known again, wherever it lies: none is like another's.
            file.rename(file.with_name(f"{uuid4().hex}.parquet"))
        version, names = (
            version_name(_now()),
            sorted(file.name for file in written.glob("*.parquet")),
        )
        with self._writing(dataset, snapshot):
            self.storage.bring(written, f"{place_of(dataset, snapshot)}/{version}")
        return version, names

    def _put(
        self,
        dataset: str,
        snapshot: str,
        version: str,
        files: list[str],
        statistics: Statistics,
        before: bytes | None,
    ) -> None:
        """Let a version count if ``before`` still does."""
        place, now = place_of(dataset, snapshot), _now()
        current = Version(version, files, statistics, replaced_by(before, now))
        with self._writing(dataset, snapshot):
            # It is not removed if this fails: where it is not known what was put, it may count.
            counts = self.storage.put(f"{place}/{CURRENT}", current.encoded(), before)
        if not counts:
            self.storage.remove(f"{place}/{version}")
            raise UserError(
                f"{self.storage.path(place)}: another run has replaced the partition meanwhile; "
                "what that run wrote counts, and what this one wrote is dropped; "
                "run it again if it should count"
            )

    @contextmanager
    def _writing(self, dataset: str, snapshot: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UserError(
                f"{self.partition(dataset, snapshot)}: the partition cannot be written: "
                f"{error.strerror}"
            ) from error

    def _drop(self, written: LakePath) -> None:
        """Remove what was written and will not count."""
        if isinstance(written, Address):
            self.storage.remove(written.place)
        else:
            shutil.rmtree(written, ignore_errors=True)

    def _read(self, dataset: str, snapshot: str) -> bytes | None:
        """Read the small file that says what counts; None where no partition is."""
        if not self.has(dataset, snapshot):
            return None
        place = f"{place_of(dataset, snapshot)}/{CURRENT}"
        try:
            return self.storage.read(place)
        except OSError as error:
            raise self._unreadable(dataset, snapshot, error) from error

    def _current(self, dataset: str, snapshot: str) -> Version:
        """Read what counts. Raises UserError where nothing does, InputError for what is spoiled."""
        data = self._read(dataset, snapshot)
        if data is None:
            raise UserError(
                f"{dataset} has no partition {snapshot} in {self.path}; materialize it first"
            )
        try:
            return msgspec.json.decode(data, type=Version)
        except ValueError as error:
            raise self._unreadable(dataset, snapshot, error) from error

    def _unreadable(self, dataset: str, snapshot: str, error: Exception) -> InputError:
        place = self.storage.path(f"{place_of(dataset, snapshot)}/{CURRENT}")
        advice = f"materialize {dataset} of {snapshot} again, or move its folder away"
        return InputError(place, f"can not be read: {error}", advice=advice)

    def _remove_replaced(self, dataset: str, named: Collection[str]) -> None:
        """Remove what has not counted for ``KEPT``, where a dataset's partition can be read, but
        for versions that are ``named`` elsewhere.
        """
        for snapshot in self.snapshots(dataset):
            place = place_of(dataset, snapshot)
            # Only names that are given here, since people may leave something of their own.
            left = [name for name in self.storage.names(place) if is_ours(name)]
            if len(left) < 2:
                continue
            with suppress(UserError, FileNotFoundError):
                current = self._current(dataset, snapshot)
                for name in {*left} - {current.version, *named}:
                    since = current.replaced.get(name) or self.storage.changed(f"{place}/{name}")
                    if _now() - since > KEPT:
                        self.storage.remove(f"{place}/{name}")

    def _is_strange(self, dataset: str, name: str) -> bool:
        key, place = key_of(name), f"{dataset}/{name}"
        if not key or not self.storage.path(place).is_dir():
            return True
        there = self.storage.names(place)
        if CURRENT in there or OLD_STATISTICS in there:
            return False
        # What is shipped as files lies in such folders, too, but has neither.
        of_a_partition = not there or any(map(is_ours, there)) or _has_parquet(there)
        return of_a_partition and _now() - self.storage.changed(place) > _SETTLING


def parquet_rows(files: Sequence[LakePath]) -> int:
    """Count the rows of Parquet files, from their footers."""
    return sum(pq.read_metadata(readable(file)).num_rows for file in files)


def _now() -> datetime:
    return datetime.now(UTC)


def _has_parquet(names: list[str]) -> bool:
    return any(name.endswith(".parquet") for name in names)
