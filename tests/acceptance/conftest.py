"""A small Wikimedia that ran whole once, and copies of it to break."""

import os
import shutil
from pathlib import Path

import pytest

from resources.sample import make_sample
from tests.acceptance import broken_dumps


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with whole dumps, a lake with all that comes of them, and their Dagster instance."""
    folder = tmp_path_factory.mktemp("good")
    make_sample(folder / "dumps", articles=120, wikis=2)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DAGSTER_HOME", str(folder / "dagster"))
        ended = broken_dumps.run_here(folder / "dumps", folder / "lake")
    assert not ended.error
    return folder


@pytest.fixture
def dumps(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Dumps to break; runs go on the history of the good one."""
    monkeypatch.setenv("DAGSTER_HOME", str(good / "dagster"))
    shutil.copytree(good / "dumps", tmp_path / "dumps", copy_function=os.link)
    return tmp_path / "dumps"


@pytest.fixture
def lake(good: Path, tmp_path: Path) -> Path:
    """The lake of the good run, for runs that choose their files again."""
    shutil.copytree(good / "lake", tmp_path / "lake", copy_function=os.link)
    return tmp_path / "lake"
