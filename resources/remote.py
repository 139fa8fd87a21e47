"""What lakes at an address share: paths there, copies of files here, and turns by leases.

How small files are replaced, and files listed and read, differs: hdfs.py and object_store.py.
"""

import io
import json
import os
import tempfile
from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any
from uuid import uuid4

import fsspec
import msgspec
from fsspec.spec import AbstractBufferedFile

from resources.errors import UnreachableError
from resources.lake_paths import Address
from resources.processes import Process
from resources.scratch import Scratch
from resources.storage import Storage

LEASE = timedelta(minutes=3)
"""How long what was taken stays so after its process, on another machine, was last heard of."""
_RENEWED = LEASE / 9
_PIECE = 1 << 22
"""Bytes that are read at once."""


class RemoteStorage(Storage):
    """The folders below an address; ``url`` is it."""

    def __init__(self, url: str, scratch: str = "") -> None:
        """``scratch`` is a folder of this machine for what is half-written, and for copies."""
        scheme, _, rest = url.partition("://")
        self.url = f"{scheme.lower()}://{rest.rstrip('/')}"
        self._scratch_in = scratch

    @cached_property
    def scratch(self) -> Scratch:
        """See Storage."""
        usual = Path(tempfile.gettempdir(), f"imagesuggest-{os.getuid()}")
        return Scratch(Path(self._scratch_in or usual), of_lake=False)

    @cached_property
    def files(self) -> "Files":
        """See Storage."""
        return Files(self)

    def path(self, place: str) -> Address:
        """See Storage."""
        return Address(self, place)

    @abstractmethod
    def size(self, place: str) -> int:
        """Give the bytes of a file."""

    @abstractmethod
    def piece(self, place: str, start: int, end: int) -> bytes:
        """Read some bytes of a file."""

    @abstractmethod
    def upload(self, file: Path, place: str) -> None:
        """Write a file of this machine to where nothing is yet, or where that may be seen."""

    def bring(self, path: Path, place: str) -> None:
        """See Storage."""
        if path.is_dir():
            for file in path.iterdir():
                self.upload(file, f"{place}/{file.name}")
        else:
            self.upload(path, place)
            path.unlink()

    def copy(self, place: str) -> Path:
        """Fetch a file that never changes, once; it goes with the scratch folder."""
        here = self.scratch.path / "copies" / place
        if not here.exists():
            here.parent.mkdir(parents=True, exist_ok=True)
            half = here.with_name(f".{uuid4().hex}.part")
            size = self.size(place)
            with half.open("wb") as file:
                for start in range(0, size, _PIECE):
                    file.write(self.piece(place, start, min(start + _PIECE, size)))
            half.rename(here)
        return here

    def take(self, place: str, who: str) -> Callable[[], None] | None:
        """See Storage. It is held by a lease, which a thread renews.

        A process whose end can be seen from here holds nothing any more; any other for as long as
        its lease (LEASE) says. So clocks may not differ by as much, and a process that stood still
        for longer may find that another holds what it had.
        """
        before = self.read(place)
        if _holder(before) is not None:
            return None
        lease = _Lease(who, str(Process.this()), _until())
        if not self.put(place, lease.encoded(), before):
            return None
        return _Renewing(self, place, lease).give_back

    def holder(self, place: str) -> str | None:
        """See Storage."""
        return _holder(self.read(place))

    def close(self) -> None:
        """See Storage."""
        if "scratch" in self.__dict__:
            self.__dict__.pop("scratch").close()


@dataclass(frozen=True)
class _Lease:
    """Who has taken something, in which process, and until when he has it if nothing is heard."""

    who: str
    process: str
    until: datetime

    def encoded(self) -> bytes:
        return json.dumps(asdict(self), default=datetime.isoformat).encode()


