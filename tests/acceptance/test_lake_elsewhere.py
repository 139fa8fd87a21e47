"""The command gives the same rows wherever the lake is, and tells nobody how it gets there."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph.declared import MANIFEST
from imagesuggest_assets.catalog.datasets import DATASETS
from resources.lake import Lake
from resources.sample import make_sample
from resources.search.bulk import read_manifest, read_pairs
from resources.search.places import Place
from resources.stores.store import COLUMNS
from tests.acceptance.command import Ended, imagesuggest
from tests.resources.places import LakePlace, lake_place
from tests.servers.objects import SECRET

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.cluster

Command = Callable[..., Ended]


def command_of(
    place: LakePlace, dumps: Path | str, folder: Path, engine: str = "duckdb", **environment: str
) -> Command:
    """Runs commands with a lake at a place, whose Dagster instance and store are in ``folder``."""
    folder.mkdir()
    environment = settings_of(place, dumps, folder, engine) | environment

    def command(*arguments: str) -> Ended:
        ended = imagesuggest(*arguments, home=folder, **environment)
        assert SECRET not in ended.out + ended.err
        assert ended.code == 0, ended.err
        return ended

    return command


def rows_in(address: str, snapshot: str) -> dict[str, list[str]]:
    """All rows of a lake but for what hangs on when and where it was made, sorted."""
    with closing(Lake(address)) as lake:
        return {
            name: sorted(json.dumps(row, default=str) for row in lake.rows(name, snapshot))
            for name in DATASETS
            if name not in (MANIFEST, "publishable") and lake.has(name, snapshot)
        }


def settings_of(
    place: LakePlace, dumps: Path | str, folder: Path, engine: str = "duckdb"
) -> dict[str, str]:
    """The command's settings for a lake at a place, with a store in ``folder``."""
    return {
        "IMAGESUGGEST_DUMPS": str(dumps),
        "IMAGESUGGEST_LAKE": place.address,
        "IMAGESUGGEST_STORE": str(folder / "store.sqlite"),
        "IMAGESUGGEST_SEARCH": "files",
        "IMAGESUGGEST_ENGINE": engine,
        **place.environment,
    }


def published_in(address: str, folder: Path, snapshot: str) -> dict[str, list[Any]]:
    """What was published of a lake: the readers' store in ``folder``, and the search index's pairs,
    file by file.
    """
    with closing(sqlite3.connect(folder / "store.sqlite")) as store:
        published: dict[str, list[Any]] = {
            table: sorted(store.execute(f"SELECT {', '.join(columns)} FROM {table}"), key=repr)
            for table, columns in COLUMNS.items()
            if table != "feedback"
        }
    place = Place(f"{address}/search_bulk_files/snapshot={snapshot}")
    manifest = read_manifest(place)
    assert manifest is not None
    published["bulk files"] = [(file.index, read_pairs(place, file)) for file in manifest.files]
    return published


@pytest.mark.parametrize(
    ("kind", "engine"),
    [
        ("s3", "duckdb"),
        ("hdfs", "duckdb"),
        ("hdfs", "spark"),
    ],
)
def test_a_run_gives_the_same_rows_with_a_lake_at_an_address(
    kind: str,
    engine: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = lake_place(kind, request, tmp_path, monkeypatch)
    (snapshot,) = make_sample(tmp_path / "dumps", articles=30, wikis=1).snapshots
    here = LakePlace(str(tmp_path / "here" / "lake"))
    command_of(here, tmp_path / "dumps", tmp_path / "here")("run", "--quiet")
    there = command_of(place, tmp_path / "dumps", tmp_path / "there", engine)
    there("run", "--quiet")
    expected = rows_in(here.address, snapshot)
    assert len(expected) > 20
    assert rows_in(place.address, snapshot) == expected
    published = published_in(here.address, tmp_path / "here", snapshot)
    assert all(published.values())
    assert published_in(place.address, tmp_path / "there", snapshot) == published
    assert "1 of 1" in there("snapshots").out or "2 of 2" in there("snapshots").out
    there("hold", "--snapshot", snapshot, "--wiki", "ptwiki", "--reason", "wrong pictures")
    shown = there("show", "publishable", "--format", "json").out
    assert {json.loads(line)["state"] for line in shown.splitlines()} == {"held", "published"}
    assert not list((tmp_path / "scratch").iterdir()), "scratch is left"
