"""What is put in its place is on the disk first: not even a power cut leaves it half or empty."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


def sync(path: Path) -> None:
    """See that a file, or the names in a folder, are on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_whole(folder: Path) -> None:
    """See that a folder of files is on the disk, with all that is in them."""
    for file in folder.iterdir():
        sync(file)
    sync(folder)


def make_folder(folder: Path) -> None:
    """Make a folder, with those above it, where it is not there; what is made is on the disk."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


@contextmanager
def replacing(place: Path) -> Iterator[Path]:
    """Give where to write a file that then takes the place of what was there, in one step. Its
    folder has to be there.

    What lies half-written beside it after a kill has a name that begins with a dot.
    """
    beside = place.with_name(f".{uuid4().hex}.part")
    try:
        yield beside
        sync(beside)
        beside.rename(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync(place.parent)


def put(place: Path, data: bytes, *, private: bool = False) -> None:
    """Put a small file in the place of what was there, in one step, as replacing() does. What is
    ``private`` only its owner can read.
    """
    with replacing(place) as beside, beside.open("wb") as file:
        if private:
            os.fchmod(file.fileno(), 0o600)
        file.write(data)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Be the only one, among all processes, that changes something in a folder."""
    place = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)
