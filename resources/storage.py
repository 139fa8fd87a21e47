"""What the lake asks of where it lies, and the local file system; which one it is, by its address.

Another place, such as HDFS or an object store, is one more class with these few methods: remote.py,
hdfs.py, object_store.py. A place in it is named from the lake's folder down, with ``/`` between;
``""`` is the folder itself.
"""

import errno
import fcntl
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

from resources.addresses import is_address, is_url, shown
from resources.disk import alone_in, make_folder, put, sync, sync_whole
from resources.errors import UserError
from resources.lake_paths import LakePath
from resources.scratch import Scratch

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

SCHEMES = ("hdfs", "s3")
"""Of addresses at which a lake can be."""


class Storage(ABC):
    """Folders and small files. OSError says that there is no getting at a place, UnreachableError
    that there is none at anything."""

    @property
    @abstractmethod
    def scratch(self) -> Scratch:
        """This process's folder on this machine, made when it is first needed."""

    @property
    @abstractmethod
    def files(self) -> "AbstractFileSystem":
        """Give the file system by which others, such as DuckDB, read what is here."""

    @abstractmethod
    def path(self, place: str) -> LakePath:
        """Give what an engine reads a place by."""

    @abstractmethod
    def names(self, folder: str) -> list[str]:
        """List what is in a folder; nothing where there is no such folder."""

    @abstractmethod
    def has(self, place: str) -> bool:
        """Tell whether anything is at a place."""

    @abstractmethod
    def changed(self, place: str) -> datetime:
        """Tell when a file, or the names in a folder, last changed."""

    @abstractmethod
    def read(self, place: str) -> bytes | None:
        """Read a small file; None where there is none."""

    @abstractmethod
    def put(self, place: str, data: bytes, before: bytes | None) -> bool:
        """Put a small file in its place in one step, if ``before`` is there (None: nothing).

        Tell whether it was; of several who put the same at once, all may be told so. Whoever looks,
        and whatever is killed, sees what was there before or what is put; when this returns, it
        stays there.
        """

    def update(self, place: str, change: Callable[[bytes | None], bytes]) -> None:
        """Put what becomes of a small file in its place, of the newest where others change it."""
        while True:
            before = self.read(place)
            if self.put(place, change(before), before):
                return

    @abstractmethod
    def bring(self, path: Path, place: str) -> None:
        """Move a file, or a folder of them, from this machine to where nothing is yet; it stays."""

    @abstractmethod
    def remove(self, place: str) -> None:
        """Remove a file for good, or a folder with all in it, as far as that can be done."""

    @abstractmethod
    def take(self, place: str, who: str) -> Callable[[], None] | None:
        """Take what one process at a time can have; give what gives it back.

        None where another has it. It goes with its process, even after ``kill -9``. ``who`` is for
        holder().
        """

    @abstractmethod
    def holder(self, place: str) -> str | None:
        """Tell who has what can be taken; None where nobody has it."""

    @abstractmethod
    def close(self) -> None:
        """Remove the scratch folder."""


