"""What the lake asks of where it lies, and the local file system, the only such place so far.

Another place, such as HDFS or an object store, is one more class with these few methods. A place in
it is named from the lake's folder down, with ``/`` between; ``""`` is the folder itself.
"""

import shutil
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from pathlib import Path

from resources.disk import alone_in, make_folder, put, sync, sync_whole


class Storage(ABC):
    """Folders and small files. OSError says that there is no getting at a place."""

    @abstractmethod
    def path(self, place: str) -> Path:
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

        Tell whether it was. Its folder has to be there. Whoever looks, and whatever is killed, sees
        what was there before or what is put; when this returns, it stays there.
        """

    @abstractmethod
    def bring(self, folder: Path, place: str) -> None:
        """Move a folder of files from this machine to a place where nothing is yet; it stays."""

    @abstractmethod
    def remove(self, place: str) -> None:
        """Remove a file for good, or a folder with all in it, as far as that can be done."""


class LocalStorage(Storage):
    """The folders below one of a local or mounted file system."""

    def __init__(self, root: Path) -> None:
        self._root = root

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
        with alone_in(self.path(place).parent):
            if self.read(place) != before:
                return False
            put(self.path(place), data.decode())
            return True

    def bring(self, folder: Path, place: str) -> None:
        """See Storage. Both have to be on the same file system."""
        to = self.path(place)
        make_folder(to.parent)
        sync_whole(folder)
        folder.rename(to)
        sync(to.parent)

    def remove(self, place: str) -> None:
        """See Storage."""
        path = self.path(place)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.exists():
            path.unlink()
            sync(path.parent)
