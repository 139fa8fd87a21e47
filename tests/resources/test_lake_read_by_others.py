"""Who reads the lake as the README shows gets the rows that count, and no others."""

import json
import pathlib
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resources.checkout import checkout
from resources.engine import SparkEngine
from resources.lake import Lake
from resources.versions import Statistics

SHOWN = "data/lake"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake with a partition that was replaced; what was there before is there still."""
    made = Lake(tmp_path / "lake")
    for generation in range(2):
        with made.replacing("pages", "2026-11-02", Statistics(1, 0, 0)) as folder:
            folder.mkdir()
            pq.write_table(pa.table({"generation": [generation]}), folder / "rows.parquet")
    made.close()
    assert len(list(made.partition("pages", "2026-11-02").glob("*/*.parquet"))) == 2
    return made.path


def shown(engine: str, lake: Path) -> str:
    """Give the lines that the README has for an engine, for this lake."""
    text = (checkout() / "README.md").read_text()
    found = re.search(rf"With {engine}[^:\n]*:\n\n((?:    .+\n)+)", text)
    assert found, engine
    assert SHOWN in found[1]
    return dedent(found[1]).replace(SHOWN, str(lake))


def test_duckdb_reads_what_counts(lake: Path) -> None:
    *before, last = shown("DuckDB", lake).strip().strip(";").split(";\n")
    with duckdb.connect() as connection:
        for line in before:
            connection.execute(line)
        rows = connection.sql(last).select("generation").fetchall()
    assert rows == [(1,)]


def test_pandas_reads_what_counts(lake: Path) -> None:
    names: dict[str, Any] = {"pathlib": pathlib, "json": json, "pandas": pandas}
    exec(shown("pandas", lake), names)
    assert names["pages"].to_dict("list") == {"generation": [1]}


def test_spark_reads_what_counts(lake: Path, spark_engine: SparkEngine) -> None:
    names: dict[str, Any] = {"pathlib": pathlib, "json": json, "spark": spark_engine._session}
    exec(shown("Spark", lake), names)
    assert [row.asDict() for row in names["pages"].collect()] == [{"generation": 1}]
