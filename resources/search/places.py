"""Where bulk files are kept: a folder of the lake, or any place that fsspec can write to.

Files count when the manifest names them, and the manifest is written last and in one step.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO
from uuid import uuid4

from fsspec.implementations.local import LocalFileSystem

from resources.addresses import reach_by, reached_by, secrets_of, shown, without
from resources.disk import put, sync_whole
from resources.errors import UserError
from resources.storage import files_at


class Place:
    """One folder at ``url``; names are relative to it.

    What is written anew lies in a folder of its own until the manifest names it, so that readers
    of the files before are not disturbed. A process that it is sent to has another such folder.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        try:
            self._files, self._path = files_at(url)
        except (ValueError, ImportError, OSError) as error:
            why = without(str(error), secrets_of(url))
            raise UserError(
                f"{shown(url)}: bulk files can not be kept there: {why}; name a folder, or a "
                "URL of a file system of fsspec whose package is installed"
            ) from None
        self.shown = shown(url)
        self._secrets = secrets_of(url)
        self._apart = uuid4().hex

    def __reduce__(self) -> tuple[Callable[..., "Place"], tuple[str, Mapping[str, str]]]:
        """See pickle."""
        return _from_elsewhere, (self._url, reached_by())

    def new(self, name: str) -> str:
        """Name a file that is to be written, relative to the place."""
        return f"{self._apart}/{name}"

    def open(self, name: str, mode: str) -> IO[bytes]:
        """Open a file of the place. Raises UserError where that can not be."""
        path = f"{self._path}/{name}"
        try:
            if mode == "wb":
                self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            opened: IO[bytes] = self._files.open(path, mode)
        except OSError as error:
            why = without(str(error), self._secrets)
            raise UserError(f"{self.shown}/{name}: can not be opened: {why}") from None
        return opened

    def read(self, name: str) -> bytes | None:
        """Read a file of the place; None where it is not there."""
        try:
            data: bytes = self._files.cat_file(f"{self._path}/{name}")
        except FileNotFoundError:
            return None
        return data

    def finish(self, name: str, data: bytes, kept: Sequence[str]) -> None:
        """Write the manifest, in one step; then remove what is neither it nor ``kept``."""
        path = f"{self._path}/{name}"
        try:
            self._files.makedirs(self._path, exist_ok=True)
            if isinstance(self._files, LocalFileSystem):
                # An object store shows an object when it is whole, a disk every byte.
                for folder in {Path(self._path, file).parent for file in kept}:
                    sync_whole(folder)
                sync_whole(Path(self._path))
                put(Path(path), data)
            else:
                self._files.pipe_file(path, data)
        except OSError as error:
            why = without(str(error), self._secrets)
            raise UserError(f"{self.shown}/{name}: can not be written: {why}") from None
        self._files.invalidate_cache()
        there = {name, *(file.partition("/")[0] for file in kept)}
        for found in self._files.ls(self._path, detail=False):
            if str(found).rstrip("/").rpartition("/")[2] not in there:
                self._files.rm(found, recursive=True)


def _from_elsewhere(url: str, variables: Mapping[str, str]) -> Place:
    reach_by(variables)
    return Place(url)
