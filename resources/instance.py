"""The Dagster instance, where runs and what they made are remembered. Nothing is run here."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
from sqlalchemy.exc import DBAPIError
from yaml import YAMLError

from resources.checkout import checkout
from resources.dagster_internals import CheckError, open_lasting
from resources.errors import UserError
from resources.processes import Process

CONFIGURATION = """\
# Runs, events and the history of assets are kept in SQLite beside this file.
telemetry:
  enabled: false
nux:
  enabled: false
# One run at a time: it may use half of the machine's memory, and every core.
concurrency:
  runs:
    max_concurrent_runs: 1
# Sensors tick every half minute; ticks that did nothing are forgotten after a day.
retention:
  sensor:
    purge_after_days:
      skipped: 1
      failure: 30
      success: 30
"""
PROCESS_TAG = "imagesuggest/process"
"""On a run: the host and the process that it runs in."""
_NEW = ".new-"
_WHOLE = "history"


def dagster_home() -> Path:
    """Give the folder of the Dagster instance: DAGSTER_HOME, else one in the checkout."""
    return Path(os.environ.get("DAGSTER_HOME") or checkout() / ".dagster")


def open_instance() -> dg.DagsterInstance:
    """Open the Dagster instance of DAGSTER_HOME, else the one of the checkout; make a new one.

    Raises UserError where it cannot be written, or its configuration is none.
    """
    home = dagster_home().absolute()
    with history_told(home):
        home.mkdir(parents=True, exist_ok=True)
        # Two processes that set up one database at the same time spoil it for good.
        with _alone(home):
            with _configuration_told(home):
                if not (home / _WHOLE).exists():
                    _make(home)
                os.environ["DAGSTER_HOME"] = str(home)
                instance = open_lasting(home)
            _end_dead_runs(instance)
            return instance


@contextmanager
def _configuration_told(home: Path) -> Iterator[None]:
    """Say where a configuration is that Dagster makes nothing of, and fails at in many ways."""
    try:
        yield
    except (YAMLError, CheckError, dg.DagsterError, TypeError, AttributeError) as error:
        raise UserError(
            f"{home / 'dagster.yaml'}: Dagster can not be set up as it says: "
            f"{' '.join(str(error).split())}; put it right, or move it away: it is made anew"
        ) from error


@contextmanager
def history_told(home: Path | None = None) -> Iterator[None]:
    """Say of what goes wrong with the instance's files where they are, and what to do."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, OSError) as error:
        problem = error.orig if isinstance(error, DBAPIError) else error
        home = home or dagster_home().absolute()
        raise UserError(
            f"{home}: the history of runs cannot be written: {problem}; "
            "make room there, or choose another folder with DAGSTER_HOME"
        ) from error


def add_partition(instance: dg.DagsterInstance, partitions: str, key: str) -> None:
    """Add a partition unless it is there; other processes may add it at the same time.

    Dagster looks first and adds then, so that of two that do so at once one would fail.
    """
    with _alone(dagster_home().absolute()):
        instance.add_dynamic_partitions(partitions, [key])


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Wait until no other process is in here; the lock of one that is killed goes with it."""
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def process_tag() -> dict[str, str]:
    """Give the tag that says which process a run runs in."""
    return {PROCESS_TAG: str(Process.this())}


def process_of(run: dg.DagsterRun) -> Process | None:
    """Give the process that a run runs in; None where it has not said so."""
    # Who runs a run again copies its tags.
    copied = run.parent_run_id and run.status != dg.DagsterRunStatus.STARTED
    return None if copied else Process.of(run.tags.get(PROCESS_TAG, ""))


def began(record: dg.RunRecord) -> datetime:
    """Give when a run was begun, or made, where it has not begun (UTC)."""
    if record.start_time:
        return datetime.fromtimestamp(record.start_time, UTC)
    return record.create_timestamp.replace(tzinfo=UTC)


def _make(home: Path) -> None:
    """Make the databases beside their place: half-made ones could not be used or completed."""
    for abandoned in home.glob(f"{_NEW}*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    with TemporaryDirectory(prefix=_NEW, dir=home) as folder:
        new = Path(folder)
        configuration = home / "dagster.yaml"
        if not configuration.exists():
            (new / configuration.name).write_text(CONFIGURATION, encoding="utf-8")
            (new / configuration.name).rename(configuration)
        shutil.copy(configuration, new)
        dg.DagsterInstance.from_config(str(new)).dispose()
        for made in sorted(new.iterdir(), key=lambda each: each.name == _WHOLE):
            if made.is_dir() and not (home / made.name).exists():
                made.rename(home / made.name)


def _end_dead_runs(instance: dg.DagsterInstance) -> None:
    """Let no run be shown as going on whose process was killed."""
    state = dg.DagsterRunStatus
    not_ended = dg.RunsFilter(statuses=[state.NOT_STARTED, state.STARTING, state.STARTED])
    for record in instance.get_run_records(not_ended):
        process = process_of(record.dagster_run)
        # This process has not begun any run: one of its number is one before it.
        if process and (process == Process.this() or process.lives(began(record)) is False):
            instance.report_run_failed(record.dagster_run, "The process that it ran in was killed.")
