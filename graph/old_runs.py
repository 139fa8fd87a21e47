"""Old runs are forgotten, so that Dagster's history does not grow with the snapshots.

What was computed, what counts are compared with, decisions and what was published are in the
lake, and stay.
"""

import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import dagster as dg

from graph.catalog import Catalog
from graph.history import newest_finished
from graph.past_runs import PARTITION_TAG
from resources.dagster_internals import delete_events, delete_reported
from resources.io_manager import LakeResource

EVERY_SECONDS = 600
"""How often the sensor looks, at least; a snapshot is run once a week, or once a month."""
FORGETTING_SECONDS = 25.0
"""How long one tick forgets before it leaves the rest to the next: Dagster stops it after 60 s."""


@dataclass(frozen=True)
class Old:
    """What can be forgotten: ended runs, the oldest first, each with its snapshot, and what sensors
    reported ``before``.
    """

    runs: tuple[tuple[str, str], ...] = ()
    before: datetime | None = None


def find_old(instance: dg.DagsterInstance, catalog: Catalog, kept: int, finished: str) -> Old:
    """Find what can be forgotten where the runs of ``kept`` snapshots of a graph are to be shown; 0
    is all.

    Those of the snapshots that ran last are kept, so that an old one that is run again is shown;
    all of ``finished``, the newest that came to its gate, and of newer ones, since what is decided
    about them hangs on how their runs went; and runs of no snapshot, or of another graph.
    """
    # The newest first.
    runs = [
        (record, record.dagster_run, record.dagster_run.tags[PARTITION_TAG])
        for record in instance.get_run_records()
        if PARTITION_TAG in record.dagster_run.tags and catalog.has(record.dagster_run)
    ]
    ran_last = list(dict.fromkeys(key for _, _, key in runs))[:kept]
    if not finished or not kept or len(ran_last) < kept:
        return Old()
    shown = [record for record, _, key in runs if key >= finished or key in ran_last]
    return Old(
        tuple(
            (run.run_id, key)
            for _, run, key in reversed(runs)
            if run.is_finished and key < finished and key not in ran_last
        ),
        shown[-1].create_timestamp.replace(tzinfo=None),
    )


def forget_run(instance: dg.DagsterInstance, run_id: str) -> None:
    """Delete a run, its events, checks and logs; again, where this was interrupted."""
    delete_events(instance, run_id)
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    # Last, so that it is found again if it is not done to the end.
    instance.run_storage.delete_run(run_id)


def forget_old_runs(
    instance: dg.DagsterInstance, catalog: Catalog, kept: int, finished: str
) -> str:
    """Forget what is old for FORGETTING_SECONDS; say in a sentence what is forgotten and kept."""
    old = find_old(instance, catalog, kept, finished)
    end = time.monotonic() + FORGETTING_SECONDS
    done = 0
    for run_id, key in old.runs:
        if time.monotonic() > end:
            break
        # Of a partition without runs Dagster says that it is missing, and would make it again.
        instance.delete_dynamic_partition(str(catalog.snapshots.name), key)
        forget_run(instance, run_id)
        done += 1
    if old.before is not None and done == len(old.runs):
        # What the sensors saw of the sources, and how fresh the data was.
        delete_reported(instance, old.before)
    rest = f", {len(old.runs) - done} wait" if done < len(old.runs) else ""
    which = f"those of the {kept} snapshots that ran last" if kept else "all"
    return f"{done} old {'run' if done == 1 else 'runs'} forgotten{rest}; {which} are kept"


def old_runs_sensor(
    name: str, catalog: Catalog, kept: int, variable: str, tick_seconds: int
) -> dg.SensorDefinition:
    """Make the sensor that forgets a graph's old runs; ``variable`` sets how many are ``kept``."""

    @dg.sensor(
        name=name,
        description="Forgets old snapshots, with their runs and all that the UI shows of them, so "
        f"that Dagster's history does not grow. How many snapshots are kept: {variable}. The lake "
        "keeps all data.",
        minimum_interval_seconds=max(EVERY_SECONDS, tick_seconds),
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def old_runs(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SkipReason:
        with closing(lake.get()) as here:
            finished = newest_finished(here)
        return dg.SkipReason(forget_old_runs(context.instance, catalog, kept, finished))

    return old_runs
