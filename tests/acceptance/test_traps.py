"""Whole snapshots against the independent reference, row by row, on both engines."""

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.acceptance.broken_dumps import run_here, with_all_before
from tests.acceptance.command import rows_of, run
from tests.acceptance.reference import compute
from tests.acceptance.rules_alone import rules_alone
from tests.acceptance.traps import write_traps
from tests.conftest import SHARED

DATASETS = (
    "pages",
    "incoming_links",
    "image_links",
    "local_files",
    "lead_images",
    "disambiguations",
    "file_redirects",
    "page_items",
    "commons_files",
    "commons_category_files",
    "commons_category_sizes",
    "item_claims",
    "depicts",
    "feedback",
    "commons_weighted_tags",
    "overused_files",
    "candidate_images",
    "unillustrated_articles",
    "filtered_suggestions",
    "wiki_flags",
    "search_index_full",
)
SETS = ("feedback",)
"""Datasets whose rows are distinct here, while the reference keeps an event that came twice."""


class Traps(NamedTuple):
    """A folder of traps, what must come out of it, and the lake with what did."""

    expected: dict[str, list[dict[str, Any]]]
    lake: Path
    snapshot: str


@pytest.fixture(scope="module", params=["duckdb-gz", "duckdb-bz2-without-optional", "spark-gz"])
def traps(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Traps:
    """Run the traps on each engine, compressed in each way, with and without optional files."""
    folder = tmp_path_factory.mktemp("traps")
    engine, compression, *rest = request.param.split("-")
    snapshot = write_traps(folder / "dumps", compression=compression, optional=not rest)
    if engine == "spark" and SHARED.is_dir():
        # The real wiki is run by the command, on a Spark that compiles, as users do.
        request.getfixturevalue("spark_engine")
        with rules_alone(), pytest.MonkeyPatch.context() as environment:
            environment.setenv("DAGSTER_HOME", str(folder / "dagster"))
            some = with_all_before(*DATASETS)
            here = run_here(
                folder / "dumps", folder / "lake", some, engine=engine, snapshot=snapshot
            )
        assert not here.error
    else:
        ended = run(folder / "dumps", folder / "lake", engine, "--snapshot", snapshot)
        assert ended.code == 0, ended.err
    return Traps(compute(folder / "dumps", snapshot), folder / "lake", snapshot)


def comparable(row: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Make a row something that can be counted."""
    return tuple(
        sorted(
            (name, tuple(value) if isinstance(value, list) else value)
            for name, value in row.items()
        )
    )


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_row_is_as_the_reference_says(traps: Traps, dataset: str) -> None:
    found = Counter(map(comparable, rows_of(traps.lake, dataset, traps.snapshot)))
    expected = Counter(map(comparable, traps.expected[dataset]))
    if dataset in SETS:
        expected = Counter(set(expected))
    assert not list((expected - found).elements())[:5], "rows that are missing"
    assert not list((found - expected).elements())[:5], "rows that should not be there"
