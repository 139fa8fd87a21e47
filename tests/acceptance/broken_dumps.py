"""A small Wikimedia with something wrong in it, and what a run of it did to a lake."""

import bz2
import gzip
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from rich.console import Console

from graph.terminal.display import Display
from imagesuggest_assets.command.execution import run_snapshot
from imagesuggest_assets.definitions import build_definitions
from imagesuggest_assets.settings import Settings
from resources.errors import UserError
from tests.acceptance.undrawn import undrawn

SNAPSHOT, DAY = "2026-11-02", "20261102"
PAGE = f"ptwiki/{DAY}/ptwiki-{DAY}-page.sql.gz"
PAGELINKS = f"ptwiki/{DAY}/ptwiki-{DAY}-pagelinks.sql.gz"
LINKTARGET = f"ptwiki/{DAY}/ptwiki-{DAY}-linktarget.sql.gz"
IMAGE = f"commonswiki/{DAY}/commonswiki-{DAY}-image.sql.gz"
CATEGORY = f"commonswiki/{DAY}/commonswiki-{DAY}-category.sql.gz"
CATEGORYLINKS = f"commonswiki/{DAY}/commonswiki-{DAY}-categorylinks.sql.gz"
REDIRECT = f"commonswiki/{DAY}/commonswiki-{DAY}-redirect.sql.gz"
ITEMS = "other/wikibase/wikidatawiki/20261030/wikidata-20261030-all.json.gz"
MEDIAINFO = "other/wikibase/commonswiki/20261030/commons-20261030-mediainfo.json.gz"
FEEDBACK = f"event/mediawiki_image_suggestions_feedback/{DAY}.json.gz"

Break = Callable[[Path], None]
"""Breaks one file."""


def stored(change: Callable[[bytes], bytes]) -> Break:
    """Change a file's bytes as they are stored."""
    return lambda file: _write(file, change(file.read_bytes()))


def text(change: Callable[[bytes], bytes]) -> Break:
    """Change what is compressed in a file."""
    return stored(lambda data: gzip.compress(change(gzip.decompress(data)), 1))


def as_bzip2(change: Callable[[bytes], bytes]) -> Break:
    """Store a file as bzip2, and change that."""

    def change_file(file: Path) -> None:
        data = bz2.compress(gzip.decompress(file.read_bytes()))
        file.unlink()
        file.with_suffix(".bz2").write_bytes(change(data))

    return change_file


def renamed(column: str) -> Break:
    """Call a column something else."""
    return text(lambda sql: sql.replace(f"`{column}`".encode(), b"`renamed`"))


def without_column(column: str) -> Break:
    """Take a column's line away."""
    line = re.compile(rb"^  `" + column.encode() + rb"`.*\n", re.MULTILINE)
    return text(lambda sql: line.sub(b"", sql, count=1))


def first_row(before: bytes, after: bytes) -> Break:
    """Replace what a pattern finds first behind the first VALUES."""

    def change(sql: bytes) -> bytes:
        start = sql.index(b" VALUES ")
        changed, found = re.subn(before, after, sql[start:], count=1)
        assert found, "there is nothing to break"
        return sql[:start] + changed

    return text(change)


def line(number: int, change: Callable[[bytes], bytes]) -> Break:
    """Change one line of a file of lines, counted from 1."""

    def change_line(data: bytes) -> bytes:
        lines = data.split(b"\n")
        lines[number - 1] = change(lines[number - 1])
        return b"\n".join(lines)

    return text(change_line)


def without_papers(file: Path) -> None:
    """Take away what a dump says of its files, so that a reader is the first to look closely."""
    for paper in (*file.parent.glob("dumpstatus.json"), *file.parent.glob("*-sha1sums.txt")):
        paper.unlink()


def _write(file: Path, data: bytes) -> None:
    # Not in place: the file may be a link to the one that is whole.
    file.unlink()
    file.write_bytes(data)


@dataclass(frozen=True)
class Ended:
    """How a run in this process ended: its error, empty if there was none, and its lines."""

    error: str
    lines: list[str]


def run_here(dumps: Path, lake: Path, datasets: Sequence[str] = (), **settings: Any) -> Ended:
    """Run some datasets in this process, on the instance of DAGSTER_HOME."""
    snapshot = settings.pop("snapshot", None)
    choose_again = settings.pop("choose_again", False)
    written = io.StringIO()
    display = Display(Console(file=written, width=200))
    error = ""
    try:
        with undrawn():
            run_snapshot(
                Settings(dumps=str(dumps), lake=str(lake), **settings),
                snapshot,
                datasets,
                display,
                choose_again=choose_again,
            )
    except UserError as failure:
        error = str(failure)
    return Ended(error, written.getvalue().splitlines())


@cache
def with_all_after(dataset: str) -> tuple[str, ...]:
    """Name a dataset and all that are computed from it."""
    return _named(dg.AssetSelection.assets(dataset).downstream())


@cache
def with_all_before(*datasets: str) -> tuple[str, ...]:
    """Name datasets and all that they are computed from."""
    return _named(dg.AssetSelection.assets(*datasets).upstream())


def _named(selection: dg.AssetSelection) -> tuple[str, ...]:
    graph = build_definitions(Settings()).resolve_asset_graph()
    computed = selection & dg.AssetSelection.all()
    return tuple(sorted(key.path[-1] for key in computed.resolve(graph)))


def state(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Tell the files below a folder apart from those that take their places."""
    return {
        str(file.relative_to(folder)): (
            file.stat().st_ino,
            file.stat().st_mtime_ns,
            file.stat().st_size,
        )
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def left_in_scratch(lake: Path) -> list[Path]:
    """List what a run has left that should have cleaned up."""
    return list((lake / ".scratch").iterdir()) if (lake / ".scratch").is_dir() else []
