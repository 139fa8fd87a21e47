"""What datasets do with rows, on each engine."""

from pathlib import Path

import pyarrow as pa
import pytest
from ibis import Table

from graph.rows import places
from resources.engine import SparkEngine
from tests.tables import Tables


def _first(tables: Tables, most: int) -> Table:
    rows = tables.of(pa.table({"wiki_db": ["a", "a", "b", "a"], "size": [5, 9, 1, 7]}))
    rows = rows.mutate(place=places("wiki_db", [rows["size"].desc()]))
    return rows.filter(rows.place <= most)


def test_rows_of_a_group_are_numbered_from_one(tables: Tables) -> None:
    found = tables.engine.rows(_first(tables, 2).order_by("wiki_db", "place"))
    assert [(row["wiki_db"], row["size"], row["place"]) for row in found] == [
        ("a", 9, 1),
        ("a", 7, 2),
        ("b", 1, 1),
    ]


def test_spark_drops_what_is_not_among_the_first_before_it_sends_rows(
    spark_engine: SparkEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spark_engine.frame(_first(Tables(spark_engine, tmp_path), 2)).explain()
    plan = capsys.readouterr().out
    # From the last step up to the first: the second is within each task.
    assert plan.count("WindowGroupLimit") == 2, plan
    assert plan.index("Exchange") < plan.rindex("WindowGroupLimit")
