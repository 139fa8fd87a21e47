"""Runs that are killed, that run at once, or that run again: no partition is ever half of one."""

import os
import random
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from imagesuggest_assets.catalog.datasets import DATASETS
from resources.instance import PROCESS_TAG, open_instance
from resources.sample import make_sample
from tests.acceptance.broken_dumps import SNAPSHOT, left_in_scratch, run_here
from tests.acceptance.broken_runs import (
    contents,
    kill_after,
    kill_when_replaced,
    seconds_of,
    start_opening,
    start_run,
)

RATED = {"ratings", "measured_confidence"}
"""What people rated stays known with the kinds of the run in which it was read first."""
KILLS = 3
OPENINGS = 2


@pytest.mark.cluster
def test_killed_at_any_moment_a_run_leaves_old_partitions_or_new_ones_and_the_next_is_right(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_sample(tmp_path / "dumps", articles=150, wikis=2, seed=2)
    home, lake = tmp_path / "dagster", tmp_path / "lake"
    one, other = good / "dumps", tmp_path / "dumps"
    shutil.copytree(good / "lake", lake)
    seconds_of(start_run(other, tmp_path / "other", home))
    rows = {one: contents(good / "lake"), other: contents(tmp_path / "other")}
    assert rows[one].keys() == rows[other].keys() == DATASETS.keys()
    # What editors said stays known when other events are read.
    rows[other]["feedback"] |= rows[one]["feedback"]
    forgotten = DATASETS.keys() - {"feedback", *RATED}
    replaced = 0
    for number in range(KILLS):
        # Later each time, so that kills are spread over the whole of a run.
        share = (number + random.random()) / KILLS
        kill_when_replaced(start_run((other, one)[number % 2], lake, home), lake, share)
        found = contents(lake)
        assert found.keys() == DATASETS.keys()
        for dataset in found.keys() - RATED:
            assert found[dataset] in (rows[one][dataset], rows[other][dataset]), dataset
        before = rows[(one, other)[number % 2]]
        replaced += any(found[dataset] != before[dataset] for dataset in forgotten)
    assert replaced, "no run came as far as to replace anything"
    seconds_of(start_run(other, lake, home))
    after = contents(lake)
    assert {name: after[name] for name in after.keys() - RATED} == {
        name: rows[other][name] for name in after.keys() - RATED
    }
    assert after["ratings"] >= rows[one]["ratings"]
    assert not left_in_scratch(lake)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with open_instance() as instance:
        states = {run.status for run in instance.get_runs()}
    assert states <= {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE}


@pytest.mark.cluster
def test_three_runs_of_a_snapshot_at_once_and_one_again_give_what_a_lone_run_gives(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, home = tmp_path / "lake", tmp_path / "dagster"
    runs = [start_run(good / "dumps", lake, home) for _ in range(3)]
    for run in runs:
        seconds_of(run)
    assert contents(lake) == contents(good / "lake")
    assert not left_in_scratch(lake)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    assert not run_here(good / "dumps", lake).error
    assert contents(lake) == contents(good / "lake")
    with open_instance() as instance:
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.SUCCESS] * 4


def test_a_dagster_instance_that_many_begin_at_once_is_good_for_all(tmp_path: Path) -> None:
    for number in range(OPENINGS):
        home = tmp_path / str(number)
        for process in [start_opening(home) for _ in range(4)]:
            seconds_of(process)


def test_a_dagster_instance_whose_making_was_killed_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "first"
    seconds = seconds_of(start_opening(home))
    for number in range(OPENINGS):
        home = tmp_path / str(number)
        kill_after(start_opening(home), random.uniform(0, seconds))
        seconds_of(start_opening(home))
        assert not list(home.glob(".new-*"))
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with open_instance() as instance:
        assert instance.get_dynamic_partitions("snapshot") == [SNAPSHOT]


@pytest.mark.parametrize("state", ["NOT_STARTED", "STARTED"])
@pytest.mark.parametrize("dead", [True, False])
def test_a_run_whose_process_is_gone_is_not_shown_as_going_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dead: bool, state: str
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    process = gone.pid if dead else os.getppid()

    @dg.job
    def anything() -> None:
        """Of which a run can be."""

    with open_instance() as instance:
        run = instance.create_run_for_job(
            anything,
            tags={PROCESS_TAG: f"{socket.gethostname()}:{process}"},
            status=dg.DagsterRunStatus(state),
        )
    with open_instance() as instance:
        found = instance.get_run_by_id(run.run_id)
    assert found
    expected = dg.DagsterRunStatus("FAILURE" if dead else state)
    assert found.status == expected
