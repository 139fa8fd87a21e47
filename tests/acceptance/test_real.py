"""A real wiki end to end: its dumps beside the checkout give exactly what an independent program
worked out, on both engines.
"""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.acceptance.command import rows_of, run
from tests.acceptance.expected import EXPECTED, expected_in

SNAPSHOT = "2024-05-01"


class Real(NamedTuple):
    """What must come out, and the lake with what did."""

    expected: dict[str, Any]
    lake: Path


@pytest.fixture(scope="module", params=["duckdb", pytest.param("spark", marks=pytest.mark.cluster)])
def wiki(
    request: pytest.FixtureRequest, real: Path, tmp_path_factory: pytest.TempPathFactory
) -> Real:
    """Run the real wiki on each engine."""
    lake = tmp_path_factory.mktemp("real") / "lake"
    # Of a small wiki Spark's 200 are nearly all empty.
    spark = {"IMAGESUGGEST_SPARK": "spark.sql.shuffle.partitions=4"}
    ended = run(real / "dumps", lake, request.param, **spark)
    assert ended.code == 0, ended.err
    return Real(expected_in(real), lake)


@pytest.mark.parametrize("dataset", EXPECTED)
def test_the_real_wiki_gives_what_was_worked_out(wiki: Real, dataset: str) -> None:
    found = EXPECTED[dataset](lambda name: rows_of(wiki.lake, name, SNAPSHOT))
    assert found == wiki.expected[dataset]
