"""How the runs of a snapshot went, and what they materialized, as the Dagster instance knows it.
Nothing is decided here.
"""

import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import dagster as dg
from dagster import DagsterEventType, DagsterRunStatus, RunRecord

from graph.catalog import Catalog
from resources.dagster_internals import SerializableErrorInfo, starts_runs_here
from resources.instance import began, process_of
from resources.processes import Process
from resources.storage import Storage
from resources.turns import worker

PARTITION_TAG = "dagster/partition"
INPUTS_TAG = "imagesuggest/inputs"
"""On a run: which files it was requested for."""
_STARTING = timedelta(minutes=10)
"""Longer than any run takes from its turn to its first event."""
_LOOKED_BACK = 20
_ACTIVE = (
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
)
_STAYS = ("InputError", "DagsterInvalidConfigError")
"""Errors that the same inputs give again."""
_INTERRUPTED = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")


@dataclass(frozen=True)
class Past:
    """A run of a snapshot that has ended or goes on.

    ``passing`` is False for one that failed for a reason that stays, such as a damaged file;
    ``inputs`` says which files it was requested for.
    """

    run_id: str
    status: Literal["active", "success", "failed"]
    ended: datetime | None = None
    passing: bool = True
    inputs: str = ""
    why: str = ""


def past_runs(
    instance: dg.DagsterInstance,
    key: str,
    job: str | None,
    now: datetime,
    lake: Storage | None = None,
    catalog: Catalog | None = None,
) -> list[Past]:
    """List the last runs of a job for a snapshot, newest first; those that were lost are ended.

    Without a job they are those of any of the graph of ``catalog``. Who works on the snapshot in
    ``lake`` is not lost, though its process can not be seen from here, as in another container.
    """
    found = instance.get_run_records(
        dg.RunsFilter(job_name=job, tags={PARTITION_TAG: key}), limit=_LOOKED_BACK
    )
    return [
        _past(instance, each, now, lake)
        for each in found
        if catalog is None or catalog.has(each.dagster_run)
    ]


def last_materialized(
    instance: dg.DagsterInstance, catalog: Catalog, key: str, datasets: Iterable[str]
) -> dict[str, int]:
    """Give for each dataset a number that is the larger the later a snapshot's partition of it was
    materialized; 0 is never.
    """
    last = {}
    for name in datasets:
        of_partition = dg.AssetRecordsFilter(catalog.key(name), asset_partitions=[key])
        records = instance.fetch_materializations(of_partition, limit=1).records
        last[name] = records[0].storage_id if records else 0
    return last


def _past(
    instance: dg.DagsterInstance, record: RunRecord, now: datetime, lake: Storage | None
) -> Past:
    run = record.dagster_run
    inputs = run.tags.get(INPUTS_TAG, "")
    status = run.status
    if status in _ACTIVE:
        if not _lost(instance, record, now, lake):
            return Past(run.run_id, "active", inputs=inputs)
        instance.report_run_failed(run, "The process that it ran in is gone.")
        return Past(run.run_id, "failed", now, True, inputs, "its process is gone")
    if status == DagsterRunStatus.SUCCESS:
        return Past(run.run_id, "success", inputs=inputs)
    ended = datetime.fromtimestamp(record.end_time, UTC) if record.end_time else None
    if status == DagsterRunStatus.CANCELED:
        return Past(run.run_id, "failed", ended, True, inputs, "it was cancelled")
    stays, why = why_failed(instance, run.run_id)
    return Past(run.run_id, "failed", ended, not stays, inputs, why)


def _lost(
    instance: dg.DagsterInstance, record: RunRecord, now: datetime, lake: Storage | None
) -> bool:
    """Tell whether nobody works on a run any more. Runs elsewhere are watched by Dagster itself."""
    run = record.dagster_run
    if not starts_runs_here(instance):
        return False
    if run.status == DagsterRunStatus.QUEUED:
        return False
    process = process_of(run)
    lives = [process.lives(began(record))] if process else list(_said(instance, run.run_id))
    if True in lives:
        return False
    if lives and None not in lives:
        return True
    # Not since it was made: it may have waited for its turn for hours.
    changed = record.update_timestamp.replace(tzinfo=UTC)
    heard = max([changed, *_heard(instance, run.run_id)])
    if now - heard <= _STARTING:
        return False
    # It runs where its process can not be seen, or nothing is known of any.
    return not lives or (lake is not None and worker(lake, run.tags[PARTITION_TAG]) is None)


