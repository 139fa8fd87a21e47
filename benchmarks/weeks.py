"""Twenty weeks through sensors, run, checks, gate and pager: seconds a week, size of the history.

Each week's dumps are put in place, every sensor ticks as the daemon would let it, and the run that
is requested is carried out in this process.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.measure import print_table

COMPLETE = "snapshot_complete"


def main() -> int:
    """Measure, print a line a week, and compare the first weeks with the last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=20, help="snapshots that arrive one by one")
    parser.add_argument("--articles", type=int, default=2000, help="articles of all wikis")
    parser.add_argument("--wikis", type=int, default=3, help="target wikis")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = weeks(Path(folder), options.weeks, options.articles, options.wikis)
    print_table(f"{options.weeks} weeks, {options.wikis} wikis, {options.articles} articles", rows)
    # The first week makes the databases and has no history to compare with.
    half = len(rows) // 2
    for name in ("ticks s", "run s", "run CPU s", "history MB more"):
        first, last = (fmean(row[name] for row in part) for part in (rows[1:half], rows[half:]))
        print(f"{name}: a week of the second half takes {last / first:.2f} of one of the first")
    return 0


def weeks(folder: Path, count: int, articles: int, wikis: int) -> list[dict[str, Any]]:
    """Let the weeks arrive; give what each took."""
    os.environ["DAGSTER_HOME"] = str(folder / "home")
    import dagster as dg

    from imagesuggest_assets.catalog.partition import SNAPSHOTS
    from imagesuggest_assets.definitions import build_definitions, build_resources
    from imagesuggest_assets.settings import Settings
    from resources.instance import open_instance
    from resources.progress import Progress
    from resources.sample import make_sample

    made = make_sample(folder / "all", articles=articles, wikis=wikis, snapshots=count)
    rules = folder / "rules.toml"
    rules.write_text("settling_minutes = 0\n")
    (folder / "dumps").mkdir()
    settings = Settings.from_environment(
        dumps=str(folder / "dumps"), lake=str(folder / "lake"), rules=str(rules)
    )
    definitions = build_definitions(settings, {"progress": Progress()}, _silent())
    resources = build_resources(settings)
    instance = open_instance()
    repository = definitions.get_repository_def()
    cursors: dict[str, str | None] = {}
    rows: list[dict[str, Any]] = []
    size = _size(folder / "home")
    for key in made.snapshots:
        _arrive(folder / "all", folder / "dumps", key.replace("-", ""))
        requests: list[dg.RunRequest] = []
        started = time.perf_counter()
        # Sources first: what they see, snapshot_complete decides on in the same round.
        for sensor in sorted(repository.sensor_defs, key=lambda each: each.name == COMPLETE):
            with dg.build_sensor_context(
                instance=instance,
                repository_def=repository,
                resources={name: resources[name] for name in ("dumps", "lake", "rules")},
                cursor=cursors.get(sensor.name),
                sensor_name=sensor.name,
            ) as context:
                told = sensor(context)
            if not isinstance(told, dg.SensorResult):
                continue
            cursors[sensor.name] = told.cursor
            for event in told.asset_events:
                instance.report_runless_asset_event(event)
            for asked in told.dynamic_partitions_requests or []:
                instance.add_dynamic_partitions(str(SNAPSHOTS.name), asked.partition_keys)
            if sensor.name == COMPLETE:
                requests = list(told.run_requests or [])
        ticks = time.perf_counter() - started
        if not requests:
            raise RuntimeError(f"no run was requested for {key}: {told}")
        (request,) = requests
        started, cpu = time.perf_counter(), time.process_time()
        result = definitions.resolve_job_def("snapshot").execute_in_process(
            instance=instance,
            partition_key=request.partition_key,
            run_config={**request.run_config, "loggers": {"console": {}}},
            tags={**request.tags},
        )
        failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
        now = _size(folder / "home")
        rows.append(
            {
                "snapshot": key,
                "ticks s": ticks,
                "run s": time.perf_counter() - started,
                "run CPU s": time.process_time() - cpu,
                "history MB more": (now - size) / 1e6,
                "history MB": now / 1e6,
                "failed checks": len(failed),
            }
        )
        size = now
    return rows


def _arrive(source: Path, target: Path, date: str) -> None:
    """Put the dumps of a date, and of the entities before it, in place."""
    for folder in sorted(each for each in source.rglob("20*") if each.is_dir()):
        place = target / folder.relative_to(source)
        if folder.name <= date and not place.exists():
            shutil.copytree(folder, place, copy_function=os.link)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _silent() -> dict[str, Any]:
    import logging

    import dagster as dg

    @dg.logger
    def silent(_: dg.InitLoggerContext) -> logging.Logger:
        return logging.Logger("silent", logging.CRITICAL + 1)

    return {"console": silent}


if __name__ == "__main__":
    sys.exit(main())
