"""Where dump files lie, seen the same way whether it is a folder or a mirror. No layout here.

The folder is in this module, the mirror in mirror.py.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from resources.errors import InputError, UserError

OnBytes = Callable[[int], None]
"""Is told how many more bytes were fetched or verified."""
CONNECTIONS = 2
"""What a mirror is asked for at once, at most: mirrors ask for this number."""
SMALL_FILE_BYTES = 8 * 2**20
"""The most that a listing or a small file has: 50,000 files at the 160 bytes that nginx writes of
one."""
SHA256_DIGITS = 64
_BLOCK = 2**20
_SAMPLES = 16
_SAMPLE_BYTES = 2**18


@dataclass(frozen=True)
class Found:
    """A file that is there. ``path`` is below the place, with slashes; ``bytes`` is its size.

    ``changed`` is when it last was (UTC), ``version`` its time as the place writes it: with its
    size it tells the file from another of its name. ``unfinished`` says why it is not whole yet, ""
    where the place says that it is; None where it says nothing, and time alone tells.
    """

    path: str
    bytes: int
    changed: datetime
    version: str
    unfinished: str | None = None


@dataclass(frozen=True)
class Wanted:
    """A file to be read, as it has to be. Without ``sha1`` (hexadecimal) only its size is known;
    where a sha256 is known instead, it stands there.
    """

    path: str
    bytes: int
    version: str
    sha1: str | None = None


class PassingError(UserError):
    """Something that may be over by itself, such as a mirror that does not answer."""


class Origin(Protocol):
    """Where inputs come from. Paths are relative, with slashes.

    ``name`` is what people are told, without any secret. ``remote`` says whether looking costs a
    request. Each call raises UserError for what can not be looked at, PassingError where the place
    can not be reached now.
    """

    name: str
    remote: bool

    def find(self, path: str) -> Found | None:
        """Look at a file; None where it is not there."""

    def fingerprints(self, wanted: Sequence[Wanted], on_bytes: OnBytes) -> list[str]:
        """Give a checksum of each, in the same order, which another of its name does not have.

        Raises InputError for one that is not there, is another than wanted, or is not whole.
        """


class Place(Origin, Protocol):
    """A tree of folders and files; the path ``""`` is the place itself."""

    def folders(self, path: str) -> list[str]:
        """Name the folders in a folder, sorted; none where it is not there."""

    def files(self, path: str) -> list[str]:
        """Name the files in a folder, sorted; none where it is not there."""

    def text(self, path: str) -> bytes | None:
        """Read a small file whole, of at most SMALL_FILE_BYTES; None where it is not there."""

    def fetch(self, wanted: Sequence[Wanted], on_bytes: OnBytes) -> list[Path]:
        """Give whole, verified files of this machine, in the same order.

        Raises InputError for a file that is not there, is another than wanted, or does not have
        its size or its checksum.
        """


class Folder:
    """A folder of this machine. Raises UserError where it is not there."""

    remote = False

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            found = "not a folder" if root.exists() else "no such folder"
            raise UserError(
                f"{root}: {found}; --dumps (or IMAGESUGGEST_DUMPS) names a folder with the "
                "layout of the public dumps, such as the command `sample` makes"
            )
        self.root = root
        self.name = str(root)

    def folders(self, path: str) -> list[str]:
        """See Place."""
        return [name for name, is_folder in self._entries(path) if is_folder]

    def files(self, path: str) -> list[str]:
        """See Place."""
        return [name for name, is_folder in self._entries(path) if not is_folder]

    def find(self, path: str) -> Found | None:
        """See Place. Also a file's owner or name count as a change: that tells the end of a copy
        that keeps the times of what it copies."""
        there = self._stat(path)
        if there is None:
            return None
        changed = max(there.st_mtime, there.st_ctime)
        return Found(path, there.st_size, datetime.fromtimestamp(changed, UTC), _version(there))

    def text(self, path: str) -> bytes | None:
        """See Place."""
        if self._stat(path) is None:
            return None
        with self._told(path), (self.root / path).open("rb") as opened:
            text = opened.read(SMALL_FILE_BYTES + 1)
        if len(text) > SMALL_FILE_BYTES:
            raise UserError(
                f"{self.root / path}: more than {SMALL_FILE_BYTES:,} bytes, expected a status file "
                "or a list of sums"
            )
        return text

    def fetch(self, wanted: Sequence[Wanted], on_bytes: OnBytes) -> list[Path]:
        """See Place. The files are read where they are; those with a sha1 are verified."""
        for each in wanted:
            file = self.root / each.path
            found = self.find(each.path)
            if found is None:
                raise InputError(file, "no such file")
            if found.bytes != each.bytes:
                raise InputError(file, f"has {found.bytes:,} bytes, expected {each.bytes:,}")
            try:
                if each.sha1 is None:
                    file.open("rb").close()
                    on_bytes(each.bytes)
                elif (found_sum := sum_of(file, each.sha1, on_bytes)) != each.sha1.lower():
                    raise InputError(
                        file,
                        f"its {digest_for(each.sha1).name} is {found_sum}, expected {each.sha1}",
                        advice="fetch it again from where it came from",
                    )
            except OSError as error:
                raise InputError(file, f"can not be read: {error.strerror}") from error
        return [self.root / each.path for each in wanted]

    def fingerprints(self, wanted: Sequence[Wanted], on_bytes: OnBytes) -> list[str]:
        """See Origin."""
        return [fingerprint(file) for file in self.fetch(wanted, on_bytes)]

    def _entries(self, path: str) -> list[tuple[str, bool]]:
        try:
            with self._told(path), os.scandir(self.root / path) as entries:
                return sorted((_name(entry), _is_folder(entry)) for entry in entries)
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _stat(self, path: str) -> os.stat_result | None:
        try:
            with self._told(path):
                there = (self.root / path).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISREG(there.st_mode):
            raise UserError(f"{self.root / path}: is no file, expected one")
        return there

    @contextmanager
    def _told(self, path: str) -> Iterator[None]:
        """Tell a person of what can not be read; what is not there is no error of that kind."""
        try:
            yield
        except (FileNotFoundError, NotADirectoryError):
            raise
        except OSError as error:
            raise UserError(f"{self.root / path}: can not be read: {error.strerror}") from error


def _name(entry: os.DirEntry[str]) -> str:
    """Give a name that can be written down; one that is no UTF-8 is shown, and leads to nothing."""
    return os.fsencode(entry.name).decode("utf-8", "backslashreplace")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads nowhere, or where nobody may look.
        return False


def digest_for(expected: str | None) -> "hashlib._Hash":
    """Begin a sum such as the expected one: a sha256 by its length, else a sha1."""
    if expected and len(expected) == SHA256_DIGITS:
        return hashlib.sha256(usedforsecurity=False)
    return hashlib.sha1(usedforsecurity=False)


def sum_of(file: Path, expected: str | None, on_bytes: OnBytes) -> str:
    """Compute a sum such as the expected one of a file, in hexadecimal, block by block."""
    digest = digest_for(expected)
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
            on_bytes(len(block))
    return digest.hexdigest()


def fingerprint(file: Path) -> str:
    """Compute a sha1, in hexadecimal, of a file's size and of parts of it from begin to end.

    It tells an unchanged file from another in a moment, also where that has a hundred gigabytes:
    a compressed file differs at its end when it differs at all. Raises InputError where it can not
    be read.
    """
    try:
        size = file.stat().st_size
        digest = hashlib.sha1(str(size).encode(), usedforsecurity=False)
        last = max(size - _SAMPLE_BYTES, 0)
        with file.open("rb") as opened:
            for number in range(_SAMPLES):
                opened.seek(last * number // (_SAMPLES - 1))
                digest.update(opened.read(_SAMPLE_BYTES))
    except OSError as error:
        raise InputError(file, f"can not be read: {error.strerror}") from error
    return digest.hexdigest()


def _version(there: os.stat_result) -> str:
    return f"{there.st_mtime_ns}"
