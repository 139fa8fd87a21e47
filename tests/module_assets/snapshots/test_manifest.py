"""The files of a snapshot of modules are chosen once; one that can not be read costs its wiki."""

import bz2
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph.manifest import CHANGED, UNREADABLE
from module_assets.catalog.datasets import DATASETS
from module_assets.sample import make_modules
from module_assets.snapshots.manifest import inputs_of, known_inputs
from resources.errors import UserError
from resources.lake import Lake
from tests.acceptance.command import rows_of
from tests.module_assets.runs import KEY, Snapshot, run

pytest_plugins = ["tests.module_assets.fixtures"]
DAY = KEY.replace("-", "")
READ = ("manifest", "exported_modules")
"""What is asked for to have all that is read."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("manifest") / "dumps"
    make_modules(folder, wikis=3, families=1, versions=1)
    return folder


@pytest.fixture
def dumps(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Dumps to break; a file is written anew, never into."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    return copied(made, tmp_path / "dumps")


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with closing(Lake(tmp_path / "lake")) as there:
        yield there


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to, copy_function=os.link)
    return to


def file_of(dumps: Path, wiki: str, what: str) -> Path:
    (found,) = (dumps / wiki / DAY).glob(f"*{what}*")
    return found


def write_anew(file: Path, data: bytes) -> None:
    file.unlink()
    file.write_bytes(data)


def cut(file: Path) -> None:
    """Cut a file off, of whose sum the dump says nothing."""
    write_anew(file, file.read_bytes()[: file.stat().st_size // 2])
    for name in ("dumpstatus.json", f"{file.parent.parent.name}-{DAY}-sha1sums.txt"):
        (file.parent / name).unlink(missing_ok=True)


def wikis_of(lake: Lake, dataset: str) -> set[str]:
    return {row["wiki_db"] for row in rows_of(lake.path, dataset, KEY)}  # type: ignore[arg-type]


def rows(lake: Lake, dataset: str) -> list[dict[str, Any]]:
    return rows_of(lake.path, dataset, KEY)  # type: ignore[arg-type]


def test_the_manifest_has_a_row_for_each_file_with_what_it_was_verified_by(
    dumps: Path, lake: Lake
) -> None:
    run(dumps, Path(str(lake.path)), "manifest")
    found = rows(lake, "manifest")
    assert [(row["source"], row["table"]) for row in found] == sorted(
        (row["source"], row["table"]) for row in found
    )
    assert {row["source"] for row in found} == {"arwiki", "bgwiki", "enwiki", "pageviews"}
    status = json.loads((dumps / f"enwiki/{DAY}/dumpstatus.json").read_text())
    sums = {
        name: told["sha1"]
        for job in status["jobs"].values()
        for name, told in job.get("files", {}).items()
    }
    for row in found:
        path = dumps / row["path"]
        assert row["bytes"] == path.stat().st_size
        assert row["fingerprint"]
        if row["path"].startswith("enwiki/"):
            assert (row["dump_date"], row["sha1"]) == (KEY, sums[path.name])
    assert known_inputs(lake, KEY) == inputs_of(lake, KEY)
    assert inputs_of(lake, KEY).wikis == ("arwiki", "bgwiki", "enwiki")


@pytest.mark.parametrize("what", ["multistream2.xml", "templatelinks"])
def test_a_file_that_is_cut_off_costs_its_wiki_alone_and_is_named(
    dumps: Path, lake: Lake, what: str
) -> None:
    file = file_of(dumps, "bgwiki", what)
    cut(file)
    with pytest.raises(UserError, match=r"bgwiki is left out: .*; all else is done"):
        run(dumps, Path(str(lake.path)), *READ)
    for dataset in ("exported_modules", "wiki_sites", "module_transclusions", "known_sources"):
        assert wikis_of(lake, dataset) == {"arwiki", "enwiki"}, dataset
        assert lake.statistics(dataset, KEY).details[UNREADABLE].keys() == {"bgwiki"}
    inputs = inputs_of(lake, KEY)
    assert inputs.wikis == ("arwiki", "enwiki")
    assert str(file) in inputs.left_out["bgwiki"]


def test_a_file_with_another_sum_than_its_dump_says_costs_its_wiki_before_anything_is_read(
    dumps: Path, lake: Lake
) -> None:
    file = file_of(dumps, "bgwiki", "templatelinks")
    write_anew(file, file.read_bytes()[::-1])
    with pytest.raises(UserError, match="all else is done"):
        run(dumps, Path(str(lake.path)), *READ)
    inputs = inputs_of(lake, KEY)
    assert inputs.wikis == ("arwiki", "enwiki")
    assert f"{file}: its sha1 is" in inputs.left_out["bgwiki"]
    assert wikis_of(lake, "exported_modules") == {"arwiki", "enwiki"}
    assert {row["source"] for row in rows(lake, "manifest")} == {"arwiki", "enwiki", "pageviews"}


def test_a_run_stops_where_no_wiki_can_be_read(dumps: Path, lake: Lake) -> None:
    for wiki, what in (
        ("arwiki", "linktarget"),
        ("bgwiki", "linktarget"),
        ("enwiki", "linktarget"),
    ):
        cut(file_of(dumps, wiki, what))
    with pytest.raises(UserError, match=r"linktarget\.sql\.gz"):
        run(dumps, Path(str(lake.path)), *READ)
    assert not lake.has("exported_modules", KEY)


def test_views_that_can_not_be_read_are_not_known_of_any_wiki_and_cost_nothing_else(
    dumps: Path, lake: Lake
) -> None:
    (views,) = (dumps / "other/pageview_complete").rglob("*-user.bz2")
    write_anew(views, views.read_bytes()[:-20])
    run(dumps, Path(str(lake.path)), *READ)
    known = {(row["wiki_db"], row["source"]) for row in rows(lake, "known_sources")}
    assert {wiki for wiki, _ in known} == {"arwiki", "bgwiki", "enwiki"}
    assert "pageviews" not in {source for _, source in known}
    assert rows(lake, "article_views") == []
    told = lake.statistics("article_views", KEY).details[UNREADABLE]
    assert "pageviews-202610-user.bz2" in told["pageviews"]
    assert inputs_of(lake, KEY).left_out == {}


def test_a_whole_run_goes_on_without_a_wiki_that_can_not_be_read_and_says_so(
    dumps: Path, lake: Lake
) -> None:
    cut(file_of(dumps, "bgwiki", "multistream2.xml"))
    with pytest.raises(UserError, match=r"bgwiki is left out: .*; all else is done"):
        run(dumps, Path(str(lake.path)))
    assert all(lake.has(name, KEY) for name in DATASETS)
    gate = {row["wiki_db"]: row for row in rows(lake, "publishable")}
    assert gate["bgwiki"]["state"] == "left out"
    assert "multistream2.xml" in gate["bgwiki"]["reason"]
    assert wikis_of(lake, "module_families") == {"arwiki", "enwiki"}


def test_a_file_that_changes_after_the_gate_is_refused_and_one_before_is_chosen_anew(
    modules_run: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    dumps, place = copied(modules_run.dumps, tmp_path / "dumps"), tmp_path / "lake"
    copied(modules_run.lake, place)
    history = next((dumps / "other/mediawiki_history").rglob("2026-10.enwiki.*"))
    write_anew(history, bz2.compress(bz2.decompress(history.read_bytes())[:0]))
    with pytest.raises(UserError, match="is another file than the one that the manifest"):
        run(dumps, place, "manifest")
    shutil.rmtree(place / "publishable")
    run(dumps, place, "manifest")
    with closing(Lake(place)) as lake:
        changed = lake.statistics("manifest", KEY).details[CHANGED]
    assert {*changed} == {str(history.relative_to(dumps))}
