"""Files are read at once in several processes, of which none outlives what it was started for."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from resources.engine import Engine
from resources.errors import InputError, UnreachableError, UserError
from resources.sources import reading
from resources.sources.reading import Job, OnBytes, read_all
from resources.sources.reading_on_spark import read_all_on_spark

WAIT_SECONDS = 60.0


def read(job: Job, on_bytes: OnBytes) -> int:
    """Give the size of a file, read byte by byte; one that says "bad" is."""
    text = job.source.read_bytes()
    for _ in text:
        on_bytes(1)
    if text == b"bad":
        raise InputError(job.source, "bad")
    return len(text)


def copy(job: Job, on_bytes: OnBytes) -> int:
    """Read a file, and write what it holds."""
    job.target.write_bytes(job.source.read_bytes())
    return read(job, on_bytes)


def read_until_stopped(job: Job, on_bytes: OnBytes) -> int:
    """Read for ever, and tell who does; a file that says "bad" is, once the others are read."""
    job.target.write_text(str(os.getpid()))
    while job.source.read_bytes() != b"bad" or len(list(job.target.parent.glob("*.pid"))) < 2:
        on_bytes(1)
        time.sleep(0.01)
    raise InputError(job.source, "bad")


def lose_the_lake(job: Job, on_bytes: OnBytes) -> int:
    """Find the network away."""
    raise UnreachableError("away")


def die(job: Job, on_bytes: OnBytes) -> int:
    """Be killed, as by a system that has run out of memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def ignore(count: int) -> None:
    """Hear of bytes."""


def jobs_of(folder: Path, *texts: str) -> list[Job]:
    """Make files of these texts, and jobs that read them."""
    jobs = []
    for number, text in enumerate(texts):
        source = folder / f"{number}.txt"
        source.write_text(text)
        jobs.append(Job(source, folder / f"{number}.pid"))
    return jobs


def alive(process: int) -> bool:
    """Tell whether a process is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def processes_told(jobs: list[Job]) -> list[int]:
    """Wait for all jobs to tell which process reads them."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        told = [job.target.read_text() for job in jobs if job.target.exists()]
        if len(told) == len(jobs) and all(told):
            return [int(process) for process in told]
        time.sleep(0.02)
    raise TimeoutError("no process began to read")


@pytest.fixture(autouse=True)
def two_cores_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few this machine has."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.fixture(params=[0, 10**9], ids=["processes", "here"])
def anywhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in several processes, and in this one."""
    monkeypatch.setattr(reading, "PROCESSES_FROM_BYTES", request.param)


@pytest.fixture
def in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in several processes, whatever the size."""
    monkeypatch.setattr(reading, "PROCESSES_FROM_BYTES", 0)


@pytest.mark.usefixtures("anywhere")
def test_results_come_job_by_job_and_every_byte_is_heard_of(tmp_path: Path) -> None:
    heard: list[int] = []
    jobs = jobs_of(tmp_path, "a", "four", "to", "")
    told = read_all(jobs, read, heard.append)
    assert told == [(job.target, size) for job, size in zip(jobs, (1, 4, 2, 0), strict=True)]
    assert sum(heard) == 7


@pytest.mark.usefixtures("anywhere")
def test_the_error_names_the_file_that_is_bad(tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path, "longer than the other", "bad", "x")
    with pytest.raises(InputError, match=r"1\.txt: bad"):
        read_all(jobs, read, ignore)


def test_tasks_of_spark_give_the_same_job_by_job(tmp_path: Path, spark_engine: Engine) -> None:
    heard: list[int] = []
    jobs = jobs_of(tmp_path, "a", "four", "to", "")
    told = read_all_on_spark(SparkSession.active(), tmp_path, jobs, copy, heard.append)
    assert told == [(job.target, size) for job, size in zip(jobs, (1, 4, 2, 0), strict=True)]
    assert [job.target.read_text() for job in jobs] == ["a", "four", "to", ""]
    assert sum(heard) == 7


def test_a_task_of_spark_names_the_file_that_is_bad(tmp_path: Path, spark_engine: Engine) -> None:
    jobs = jobs_of(tmp_path, "longer than the other", "bad", "x")
    with pytest.raises(InputError, match=r"1\.txt: bad"):
        read_all_on_spark(SparkSession.active(), tmp_path, jobs, read, ignore)
    assert not list(tmp_path.glob(".*"))


def test_a_task_that_does_not_get_at_the_lake_fails_so_that_spark_tries_it_again(
    tmp_path: Path, spark_engine: Engine
) -> None:
    with pytest.raises(UserError, match=r"^Spark's workers can not read the dumps: "):
        read_all_on_spark(
            SparkSession.active(), tmp_path, jobs_of(tmp_path, "a"), lose_the_lake, ignore
        )


@pytest.mark.usefixtures("in_processes")
def test_a_file_that_is_bad_ends_the_reading_of_others(tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path, "would be read for ever", "bad")
    with pytest.raises(InputError, match=r"1\.txt: bad"):
        read_all(jobs, read_until_stopped, ignore)
    assert not any(map(alive, processes_told(jobs)))


@pytest.mark.usefixtures("in_processes")
def test_a_reading_process_that_is_killed_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="was killed, perhaps for want of memory"):
        read_all(jobs_of(tmp_path, "a", "b"), die, ignore)


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_reading_processes_end_when_who_started_them_is_killed(tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path, "for ever", "for ever, too")
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from resources.sources import reading\n"
        "from tests.resources.sources.test_reading import jobs_of, read_until_stopped\n"
        "reading.PROCESSES_FROM_BYTES = 0\n"
        "os.cpu_count = lambda: 2\n"
        "jobs = [reading.Job(each, each.with_suffix('.pid')) for each in map(Path, sys.argv[1:])]\n"
        "reading.read_all(jobs, read_until_stopped, lambda count: None)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, *(job.source for job in jobs)],
        cwd=Path(__file__).resolve().parents[3],
    )
    readers = processes_told(jobs)
    assert all(map(alive, readers))
    process.kill()
    process.wait()
    end = time.monotonic() + WAIT_SECONDS
    while any(map(alive, readers)):
        assert time.monotonic() < end, "the reading processes have stayed"
        time.sleep(0.05)
