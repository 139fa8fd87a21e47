"""The sensor that starts a run of the module finder when the dumps of a date are there."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg

from graph.declared import MANIFEST
from graph.due import Step, step_of
from graph.history import newest_finished
from graph.manifest import refused
from graph.partition import day_of, dump_date_of, key_of
from graph.past_runs import INPUTS_TAG
from graph.watch import Memory, Seen, look_at
from module_assets.catalog.asset import CATALOG
from module_assets.rules import Rules
from module_assets.settings import Settings
from module_assets.snapshots.choice import OTHERS, ModuleLooker
from module_assets.snapshots.dumps import ModuleDumpsResource
from module_assets.snapshots.jobs import ALL
from resources.errors import UserError
from resources.io_manager import LakeResource
from resources.turns import worker
from resources.wording import several

SENSOR = "modules_complete"
WATCHED = "module_dumps"
"""Where in the lake is kept what was seen."""
LOOKING_SECONDS = 40.0
TOLD = 5


@dataclass(frozen=True)
class Arrival:
    """How far the dumps of the newest date are: which wikis are whole, and why others are not.

    ``files`` is another text when one of the files is another.
    """

    key: str
    wikis: tuple[str, ...]
    waiting: Mapping[str, str] = field(default_factory=dict)
    files: str = ""


def arrival_of(memory: Memory, named: Sequence[str]) -> Arrival | None:
    """Find the newest date of which a wiki's dump is whole; None where there is none.

    ``named`` are the wikis that are waited for; without any those of which a dump was seen, and
    those that can not be looked at, which may have one.
    """
    seen = {wiki: memory.of(wiki) for wiki in named or {*memory.sources(), *memory.troubles}}
    whole = {day for each in seen.values() for day, one in each.items() if one.green}
    if not whole:
        return None
    newest = max(whole)
    of_date: dict[str, Seen | None] = {wiki: each.get(newest) for wiki, each in seen.items()}
    green = {wiki: each for wiki, each in of_date.items() if each and each.green}
    waiting = {
        wiki: each.waiting[0] if each else f"no dump of {key_of(newest)}"
        for wiki, each in of_date.items()
        if wiki not in green
    }
    waiting |= {wiki: str(why) for wiki, why in memory.troubles.items() if wiki in waiting}
    files = _digest([each.files for _, each in sorted(green.items())])
    return Arrival(key_of(newest), (*sorted(green),), dict(sorted(waiting.items())), files)


def with_views(arrival: Arrival, looker: ModuleLooker) -> tuple[Arrival, str]:
    """Add the month of views that a run would read, and say what these wait for, "" for nothing."""
    try:
        views = looker.views(day_of(arrival.key))
    except UserError as error:
        return arrival, str(error)
    files = [arrival.files, *(f"{each.path} {each.version}" for each in views)]
    return replace(arrival, files=_digest(files)), ""


def why_not_due(arrival: Arrival, today: date, rules: Rules) -> str:
    """Say which wikis a snapshot waits for; "" where it waits for none, or did for long enough."""
    age = today - date.fromisoformat(arrival.key)
    if arrival.waiting and age < timedelta(rules.wiki_patience_days):
        told = several([f"{wiki} ({why})" for wiki, why in arrival.waiting.items()], TOLD)
        return f"{arrival.key} waits for {told}"
    return ""


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256(",".join(texts).encode()).hexdigest()[:16]


def request_of(arrival: Arrival, step: Step, rules: Rules) -> dg.RunRequest:
    """Make the request of a snapshot's run."""
    late = f"not whole {rules.wiki_patience_days} days after its date"
    left_out = {
        wiki: f"{late}: {why}" for wiki, why in arrival.waiting.items() if wiki not in step.wikis
    }
    config = {
        "wikis": list(step.wikis),
        "left_out": left_out,
        "settling_minutes": rules.settling_minutes,
    }
    operations: dict[str, Any] = {CATALOG.key(MANIFEST).to_python_identifier(): {"config": config}}
    return dg.RunRequest(
        partition_key=arrival.key,
        run_config={"ops": operations},
        tags={INPUTS_TAG: arrival.files},
    )


def complete_snapshots(settings: Settings) -> dg.SensorDefinition:
    """Make the sensor that looks at the dumps of all wikis, and starts the run of a date."""

    @dg.sensor(
        name=SENSOR,
        job=ALL,
        description="Starts the run of a date when the dumps of all wikis are whole, or those that "
        "are not have been waited for long enough; again when it was lost or failed in passing.",
        minimum_interval_seconds=settings.tick_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def modules_complete(
        context: dg.SensorEvaluationContext,
        dumps: ModuleDumpsResource,
        lake: LakeResource,
        rules: dg.ResourceParam[Rules],
    ) -> dg.SensorResult:
        now, instance = datetime.now(UTC), context.instance
        with closing(lake.get()) as here:
            memory = Memory(here.storage, WATCHED)
            named = dumps.target_wikis()
            told, views_wait, arrival = "", "", None
            try:
                with dumps.modules_for_a_look(LOOKING_SECONDS) as found:
                    settling = timedelta(minutes=rules.settling_minutes)
                    looker = ModuleLooker(found, settling, refused(here), rules.month_days)
                    wikis = named or found.perhaps_wikis()
                    if not wikis:
                        raise found.no_wikis()
                    after = dump_date_of(newest_finished(here))
                    told = look_at(looker, memory, wikis, now, after=after)
                    if arrival := arrival_of(memory, named):
                        arrival, views_wait = with_views(arrival, looker)
            except UserError as error:
                memory.fail_all(error, now)
            memory.save()
            if memory.blind:
                told = f"nothing could be looked at since {memory.blind.since}: {memory.blind.why}"
            elif memory.unseen():
                told = told or "not all wikis were looked at yet"
            elif arrival is None:
                told = told or "no dump is whole yet"
            elif waits := why_not_due(arrival, now.date(), rules):
                told = waits
            elif views_wait:
                told = f"{arrival.key} waits for {views_wait}"
            else:
                step, _ = step_of(
                    CATALOG, instance, here, arrival, ALL.name, others=OTHERS, rules=rules, now=now
                )
                busy = worker(here.storage, arrival.key) if step.start else None
                if step.start and not busy:
                    add = CATALOG.snapshots.build_add_request([arrival.key])
                    return dg.SensorResult(
                        run_requests=[request_of(arrival, step, rules)],
                        dynamic_partitions_requests=[add],
                    )
                told = str(busy or step.why)
        return dg.SensorResult(skip_reason=told)

    return modules_complete