def _holder(data: bytes | None) -> str | None:
    try:
        lease = msgspec.json.decode(data or b"", type=_Lease)
        process = Process.of(lease.process)
        lives = process.lives() if process else None
        held = datetime.now(UTC) < lease.until if lives is None else lives
    except (ValueError, TypeError):
        # Nobody has taken it, or it was given back.
        return None
    return lease.who if held else None


def _until() -> datetime:
    return datetime.now(UTC) + LEASE


class _Renewing:
    """Renews a lease, in a thread, until it is given back or another has it."""

    def __init__(self, storage: Storage, place: str, lease: _Lease) -> None:
        self._storage, self._place, self._lease = storage, place, lease
        self._ended, self._putting = Event(), Lock()
        Thread(target=self._renew, daemon=True).start()

    def _renew(self) -> None:
        while not self._ended.wait(_RENEWED.total_seconds()):
            with self._putting:
                if self._ended.is_set():
                    return
                renewed = replace(self._lease, until=_until())
                try:
                    if not self._put(renewed.encoded()):
                        return
                except UnreachableError:
                    # The network may come back before the lease ends.
                    continue
                self._lease = renewed

    def _put(self, data: bytes) -> bool:
        return self._storage.put(self._place, data, self._lease.encoded())

    def give_back(self) -> None:
        """Let others take it, at once where that can be said."""
        self._ended.set()
        with self._putting, suppress(UnreachableError):
            self._put(b"")


class Files(fsspec.AbstractFileSystem):
    """A storage as a file system of fsspec: what is needed to read, and to keep bulk files."""

    cachable = False

    def __init__(self, storage: RemoteStorage) -> None:
        super().__init__()
        self.storage = storage
        self.protocol = storage.url.partition("://")[0]
        self.name = self.protocol
        self._root = storage.url.partition("://")[2]

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.partition("://")[2] or path

    def unstrip_protocol(self, name: str) -> str:
        """Give the address of a path."""
        return f"{self.protocol}://{self._strip_protocol(name)}"

    def place(self, path: str) -> str:
        """Give the place in the storage that a path is."""
        return self._strip_protocol(path).removeprefix(self._root).strip("/")

    def glob(self, path: str, **_: Any) -> list[str]:
        """Give a path: files are named whole, whatever signs are in their names."""
        return [path]

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Tell the size of a file."""
        return {"name": path, "size": self.storage.size(self.place(path)), "type": "file"}

    def modified(self, path: str) -> datetime:
        """Tell when a file last changed."""
        return self.storage.changed(self.place(path))

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        """List the paths of what is in a folder."""
        found = [f"{path}/{name}" for name in self.storage.names(self.place(path))]
        return [{"name": name} for name in found] if detail else found

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Do nothing: folders come with what is in them."""

    def cat_file(self, path: str, start: Any = None, end: Any = None, **_: Any) -> bytes:
        """Read a small file whole. Raises FileNotFoundError."""
        data = self.storage.read(self.place(path))
        if data is None:
            raise FileNotFoundError(path)
        return data

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **_: Any) -> None:
        """Put a small file in its place, in one step."""
        self.storage.update(self.place(path), lambda _: value)

    def rm(self, path: str, recursive: bool = False, maxdepth: int | None = None) -> None:
        """Remove what is at a path."""
        self.storage.remove(self.place(path))

    def _open(self, path: str, mode: str = "rb", **_: Any) -> Any:
        if mode == "wb":
            return _Written(self.storage, self.place(path))
        return _Read(self, path, "rb", block_size=_PIECE, cache_type="readahead")


class _Read(AbstractBufferedFile):
    """Reads a file in pieces."""

    def _fetch_range(self, start: int, end: int) -> bytes:
        return self.fs.storage.piece(self.fs.place(self.path), start, end)


class _Written(io.FileIO):
    """Is written here, and brought to its place when it is closed."""

    def __init__(self, storage: RemoteStorage, place: str) -> None:
        self._storage, self._place = storage, place
        self._here = storage.scratch.new("written")
        super().__init__(self._here, "wb")

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._storage.bring(self._here, self._place)
