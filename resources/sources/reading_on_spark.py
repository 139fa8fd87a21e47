"""Reads many input files at once on a Spark cluster: a task a file, in bounded memory each.

Files are read and written where the tasks are, so both have to lie in folders that the cluster's
machines share, under the same names; this project is installed on each.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import uuid4

import pyarrow as pa

from resources.errors import UserError
from resources.sources.reading import Job, OnBytes, listening

T = TypeVar("T")

_LOOK_SECONDS = 1.0
_GIVEN = "number long, result binary"


@dataclass(frozen=True)
class _Failed:
    """What comes of a job that fails. Another is not tried: it would find the same."""

    error: UserError


def read_all_on_spark(
    session: Any, jobs: Sequence[Job], read: Callable[[Job, OnBytes], T], on_bytes: OnBytes
) -> list[T]:
    """Let ``read`` work on each job, the largest file first; give what it returns, job by job.

    ``read`` must be a function of a module. ``on_bytes`` hears of a file's stored bytes when it is
    read. The error of a job that fails is raised; UserError where Spark can not run them.
    """
    from pyspark.errors import PySparkException

    if not jobs:
        return []
    sizes = [job.source.stat().st_size if job.source.exists() else 0 for job in jobs]
    order = sorted(range(len(jobs)), key=lambda index: -sizes[index])
    # One row a task, and no RDD, which a session of Spark Connect does not have.
    numbers = session.range(0, len(jobs), 1, numPartitions=len(jobs))
    work = _work([jobs[index] for index in order], read)
    done = False

    def read_so_far() -> int:
        # Workers have no other way to tell than that a target is there; a file that can not be read
        # has none, and is done, too, at the end.
        each = zip(jobs, sizes, strict=True)
        return sum(size for job, size in each if done or job.target.exists())

    with listening(read_so_far, on_bytes, _LOOK_SECONDS):
        try:
            rows = numbers.mapInArrow(work, _GIVEN).collect()
        except PySparkException as error:
            first = str(error).strip().splitlines()[0]
            raise UserError(
                f"Spark's workers can not read the dumps: {first}; this project has to be "
                "installed on them, and the folders of dumps and lake shared with them"
            ) from error
        done = True
    results = {order[row.number]: pickle.loads(row.result) for row in rows}  # noqa: S301 - our own
    for result in results.values():
        if isinstance(result, _Failed):
            raise result.error
    return [results[index] for index in range(len(jobs))]


def _work(
    jobs: Sequence[Job], read: Callable[[Job, OnBytes], Any]
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Make what a task does: read those of ``jobs`` whose numbers it is given."""

    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch["id"].to_pylist():
                result = pickle.dumps(_read(jobs[number], read))
                yield pa.RecordBatch.from_pydict({"number": [number], "result": [result]})

    return work


def _read(job: Job, read: Callable[[Job, OnBytes], Any]) -> Any:
    """Read one, whose target is there when it is whole: Spark may start a task more than once."""
    aside = job.target.with_name(f".{uuid4().hex}")
    try:
        result = read(replace(job, target=aside), _tell_nobody)
    except UserError as error:
        return _Failed(error)
    if aside.exists():
        aside.rename(job.target)
    return result


def _tell_nobody(count: int) -> None:
    """Of what a worker has read so far nobody hears."""
