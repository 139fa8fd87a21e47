"""The sensor that starts a run of the module finder when the dumps of a date are there."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import dagster as dg

from graph.declared import GATE, MANIFEST
from graph.manifest import refused
from graph.partition import key_of
from graph.watch import Memory, Seen, look_at
from module_assets.catalog.asset import CATALOG
from module_assets.rules import Rules
from module_assets.settings import Settings
from module_assets.snapshots.choice import ModuleLooker
from module_assets.snapshots.dumps import ModuleDumpsResource
from module_assets.snapshots.jobs import ALL
from resources.errors import UserError
from resources.io_manager import LakeResource
from resources.wording import several

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
    waiting: dict[str, str] = field(default_factory=dict)
    files: str = ""


def arrival_of(memory: Memory, wikis: Sequence[str]) -> Arrival | None:
    """Find the newest date of which a wiki's dump is whole; None where there is none."""
    seen = {wiki: memory.of(wiki) for wiki in wikis}
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
    files = ",".join(each.files for each in green.values())
    return Arrival(key_of(newest), (*sorted(green),), waiting, files)


def why_not_due(arrival: Arrival, today: date, rules: Rules) -> str:
    """Say what a snapshot waits for; "" where its run is due."""
    age = today - date.fromisoformat(arrival.key)
    if arrival.waiting and age < timedelta(rules.wiki_patience_days):
        told = several([f"{wiki} ({why})" for wiki, why in arrival.waiting.items()], TOLD)
        return f"{arrival.key} waits for {told}"
    return ""


def request_of(arrival: Arrival, rules: Rules) -> dg.RunRequest:
    """Make the request of a snapshot's run; the same files are asked for once."""
    late = f"not whole {rules.wiki_patience_days} days after its date"
    config = {
        "wikis": list(arrival.wikis),
        "left_out": {wiki: f"{late}: {why}" for wiki, why in arrival.waiting.items()},
        "settling_minutes": rules.settling_minutes,
    }
    operations: dict[str, Any] = {CATALOG.key(MANIFEST).to_python_identifier(): {"config": config}}
    return dg.RunRequest(
        run_key=f"{arrival.key} {sha256(arrival.files.encode()).hexdigest()[:16]}",
        partition_key=arrival.key,
        run_config={"ops": operations},
    )


def complete_snapshots(settings: Settings) -> dg.SensorDefinition:
    """Make the sensor that looks at the dumps of all wikis, and starts the run of a date."""

    @dg.sensor(
        name="modules_complete",
        job=ALL,
        description="Starts the run of a date when the dumps of all wikis are whole, or those that "
        "are not have been waited for long enough.",
        minimum_interval_seconds=settings.tick_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def modules_complete(
        context: dg.SensorEvaluationContext,
        dumps: ModuleDumpsResource,
        lake: LakeResource,
        rules: dg.ResourceParam[Rules],
    ) -> dg.SensorResult:
        now = datetime.now(UTC)
        with closing(lake.get()) as here:
            memory = Memory(here.storage, WATCHED)
            told, wikis = "", memory.sources()
            try:
                with dumps.modules_for_a_look(LOOKING_SECONDS) as found:
                    settling = timedelta(minutes=rules.settling_minutes)
                    looker = ModuleLooker(found, settling, refused(here), rules.month_days)
                    wikis = dumps.target_wikis() or found.wikis()
                    told = look_at(looker, memory, wikis, now)
            except UserError as error:
                memory.fail_all(error, now)
            memory.save()
            arrival = arrival_of(memory, wikis)
            if memory.blind:
                told = f"nothing could be looked at since {memory.blind.since}: {memory.blind.why}"
            elif memory.unseen():
                told = told or "not all wikis were looked at yet"
            elif arrival is None:
                told = told or "no dump is whole yet"
            elif here.has(GATE, arrival.key):
                told = f"{arrival.key} is there"
            else:
                told = why_not_due(arrival, now.date(), rules)
                if not told:
                    partition = CATALOG.snapshots.build_add_request([arrival.key])
                    return dg.SensorResult(
                        run_requests=[request_of(arrival, rules)],
                        dynamic_partitions_requests=[partition],
                    )
        return dg.SensorResult(skip_reason=told)

    return modules_complete
