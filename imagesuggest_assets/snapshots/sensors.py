"""The sensors that start runs: a complete snapshot gets its run, later feedback another.

What they start is in jobs.py. The sensors of the sources are in source_sensors.py, what follows of
what they see in readiness.py.
"""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from graph.declared import GATE, MANIFEST
from graph.due import Step, due, step_of
from graph.history import newest_finished
from graph.partition import dump_date_of
from graph.past_runs import INPUTS_TAG, last_materialized, past_runs
from graph.watch import Memory
from imagesuggest_assets.catalog.asset import CATALOG
from imagesuggest_assets.catalog.inputs import FEEDBACK_FILES
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.choice import NO_WIKIS
from imagesuggest_assets.snapshots.event_files import (
    look_at_event_files,
    settled_event_files,
    waiting_event_files,
)
from imagesuggest_assets.snapshots.jobs import ALL, NEWER_FEEDBACK, publication
from imagesuggest_assets.snapshots.manifest import inputs_of
from imagesuggest_assets.snapshots.readiness import (
    WAITED_FOR,
    Readiness,
    keys_of,
    readiness,
)
from imagesuggest_assets.snapshots.source_sensors import (
    WHOLE_LOOK_SECONDS,
    Sights,
    sights_of,
    source_sensors,
)
from imagesuggest_assets.snapshots.sources import DUMPS, FEEDBACK_EVENTS, MEANINGS, WIKIS
from resources.dumps import DumpsResource
from resources.errors import UserError
from resources.io_manager import LakeResource
from resources.lake import Lake
from resources.turns import worker
from resources.wording import several


def _look_at_feedback(
    context: dg.SensorEvaluationContext, dumps: DumpsResource, lake: LakeResource, rules: Rules
) -> dg.SensorResult:
    """Look at the event files, and compare them with those that the newest snapshot read."""
    settling = timedelta(minutes=rules.settling_minutes)
    with closing(lake.get()) as here:
        memory = Memory(here.storage, FEEDBACK_EVENTS)
        now = _now()
        problem = ""
        try:
            with dumps.looked_at(WHOLE_LOOK_SECONDS) as found:
                judged = dumps.judged()
                places = [found, judged] if judged else [found]
                problem = look_at_event_files(places, memory, settling, now)
        except UserError as error:
            memory.fail_all(error, now)
        memory.save()
        key = newest_finished(here)
        read: Any = here.statistics("feedback", key).details.get(FEEDBACK_FILES) if key else None
    last = last_materialized(context.instance, CATALOG, key, (MANIFEST, "feedback", GATE))
    if 0 < last[GATE] < last["feedback"]:
        # A run read it, and ended before anything came of it.
        read = None
    versions = settled_event_files(memory, settling)
    newer = read is None or any(read.get(path) != version for path, version in versions.items())
    state = hashlib.sha256(repr(sorted(versions.items())).encode()).hexdigest()[:16]
    waiting = [*waiting_event_files(memory, settling).values()]
    told = f"{len(versions)} files of events"
    if memory.blind:
        told = f"nothing could be looked at since {memory.blind.since}: {memory.blind.why}"
    elif waiting:
        told += f"; {several(waiting, WAITED_FOR)}"
    told = "; ".join(filter(None, (told, problem)))
    events = []
    if state != context.cursor:
        metadata: dict[str, Any] = {"files": len(versions), "waited for": waiting}
        events = [dg.AssetMaterialization(FEEDBACK_EVENTS, metadata=metadata, description=told)]
    requests = []
    if not key:
        told += "; no snapshot is there yet"
    elif 0 < last[GATE] < last[MANIFEST]:
        told += f"; {key} has to be run to its end first"
    elif memory.blind or memory.unseen():
        pass
    elif not newer:
        told += f"; {key} has read them"
    else:
        runs = past_runs(context.instance, key, NEWER_FEEDBACK.name, now, here.storage)
        others = past_runs(context.instance, key, ALL.name, now, here.storage)
        active = [run for run in others if run.status == "active"]
        step = due(f"{key} with newer feedback", active or runs, state, (), rules, now)
        busy = worker(here.storage, key) if step.start else None
        told += f"; {busy or step.why}"
        if (
            step.start
            and not busy
            and context.instance.has_dynamic_partition(str(SNAPSHOTS.name), key)
        ):
            requests = [
                dg.RunRequest(
                    partition_key=key,
                    run_config={"ops": _settling_events(rules)},
                    tags={INPUTS_TAG: state},
                )
            ]
    return dg.SensorResult(
        run_requests=requests,
        asset_events=events,
        cursor=state,
        skip_reason=None if requests else told,
    )


def _settling_events(rules: Rules) -> dict[str, Any]:
    """Configure the reading of event files: those that a sensor has not vouched for stay out."""
    return {"feedback": {"config": {"settling_minutes": rules.settling_minutes}}}


