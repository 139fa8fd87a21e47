"""What was reported in public of feedback, each as a made-up Wikimedia beside the checkout: what
must come out of it, and of what comes later, on both engines.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from resources.lake import Lake
from tests.acceptance.command import rows_of, run
from tests.acceptance.expected import found
from tests.conftest import SHARED, SPARK_FOR_SMALL_TABLES

CASES = SHARED.parent / "cases"
SNAPSHOT = "2026-01-01"
FLAG = ("recommendation.image", ["exists|1"])


class Case(NamedTuple):
    """What must come out of a case, and where it runs; each delta is shipped."""

    name: str
    folder: Path
    engine: str
    expected: Mapping[str, Any]

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    def run(self) -> dict[int, tuple[str, list[str]]]:
        """Run everything and ship it as files; give what the delta has of ptwiki, by page."""
        ended = run(
            self.folder / "dumps",
            self.lake,
            self.engine,
            *("--snapshot", SNAPSHOT),
            IMAGESUGGEST_SEARCH="files",
            IMAGESUGGEST_SPARK=" ".join(f"{k}={v}" for k, v in SPARK_FOR_SMALL_TABLES.items()),
        )
        assert ended.code == 0, ended.err
        assert found(self.lake, SNAPSHOT) == self.expected
        return {
            row["page_id"]: (row["tag"], row["values"])
            for row in rows_of(self.lake, "search_index_delta", SNAPSHOT)
            if row["wikiid"] == "ptwiki"
        }

    def run_later(self) -> dict[int, tuple[str, list[str]]]:
        """Run it again with what came later."""
        shutil.copytree(CASES / self.name / "later", self.folder / "dumps", dirs_exist_ok=True)
        return self.run()

    def counts(self) -> dict[str, Any]:
        counted: Any = Lake(self.lake).statistics("feedback", SNAPSHOT).details["read"]
        return dict(counted)


@pytest.fixture(params=["duckdb", "spark"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    """The case that a test is named after, to be run on each engine."""
    name = request.function.case
    if not (CASES / name).is_dir():
        pytest.skip(f"../shared/cases/{name} is not beside this checkout")
    shutil.copytree(CASES / name / "dumps", tmp_path / "dumps")
    expected = json.loads((CASES / name / "expected.json").read_text(encoding="utf-8"))
    return Case(name, tmp_path, request.param, expected)


def of(name: str) -> Any:
    """Name the case that a test runs."""

    def decorate(test: Any) -> Any:
        test.case = name
        return test

    return decorate


@of("empty-filename")
def test_an_event_without_a_file_name_takes_nothing_out_and_is_counted(case: Case) -> None:
    assert case.run()[100] == FLAG
    assert (case.counts()["pages"], case.counts()["rows"]) == (1, 2)


@of("canary")
def test_a_canary_is_dropped_and_counted(case: Case) -> None:
    case.run()
    assert (case.counts()["canaries"], case.counts()["rows"]) == (1, 0)


@of("section-feedback")
def test_judging_a_sections_suggestion_brings_the_articles_flag_back(case: Case) -> None:
    assert case.run().keys() == {100, 101, 102, 103}
    assert case.run_later() == {100: FLAG, 101: FLAG}
    assert case.counts()["sections"] == 1


@of("late-event")
def test_events_that_come_late_are_in_the_next_delta_and_none_that_was_known(case: Case) -> None:
    assert case.run().keys() == {100, 101, 102, 103}
    assert case.run_later() == {100: FLAG, 102: FLAG, 103: FLAG}
