"""Runs the command `imagesuggest` as a user does, in a process of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.conftest import need_java


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        """The last line that it wrote to standard error."""
        return self.err.strip().splitlines()[-1]


def imagesuggest(*arguments: str | Path, home: Path, **environment: str) -> Ended:
    """Run the command; ``home`` is where its Dagster instance is, unless a test keeps one."""
    if "spark" in arguments:
        need_java()
    kept = {name: value for name, value in os.environ.items() if "IMAGESUGGEST" not in name}
    process = subprocess.run(
        [Path(sys.executable).with_name("imagesuggest"), *arguments],
        env={**kept, "DAGSTER_HOME": str(home / "dagster"), "COLUMNS": "160", **environment},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    return Ended(process.returncode, process.stdout, process.stderr)


def run(dumps: Path, lake: Path, engine: str, *arguments: str, **environment: str) -> Ended:
    """Run everything for the newest snapshot of ``dumps``."""
    places = ("--dumps", dumps, "--lake", lake, "--engine", engine)
    return imagesuggest("run", *places, *arguments, home=lake.parent, **environment)


def rows_of(lake: Path, dataset: str, snapshot: str) -> list[dict[str, Any]]:
    """Read a partition without any of the project's own code."""
    files = sorted((lake / dataset / f"snapshot={snapshot}").glob("*.parquet"))
    assert files, f"no partition {snapshot} of {dataset}"
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
