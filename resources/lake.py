"""Where datasets are kept: Parquet by snapshot, replaced whole. No Dagster here.

``<lake>/<dataset>/snapshot=<key>/*.parquet``, with ``_statistics.json`` beside the files, the key a
date ``YYYY-MM-DD``. What is half-written, spilled or being read lives in ``<lake>/.scratch``.
"""

import ctypes
import errno
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import msgspec
import pyarrow.parquet as pq

from resources.disk import make_folder, sync, sync_whole
from resources.errors import InputError, UserError
from resources.scratch import Scratch

STATISTICS = "_statistics.json"
_ASIDE = ".aside-"
_PARTITION = "snapshot="
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
T = TypeVar("T")


@dataclass
class Statistics:
    """What is recorded about a partition, beside its rows.

    ``rows_by_wiki`` is empty where rows belong to no wiki. ``taken_out`` counts, by named
    condition and wiki (``""`` where rows belong to no wiki), the rows that the condition was the
    first to hold for, and ``candidates`` the rows before any of them, by wiki. ``counts`` are what
    is compared with other snapshots: by measure, wiki and name, ``""`` where there is none of these
    two. ``details`` is what the asset wants remembered.
    """

    rows: int
    bytes: int
    seconds: float
    rows_by_wiki: dict[str, int] = field(default_factory=dict)
    candidates: dict[str, int] = field(default_factory=dict)
    taken_out: dict[str, dict[str, int]] = field(default_factory=dict)
    counts: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    details: dict[str, object] = field(default_factory=dict)


