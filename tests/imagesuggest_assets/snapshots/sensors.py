"""Evaluates the sensors as the daemon has them evaluated, one tick at a time, without a daemon."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.definitions import all_sensors, build_definitions, build_resources
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.settings import Settings
from resources.dagster_internals import SensorExecutionData


@cache
def repository() -> dg.RepositoryDefinition:
    """All assets and jobs; where things are is told apart from them."""
    return build_definitions(Settings()).get_repository_def()


class Sensors:
    """The sensors of a folder of dumps and a lake; each goes on with the cursor that it left."""

    def __init__(
        self, instance: dg.DagsterInstance, dumps: Path | str, lake: Path, rules: Rules, **more: Any
    ) -> None:
        self.instance = instance
        self.settings = Settings(dumps=str(dumps), lake=str(lake), **more)
        self.made = {sensor.name: sensor for sensor in all_sensors(self.settings)}
        resources = build_resources(self.settings)
        self._resources = {name: resources[name] for name in ("dumps", "lake")} | {"rules": rules}
        self._cursors: dict[str, str | None] = {}

    def tick(self, name: str) -> SensorExecutionData:
        """Evaluate a sensor, and write down what it tells of sources."""
        with dg.build_sensor_context(
            self.instance,
            self._cursors.get(name),
            repository_def=repository(),
            sensor_name=name,
            resources=self._resources,
            # For the partitions that are there.
            instance_ref=self.instance.get_ref(),
        ) as context:
            done = self.made[name].evaluate_tick(context)
        for event in done.asset_events:
            self.instance.report_runless_asset_event(event)
        self._cursors[name] = done.cursor
        return done

    def look(self) -> None:
        """Evaluate the sensors of all sources of dumps."""
        for name in ("wiki_dumps", "commons_dumps", "wikidata_entities", "mediainfo_entities"):
            self.tick(f"{name}_sensor")

    def says(self, name: str) -> str:
        """Give why a sensor does nothing."""
        done = self.tick(name)
        assert not done.run_requests
        return done.skip_message or ""

    def accept(self, done: SensorExecutionData, job: str = "snapshot") -> list[dg.DagsterRun]:
        """Do what a tick asks for, as the daemon does: add partitions, and make valid runs."""
        for change in done.dynamic_partitions_requests or ():
            assert isinstance(change, dg.AddDynamicPartitionsRequest)
            name = str(SNAPSHOTS.name)
            self.instance.add_dynamic_partitions(name, list(change.partition_keys))
        return [self.begin(request, job) for request in requests_of(done)]

    def begin(self, request: dg.RunRequest, job: str) -> dg.DagsterRun:
        """Make the run that is asked for; it goes on for good."""
        dg.validate_run_config(repository().get_job(job), request.run_config)
        tags = {"dagster/partition": str(request.partition_key), **request.tags}
        run = dg.DagsterRun(job_name=job, run_config=request.run_config, tags=tags)
        return self.instance.add_run(run)


def requests_of(done: SensorExecutionData) -> list[dg.RunRequest]:
    """Give the runs that a tick asks for."""
    return [each for each in done.run_requests or () if isinstance(each, dg.RunRequest)]


def plain(text: str) -> str:
    """Take the times out of a text."""
    return re.sub(r"\d{4}-\d{2}-\d{2}T[\d:+]+", "TIME", text)


def descriptions(events: Iterable[Any]) -> list[str]:
    """Give what a tick told of sources."""
    return [str(event.description) for event in events]
