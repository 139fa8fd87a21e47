"""A process's own folder on this machine, in the lake where that is here: half-written partitions
and spilled data."""

import fcntl
import os
import shutil
import weakref
from pathlib import Path
from typing import TextIO
from uuid import uuid4

from resources.disk import make_folder
from resources.errors import UserError


class Scratch:
    """A folder that is this process's alone and goes with it, even after ``kill -9``.

    Beside each folder lies a file that its process keeps locked. The lock goes when the process
    does, so whoever comes next sees which folders nobody owns any more, and removes them.
    """

    def __init__(self, parent: Path, *, of_lake: bool = True) -> None:
        """``of_lake`` says whether ``parent`` is a folder in a lake. Raises UserError."""
        try:
            make_folder(parent)
            remove_abandoned(parent)
            lock, owner = _lock_new(parent)
            self.path = lock.with_suffix("")
            self.path.mkdir()
        except OSError as error:
            folder, setting = f"{parent}: the scratch folder", "IMAGESUGGEST_SCRATCH"
            if of_lake:
                folder, setting = f"{parent.parent}: the lake folder", "--lake or IMAGESUGGEST_LAKE"
            raise UserError(
                f"{folder} cannot be written: {error.strerror}; choose another with {setting}"
            ) from error
        self._finalizer = weakref.finalize(self, _remove, self.path, lock, owner)

    def new(self, name: str) -> Path:
        """Give a path below the folder that nothing is at yet; its parent is there."""
        return self.path / f"{name}-{uuid4().hex}"

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        self._finalizer()


def remove_abandoned(parent: Path) -> None:
    """Remove the folders in ``parent`` whose process is gone."""
    for lock in parent.glob("*.lock"):
        try:
            with lock.open("r+") as owner:
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                lock.unlink(missing_ok=True)
        except (BlockingIOError, FileNotFoundError):
            # Its process lives, or somebody else is removing it.
            continue


def _lock_new(parent: Path) -> tuple[Path, TextIO]:
    while True:
        lock = parent / f"{uuid4().hex}.lock"
        owner = lock.open("w")
        fcntl.flock(owner, fcntl.LOCK_EX)
        # Somebody who looked for abandoned folders may have been quicker than the lock.
        if lock.exists() and os.fstat(owner.fileno()).st_ino == lock.stat().st_ino:
            return lock, owner
        owner.close()


def _remove(path: Path, lock: Path, owner: TextIO) -> None:
    shutil.rmtree(path, ignore_errors=True)
    lock.unlink(missing_ok=True)
    owner.close()
