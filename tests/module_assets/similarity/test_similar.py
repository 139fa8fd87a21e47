"""Shapes that are alike, on each engine: the rows of an independent reading of the contract."""

from collections import Counter
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from module_assets.code.analysis import ANALYSED
from module_assets.code.sketches import sketch_of
from module_assets.similarity.shapes import numbered, shape_bands
from module_assets.similarity.shapes import shapes as shapes_of
from module_assets.similarity.similar import similar_shapes
from tests.module_assets import reference
from tests.module_assets.reference import Shape
from tests.tables import Tables

HEADS = 3
"""Of a bucket, so that some are hot here."""


def analysed(shapes: list[Shape], members: list[dict[str, Any]]) -> pa.Table:
    known = {}
    for each in shapes:
        values = np.array(sorted(each.values), np.uint64)
        known[each.shape] = {
            "compared_by": each.compared_by,
            "kind": "data" if each.compared_by == "text" else "code",
            "shingles": len(values),
            "sketch": sketch_of(values).tolist(),
            "band_keys": each.keys,
        }
    rows = [{**known[row["shape"]], **row} for row in members]
    alias = {"wiki_db": "wiki0", "page_id": 0, "shape": "an alias", "kind": "alias"}
    return pa.Table.from_pylist([*rows, alias], ANALYSED)


@pytest.fixture
def made(
    tables: Tables, shapes: list[Shape], members: list[dict[str, Any]]
) -> dict[str, ibis.Table]:
    """The tables of the world: shapes, their bands, and the labels of modules."""
    code = tables.of(analysed(shapes, members))
    modules = tables.of(pa.Table.from_pylist([*members, {"wiki_db": "wiki0", "page_id": 0}]))
    # Written and read again, as between two datasets.
    kept = {"shapes": shapes_of(code, modules), "shape_bands": shape_bands(code)}
    for name, table in kept.items():
        tables.engine.write(table, tables.folder / name)
    read = {
        name: tables.engine.read(sorted((tables.folder / name).glob("*.parquet"))) for name in kept
    }
    return {**read, "labels": modules.filter(modules.shape.notnull())}


def test_shapes_are_those_of_the_contract(
    tables: Tables, made: dict[str, ibis.Table], shapes: list[Shape]
) -> None:
    rows = tables.engine.rows(made["shapes"])
    assert sorted(
        tuple(
            row[name] for name in ("shape", "compared_by", "wikis", "modules", "shingles", "sketch")
        )
        for row in rows
    ) == sorted(
        (
            each.shape,
            each.compared_by,
            each.wikis,
            each.modules,
            len(each.values),
            sorted(each.values)[:512],
        )
        for each in shapes
    )
    bands = tables.engine.rows(made["shape_bands"])
    assert {(row["shape"], row["compared_by"], row["band"], row["key"]) for row in bands} == {
        (each.shape, each.compared_by, band, key)
        for each in shapes
        for band, key in enumerate(each.keys)
    }
    assert len(bands) == 64 * sum(len(each.values) >= 40 for each in shapes)
    order = tables.engine.rows(numbered(made["shapes"]).select("shape", "number"))
    assert [row["shape"] for row in sorted(order, key=lambda row: row["number"])] == [
        each.shape for each in sorted(shapes, key=lambda each: each.order)
    ]

    pairs = similar_shapes(**made, heads=HEADS)
    found = tables.engine.rows(pairs)
    names = ("shape_a", "shape_b", "similarity", "a_in_b", "b_in_a", "akin")
    expected = reference.similar(shapes, HEADS)
    assert len(expected) > 100
    assert Counter(tuple(row[name] for name in names) for row in found) == Counter(expected)
    assert {akin for *_, akin in expected} == {True, False}
