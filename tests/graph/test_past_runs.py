"""How runs went, as a real Dagster instance knows it: lost, cancelled, failed for what reason."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster import DagsterRunStatus

from graph.past_runs import INPUTS_TAG, PARTITION_TAG, past_runs, why_failed
from resources.dagster_internals import (
    EngineEventData,
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
    RunsTable,
)
from resources.errors import InputError
from resources.instance import PROCESS_TAG
from resources.processes import Process
from resources.sources.places import PassingError
from resources.storage import storage_at
from resources.turns import turn
from tests.imagesuggest_assets.killed_run import endless

KEY = "2026-11-02"
CONFIG = {"ops": {"goes_on": {"config": {"begun": ""}}}}
STARTING_SECONDS = 120.0


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def process(instance: dg.DagsterInstance, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in which a run goes on."""
    begun = tmp_path / "begun"
    code = f"from tests.imagesuggest_assets.killed_run import run; run({str(begun)!r}, {KEY!r})"
    home = instance.root_directory
    (Path(home) / "dagster.yaml").touch()
    found = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "DAGSTER_HOME": home})
    end = time.monotonic() + STARTING_SECONDS
    while not begun.exists():
        assert found.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    yield found
    found.kill()
    found.wait()


def test_a_run_whose_process_was_killed_is_found_lost_and_ended(
    instance: dg.DagsterInstance, process: subprocess.Popen[bytes]
) -> None:
    (going_on,) = past_runs(instance, KEY, "endless", now())
    assert going_on.status == "active"
    process.kill()
    process.wait()
    at = now()
    (lost,) = past_runs(instance, KEY, "endless", at)
    assert (lost.status, lost.passing, lost.ended) == ("failed", True, at)
    assert lost.why == "its process is gone"
    run = instance.get_run_by_id(lost.run_id)
    assert run is not None
    assert run.status == DagsterRunStatus.FAILURE
    # And it stays so.
    (ended,) = past_runs(instance, KEY, "endless", now())
    assert (ended.status, ended.passing) == ("failed", True)
    assert ended.why == "The process that it ran in is gone"
    assert ended.ended is not None


def make(instance: dg.DagsterInstance, **tags: str) -> dg.DagsterRun:
    """Make a run that nobody has begun."""
    return instance.create_run_for_job(
        endless, run_config=CONFIG, tags={PARTITION_TAG: KEY, **tags}
    )


def test_a_run_that_never_began_is_lost_after_a_while(instance: dg.DagsterInstance) -> None:
    make(instance)
    (waiting,) = past_runs(instance, KEY, "endless", now() + timedelta(minutes=9))
    assert waiting.status == "active"
    (lost,) = past_runs(instance, KEY, "endless", now() + timedelta(minutes=11))
    assert (lost.status, lost.passing) == ("failed", True)


def started(instance: dg.DagsterInstance, process: object, **more: str) -> dg.DagsterRun:
    """Make a run that goes on in a process."""
    run = make(instance, **{PROCESS_TAG: str(process), **more})
    instance.report_dagster_event(
        dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, "endless"), run.run_id
    )
    return run


def status(instance: dg.DagsterInstance, lake: Path | None = None, *, minutes: float = 0) -> str:
    """Give how the newest run is judged, some minutes from now."""
    return past_runs(
        instance,
        KEY,
        "endless",
        now() + timedelta(minutes=minutes),
        storage_at(lake) if lake else None,
    )[0].status


def test_a_run_is_lost_whose_process_is_another_of_the_same_number(
    instance: dg.DagsterInstance,
) -> None:
    """After a container was started again, number 1 is alive for ever."""
    this = Process.this()
    started(instance, this)
    assert status(instance) == "active"
    for other in (replace(this, started="1"), replace(this, boot="before")):
        started(instance, other)
        assert status(instance) == "failed"


