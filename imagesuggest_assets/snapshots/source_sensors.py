"""The sensors of the sources of dumps: each tells what is green, and what is waited for.

What a sensor sees is known in watch.py, and what follows of it in readiness.py.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from graph.green_lights import Looker
from graph.history import newest_finished
from graph.manifest import refused
from graph.partition import dump_date_of, key_of
from graph.watch import (
    LOOKING_SECONDS,
    NEWEST_OTHERS,
    Memory,
    Seen,
    Trouble,
    blind,
    look_at,
)
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.readiness import WAITED_FOR, Lights
from imagesuggest_assets.snapshots.sources import DUMPS, MEANINGS, SOURCE_OF, WIKIS
from resources.dumps import DumpsResource
from resources.errors import UserError
from resources.io_manager import LakeResource, table_metadata
from resources.lake import Lake
from resources.sources.provider import Provider

WHOLE_LOOK_SECONDS = 45.0
"""After which a mirror is given up for this tick; Dagster would stop the tick after 60 s."""
_TABLE = "dumps"
"""The table of what was seen, in the metadata of a source's materialization."""


@dataclass(frozen=True)
class Sights:
    """What was seen of the wikis and of the other sources, and which could not be looked at."""

    wikis: Lights
    others: Lights
    troubles: Mapping[str, Trouble]


def sights_of(memories: Mapping[str, Memory]) -> Sights:
    """Give what is remembered of all sources, by the names of their assets."""
    wikis = memories[WIKIS]
    return Sights(
        {wiki: wikis.of(wiki) for wiki in wikis.sources()},
        {source: memories[name].of(source) for name, source in SOURCE_OF.items()},
        {source: why for each in memories.values() for source, why in each.troubles.items()},
    )


def look_at_source(
    name: str,
    looker: Looker,
    memory: Memory,
    named: list[str],
    lake: Lake,
    now: datetime,
    seconds: float = LOOKING_SECONDS,
) -> str:
    """Look at what the asset ``name`` stands for; see look_at(). ``named`` are the target wikis.

    Raises UserError where there is nothing to look at.
    """
    if name in SOURCE_OF:
        return look_at(looker, memory, [SOURCE_OF[name]], now, most=NEWEST_OTHERS, seconds=seconds)
    wikis = named or looker.dumps.perhaps_wikis()
    if not wikis:
        raise looker.dumps.no_wikis()
    after = dump_date_of(newest_finished(lake))
    return look_at(looker, memory, wikis, now, after=after, seconds=seconds)


def _source_sensor(name: str, every_seconds: int) -> dg.SensorDefinition:
    @dg.sensor(
        name=f"{name}_sensor",
        description=f"{MEANINGS[name]} Materializes `{name}` whenever anything changes.",
        minimum_interval_seconds=every_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def source_sensor(
        context: dg.SensorEvaluationContext,
        dumps: DumpsResource,
        lake: LakeResource,
        rules: Rules,
    ) -> dg.SensorResult:
        with closing(lake.get()) as here:
            memory = Memory(here.storage, name, _materialized(context.instance, name))
            now = datetime.now(UTC)
            try:
                with dumps.looked_at(WHOLE_LOOK_SECONDS) as found:
                    looker, wikis = looker_at(found, here, rules), dumps.target_wikis()
                    problem = look_at_source(name, looker, memory, wikis, here, now)
            except UserError as error:
                memory.fail_all(error, now)
                problem = ""
            memory.save()
        return _seen(context, name, memory, problem)

    return source_sensor


def _materialized(instance: dg.DagsterInstance, name: str) -> Iterator[Seen]:
    """Give what was last told of a source, for the case that what was remembered of it is lost."""
    event = instance.get_latest_materialization_event(dg.AssetKey(name))
    last = event.asset_materialization if event else None
    told = last.metadata.get(_TABLE) if last else None
    for record in told.records if isinstance(told, dg.TableMetadataValue) else ():
        row = record.data
        waiting = () if row["green"] else (str(row["waiting for"]),)
        yield Seen(str(row["source"]), str(row["dump"]), waiting, str(row["since"]))


def _seen(
    context: dg.SensorEvaluationContext, name: str, memory: Memory, problem: str
) -> dg.SensorResult:
    """Tell of a source: as a materialization when it is another than last time."""
    state = memory.state()
    waiting = [each for each in memory.seen.values() if not each.green]
    green = len(memory.seen) - len(waiting)
    told = [f"{green} dumps are green, {len(waiting)} are waited for"]
    if waiting:
        told[0] += f", such as {waiting[0].waiting[0]}, since {waiting[0].since}"
    if memory.blind:
        told.insert(0, f"nothing could be looked at since {memory.blind.since}: {memory.blind.why}")
    else:
        told += [f"{source} {why}" for source, why in sorted(memory.troubles.items())][:WAITED_FOR]
    reason = "; ".join(filter(None, (*told, problem)))
    if state == context.cursor:
        return dg.SensorResult(skip_reason=f"nothing new: {reason}")
    rows = [
        {
            "source": each.source,
            "dump": each.date,
            "green": each.green,
            "since": each.since,
            "waiting for": "; ".join(each.waiting),
        }
        for _, each in sorted(memory.seen.items())
    ]
    rows += [
        {"source": source, "dump": "", "green": False, "since": each.since, "waiting for": each.why}
        for source, each in sorted(memory.troubles.items())
    ]
    metadata: dict[str, Any] = {"green": green, "waited for": len(waiting)}
    if rows:
        metadata[_TABLE] = table_metadata(rows)
    event = dg.AssetMaterialization(name, metadata=metadata, description=reason)
    return dg.SensorResult(asset_events=[event], cursor=state, skip_reason=reason)


def looker_at(dumps: Provider, lake: Lake, rules: Rules) -> Looker:
    """Give what looks at dumps, and knows which files a run refused."""
    return Looker(dumps, timedelta(minutes=rules.settling_minutes), refused(lake))


def blind_sensors(lake: Lake, rules: Rules, now: datetime) -> dict[str, str]:
    """Say of each of these sensors that could look at nothing for too long since when, and why."""
    return blind(lake, {f"{name}_sensor": name for name in MEANINGS}, rules.blind_minutes, now)


def late_snapshots(lake: Lake, rules: Rules, now: datetime) -> dict[str, str]:
    """Say of each snapshot after the newest finished for which no wiki is green, though one was
    waited for longer than the patience, since when, and for what.
    """
    memory, finished = Memory(lake.storage, WIKIS), newest_finished(lake)
    by_key: dict[str, list[Seen]] = {}
    for each in memory.seen.values():
        by_key.setdefault(key_of(each.date), []).append(each)
    found = {}
    for key, seen in sorted(by_key.items()):
        first = min(seen, key=lambda each: each.since)
        late = now - datetime.fromisoformat(first.since) >= timedelta(days=rules.patience_days)
        if key > finished and late and not any(each.green for each in seen):
            found[key] = f"the snapshot {key} waits since {first.since}: {first.waiting[0]}"
    return found


def source_sensors(every_seconds: int) -> list[dg.SensorDefinition]:
    """Make one sensor a source of dumps."""
    return [_source_sensor(name, every_seconds) for name in DUMPS]
