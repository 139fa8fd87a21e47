"""Gives a lake from before partitions had versions the layout of now; see lake.py.

Before, a partition's files lay in ``<lake>/<dataset>/snapshot=<key>/`` itself, with
``_statistics.json`` beside them, which is removed last: a partition that has it is converted
again from where that was ended. Nothing is copied.
"""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from resources.disk import alone_in, make_folder, put, sync
from resources.errors import UserError
from resources.storage import LocalStorage
from resources.turns import workers
from resources.versions import CURRENT, OLD_STATISTICS, Statistics, Version, version_name

_ASIDE = ".aside-"
"""Begins the name of a partition that a killed run had taken from its place for a moment."""
_CONVERTED = "0" * 8


def convert_lake(lake: Path) -> Iterator[str]:
    """Convert all partitions of the old layout; say of each, when it is done, what was done.

    Killed at any moment, it goes on where it was when it is called again. Raises UserError where
    there is no lake, or a run works in it.
    """
    if not lake.is_dir():
        raise UserError(f"{lake}: no lake is there")
    if busy := workers(LocalStorage(lake)):
        raise UserError(f"{lake}: can not be converted now: {busy[0]}; wait until it is done")
    with alone_in(lake):
        for aside in sorted(lake.glob(f"*/{_ASIDE}snapshot=*")):
            _put_back(aside)
        for statistics in sorted(lake.glob(f"[!.]*/snapshot=*/{OLD_STATISTICS}")):
            yield _convert(statistics)


def _convert(statistics: Path) -> str:
    """Move a partition's files into a version, and let that count."""
    partition = statistics.parent
    if not (partition / CURRENT).exists():
        # The same each time this begins again.
        written = datetime.fromtimestamp(statistics.stat().st_mtime, UTC)
        version = partition / version_name(written, _CONVERTED)
        make_folder(version)
        for file in partition.glob("*.parquet"):
            file.rename(version / file.name)
        sync(version)
        names = sorted(file.name for file in version.glob("*.parquet"))
        try:
            recorded = msgspec.json.decode(statistics.read_bytes(), type=Statistics)
        except (ValueError, OSError) as error:
            # As unreadable as it was, so that whoever looks at the partition is told so, as before.
            statistics.rename(partition / CURRENT)
            sync(partition)
            return f"{partition}: converted, but {OLD_STATISTICS} can not be read: {error}"
        put(partition / CURRENT, Version(version.name, names, recorded).encoded())
    statistics.unlink()
    sync(partition)
    return f"{partition}: converted"


def _put_back(aside: Path) -> None:
    """Let a partition be in its place again, unless another has come there."""
    place = aside.with_name(aside.name.removeprefix(_ASIDE).rpartition("-")[0])
    if place.exists():
        shutil.rmtree(aside)
    else:
        aside.rename(place)
        sync(place.parent)
