"""What tests of mirrors share: a file, short waits, and fetching here or in another process."""

import hashlib
import multiprocessing
import random
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from resources.sources.mirror import Bounds, Mirror
from resources.sources.places import Wanted
from tests.resources.sources.mirror_server import BLOCK, MirrorServer

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])
QUICK = Bounds(
    connect_seconds=5.0,
    read_seconds=30.0,
    attempts=3,
    first_wait_seconds=0.005,
    longest_wait_seconds=0.02,
    longest_retry_after_seconds=0.05,
    look_again_seconds=0.01,
)
IMPATIENT = replace(QUICK, read_seconds=0.5)
"""For mirrors that fall silent. For others it is too short: a machine may stand still that long."""
FILE = "enwiki/20260101/enwiki-20260101-page.sql.gz"
BODY = random.Random(1).randbytes(5 * BLOCK + 1000)
SHA1 = hashlib.sha1(BODY).hexdigest()

Open = Callable[..., Mirror]


def wanted(mirror: Mirror, path: str = FILE, sha1: str | None = None) -> Wanted:
    """Want a file as the mirror shows it now."""
    found = mirror.find(path)
    assert found
    return Wanted(path, found.bytes, found.version, sha1)


def fetch(mirror: Mirror, *files: Wanted) -> list[bytes]:
    """Fetch files; see that each byte is told once."""
    told: list[int] = []
    paths = mirror.fetch(files, told.append)
    assert sum(told) == sum(each.bytes for each in files)
    assert all(count > 0 for count in told)
    return [path.read_bytes() for path in paths]


def fetched(cache: Path) -> set[str]:
    """Name what lies in a cache under the names of files."""
    return {
        each.relative_to(cache).as_posix()
        for each in cache.rglob("*")
        if each.is_file() and not each.relative_to(cache).as_posix().startswith(".")
        if not each.name.startswith(".")
    }


def quiet(count: int) -> None:
    """Hear of bytes, and say nothing."""


def elsewhere(
    server: MirrorServer,
    cache: Path,
    there: list[Wanted],
    bounds: Bounds = QUICK,
    done: Any = None,
    end: Any = None,
    connections: int = 2,
) -> BaseProcess:
    """Fetch files in another process; it keeps them, if there is an end, until it is there."""
    arguments = (server.url, cache, there, bounds, done, end, connections)
    process = FORKS.Process(target=_fetch_and_keep, args=arguments, daemon=True)
    process.start()
    return process


def _fetch_and_keep(
    url: str,
    cache: Path,
    there: list[Wanted],
    bounds: Bounds,
    done: Any,
    end: Any,
    connections: int,
) -> None:
    with Mirror(url, cache, connections=connections, bounds=bounds, log=str) as mirror:
        mirror.fetch(there, quiet)
        if end:
            done.set()
            end.wait(60)
