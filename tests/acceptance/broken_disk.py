"""Runs on a small disk of its own that fills up; started in a process that may mount one.

``python -m tests.acceptance.broken_disk FOLDER DUMPS`` mounts the disk at FOLDER/disk, keeps the
Dagster instance at FOLDER/dagster, and writes what happened to standard output, as JSON.
"""

import json
import os
import shutil
import subprocess
import sys
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.acceptance.broken_dumps import left_in_scratch, run_here, state
from tests.acceptance.command import imagesuggest

DISK_BYTES = 16 * 2**20
READ = ("mediawiki_pagelinks",)
COMPUTED = ("image_links",)
FIRST = (
    *(f"mediawiki_{table}" for table in ("page", "pagelinks", "imagelinks", "linktarget")),
    *("mediawiki_image", "mediawiki_redirect", "pages", "local_files", "file_redirects"),
    "image_links",
)
ROOMS = (0, 20_000, 60_000)
"""Bytes left on the disk: for nothing, for a folder, for a good part of a partition."""


@dataclass(frozen=True)
class Happened:
    """What a run did: its last line, whether it touched a partition, and what it left behind."""

    what: str
    error: str
    touched: bool
    left: int
    code: int = 0


def main(folder: Path, dumps: Path) -> list[Happened]:
    """Run on the full disk in every way."""
    disk = folder / "disk"
    disk.mkdir()
    mount: list[str | Path] = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}"]
    subprocess.run([*mount, "imagesuggest", disk], check=True)
    try:
        return list(_runs(folder, disk, dumps))
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def _runs(folder: Path, disk: Path, dumps: Path) -> list[Happened]:
    lake = disk / "lake"
    os.environ["DAGSTER_HOME"] = str(folder / "dagster")
    happened = []

    def run(what: str, *datasets: str) -> None:
        before = state(lake)
        error = run_here(dumps, lake, datasets).error
        left = len(left_in_scratch(lake))
        happened.append(Happened(what, error, state(lake) != before, left))

    run("room", *FIRST)
    for room in ROOMS:
        _fill(disk, room)
        run(f"reading, {room} bytes left", *READ)
        run(f"computing, {room} bytes left", *COMPUTED)
    before = state(lake)
    command = ("run", "--dumps", dumps, "--lake", lake, "--select")
    ended = imagesuggest(*command, ",".join(READ), home=folder)
    happened.append(Happened("command", ended.last_line, state(lake) != before, 0, ended.code))
    # The instance on the same disk: it cannot even be made.
    os.environ["DAGSTER_HOME"] = str(disk / "dagster")
    _fill(disk, 0)
    run("history cannot begin", *READ)
    (disk / "filler").unlink()
    run("room again", *READ)
    _fill(disk, 0)
    run("history cannot go on", *READ)
    (disk / "filler").unlink()
    run("room at last", *FIRST)
    return happened


def _fill(disk: Path, room: int) -> None:
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    size = shutil.disk_usage(disk).free - room
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    found = main(Path(sys.argv[1]), Path(sys.argv[2]))
    print(json.dumps([asdict(each) for each in found]))