def test_a_run_that_is_known_by_host_and_number_alone_is_judged_by_when_it_began(
    instance: dg.DagsterInstance,
) -> None:
    old = f"{socket.gethostname()}:{os.getpid()}"
    started(instance, old)
    assert status(instance) == "active"
    run = started(instance, old)
    long_ago = (now() - timedelta(days=1)).timestamp()
    with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]
        runs = RunsTable
        connection.execute(
            runs.update().where(runs.c.run_id == run.run_id).values(start_time=long_ago)
        )
    assert status(instance) == "failed"


def test_a_run_that_dagster_started_is_judged_by_when_it_said_so(
    instance: dg.DagsterInstance,
) -> None:
    run = make(instance)
    for days, expected in ((0, "active"), (1, "failed")):
        # Of two processes one may be left.
        event = dg.DagsterEvent(
            dg.DagsterEventType.ENGINE_EVENT.value,
            "endless",
            event_specific_data=EngineEventData({"pid": dg.MetadataValue.text(str(os.getpid()))}),
        )
        at = now() - timedelta(days=days)
        instance.report_dagster_event(event, run.run_id, timestamp=at.timestamp())
        if days:
            assert status(instance) == "active"
            run = make(instance)
            instance.report_dagster_event(event, run.run_id, timestamp=at.timestamp())
        assert status(instance) == expected


@pytest.mark.parametrize("where", ["host", "space"])
def test_a_run_in_another_container_goes_on_while_it_works_on_its_snapshot(
    instance: dg.DagsterInstance, tmp_path: Path, where: str
) -> None:
    """Its process can not be seen; that it is gone shows by its turn being over."""
    elsewhere = replace(Process.this(), **{where: "another"})
    run = started(instance, elsewhere)
    lake = tmp_path / "lake"
    for holder in (run.run_id, "another run, for which it waits"):
        with turn(storage_at(lake), KEY, holder, print):
            assert status(instance, lake, minutes=60) == "active"
    # It may be about to take its turn, or to end; or nobody can tell.
    assert status(instance, lake, minutes=9) == "active"
    assert status(instance, minutes=60) == "active"
    assert status(instance, lake, minutes=11) == "failed"


def test_a_run_that_is_run_again_is_not_taken_for_the_one_before(
    instance: dg.DagsterInstance,
) -> None:
    gone = replace(Process.this(), started="1")
    first = make(instance, **{PROCESS_TAG: str(gone)})
    again = dg.DagsterRun(
        job_name="endless",
        tags={PARTITION_TAG: KEY, PROCESS_TAG: str(gone)},
        parent_run_id=first.run_id,
        root_run_id=first.run_id,
        status=DagsterRunStatus.STARTING,
    )
    instance.add_run(again)
    assert status(instance) == "active"


def test_a_run_that_waits_for_its_turn_is_not_lost_nor_when_that_comes(
    instance: dg.DagsterInstance,
) -> None:
    location = RegisteredCodeLocationOrigin("here")
    instance.create_run_for_job(
        endless,
        run_config=CONFIG,
        tags={PARTITION_TAG: KEY},
        status=DagsterRunStatus.QUEUED,
        remote_job_origin=RemoteJobOrigin(RemoteRepositoryOrigin(location, "all"), "endless"),
    )
    (queued,) = past_runs(instance, KEY, "endless", now() + timedelta(days=30))
    assert queued.status == "active"
    # Its turn came after an hour; its process has not said anything yet.
    turn = now() + timedelta(hours=1)
    starting = dg.DagsterEvent(dg.DagsterEventType.RUN_STARTING.value, "endless")
    instance.run_storage.handle_run_event(queued.run_id, starting, turn)
    (begins,) = past_runs(instance, KEY, "endless", turn + timedelta(minutes=9))
    assert begins.status == "active"
    (lost,) = past_runs(instance, KEY, "endless", turn + timedelta(minutes=11))
    assert lost.status == "failed"


