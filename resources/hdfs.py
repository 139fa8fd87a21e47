"""A lake on HDFS, without Java: renaming a file onto another replaces it in one step there."""

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from hdfs_native import Client, FileStatus, WriteOptions

from resources.errors import UnreachableError
from resources.remote import RemoteStorage

_LOOK_SECONDS = 0.05
_PATIENCE_SECONDS = 30.0
"""Whoever puts a small file, which takes milliseconds, and is not done after so long, is put aside.
"""
_PIECE = 1 << 22


class HdfsStorage(RemoteStorage):
    """The folders below one of an HDFS, whose clients are configured as Hadoop's are
    (``HADOOP_CONF_DIR``, ``HADOOP_USER_NAME``, a Kerberos ticket)."""

    @cached_property
    def _client(self) -> Client:
        parts = urlsplit(self.url)
        with _told():
            return Client(f"{parts.scheme}://{parts.netloc}")

    @cached_property
    def _root(self) -> str:
        return urlsplit(self.url).path

    def _at(self, place: str) -> str:
        return f"{self._root}/{place.strip('/')}".rstrip("/") or "/"

    def names(self, folder: str) -> list[str]:
        """See Storage."""
        try:
            with _told():
                found = [each.path for each in self._client.list_status(self._at(folder))]
        except (FileNotFoundError, NotADirectoryError):
            return []
        # A file is listed as itself.
        return [path.rpartition("/")[2] for path in found if path != self._at(folder)]

    def has(self, place: str) -> bool:
        """See Storage."""
        try:
            self._status(place)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def changed(self, place: str) -> datetime:
        """See Storage."""
        return datetime.fromtimestamp(self._status(place).modification_time / 1000, UTC)

    def read(self, place: str) -> bytes | None:
        """See Storage."""
        try:
            with _told():
                return self._client.read(self._at(place)).read()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def put(self, place: str, data: bytes, before: bytes | None) -> bool:
        """See Storage.

        Whoever puts has a folder beside the place, which only one can have, with what is to be put
        in it under a name of its own; moving that from there is the one step. Whoever was put aside
        meanwhile finds it gone, and begins again. Who is killed there is put aside by the next.
        """
        folder, _, name = place.rpartition("/")
        mine = uuid4().hex
        beside, turn = f"{folder}/.{mine}.part", f"{folder}/.{name}.put"
        self._write(f"{beside}/{mine}", data)
        self._enter(beside, turn)
        done = self.read(place) == before
        if done:
            try:
                self._rename(f"{turn}/{mine}", place, overwrite=True)
            except FileNotFoundError:
                # Or it was moved, and the answer to that was lost.
                done = self.read(place) == data or self.put(place, data, before)
        else:
            self._remove_file_or_empty(f"{turn}/{mine}")
        self._remove_file_or_empty(turn)
        return done

    def upload(self, file: Path, place: str) -> None:
        """See RemoteStorage."""
        options = WriteOptions(overwrite=True)
        with (
            _told(),
            file.open("rb") as source,
            self._client.create(self._at(place), options) as target,
        ):
            while piece := source.read(_PIECE):
                target.write(piece)

    def size(self, place: str) -> int:
        """See RemoteStorage."""
        return self._status(place).length

    def piece(self, place: str, start: int, end: int) -> bytes:
        """See RemoteStorage."""
        with _told():
            return self._client.read(self._at(place)).read_range(start, end - start)

    def remove(self, place: str) -> None:
        """See Storage."""
        with suppress(OSError, UnreachableError), _told():
            self._client.delete(self._at(place), recursive=True)

    def _status(self, place: str) -> FileStatus:
        with _told():
            return self._client.get_file_info(self._at(place))

    def _write(self, place: str, data: bytes) -> None:
        with _told(), self._client.create(self._at(place), WriteOptions()) as file:
            file.write(data)

    def _rename(self, place: str, to: str, *, overwrite: bool = False) -> None:
        with _told():
            self._client.rename(self._at(place), self._at(to), overwrite)

    def _enter(self, beside: str, turn: str) -> None:
        """Let a folder be the one that can be at ``turn``; put aside who does not go from there."""
        seen, since = None, time.monotonic()
        while True:
            try:
                self._rename(beside, turn)
            except FileExistsError:
                there = self.names(turn)
                if there != seen:
                    seen, since = there, time.monotonic()
                elif time.monotonic() - since > _PATIENCE_SECONDS:
                    for name in there:
                        self._remove_file_or_empty(f"{turn}/{name}")
                if not there:
                    self._remove_file_or_empty(turn)
                time.sleep(_LOOK_SECONDS)
            else:
                return

    def _remove_file_or_empty(self, place: str) -> None:
        """Remove a file or an empty folder; one that is not empty is another's, and stays."""
        with suppress(OSError, UnreachableError), _told():
            self._client.delete(self._at(place), recursive=False)


@contextmanager
def _told() -> Iterator[None]:
    """Raise what goes wrong as OSError, without what the server's Java was doing."""
    try:
        yield
    except (RuntimeError, OSError) as error:
        text = str(error).replace("\\n", "\n").partition("\n")[0]
        if "(is not a directory)" in text:
            raise NotADirectoryError(errno.ENOTDIR, text) from error
        if isinstance(error, FileNotFoundError | FileExistsError):
            raise type(error)(errno.ENOENT, text) from error
        raise UnreachableError(f"there is no getting at the lake: {text}") from error
