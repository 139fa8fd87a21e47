"""What files of a lake are read and written by: paths here, or what is like them at an address."""

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import total_ordering
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from resources.remote import RemoteStorage


@total_ordering
class Address(os.PathLike[str]):
    """A place at an address, used like a path as far as files of a lake are.

    Who takes it for a path of this machine (os.fspath) gets a copy, which is fetched once: files
    of a lake never change. An engine reads it where it is.
    """

    def __init__(self, storage: "RemoteStorage", place: str) -> None:
        self.storage, self.place = storage, place

    def __str__(self) -> str:
        return f"{self.storage.url}/{self.place}".rstrip("/")

    def __fspath__(self) -> str:
        return str(self.storage.copy(self.place))

    def __truediv__(self, name: object) -> "Address":
        return Address(self.storage, f"{self.place}/{name}".strip("/"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and str(self) == str(other)

    def __lt__(self, other: "Address") -> bool:
        return str(self) < str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __deepcopy__(self, _: object) -> "Address":
        return self

    def __reduce__(self) -> tuple[object, ...]:
        """Give another process, which has no storage, the copy."""
        return Path, (os.fspath(self),)

    @property
    def name(self) -> str:
        """The last part."""
        return self.place.rpartition("/")[2]

    @property
    def parent(self) -> "Address":
        """The folder it is in."""
        return Address(self.storage, self.place.rpartition("/")[0])

    def is_dir(self) -> bool:
        """Tell whether it is a folder with something in it."""
        return bool(self.storage.names(self.place))

    def glob(self, pattern: str) -> "Iterator[Address]":
        """Give what is in the folder and has such a name."""
        yield from (
            self / name for name in self.storage.names(self.place) if fnmatch(name, pattern)
        )

    def open(self) -> IO[bytes]:
        """Open a file to read, of which only what is asked for is fetched."""
        opened: IO[bytes] = self.storage.files.open(str(self))
        return opened


if TYPE_CHECKING:
    LakePath = Path | Address
else:
    # What is decoded into a dataclass can not be one of two.
    LakePath = os.PathLike


def readable(file: LakePath) -> Path | IO[bytes]:
    """Give what pyarrow reads a file by: of one at an address no more than it asks for."""
    return file if isinstance(file, Path) else file.open()


def hadoop_address(place: LakePath) -> str:
    """Write a place as Hadoop and Spark name it: quoted as in no URI, and S3 by another name."""
    if isinstance(place, Path):
        return f"file://{place.absolute()}"
    return re.sub("^s3:", "s3a:", str(place))


def size_of(file: LakePath) -> int:
    """Give the bytes of a file."""
    return file.stat().st_size if isinstance(file, Path) else file.storage.size(file.place)
