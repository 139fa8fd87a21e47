"""A lake in an object store: an object is put whole, on the condition that it is what it was."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import ObjectStore, from_url
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from resources.errors import UnreachableError
from resources.remote import RemoteStorage

_again = retry(
    retry=retry_if_exception_type(UnreachableError), stop=stop_after_attempt(3), reraise=True
)
"""Reads again what was cut off while it came: the client itself asks again before that only."""


def endpoint() -> str:
    """Give the address of the store, as the environment names it; empty is AWS's own."""
    return os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or ""


class ObjectStorage(RemoteStorage):
    """What begins with a prefix, in a bucket of any store that speaks S3 with conditional puts.

    Endpoint, region and credentials are taken from AWS's usual environment variables.
    """

    @cached_property
    def _store(self) -> ObjectStore:
        plain = endpoint().startswith("http://")
        with _told():
            return from_url(self.url, client_options={"allow_http": plain})

    def names(self, folder: str) -> list[str]:
        """See Storage."""
        with _told():
            found = obstore.list_with_delimiter(self._store, folder or None)
        paths = [*found["common_prefixes"], *(each["path"] for each in found["objects"])]
        return [path.rstrip("/").rpartition("/")[2] for path in paths]

    def has(self, place: str) -> bool:
        """See Storage."""
        try:
            self._head(place)
        except FileNotFoundError:
            return bool(self.names(place))
        return True

    def changed(self, place: str) -> datetime:
        """See Storage. A folder has changed when anything in it has."""
        try:
            found: datetime = self._head(place)["last_modified"]
        except FileNotFoundError:
            times = [each["last_modified"] for each in self._below(place)]
            if not times:
                raise
            found = max(times)
        return found

    def read(self, place: str) -> bytes | None:
        """See Storage."""
        return self._read(place)[0]

    def put(self, place: str, data: bytes, before: bytes | None) -> bool:
        """See Storage."""
        there, tag = self._read(place)
        if there != before:
            return False
        mode: Any = "create" if tag is None else {"e_tag": tag}
        try:
            with _told():
                obstore.put(self._store, place, data, mode=mode)
        except FileExistsError:
            # Or it was put, and the answer to that was lost.
            return self.read(place) == data
        return True

    def upload(self, file: Path, place: str) -> None:
        """See RemoteStorage."""
        with _told():
            obstore.put(self._store, place, file)

    def size(self, place: str) -> int:
        """See RemoteStorage."""
        return int(self._head(place)["size"])

    @_again
    def piece(self, place: str, start: int, end: int) -> bytes:
        """See RemoteStorage."""
        with _told():
            return bytes(obstore.get_range(self._store, place, start=start, end=end))

    def remove(self, place: str) -> None:
        """See Storage."""
        with suppress(OSError, UnreachableError):
            for each in self._below(place):
                self._delete(each["path"])
        with suppress(OSError, UnreachableError):
            self._delete(place)

    def _delete(self, place: str) -> None:
        with _told():
            obstore.delete(self._store, place)

    def _below(self, folder: str) -> list[Any]:
        """List all objects below a folder."""
        with _told():
            return [each for some in obstore.list(self._store, folder) for each in some]

    def _head(self, place: str) -> Any:
        with _told():
            return obstore.head(self._store, place)

    @_again
    def _read(self, place: str) -> tuple[bytes | None, str | None]:
        """Read an object, with what tells it from those that were there before or come later."""
        try:
            with _told():
                found = obstore.get(self._store, place)
                return bytes(found.bytes()), found.meta["e_tag"]
        except FileNotFoundError:
            return None, None


@contextmanager
def _told() -> Iterator[None]:
    """Raise what goes wrong as OSError, in one line."""
    try:
        yield
    except (AlreadyExistsError, PreconditionError) as error:
        raise FileExistsError(errno.EEXIST, _line(error)) from error
    except BaseError as error:
        raise UnreachableError(f"there is no getting at the lake: {_line(error)}") from error


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]