class Lake:
    """The partitions below one folder of a local or mounted file system."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._scratch: Scratch | None = None

    @property
    def scratch(self) -> Scratch:
        """This process's scratch folder, made when it is first needed."""
        if self._scratch is None:
            self._scratch = Scratch(self.path / ".scratch")
            self._put_back()
        return self._scratch

    def close(self) -> None:
        """Remove the scratch folder."""
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None

    def partition(self, dataset: str, snapshot: str) -> Path:
        """Give the folder of a partition, whether it is there or not."""
        return self.path / dataset / f"{_PARTITION}{snapshot}"

    def snapshots(self, dataset: str) -> list[str]:
        """List the snapshots a dataset is there for, oldest first; see strangers()."""
        try:
            # Not by a pattern, which finds nothing where nobody may look.
            places = list((self.path / dataset).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            # Where the lake is a file, whoever wants to write there says so.
            return []
        return sorted(
            place.name.removeprefix(_PARTITION)
            for place in places
            if place.name.startswith(_PARTITION) and _is_partition(place)
        )

    def strangers(self) -> list[Path]:
        """List what lies among partitions and is none, such as ``snapshot=2026-11-02.bak``."""
        places = self.path.glob(f"[!.]*/{_PARTITION}*")
        return sorted(place for place in places if not _is_partition(place))

    def has(self, dataset: str, snapshot: str) -> bool:
        """Tell whether a partition is there."""
        return self.partition(dataset, snapshot).is_dir()

    def files(self, dataset: str, snapshot: str) -> list[Path]:
        """List a partition's files under names that stay good until the lake is closed.

        The files are linked into the scratch folder, so that another run may replace the
        partition while they are read. Raises UserError for a partition that is not there,
        InputError for one without files.
        """

        def link(place: Path) -> list[Path]:
            folder = self.scratch.new(dataset)
            folder.mkdir()
            files = sorted(place.glob("*.parquet"))
            if not files:
                raise FileNotFoundError
            return [_link(file, folder / file.name) for file in files]

        return self._look(dataset, snapshot, link)

    def statistics(self, dataset: str, snapshot: str) -> Statistics:
        """Read what is recorded about a partition.

        Raises UserError where it is not there, InputError where that can not be read.
        """

        def read(place: Path) -> Statistics:
            file = place / STATISTICS
            try:
                return msgspec.json.decode(file.read_bytes(), type=Statistics)
            except FileNotFoundError:
                raise
            except (ValueError, OSError) as error:
                advice = f"materialize {dataset} of {snapshot} again, or move its folder away"
                raise InputError(file, f"can not be read: {error}", advice=advice) from error

        return self._look(dataset, snapshot, read)

    @contextmanager
    def replacing(self, dataset: str, snapshot: str) -> Iterator[Path]:
        """Give a path to write a partition's folder at; on success it takes the old one's place.

        Readers, crashes and other runs see the old partition or the new one, never half of one,
        and what is seen is on the disk.
        """
        written = self.scratch.new(dataset)
        try:
            yield written
            for file in written.glob("*.parquet"):
                # No two writes share a file name, so a reader never mixes two partitions.
                file.rename(file.with_name(f"{uuid4().hex}.parquet"))
            self._put(written, self.partition(dataset, snapshot))
        finally:
            # The old partition is here by now, or the half of a new one.
            shutil.rmtree(written, ignore_errors=True)

    def record(self, folder: Path, statistics: Statistics) -> None:
        """Write what is recorded about a partition that is being written in ``folder``."""
        text = json.dumps(asdict(statistics), ensure_ascii=False, indent=1)
        (folder / STATISTICS).write_text(text, encoding="utf-8")

    def _look(self, dataset: str, snapshot: str, look: Callable[[Path], T]) -> T:
        """Let ``look`` read a partition's folder, again where it was replaced meanwhile."""
        place = self.partition(dataset, snapshot)
        while True:
            before = _identity(place)
            try:
                return look(place)
            except FileNotFoundError:
                if self._put_back(dataset) or _is_moving(place, before):
                    continue
                problem = f"{dataset} has no partition {snapshot} in {self.path}"
                if place.is_dir():
                    advice = "materialize it again, or move the folder away"
                    problem += ": files are missing"
                    raise InputError(place, problem, advice=advice) from None
                raise UserError(f"{problem}; materialize it first") from None

    def _put(self, written: Path, place: Path) -> None:
        try:
            make_folder(place.parent)
            sync_whole(written)
            _put(written, place)
            sync(place.parent)
        except OSError as error:
            raise UserError(
                f"{place}: the partition cannot be written: {error.strerror}"
            ) from error
        finally:
            self._put_back(place.parent.name)

    def _put_back(self, dataset: str = "*") -> bool:
        """Undo what a killed run left half-done where folders can not be swapped in one step.

        Tell whether a partition has come back. A living run that finds its half-done work undone
        does it again.
        """
        back = False
        for aside in self.path.glob(f"{dataset}/{_ASIDE}*"):
            place = aside.with_name(aside.name.removeprefix(_ASIDE).rpartition("-")[0])
            try:
                aside.rename(place)
            except FileNotFoundError:
                pass
            except OSError:
                # The new partition has come to its place after all.
                shutil.rmtree(aside, ignore_errors=True)
            back |= place.is_dir()
        return back


def parquet_rows(files: list[Path]) -> int:
    """Count the rows of Parquet files, from their footers."""
    return sum(pq.read_metadata(file).num_rows for file in files)


def _is_partition(place: Path) -> bool:
    """Tell a partition's folder from what else may lie beside it."""
    key = place.name.removeprefix(_PARTITION)
    try:
        return bool(_DAY.fullmatch(key) and date.fromisoformat(key)) and place.is_dir()
    except ValueError:
        return False


def _identity(folder: Path) -> tuple[int, int] | None:
    """Tell a folder from the one that took its place, and from itself before it was moved.

    Inode numbers alone are used again soon; the time of the last change is new after a move.
    """
    try:
        found = folder.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_ctime_ns


def _is_moving(place: Path, before: tuple[int, int] | None) -> bool:
    """Tell whether there is a partition at a place, or beside it, that was not at it ``before``.

    All is seen in one listing. To look for one after the other is not enough where folders can not
    be swapped in one step: each can be missed while it is where the other was looked for.
    """
    try:
        names = [found.name for found in place.parent.iterdir()]
    except FileNotFoundError:
        return False
    if place.name in names:
        return before is None or _identity(place) != before
    return any(name.startswith(f"{_ASIDE}{place.name}-") for name in names)


def _link(file: Path, to: Path) -> Path:
    try:
        to.hardlink_to(file)
    except OSError as error:
        if error.errno in (errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS):
            # A file system without hard links: read in place.
            return file
        raise
    return to


def _put(written: Path, place: Path) -> None:
    """Move ``written`` to ``place``; what was there is at ``written`` afterwards."""
    while True:
        try:
            written.rename(place)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return
        try:
            _exchange(written, place)
        except OSError as error:
            # Somebody removed the partition in between, or put another.
            if error.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return


def _exchange(one: Path, other: Path) -> None:
    """Let two folders swap places in one step, by what Linux and macOS have for it."""
    system = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux":
        here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
        failed = system.renameat2(here, first, here, second, exchange)
    elif sys.platform == "darwin":
        swap = 2  # RENAME_SWAP
        failed = system.renamex_np(first, second, swap)
    else:
        failed, _ = -1, ctypes.set_errno(errno.ENOSYS)
    if not failed:
        return
    code = ctypes.get_errno()
    if code not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        raise OSError(code, os.strerror(code), str(other))
    _exchange_in_two_steps(one, other)


def _exchange_in_two_steps(one: Path, other: Path) -> None:
    """The same where folders can not be swapped: for a moment nothing is at the place.

    The old folder waits beside it under a name from which Lake puts it back, should this process
    be killed in between, or anything go wrong.
    """
    aside = other.with_name(f"{_ASIDE}{other.name}-{uuid4().hex}")
    other.rename(aside)
    one.rename(other)
    with suppress(FileNotFoundError):
        aside.rename(one)
