"""The sensor of the wikis' dumps on a slow mirror: how long its ticks are, what they ask for.

The mirror is on loopback and lets each request wait, as one far away does. The sensor is evaluated
as the daemon has it evaluated, one tick after the other without the pause between them.
"""

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measure import machine, print_table
from tests.resources.sources.mirror_server import MirrorServer, serving

SENSOR = "wiki_dumps_sensor"
FIRST, NEXT = "20261102", "20261109"
LIMIT_SECONDS = 60.0
"""After which Dagster stops a tick."""
CHANGED = 3
"""Wikis that get a new dump."""


def main() -> int:
    """Measure, print a line for each thing there is to see; 1 when a tick was too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wikis", type=int, default=300)
    parser.add_argument("--unfinished", type=int, default=10, help="whose dump is not done yet")
    parser.add_argument("--milliseconds", type=int, default=200, help="before each answer")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder, serving({}) as server:
        rows = measure(Path(folder), server, options)
    title = f"{options.wikis} wikis, {options.milliseconds} ms before each answer"
    print_table(title, rows)
    longest = max(row["longest tick s"] for row in rows)
    print(f"the longest tick took {longest:.1f} s of {LIMIT_SECONDS:.0f}")
    return int(longest >= LIMIT_SECONDS)


def measure(
    folder: Path, server: MirrorServer, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """See all dumps for the first time, look again, and see that some wikis have a new one."""
    wikis = [f"w{number:03}wiki" for number in range(options.wikis)]
    unfinished = frozenset(wikis[: options.unfinished])
    for wiki in wikis:
        add_dump(server, wiki, FIRST, done=wiki not in unfinished)
    server.seconds_a_request = options.milliseconds / 1000
    ticks = Ticks(folder, server)
    rows = [ticks.until("all are seen", lambda: ticks.looked(wikis))]
    rows.append(ticks.until("all again, nothing is new", lambda: ticks.looked(wikis)))
    newer = wikis[-CHANGED:]
    for wiki in newer:
        add_dump(server, wiki, NEXT, done=True)
    rows.append(ticks.until(f"{CHANGED} new dumps are green", lambda: ticks.green(newer, NEXT)))
    return rows


def add_dump(server: MirrorServer, wiki: str, date: str, *, done: bool) -> None:
    """Put a small dump on the mirror, which says of itself whether it is done."""
    from resources.sources.dumps import WIKI_TABLES, Status

    jobs: dict[str, Any] = {}
    for table in WIKI_TABLES:
        name = f"{wiki}-{date}-{table}.sql.gz"
        body = f"{table} of {wiki} on {date}".encode()
        server.files[f"{wiki}/{date}/{name}"] = body
        sha1 = hashlib.sha1(body, usedforsecurity=False).hexdigest()
        files = {name: {"size": len(body), "sha1": sha1}}
        jobs[Status.job(table)] = {"status": "done", "files": files}
    if not done:
        jobs[Status.job("image")] = {"status": "in-progress"}
    server.files[f"{wiki}/{date}/dumpstatus.json"] = json.dumps({"jobs": jobs}).encode()


@dataclass
class Ticks:
    """Evaluates the sensor again and again on a new instance and lake in a folder."""

    folder: Path
    server: MirrorServer

    def __post_init__(self) -> None:
        """Make the instance and the sensor."""
        os.environ["DAGSTER_HOME"] = str(self.folder / "home")
        from imagesuggest_assets.definitions import build_definitions, build_resources
        from imagesuggest_assets.settings import Settings
        from resources.instance import open_instance

        settings = Settings.from_environment(
            dumps=self.server.url, lake=str(self.folder / "lake"), cache=str(self.folder / "cache")
        )
        resources = build_resources(settings)
        self._resources = {name: resources[name] for name in ("dumps", "lake", "rules")}
        self._repository = build_definitions(settings).get_repository_def()
        self._instance = open_instance()
        self._cursor: str | None = None
        self._begun = ""

    def until(self, what: str, reached: Callable[[], bool]) -> dict[str, Any]:
        """Tick until something is reached; give how long that took and what was asked for."""
        asked, seconds = len(self.server.asked), list[float]()
        self._begun = datetime.now(UTC).isoformat()
        while not seconds or not reached():
            seconds.append(self._tick())
        new = self.server.asked[asked:]
        return {
            "until": what,
            "ticks": len(seconds),
            "seconds": sum(seconds),
            "longest tick s": max(seconds),
            "requests": len(new),
            "HEAD": sum(each.method == "HEAD" for each in new),
            "listings": sum(each.path.endswith("/") for each in new),
            "dumpstatus": sum(each.path.endswith(".json") for each in new),
            "answered 304": sum(each.status == 304 for each in new),
        }

    def looked(self, wikis: Iterable[str]) -> bool:
        """Tell whether all wikis were looked at since this began."""
        looked = self._memory().looked
        return all(looked.get(wiki, "") >= self._begun for wiki in wikis)

    def green(self, wikis: Iterable[str], date: str) -> bool:
        """Tell whether the dumps of a date are seen to be green."""
        seen = self._memory().seen
        return all((wiki, date) in seen and seen[wiki, date].green for wiki in wikis)

    def _memory(self) -> Any:
        from graph.watch import Memory
        from imagesuggest_assets.snapshots.sources import WIKIS

        return Memory(self.folder / "lake", WIKIS)

    def _tick(self) -> float:
        import dagster as dg

        with dg.build_sensor_context(
            instance=self._instance,
            repository_def=self._repository,
            resources=self._resources,
            cursor=self._cursor,
            sensor_name=SENSOR,
        ) as context:
            started = time.perf_counter()
            told = self._repository.get_sensor_def(SENSOR)(context)
            taken = time.perf_counter() - started
        if not isinstance(told, dg.SensorResult):
            raise RuntimeError(f"the mirror was not looked at: {told}")
        self._cursor = told.cursor
        return taken


if __name__ == "__main__":
    sys.exit(main())
