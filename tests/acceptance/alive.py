"""A live instance with its sensors, as `make ui` starts it, and dumps that arrive little by little.

What it does is asked through the UI's own interface. Nothing is asserted of it here.
"""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.test_ui import (
    CHECKOUT,
    STARTING_SECONDS,
    STOPPING_SECONDS,
    Served,
    answers,
    free_port,
    processes_with,
    wait_until,
)
from tests.conftest import NOTHING_JUDGED

TICK_SECONDS = 2
"""Less than the five seconds after which Dagster looks which sensors are due."""
_HERE = {"repositoryName": "__repository__", "repositoryLocationName": "imagesuggest"}
_TICKS = """query($sensor: SensorSelector!, $limit: Int!) { sensorOrError(sensorSelector: $sensor) {
    ... on Sensor { sensorState { ticks(
        limit: $limit, statuses: [SUCCESS, SKIPPED, FAILURE]
    ) { tickId status skipReason error { message } } } } } }"""
_RUNS = """{ runsOrError { ... on Runs { results {
    runId status jobName tags { key value } } } } }"""
_PARTITIONS = """{ assetNodes(assetKeys: [{path: ["manifest"]}]) { partitionKeys } }"""
_SEEN = """query($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset {
    assetMaterializations { description } } } }"""
_CHECKS = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
    assetChecksOrError { ... on AssetChecks { checks { name executionForLatestMaterialization {
        status evaluation { severity description } } } } } } } }"""


@dataclass(frozen=True)
class Run:
    """A run as the UI shows it."""

    id: str
    job: str
    status: str
    snapshot: str


@dataclass
class Alive:
    """The UI and the daemon on an instance of their own in ``folder``."""

    folder: Path
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    _server: subprocess.Popen[bytes] | None = None

    @property
    def dumps(self) -> Path:
        """The folder that dumps arrive in."""
        return self.folder / "dumps"

    @property
    def lake(self) -> Path:
        """The folder of what is computed."""
        return self.folder / "lake"

    @property
    def url(self) -> str:
        """The address of the UI."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        kept = {name: value for name, value in os.environ.items() if "IMAGESUGGEST" not in name}
        kept |= NOTHING_JUDGED
        with (self.folder / "ui.log").open("ab") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "imagesuggest_assets.command.ui", "--port", str(self.port)],
                cwd=CHECKOUT,
                env={
                    **kept,
                    "DAGSTER_HOME": str(self.folder / "dagster"),
                    "IMAGESUGGEST_TEST_UI": str(self.folder),
                    "IMAGESUGGEST_DUMPS": str(self.dumps),
                    "IMAGESUGGEST_LAKE": str(self.lake),
                    "IMAGESUGGEST_UI": self.url,
                    "IMAGESUGGEST_TICK_SECONDS": str(TICK_SECONDS),
                    **self.settings,
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert wait_until(lambda: answers(f"{self.url}/server_info"), STARTING_SECONDS)

    def processes(self) -> list[int]:
        """List its processes, those of its runs among them."""
        return processes_with(f"IMAGESUGGEST_TEST_UI={self.folder}".encode())

    def kill(self) -> None:
        """End it as a machine that loses power does."""
        while processes := self.processes():
            for process in processes:
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            if self._server is not None:
                self._server.wait()

    def stop(self) -> bool:
        """End it as a service manager does; tell whether nothing is left running."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(STOPPING_SECONDS)
        return wait_until(lambda: not self.processes(), STOPPING_SECONDS)

    def ask(self, query: str, **variables: Any) -> Any:
        """Ask the UI's own interface."""
        assert self._server is not None
        return Served(self._server, self.url, b"").ask(query, **variables)

    def ticks(self, sensor: str, limit: int = 100) -> list[dict[str, Any]]:
        """List the ticks of a sensor that have ended, the newest first."""
        answer = self.ask(_TICKS, sensor={**_HERE, "sensorName": sensor}, limit=limit)
        found: list[dict[str, Any]] = answer["sensorOrError"]["sensorState"]["ticks"]
        return found

    def says(self, sensor: str) -> str:
        """Give why a sensor's last tick started nothing."""
        ticks = self.ticks(sensor, 1)
        return str(ticks[0]["skipReason"] or "") if ticks else ""

    def runs(self) -> list[Run]:
        """List all runs, the newest first."""
        runs = []
        for each in self.ask(_RUNS)["runsOrError"]["results"]:
            tags = {tag["key"]: tag["value"] for tag in each["tags"]}
            snapshot = tags.get("dagster/partition", "")
            runs.append(Run(each["runId"], each["jobName"], each["status"], snapshot))
        return runs

    def snapshots(self) -> list[str]:
        """List the partitions."""
        found: list[str] = self.ask(_PARTITIONS)["assetNodes"][0]["partitionKeys"]
        return found

    def seen(self, source: str) -> list[str]:
        """List what was told of a source whenever it changed, the newest first."""
        answer = self.ask(_SEEN, key={"path": [source]})
        return [each["description"] for each in answer["assetOrError"]["assetMaterializations"]]

    def check(self, dataset: str, name: str) -> dict[str, Any]:
        """Give how a check of a dataset went last."""
        answer = self.ask(_CHECKS, key={"path": [dataset]})
        checks = answer["assetNodeOrError"]["assetChecksOrError"]["checks"]
        (found,) = (each for each in checks if each["name"] == name)
        last: dict[str, Any] = found["executionForLatestMaterialization"]
        return last

    def wait_for_ticks(self, sensor: str, more: int, seconds: float) -> bool:
        """Wait until a sensor has ended so many ticks more."""
        last = self.ticks(sensor, 1)
        before = last[0]["tickId"] if last else None

        def done() -> bool:
            later = [each["tickId"] for each in self.ticks(sensor, more)]
            return len(later) == more and before not in later

        return wait_until(done, seconds)


def arrive(
    side: Path, dumps: Path, folder: str, day: str, *, without: tuple[str, ...] = ()
) -> Path:
    """Copy the dump of a day (``YYYYMMDD``) but files ``without`` an ending; give its folder."""
    place = dumps / folder / day
    place.mkdir(parents=True, exist_ok=True)
    for file in sorted((side / folder / day).iterdir()):
        if not file.name.endswith(without):
            shutil.copyfile(file, place / file.name)
    return place


def arrive_again(dumps: Path, wiki: str, day: str, later: str) -> None:
    """Add a wiki's dump of a later day, with the rows of the one of an earlier day."""
    place = dumps / wiki / later
    place.mkdir()
    for file in sorted((dumps / wiki / day).iterdir()):
        target = place / file.name.replace(day, later)
        if file.suffix == ".gz":
            shutil.copyfile(file, target)
        else:
            target.write_text(file.read_text().replace(day, later))
