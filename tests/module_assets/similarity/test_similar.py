"""Shapes that are alike, on each engine: the rows of an independent reading of the contract."""

from collections import Counter
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from module_assets.code.sketches import sketch_of
from module_assets.similarity.shapes import numbered, shape_bands
from module_assets.similarity.shapes import shapes as shapes_of
from module_assets.similarity.similar import alike, candidates
from tests.module_assets import reference
from tests.module_assets.reference import Shape
from tests.tables import Tables

SHAPE_SKETCHES = pa.schema(
    [
        ("shape", pa.string()),
        ("sketch", pa.list_(pa.int64())),
        ("band_keys", pa.list_(pa.int64())),
    ]
)
HEADS = 3
"""Of a bucket, so that some are hot here."""


def tables_of(shapes: list[Shape], members: list[dict[str, Any]]) -> dict[str, pa.Table]:
    """What was analysed of the modules, and the modules; an alias and an empty one among them."""
    by_shape = {each.shape: each for each in shapes}
    code: list[dict[str, Any]] = [
        {
            **{name: row[name] for name in ("wiki_db", "page_id", "shape")},
            "kind": "data" if by_shape[row["shape"]].compared_by == "text" else "code",
            "compared_by": by_shape[row["shape"]].compared_by,
            "shingles": len(by_shape[row["shape"]].values),
        }
        for row in members
    ]
    alias = {"wiki_db": "wiki0", "page_id": 0, "shape": "an alias", "kind": "alias"}
    sketches = [
        {
            "shape": each.shape,
            "sketch": sketch_of(np.array(sorted(each.values), np.uint64)).tolist(),
            "band_keys": each.keys,
        }
        for each in shapes
    ]
    of_module = ("wiki_db", "page_id", "is_draft", "item_id")
    return {
        "module_code": pa.Table.from_pylist([*code, alias]),
        "shape_sketches": pa.Table.from_pylist(sketches, SHAPE_SKETCHES),
        "module_names": pa.Table.from_pylist(members).select(
            ["wiki_db", "page_id", "shape", "name"]
        ),
        "modules": pa.Table.from_pylist(
            [
                *({name: row[name] for name in of_module} for row in members),
                {"wiki_db": "wiki0", "page_id": 0, "is_draft": False},
            ]
        ),
    }


@pytest.fixture
def made(
    tables: Tables, shapes: list[Shape], members: list[dict[str, Any]]
) -> dict[str, ibis.Table]:
    """The tables of the world: shapes, their bands, and the names and items of modules."""
    given = {name: tables.of(each) for name, each in tables_of(shapes, members).items()}

    def kept(name: str, table: ibis.Table) -> ibis.Table:
        """Written and read again, as between two datasets."""
        tables.engine.write(table, tables.folder / name)
        return tables.engine.read(sorted((tables.folder / name).glob("*.parquet")))

    sketches, modules = given["shape_sketches"], given["modules"]
    found = kept("shapes", shapes_of(given["module_code"], modules, sketches))
    return {
        "shapes": found,
        "shape_bands": kept("shape_bands", shape_bands(found, sketches)),
        "module_names": given["module_names"],
        "modules": modules,
    }


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

    of_bands = candidates(numbered(made["shapes"]), made["shape_bands"], HEADS)
    others = {name: table for name, table in made.items() if name != "shape_bands"}
    found = tables.engine.rows(alike(of_bands, **others))
    names = ("shape_a", "shape_b", "similarity", "a_in_b", "b_in_a", "akin")
    expected = reference.similar(shapes, HEADS)
    assert len(expected) > 100
    assert Counter(tuple(row[name] for name in names) for row in found) == Counter(expected)
    assert {akin for *_, akin in expected} == {True, False}

    # In parts, of which each is in memory alone, the same rows come out, each in one of them.
    parts = [tables.engine.rows(alike(of_bands, **others, part=(number, 3))) for number in range(3)]
    assert all(parts)
    assert Counter(tuple(row[name] for name in names) for part in parts for row in part) == (
        Counter(expected)
    )