class LocalStorage(Storage):
    """The folders below one of a local or mounted file system."""

    def __init__(self, root: Path, scratch: str = "") -> None:
        """``scratch`` is a folder for what is half-written, in the lake if empty."""
        self._root, self._scratch_in = root, scratch

    @cached_property
    def scratch(self) -> Scratch:
        """See Storage."""
        if self._scratch_in:
            return Scratch(Path(self._scratch_in), of_lake=False)
        return Scratch(self._root / ".scratch")

    @property
    def files(self) -> "AbstractFileSystem":
        """See Storage."""
        from fsspec.implementations.local import LocalFileSystem

        return LocalFileSystem()

    def path(self, place: str) -> Path:
        """See Storage."""
        return self._root / place

    def names(self, folder: str) -> list[str]:
        """See Storage."""
        try:
            # Not by a pattern, which finds nothing where nobody may look.
            return [each.name for each in self.path(folder).iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def has(self, place: str) -> bool:
        """See Storage."""
        return self.path(place).exists()

    def changed(self, place: str) -> datetime:
        """See Storage."""
        return datetime.fromtimestamp(self.path(place).stat().st_mtime, UTC)

    def read(self, place: str) -> bytes | None:
        """See Storage."""
        try:
            return self.path(place).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def put(self, place: str, data: bytes, before: bytes | None) -> bool:
        """See Storage. Between machines it is one step where the file system passes locks on."""
        make_folder(self.path(place).parent)
        with alone_in(self.path(place).parent):
            if self.read(place) != before:
                return False
            put(self.path(place), data)
            return True

    def bring(self, path: Path, place: str) -> None:
        """See Storage. From another file system it is copied."""
        to = self.path(place)
        make_folder(to.parent)
        try:
            _settle(path)
            path.rename(to)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            beside = to.with_name(f".{uuid4().hex}.part")
            (shutil.copytree if path.is_dir() else shutil.copyfile)(path, beside)
            _settle(beside)
            beside.rename(to)
        sync(to.parent)

    def remove(self, place: str) -> None:
        """See Storage."""
        path = self.path(place)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.exists():
            path.unlink()
            sync(path.parent)

    def take(self, place: str, who: str) -> Callable[[], None] | None:
        """See Storage. Between machines it holds where the file system passes locks on."""
        path = self.path(place)
        make_folder(path.parent)
        while True:
            file = path.open("a+b", buffering=0)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                return None
            # Who had it before has taken it away at its end.
            if _is_at(path, file):
                break
            file.close()

        def give_back() -> None:
            path.unlink(missing_ok=True)
            file.close()

        try:
            file.truncate(0)
            file.write(who.encode())
        except OSError:
            # A full disk, of which nobody shall think that he has it.
            give_back()
            raise
        return give_back

    def holder(self, place: str) -> str | None:
        """See Storage."""
        try:
            with self.path(place).open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return file.read().decode("utf-8", "replace")
        except (FileNotFoundError, NotADirectoryError):
            pass
        return None

    def close(self) -> None:
        """See Storage."""
        if "scratch" in self.__dict__:
            self.__dict__.pop("scratch").close()


def storage_at(where: Path | str, scratch: str = "") -> Storage:
    """Give the storage at a path or an address (SCHEMES). Nothing is asked there yet.

    ``scratch`` is a folder of this machine; empty is one in a local lake, or the machine's
    temporary folder. Raises UserError for an address that is not known, or whose library is not
    there.
    """
    if isinstance(where, Path) or not is_address(where):
        return LocalStorage(Path(where).absolute(), scratch)
    scheme = where.partition("://")[0].lower()
    try:
        if scheme == "hdfs":
            from resources.hdfs import HdfsStorage

            return HdfsStorage(where, scratch)
        if scheme == "s3":
            from resources.object_store import ObjectStorage

            return ObjectStorage(where, scratch)
    except ImportError as error:
        raise UserError(
            f"IMAGESUGGEST_LAKE: {where} needs the library {error.name}, which is not here; "
            "run `make install`"
        ) from None
    raise UserError(lake_refused(where))


def files_at(url: str) -> "tuple[AbstractFileSystem, str]":
    """Give the file system of fsspec that has a folder or a URL, and its path there.

    It is the lake's own where lakes can be at such an address. Raises ValueError, ImportError and
    OSError for what is none.
    """
    if url.partition("://")[0] not in SCHEMES:
        # What only looks for help need not wait for it.
        from fsspec.core import url_to_fs

        found: tuple[AbstractFileSystem, str] = url_to_fs(url)
        return found
    return storage_at(url).files, url.partition("://")[2]


def lake_refused(where: str) -> str:
    """Say that a lake can not be at an address, without what may be secret in it."""
    known = " or ".join(f"{scheme}://host/folder" for scheme in SCHEMES)
    return f"IMAGESUGGEST_LAKE: {shown(where)} is no place for a lake; write a path, or {known}"


def lake_named(where: str) -> str:
    """Give a text that names where a lake is. Raises UserError for another, and for a login."""
    if is_address(where) and (
        not is_url(where)
        or where.partition("://")[0].lower() not in SCHEMES
        or where != shown(where)
        or not where.partition("://")[2].strip("/")
    ):
        raise UserError(
            f"{lake_refused(where)}, without a user, a password or a key: these are taken from the "
            "environment"
        )
    return where


def _settle(path: Path) -> None:
    """See that what is to be moved is on the disk first."""
    if path.is_dir():
        sync_whole(path)
    else:
        sync(path)


def _is_at(path: Path, file: BinaryIO) -> bool:
    try:
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False
