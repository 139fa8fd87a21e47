"""The sensors of the sources of dumps: each tells what is green, and what is waited for.

What a sensor sees is known in watch.py, and what follows of it in readiness.py.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from imagesuggest_assets.catalog.partition import dump_date_of, newest_finished
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.green_lights import Looker
from imagesuggest_assets.snapshots.manifest import refused
from imagesuggest_assets.snapshots.sources import (
    COMMONS_DUMPS,
    ITEMS_DUMPS,
    MEANINGS,
    MEDIAINFO_DUMPS,
    WIKIS,
)
from imagesuggest_assets.snapshots.watch import Memory, look_at_entities, look_at_wikis
from resources.dumps import DumpsResource
from resources.errors import UserError
from resources.io_manager import LakeResource, table_metadata
from resources.lake import Lake
from resources.sources.dumps import COMMONS, ITEMS, MEDIAINFO, Dumps
from resources.sources.places import PassingError

WHOLE_LOOK_SECONDS = 45.0
"""After which a mirror is given up for this tick; Dagster would stop the tick after 60 s."""

Look = Callable[[Looker, Memory, DumpsResource, Lake, datetime], str]


def _look_at_wikis(
    looker: Looker, memory: Memory, resource: DumpsResource, lake: Lake, now: datetime
) -> str:
    wikis = resource.target_wikis() or looker.dumps.perhaps_wikis()
    return look_at_wikis(looker, memory, wikis, dump_date_of(newest_finished(lake)), now)


def _look_at_commons(
    looker: Looker, memory: Memory, resource: DumpsResource, lake: Lake, now: datetime
) -> str:
    return look_at_wikis(looker, memory, [COMMONS], "", now)


def _source_sensor(name: str, look: Look, every_seconds: int) -> dg.SensorDefinition:
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
    ) -> dg.SensorResult | dg.SkipReason:
        with closing(lake.get()) as here:
            memory = Memory(here.path, name)
            try:
                with dumps.looked_at(WHOLE_LOOK_SECONDS) as found:
                    looker, now = looker_at(found, here, rules), datetime.now(UTC)
                    problem = look(looker, memory, dumps, here, now)
            except (UserError, PassingError) as error:
                return dg.SkipReason(str(error))
            memory.save()
        return _seen(context, name, memory, problem)

    return source_sensor


def _seen(
    context: dg.SensorEvaluationContext, name: str, memory: Memory, problem: str
) -> dg.SensorResult:
    """Tell of a source: as a materialization when it is another than last time."""
    state = memory.state()
    waiting = [each for each in memory.seen.values() if not each.green]
    green = len(memory.seen) - len(waiting)
    told = f"{green} dumps are green, {len(waiting)} are waited for"
    if waiting:
        told += f", such as {waiting[0].waiting[0]}, since {waiting[0].since}"
    reason = "; ".join(filter(None, (told, problem)))
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
    metadata: dict[str, Any] = {"green": green, "waited for": len(waiting)}
    if rows:
        metadata["dumps"] = table_metadata(rows)
    event = dg.AssetMaterialization(name, metadata=metadata, description=reason)
    return dg.SensorResult(asset_events=[event], cursor=state, skip_reason=reason)


def looker_at(dumps: Dumps, lake: Lake, rules: Rules) -> Looker:
    """Give what looks at dumps, and knows which files a run refused."""
    return Looker(dumps, timedelta(minutes=rules.settling_minutes), refused(lake))


_LOOKS: Mapping[str, Look] = {
    WIKIS: _look_at_wikis,
    COMMONS_DUMPS: _look_at_commons,
    ITEMS_DUMPS: lambda looker, memory, _, __, now: look_at_entities(looker, memory, ITEMS, now),
    MEDIAINFO_DUMPS: lambda looker, memory, _, __, now: look_at_entities(
        looker, memory, MEDIAINFO, now
    ),
}


def source_sensors(every_seconds: int) -> list[dg.SensorDefinition]:
    """Make one sensor a source of dumps."""
    return [_source_sensor(name, look, every_seconds) for name, look in _LOOKS.items()]