def test_a_cancelled_run_has_failed_in_passing(instance: dg.DagsterInstance) -> None:
    run = make(instance)
    instance.report_run_canceling(run)
    instance.report_run_canceled(run)
    (cancelled,) = past_runs(instance, KEY, "endless", now())
    assert (cancelled.status, cancelled.passing) == ("failed", True)
    assert cancelled.why == "it was cancelled"


def test_runs_are_those_of_a_snapshot_and_a_job_newest_first(instance: dg.DagsterInstance) -> None:
    older, newer = make(instance, **{INPUTS_TAG: "one"}), make(instance, **{INPUTS_TAG: "two"})
    make(instance, **{PARTITION_TAG: "2026-11-09"})
    found = past_runs(instance, KEY, "endless", now())
    assert [each.run_id for each in found] == [newer.run_id, older.run_id]
    assert [each.inputs for each in found] == ["two", "one"]
    assert past_runs(instance, KEY, "another", now()) == []


def fails(instance: dg.DagsterInstance, error: Exception | None, **check: Any) -> dg.DagsterRun:
    """Run an asset that fails with an error, or one whose check fails."""

    @dg.asset
    def links() -> None:
        if error:
            raise error

    @dg.asset_check(asset=links, blocking=check.get("blocking", False))
    def contract() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(
            passed=False,
            severity=check.get("severity", dg.AssetCheckSeverity.ERROR),
            description="a column is missing",
        )

    @dg.asset(deps=[links])
    def suggestions() -> None:
        if check.get("then"):
            raise check["then"]

    result = dg.materialize(
        [links, suggestions, contract],
        instance=instance,
        tags={PARTITION_TAG: KEY},
        raise_on_error=False,
    )
    assert not result.success
    return result.dagster_run


@pytest.mark.parametrize(
    ("error", "passing", "why"),
    [
        (InputError("page.sql.gz", "its sha1 is 12"), False, "page.sql.gz: its sha1 is 12"),
        (PassingError("the mirror does not answer"), True, "the mirror does not answer"),
        (OSError(28, "No space left on device"), True, "[Errno 28] No space left on device"),
        (MemoryError("too much"), True, "too much"),
    ],
    ids=["input", "mirror", "disk", "memory"],
)
def test_only_what_the_same_files_give_again_stays(
    instance: dg.DagsterInstance, error: Exception, passing: bool, why: str
) -> None:
    run = fails(instance, error)
    (found,) = past_runs(instance, KEY, run.job_name, now())
    assert (found.status, found.passing) == ("failed", passing)
    assert found.why.startswith(f"links: {why}")
    assert "\n" not in found.why
    assert found.ended is not None
    assert abs(found.ended - now()) < timedelta(minutes=10)


def test_an_input_error_stays_whatever_was_raised_on_top_of_it(
    instance: dg.DagsterInstance,
) -> None:
    error = RuntimeError("could not read")
    error.__cause__ = InputError("page.sql.gz", "ends in the middle of a row")
    stays, why = why_failed(instance, fails(instance, error).run_id)
    assert stays
    assert why == "links: page.sql.gz: ends in the middle of a row"


def test_a_run_that_a_blocking_check_stopped_fails_again_with_the_same_files(
    instance: dg.DagsterInstance,
) -> None:
    run = fails(instance, None, blocking=True)
    assert why_failed(instance, run.run_id) == (
        True,
        "links: the check contract failed: a column is missing",
    )


@pytest.mark.parametrize(
    "check",
    [{"blocking": True, "severity": dg.AssetCheckSeverity.WARN}, {"blocking": False}],
    ids=["a warning", "one that stops nothing"],
)
def test_a_check_that_stopped_nothing_is_not_why_a_run_failed(
    instance: dg.DagsterInstance, check: dict[str, Any]
) -> None:
    run = fails(instance, None, **check, then=OSError("disk full"))
    stays, why = why_failed(instance, run.run_id)
    assert not stays
    assert why == "suggestions: disk full"
