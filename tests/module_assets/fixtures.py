"""Made-up dumps of modules that ran whole once, and copies of what came of them. A file of tests
names this module among its plugins, so that all such files are given to one process.
"""

import os
import shutil
from pathlib import Path

import pytest

from module_assets.sample import make_modules
from tests.module_assets.runs import Snapshot, run


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
