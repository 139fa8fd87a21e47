"""A small Wikimedia of which one snapshot is finished, for what looks at finished snapshots."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from resources.lake import Lake
from resources.sample import make_sample
from resources.stores.sqlite import SQLiteStore
from tests.acceptance.broken_dumps import run_here
from tests.asset_checks.partitions import keep, keep_shipped
from tests.conftest import lasting
from tests.imagesuggest_assets.published import publish


@pytest.fixture(scope="session")
def new_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a Dagster instance that nothing has happened on; making them takes long."""
    folder = tmp_path_factory.mktemp("instance")
    with dg.instance_for_test(temp_dir=str(folder)):
        return folder


@pytest.fixture
def instance(new_instance: Path, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance that is gone afterwards."""
    shutil.copytree(new_instance, tmp_path, dirs_exist_ok=True)
    with dg.instance_for_test(temp_dir=str(tmp_path), overrides=lasting(tmp_path)) as made:
        yield made


@pytest.fixture(scope="session")
def finished_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with dumps, a lake and a Dagster instance; not to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    (snapshot,) = make_sample(folder / "dumps", articles=60, wikis=2).snapshots
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DAGSTER_HOME", str(folder / "dagster"))
        with closing(Lake(folder / "lake")) as lake:
            # What feedback is read with.
            for dataset in ("file_redirects", "local_files"):
                keep(lake, dataset, snapshot=snapshot)
        ended = run_here(folder / "dumps", folder / "lake", ["manifest", "feedback"])
    assert not ended.error
    publish(folder / "lake", snapshot, ptwiki="published", arwiki="published")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    keep_shipped(folder / "lake", now, "ptwiki", "arwiki")
    return folder


@pytest.fixture
def finished(finished_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with dumps, a lake and a Dagster instance, to be changed.

    Of what is computed there is only what tells of a finished snapshot.
    """
    folder = tmp_path / "finished"
    shutil.copytree(finished_once / "dumps", folder / "dumps", copy_function=os.link)
    shutil.copytree(finished_once / "lake", folder / "lake")
    shutil.copytree(finished_once / "dagster", folder / "dagster")
    monkeypatch.setenv("DAGSTER_HOME", str(folder / "dagster"))
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """A lake without anything in it."""
    with closing(Lake(tmp_path / "lake")) as made:
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    """A readers' store without anything in it."""
    with closing(SQLiteStore(tmp_path / "store.sqlite")) as made:
        yield made
