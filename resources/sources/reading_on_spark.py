"""Reads many input files at once on a Spark cluster: a task a file, in bounded memory each.

Files are read where the tasks are, so they have to lie in a folder that the cluster's machines
share, under the same name; this project is installed on each. What comes of them is written to such
a folder, too, or to one at an address.
"""

import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pyarrow as pa

from resources.addresses import reach_by, reached_by
from resources.errors import UnreachableError, UserError
from resources.lake_paths import Address, LakePath
from resources.sources.reading import Job, OnBytes, listening
from resources.spark import on_workers
from resources.storage import storage_at

T = TypeVar("T")

_LOOK_SECONDS = 1.0
_GIVEN = "number long, result binary"


@dataclass(frozen=True)
class _Folder:
    """A folder at an address, for another machine, and how this one gets there."""

    url: str
    environment: Mapping[str, str]

    @classmethod
    def at(cls, place: Address) -> "_Folder":
        return cls(str(place), reached_by())

    def bring(self, file: Path) -> str:
        """Bring a file there, under a name that none has had; give the name."""
        reach_by(self.environment)
        name = f"{uuid4().hex}-{file.name}"
        with closing(storage_at(self.url)) as storage:
            storage.bring(file, name)
        return name


@dataclass(frozen=True)
class _Failed:
    """What comes of a job that fails. Another is not tried: it would find the same."""

    error: UserError


def read_all_on_spark(
    session: Any,
    to: LakePath,
    jobs: Sequence[Job],
    read: Callable[[Job, OnBytes], T],
    on_bytes: OnBytes,
) -> list[tuple[LakePath, T]]:
    """Let ``read`` work on each job, the largest file first; give, job by job, where what it wrote
    is, and what it returns.

    What is written is at the job's target, or in ``to`` where that is at an address. ``read`` must
    be a function of a module. ``on_bytes`` hears of a file's stored bytes when it is read. The
    error of a job that fails is raised; UserError where Spark can not run them.
    """
    if not jobs:
        return []
    sizes = [job.bytes for job in jobs]
    order = sorted(range(len(jobs)), key=lambda index: -sizes[index])
    # One row a task, and no RDD, which a session of Spark Connect does not have.
    numbers = session.range(0, len(jobs), 1, numPartitions=len(jobs))
    folder = _Folder.at(to) if isinstance(to, Address) else None
    work = _work([jobs[index] for index in order], read, folder)
    done = False

    def read_so_far() -> int:
        # Workers have no other way to tell than that a target is there; a file that can not be read
        # has none, and is done, too, at the end.
        there = _names(to) if isinstance(to, Address) else ()
        return sum(
            size
            for job, size in zip(jobs, sizes, strict=True)
            if done or job.target.name in there or job.target.exists()
        )

    with listening(read_so_far, on_bytes, _LOOK_SECONDS):
        with on_workers(
            "read the dumps",
            "the folders of dumps and lake shared with them, or the lake's address in their reach",
        ):
            rows = numbers.mapInArrow(work, _GIVEN).collect()
        done = True
    results = {order[row.number]: pickle.loads(row.result) for row in rows}  # noqa: S301 - our own
    for result in results.values():
        if isinstance(result, _Failed):
            raise result.error
    told = [results[index] for index in range(len(jobs))]
    return [
        (to / name if folder and name else job.target, result)
        for job, (name, result) in zip(jobs, told, strict=True)
    ]


def _work(
    jobs: Sequence[Job], read: Callable[[Job, OnBytes], Any], folder: _Folder | None
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Make what a task does: read those of ``jobs`` whose numbers it is given."""

    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch["id"].to_pylist():
                result = pickle.dumps(_read(jobs[number], read, folder))
                yield pa.RecordBatch.from_pydict({"number": [number], "result": [result]})

    return work


def _read(
    job: Job, read: Callable[[Job, OnBytes], Any], folder: _Folder | None
) -> tuple[str, Any] | _Failed:
    """Read one; give the name in ``folder`` of what was written, if anything, and what was told.

    Spark may start a task more than once, at the same time, too. So a target is there when it is
    whole, and of names in ``folder`` that counts which Spark takes for the task's.
    """
    try:
        if folder is None:
            aside = job.target.with_name(f".{uuid4().hex}")
            result = read(replace(job, target=aside), _tell_nobody)
            if aside.exists():
                aside.rename(job.target)
            return "", result
        with tempfile.TemporaryDirectory(prefix="imagesuggest-") as here:
            target = Path(here, job.target.name)
            result = read(replace(job, target=target), _tell_nobody)
            return folder.bring(target) if target.exists() else "", result
    except UnreachableError:
        # Spark tries the task again, which a file that can not be read does not need.
        raise
    except UserError as error:
        return _Failed(error)


def _names(folder: Address) -> set[str]:
    """List the targets of which something is in a folder at an address, as far as that is told."""
    with suppress(OSError, UnreachableError):
        return {name.partition("-")[2] for name in folder.storage.names(folder.place)}
    return set()


def _tell_nobody(count: int) -> None:
    """Of what a worker has read so far nobody hears."""
