"""Two graphs in one Dagster instance: each is told of its own runs, and of its own problems."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from graph.paging import Paged
from graph.shown import problem, problems
from imagesuggest_assets.alerts.pages import PAGED as IMAGES
from imagesuggest_assets.snapshots import jobs as image_jobs
from module_assets.paging import PAGED as MODULES
from module_assets.snapshots import jobs as module_jobs
from resources.paging.pager import Pager

BY_HAND = "__ASSET_JOB"
"""What Dagster calls the job of assets that somebody selects."""
KEY, UI = "2026-11-02", "http://ui"
OF_IMAGES, OF_MODULES = dg.AssetKey("publishable"), MODULES.catalog.key("publishable")


def of(job: str, **selected: Any) -> tuple[bool, bool]:
    """Whether a run is of the image suggestions, and whether of the module finder."""
    run = dg.DagsterRun(job_name=job, **selected)
    return IMAGES.catalog.has(run), MODULES.catalog.has(run)


@pytest.mark.parametrize("job", image_jobs.JOBS, ids=lambda job: job.name)
def test_a_job_of_the_image_suggestions_is_theirs_alone(job: Any) -> None:
    assert of(job.name) == (True, False)


@pytest.mark.parametrize("job", module_jobs.JOBS, ids=lambda job: job.name)
def test_a_job_of_the_module_finder_is_its_own_alone(job: Any) -> None:
    assert of(job.name) == (False, True)


@pytest.mark.parametrize("job", [BY_HAND, "modules_snapshot", "snapshot"])
def test_what_was_selected_says_whose_a_run_is_whatever_its_job(job: str) -> None:
    assert of(job, asset_selection=frozenset([OF_IMAGES])) == (True, False)
    assert of(job, asset_selection=frozenset([OF_MODULES])) == (False, True)
    assert of(job, asset_selection=frozenset([OF_MODULES, OF_IMAGES])) == (False, False)


def test_a_run_of_checks_alone_is_of_the_graph_of_what_they_check() -> None:
    own, other = (frozenset([dg.AssetCheckKey(key, "contract")]) for key in (OF_IMAGES, OF_MODULES))
    assert of(BY_HAND, asset_check_selection=own) == (True, False)
    assert of(BY_HAND, asset_check_selection=other) == (False, True)


def found(key: dg.AssetKey, *wikis: str) -> dg.AssetCheckEvaluation:
    told = [problem(wiki, f"{wiki} is held", error=True) for wiki in wikis]
    return dg.AssetCheckEvaluation(key, "gate", passed=not wikis, metadata=problems(told))


def test_the_same_check_of_both_graphs_is_two_problems(tmp_path: Path) -> None:
    """That one is over says nothing of the other."""
    pager = Pager(tmp_path / "pages.sqlite", [])

    def report(paged: Paged, source: str, *wikis: str) -> set[tuple[str, str]]:
        key = paged.catalog.key("publishable")
        pager.report(source, [paged.judgement(found(key, *wikis), KEY, (), UI)])
        return {(each.dataset, each.wiki) for each in pager.open_incidents()}

    images, modules = ("publishable", "ptwiki"), ("modules/publishable", "ptwiki")
    assert report(IMAGES, "one", "ptwiki") == {images}
    assert report(MODULES, "two", "ptwiki") == {images, modules}
    assert report(IMAGES, "three") == {modules}
    assert report(MODULES, "four") == set()


def test_the_link_of_a_problem_leads_to_the_asset_of_its_graph() -> None:
    links = [
        paged.judgement(found(paged.catalog.key("modules")), KEY, (), UI).link
        for paged in (IMAGES, MODULES)
    ]
    assert [link.partition("?")[0] for link in links] == [
        f"{UI}/assets/modules",
        f"{UI}/assets/modules/modules",
    ]
