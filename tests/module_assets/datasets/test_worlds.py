"""Every dataset of many small worlds, row by row, beside an independent reading of the contract."""

import inspect
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from module_assets.datasets import code, families, inputs, scores
from module_assets.similarity.families import module_families
from module_assets.similarity.shapes import shapes
from resources.engine import Engine
from tests.module_assets.datasets.reference import NAMES, Contract, Rows, World
from tests.module_assets.datasets.world import DAY, SCHEMAS, make_world, together
from tests.tables import Tables

ALONE, TOGETHER = 8, 40
"""Worlds, each by itself on DuckDB; and all together, as one, on each engine."""
KEYS = (
    *("wiki_db", "page_id", "family_id", "shape", "ordinal", "kind", "title"),
    *("band", "shape_a", "shape_b", "source"),
)
PARTS = (code, families, inputs, scores)
FUNCTIONS: dict[str, Callable[..., ibis.Table]] = {
    **{name: getattr(part, name) for name in NAMES for part in PARTS if hasattr(part, name)},
    "module_families": module_families,
    "shapes": shapes,
}


def computed(tables: Tables, world: World) -> dict[str, Rows]:
    """The rows of all datasets, each made of those before as they were written."""
    known: dict[str, Any] = {
        name: tables.of(pa.Table.from_pylist(rows, SCHEMAS[name])) for name, rows in world.items()
    }
    known["day"] = DAY
    found = {}
    for name in NAMES:
        parameters = inspect.signature(FUNCTIONS[name]).parameters.values()
        wanted = [each.name for each in parameters if each.default is each.empty]
        folder = tables.folder / name
        tables.engine.write(FUNCTIONS[name](**{each: known[each] for each in wanted}), folder)
        known[name] = tables.engine.read(sorted(folder.glob("*.parquet")))
        found[name] = tables.engine.rows(known[name])
    return found


def assert_same(found: Rows, expected: Rows) -> None:
    def place(row: dict[str, Any]) -> list[str]:
        return [str(row.get(column)) for column in KEYS]

    found, expected = sorted(found, key=place), sorted(expected, key=place)
    assert [place(row) for row in found] == [place(row) for row in expected]
    for one, other in zip(found, expected, strict=True):
        assert one.keys() == other.keys()
        for column, value in other.items():
            if isinstance(value, float) and one[column] is not None:
                assert math.isclose(one[column], value, abs_tol=1e-9), (column, one, other)
            else:
                assert one[column] == value, (column, one, other)


def compare(tables: Tables, world: World) -> dict[str, Rows]:
    expected = Contract(world, DAY).world
    found = computed(tables, world)
    for name in NAMES:
        assert_same(found[name], expected[name])
    return found


@pytest.mark.parametrize("seed", range(ALONE))
def test_a_small_world_is_computed_as_the_contract_says(
    seed: int, duckdb_engine: Engine, tmp_path: Path
) -> None:
    compare(Tables(duckdb_engine, tmp_path), make_world(seed))


def test_many_worlds_at_once_are_computed_as_the_contract_says(tables: Tables) -> None:
    """Also the ranks, which each family has among all others."""
    world = together([make_world(seed) for seed in range(TOGETHER)])
    found = compare(tables, world)
    assert all(found[name] for name in NAMES)
    assert len(found["family_scores"]) > 20
