"""Tables on the engine that is quick to start, for rules that both engines are compared by in
test_worlds.py; and made-up dumps that ran whole once, with copies of what came of them.
"""

import io
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from graph.terminal.display import Display
from module_assets.command.execution import run_snapshot
from module_assets.sample import make_modules
from module_assets.settings import Settings
from resources.engine import Engine
from tests.acceptance.undrawn import undrawn
from tests.tables import Tables

KEY = "2026-11-02"


@dataclass(frozen=True)
class Snapshot:
    """Where dumps are, and a lake with all datasets of them."""

    dumps: Path
    lake: Path


def run(dumps: Path, lake: Path, *datasets: str) -> str:
    """Run the module finder in this process; give what it wrote."""
    written = io.StringIO()
    display = Display(Console(file=written, width=200), quiet=False)
    with undrawn():
        run_snapshot(Settings(dumps=str(dumps), lake=str(lake)), None, datasets, display)
    return written.getvalue()


@pytest.fixture
def small(duckdb_engine: Engine, tmp_path: Path) -> Tables:
    """Small tables on DuckDB alone."""
    return Tables(duckdb_engine, tmp_path)


@pytest.fixture(scope="session")
def modules_run(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The one run that all share. Nobody changes anything in it."""
    folder = tmp_path_factory.mktemp("modules")
    make_modules(folder / "dumps", wikis=6, families=6, versions=12)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DAGSTER_HOME", str(folder / "dagster"))
        run(folder / "dumps", folder / "lake")
    return Snapshot(folder / "dumps", folder / "lake")


@pytest.fixture
def modules_lake(modules_run: Snapshot, tmp_path: Path) -> Path:
    """A copy of its lake, to add to."""
    shutil.copytree(modules_run.lake, tmp_path / "lake", copy_function=os.link)
    return tmp_path / "lake"
