"""The folder that keeps what a mirror gave: who uses which of its files, and what has to go.

How a file comes into it is in downloads.py. Beside each file ``x`` lies ``.x.fetch``, what is known
of it; a file without that is somebody else's, and never touched.
"""

import errno
import fcntl
import os
import re
import weakref
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import msgspec

from resources.errors import InputError, UserError
from resources.sources.places import PassingError, Wanted

_DATE = re.compile(r"(?<!\d)\d{8}(?!\d)", re.ASCII)
_RECORD = ".fetch"


class Cache:
    """A folder of at most ``limit`` bytes of fetched files. Several processes may use it.

    What was taken stays until ``close``, or until its process is gone, even by ``kill -9``.
    """

    def __init__(self, folder: Path, limit: int | None, log: Callable[[str], object]) -> None:
        self.folder = folder
        self._limit = limit
        self._log = log
        self._uses = folder / ".uses"
        self._slots = folder / ".slots"
        with told_of(folder):
            self._uses.mkdir(parents=True, exist_ok=True)
            self._slots.mkdir(exist_ok=True)
        self._taken: dict[str, int] = {}
        self._use: BinaryIO | None = None
        self._end: Callable[[], object] = _nothing

    def close(self) -> None:
        """Let the files go that were taken."""
        self._end()
        self._use, self._taken = None, {}

    def file(self, path: str) -> Path:
        """Give the place of a file. Raises InputError for a path that could be anywhere else."""
        parts = path.split("/")
        if "\0" in path or any(not part or part.startswith(".") for part in parts):
            raise InputError(path, "not the path of a file below a mirror")
        return self.folder.joinpath(*parts)

    def take(self, wanted: Collection[Wanted]) -> None:
        """Keep these files here from now on, and drop others, oldest dates first, to make room.

        Files that others use stay. Raises UserError when the limit can not hold what is wanted,
        PassingError when it could if others did not use so much; then nothing was taken or dropped.
        """
        taken = self._taken | {each.path: each.bytes for each in wanted}
        needed = sum(taken.values())
        if self._limit is not None and needed > self._limit:
            raise UserError(
                f"{self.folder}: {len(taken):,} files of {needed:,} bytes are wanted, more than "
                f"the cache may hold ({self._limit:,} bytes); set --cache-limit to at least that"
            )
        with (self.folder / ".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            used = self._used_by_others() | taken
            if self._limit is not None:
                self._make_room(used, sum(used.values()) - needed, self._limit - needed)
            for path in taken:
                self.file(path).parent.mkdir(parents=True, exist_ok=True)
            self._keep(taken)

    @contextmanager
    def slot(self, slots: int, look_again: Callable[[], None]) -> Iterator[None]:
        """Be one of at most ``slots`` in all processes; ``look_again`` waits, or raises."""
        while True:
            for number in range(slots):
                with (self._slots / str(number)).open("ab") as slot:
                    if _locked(slot):
                        yield
                        return
            look_again()

    def _keep(self, taken: dict[str, int]) -> None:
        if self._use is None:
            file = self._uses / uuid4().hex
            self._use = file.open("ab", buffering=0)
            fcntl.flock(self._use, fcntl.LOCK_EX)
            self._end = weakref.finalize(self, _end_use, file, self._use)
        self._use.truncate(0)
        self._use.write(msgspec.json.encode(taken))
        self._taken = taken

    def _used_by_others(self) -> dict[str, int]:
        """Give the files that others took, and their bytes, of which not all may be here yet."""
        used: dict[str, int] = {}
        for file in self._uses.iterdir():
            if self._use is not None and file.name == Path(self._use.name).name:
                continue
            try:
                with file.open("rb") as use:
                    if _locked(use):
                        # Its process is gone.
                        file.unlink(missing_ok=True)
                    else:
                        used |= msgspec.json.decode(use.read() or b"{}", type=dict[str, int])
            except FileNotFoundError:
                continue
        return used

    def _make_room(self, used: dict[str, int], used_by_others: int, room: int) -> None:
        if used_by_others > room:
            raise PassingError(
                f"{self.folder}: the cache may hold {self._limit:,} bytes, and others use "
                f"{used_by_others:,} of them, {used_by_others - room:,} too many for what is "
                "wanted; try again when they are done, or set --cache-limit higher"
            )
        unused = {path: each for path, each in self._held().items() if path not in used}
        too_many = used_by_others + sum(size for _, size in unused.values()) - room
        folders = {self.file(path).parent for path in used}
        for path in sorted(unused, key=lambda path: (unused[path][0], path)):
            if too_many <= 0:
                return
            size = unused[path][1]
            self._remove(path, folders)
            too_many -= size
            self._log(
                f"{self.folder}: dropped {path} ({size:,} bytes), to stay within "
                f"{self._limit:,} bytes"
            )

    def _held(self) -> dict[str, tuple[str, int]]:
        """Find the fetched files, whole or not: their date, by their path, and their size."""
        held = {}
        for record in self.folder.rglob(f".*{_RECORD}"):
            file = file_of(record)
            stats = [*_stat(file), *_stat(part_of(file))]
            path = file.relative_to(self.folder).as_posix()
            found = _DATE.search(path)
            newest = max((each.st_mtime for each in stats), default=0.0)
            date = found[0] if found else f"{datetime.fromtimestamp(newest, UTC):%Y%m%d}"
            held[path] = date, sum(each.st_size for each in stats)
        return held

    def _remove(self, path: str, kept: set[Path]) -> None:
        file = self.file(path)
        for each in (file, part_of(file), record_of(file)):
            each.unlink(missing_ok=True)
        folder = file.parent
        while folder != self.folder and not any(each.is_relative_to(folder) for each in kept):
            if any(folder.iterdir()):
                return
            folder.rmdir()
            folder = folder.parent


def record_of(file: Path) -> Path:
    """Give the place of what is known of a file."""
    return file.with_name(f".{file.name}{_RECORD}")


def file_of(record: Path) -> Path:
    """Give the place of the file that a record is of."""
    return record.with_name(record.name.removeprefix(".").removesuffix(_RECORD))


def part_of(file: Path) -> Path:
    """Give the place of a file that is not whole yet."""
    return file.with_name(f"{file.name}.part")


@contextmanager
def lock(path: Path, look_again: Callable[[], None]) -> Iterator[BinaryIO]:
    """Open a file for reading and writing that nobody else has open so; ``look_again`` waits."""
    with path.open("a+b", buffering=0) as opened:
        while not _locked(opened):
            look_again()
        yield opened


@contextmanager
def told_of(folder: Path) -> Iterator[None]:
    """Tell a person, as UserError, that the cache can not be written, and what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            problem = "the disk is full; make room, or set --cache-limit to what it can hold"
        else:
            problem = f"the cache can not be written ({error}); choose another folder for it"
        raise UserError(f"{folder}: {problem}") from error


def _locked(opened: BinaryIO) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stat(file: Path) -> list[os.stat_result]:
    try:
        return [file.stat()]
    except FileNotFoundError:
        return []


def _nothing() -> None:
    return None


def _end_use(file: Path, use: BinaryIO) -> None:
    file.unlink(missing_ok=True)
    use.close()