def _said(instance: dg.DagsterInstance, run_id: str) -> Iterator[bool | None]:
    """Tell of each process that Dagster has started for a run whether it lives."""
    for event in instance.all_logs(run_id, of_type=DagsterEventType.ENGINE_EVENT):
        told = event.dagster_event.event_specific_data if event.dagster_event else None
        number = (getattr(told, "metadata", None) or {}).get("pid")
        if number is not None:
            process = Process(socket.gethostname(), int(str(number.value)))
            yield process.lives(datetime.fromtimestamp(event.timestamp, UTC))


def _heard(instance: dg.DagsterInstance, run_id: str) -> Iterator[datetime]:
    """Give when a run last said anything."""
    last = instance.get_records_for_run(run_id, limit=1, ascending=False).records
    for each in last:
        yield datetime.fromtimestamp(each.event_log_entry.timestamp, UTC)


def why_failed(instance: dg.DagsterInstance, run_id: str) -> tuple[bool, str]:
    """Say why a run failed, and whether the same inputs would fail again."""
    for check in failed_checks(instance, run_id):
        if check.blocking and check.severity == dg.AssetCheckSeverity.ERROR:
            name = f"{check.asset_key.path[-1]}: the check {check.check_name} failed"
            return True, f"{name}: {check.description or 'see the UI'}"
    for event in instance.all_logs(run_id, of_type=DagsterEventType.STEP_FAILURE):
        if event.dagster_event:
            errors = list(_chain(event.dagster_event.step_failure_data.error))
            told = next((each for each in errors if each.cls_name in _STAYS), errors[-1])
            text = " ".join(str(told.message).split())
            # Dagster puts the class before the text, with its module unless it is Python's own.
            name, colon, rest = text.partition(": ")
            says = rest if colon and name.rpartition(".")[2] == told.cls_name else text
            return told.cls_name in _STAYS, f"{event.dagster_event.step_key}: {says}"
    for event in instance.all_logs(run_id, of_type=DagsterEventType.RUN_FAILURE):
        if event.dagster_event and event.dagster_event.message:
            # One that was reported from outside has no error of its own.
            data = event.dagster_event.event_specific_data
            stays = any(each.cls_name in _STAYS for each in _chain(getattr(data, "error", None)))
            return stays, " ".join(event.dagster_event.message.split()).rstrip(".")
    return False, "it ended before any asset failed"


def ended_by_a_person(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Tell whether a run that failed was stopped by whoever had started it, or was refused what
    they had asked of it: they know. A run that Dagster started is not interrupted by them.
    """
    named = ("RefusedError", *(_INTERRUPTED if process_of(run) else ()))
    ends = {DagsterEventType.STEP_FAILURE, DagsterEventType.RUN_FAILURE}
    events = (event.dagster_event for event in instance.all_logs(run.run_id, of_type=ends))
    told = (getattr(event, "event_specific_data", None) for event in events)
    errors = [each for data in told for each in _chain(getattr(data, "error", None))]
    return any(each.cls_name in named for each in errors)


def made_good(instance: dg.DagsterInstance, record: RunRecord) -> Iterator[str]:
    """Give the jobs of which no run has failed for the snapshot of a run that has done what it
    could, or the last that did was made good: all it was to materialize was since.
    """
    of_snapshot = dg.RunsFilter(
        tags={PARTITION_TAG: record.dagster_run.tags.get(PARTITION_TAG, "")},
        statuses=[DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE],
    )
    runs = [each.dagster_run for each in instance.get_run_records(of_snapshot, limit=_LOOKED_BACK)]
    well = {run.run_id for run in runs if run.status == DagsterRunStatus.SUCCESS}
    well.add(record.dagster_run.run_id)
    done: set[dg.AssetKey] = set()
    failed: set[str] = set()
    if any(run.run_id not in well for run in runs):
        # The newest first, so that what is done was done since.
        for run in runs:
            if run.run_id in well:
                done |= _planned(instance, run.run_id)
            elif run.job_name not in failed:
                failed.add(run.job_name)
                if _planned(instance, run.run_id) <= done:
                    yield run.job_name
    if record.dagster_run.job_name not in failed:
        yield record.dagster_run.job_name


def _planned(instance: dg.DagsterInstance, run_id: str) -> set[dg.AssetKey]:
    """Give what a run was to materialize."""
    events = instance.all_logs(run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
    keys = (event.dagster_event.asset_key for event in events if event.dagster_event)
    return {key for key in keys if key}


def failed_checks(instance: dg.DagsterInstance, run_id: str) -> list[dg.AssetCheckEvaluation]:
    """List the checks that failed in a run."""
    events = instance.all_logs(run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION)
    found = [
        event.dagster_event.asset_check_evaluation_data for event in events if event.dagster_event
    ]
    return [check for check in found if not check.passed]


def _chain(error: SerializableErrorInfo | None) -> Iterator[SerializableErrorInfo]:
    while error is not None:
        yield error
        error = error.cause