def _look_at_snapshots(
    context: dg.SensorEvaluationContext,
    dumps: DumpsResource,
    lake: LakeResource,
    rules: Rules,
    sinks: Sequence[str],
) -> dg.SensorResult | dg.SkipReason:
    """Request the run that is due, one at a time, the oldest snapshot first."""
    with closing(lake.get()) as here:
        memories = {name: Memory(here.storage, name) for name in DUMPS}
        if unseen := memories[WIKIS].unseen():
            # On a slow mirror the first ticks see only some; a snapshot is not made of these alone.
            return dg.SkipReason(f"{len(unseen)} wikis are not looked at yet, such as {unseen[0]}")
        told = []
        sights = sights_of(memories)
        for ready in readinesses(here, sights, dumps.target_wikis(), rules, _now()):
            if not ready.complete:
                told.append(f"{ready.key} waits for {ready.waiting}")
                continue
            step, active = step_of(
                CATALOG,
                context.instance,
                here,
                ready,
                ALL.name,
                others=NO_WIKIS,
                rules=rules,
                now=_now(),
                sinks=sinks,
            )
            if step.start and (busy := worker(here.storage, ready.key)):
                # Somebody on a terminal, or of another Dagster instance.
                told.append(str(busy))
                break
            if step.start:
                return _request(context.instance, ready, step, rules, sinks)
            told.append(step.why)
            if active:
                break
    return dg.SkipReason("; ".join(told) or "no dump of any wiki was seen yet")


def readinesses(
    lake: Lake, sights: Sights, named: Iterable[str], rules: Rules, now: datetime
) -> list[Readiness]:
    """Say of each snapshot that can still come how far its inputs are, the first to run first.

    Those are the ones newer than the newest finished, oldest first, then the newest finished
    itself, which a late wiki may join. Where nothing is finished yet, the newest comes first. A
    wiki that can not be looked at may have any of them.
    """
    wikis = sights.wikis
    finished = newest_finished(lake)
    newer = [key for key in keys_of(wikis) if key > finished]
    keys = [*newer, finished] if finished else newer[::-1]
    before = inputs_of(lake, finished).wikis if finished and lake.has(MANIFEST, finished) else ()
    unknown = {wiki for wiki in sights.troubles if wiki not in sights.others}

    def expected(key: str) -> list[str]:
        there = {wiki for wiki, dates in wikis.items() if dump_date_of(key) in dates}
        return sorted({*named} or there | unknown | {*before})

    return [
        readiness(key, wikis, sights.others, expected(key), rules, now, sights.troubles)
        for key in keys
    ]


def _request(
    instance: dg.DagsterInstance,
    ready: Readiness,
    step: Step,
    rules: Rules,
    sinks: Sequence[str],
) -> dg.SensorResult:
    tags = {INPUTS_TAG: ready.files}
    if step.publication:
        published = publication(sinks)
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(partition_key=ready.key, asset_selection=published, tags=tags)
            ]
        )
    left_out = {wiki: why for wiki, why in ready.left_out.items() if wiki not in step.wikis}
    config = {
        "wikis": list(step.wikis),
        "left_out": left_out,
        "settling_minutes": rules.settling_minutes,
    }
    add = not instance.has_dynamic_partition(str(SNAPSHOTS.name), ready.key)
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                partition_key=ready.key,
                run_config={"ops": {MANIFEST: {"config": config}, **_settling_events(rules)}},
                tags=tags,
            )
        ],
        dynamic_partitions_requests=[SNAPSHOTS.build_add_request([ready.key])] if add else [],
    )


def _now() -> datetime:
    return datetime.now(UTC)


def build_sensors(every_seconds: int, sinks: Sequence[str]) -> list[dg.SensorDefinition]:
    """Make one sensor a source, and the one that starts snapshots. All are on from the start.

    ``sinks`` are the assets by which a snapshot is published.
    """
    feedback_sensor = dg.sensor(
        name=f"{FEEDBACK_EVENTS}_sensor",
        description=f"{MEANINGS[FEEDBACK_EVENTS]} Feedback that the newest snapshot has not read "
        "yet asks for a run of what depends on it.",
        minimum_interval_seconds=every_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        job=NEWER_FEEDBACK,
    )(_look_at_feedback)

    @dg.sensor(
        name="snapshot_complete",
        description="Adds the partition of a snapshot whose inputs are all green, and requests "
        "its run; again when that was lost or failed in passing. Says what it waits for.",
        minimum_interval_seconds=every_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        job=ALL,
    )
    def snapshot_complete(
        context: dg.SensorEvaluationContext, dumps: DumpsResource, lake: LakeResource, rules: Rules
    ) -> dg.SensorResult | dg.SkipReason:
        return _look_at_snapshots(context, dumps, lake, rules, sinks)

    return [*source_sensors(every_seconds), feedback_sensor, snapshot_complete]
