"""Families: greedy around centres, and what represents them."""

from typing import Any

import pyarrow as pa
import pytest

from module_assets.similarity.families import module_families, shape_families
from tests.module_assets import reference
from tests.module_assets.reference import Shape
from tests.tables import Tables


def families(shapes: list[Shape], pairs: set[tuple[Any, ...]]) -> dict[str, tuple[str, float]]:
    columns = ("shape_a", "shape_b", "similarity", "a_in_b", "b_in_a", "akin")
    similar = [dict(zip(columns, pair, strict=True)) for pair in sorted(pairs)]
    schema = {"shape_a": pa.string(), "shape_b": pa.string(), "similarity": pa.float64()}
    found = shape_families(
        pa.Table.from_pylist(
            [
                {
                    "shape": each.shape,
                    "wikis": each.wikis,
                    "modules": each.modules,
                    "shingles": len(each.values),
                }
                for each in shapes
            ]
        ),
        pa.Table.from_pylist(similar, pa.schema([*schema.items(), ("akin", pa.bool_())])),
    )
    return {row["shape"]: (row["centre"], row["similarity"]) for row in found.to_pylist()}


def test_families_of_a_world_are_those_of_the_contract(shapes: list[Shape]) -> None:
    pairs = reference.similar(shapes)
    expected = reference.families(shapes, pairs)
    assert families(shapes, pairs) == expected
    assert len(shapes) > 2 * len({centre for centre, _ in expected.values()})


def line(*akin: tuple[str, str, float]) -> dict[str, tuple[str, float]]:
    """Families of shapes a to e, in this order, of which some are akin."""
    shapes = [
        Shape(shape, "structure", set(), wikis, wikis, [])
        for shape, wikis in zip("abcde", range(9, 4, -1), strict=True)
    ]
    return families(shapes, {(*sorted(pair), each, 1.0, 1.0, True) for *pair, each in akin})


def test_members_of_one_family_are_all_akin_to_its_centre() -> None:
    """b is akin to a, and c to b: c is the centre of its own, since there are no chains."""
    found = line(("a", "b", 0.6), ("b", "c", 0.6))
    assert found == {"a": ("a", 1), "b": ("a", 0.6), "c": ("c", 1), "d": ("d", 1), "e": ("e", 1)}


def test_what_was_taken_goes_to_a_later_centre_that_is_more_like_it() -> None:
    assert line(("a", "b", 0.6), ("b", "c", 0.9))["b"] == ("c", 0.9)
    assert line(("a", "b", 0.6), ("b", "c", 0.6))["b"] == ("a", 0.6)


def test_pairs_that_are_alike_but_not_akin_are_no_family() -> None:
    shapes = [Shape(shape, "structure", set(), 1, 1, []) for shape in "ab"]
    assert families(shapes, {("a", "b", 0.4, 1.0, 1.0, False)})["b"] == ("b", 1.0)


def test_families_of_no_shapes() -> None:
    empty = pa.table({name: pa.array([], pa.int64()) for name in ("wikis", "modules", "shingles")})
    shapes = empty.append_column("shape", pa.array([], pa.string()))
    pairs = {name: pa.array([], pa.string()) for name in ("shape_a", "shape_b")}
    similar = pa.table(
        {**pairs, "similarity": pa.array([], pa.float64()), "akin": pa.array([], pa.bool_())}
    )
    assert shape_families(shapes, similar).num_rows == 0


MODULES = [
    # wiki_db, page_id, shape, code_hash, text_hash, is_draft, transclusions
    ("awiki", 1, "s1", "c1", "t1", False, 5),
    ("bwiki", 2, "s1", "c2", "t2", False, None),
    ("cwiki", 3, "s1", "c2", "t3", False, 1),
    ("dwiki", 4, "s1", "c2", "t3", False, 7),
    ("dwiki", 5, "s1", "c1", "t1", True, 9),
    ("ewiki", 6, "s1", "c1", "t1", True, 9),
    ("awiki", 7, "s2", "c3", "t4", False, 99),
    ("awiki", 8, "s3", "c4", "t5", True, 1),
    ("bwiki", 9, "s3", "c4", "t5", True, 2),
    ("bwiki", 10, "s3", "c4", "t6", True, 3),
    ("bwiki", 12, "s4", "c5", "t7", False, None),
    ("bwiki", 11, "s4", "c5", "t7", False, 0),
]
CENTRES = [("s1", "s1", 1.0), ("s2", "s1", 0.7), ("s3", "s3", 1.0), ("s4", "s4", 1.0)]


@pytest.fixture
def named(tables: Tables) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Family, relation and similarity of each module of MODULES."""
    names = ("wiki_db", "page_id", "shape", "code_hash", "text_hash", "is_draft", "transclusions")
    rows = [dict(zip(names, row, strict=True)) | {"kind": "code"} for row in MODULES]
    alias = {"wiki_db": "zwiki", "page_id": 99, "kind": "alias", "shape": "s1", "is_draft": False}
    table = pa.Table.from_pylist([*rows, alias])
    code = tables.of(table.drop_columns(["is_draft", "transclusions"]))
    modules = tables.of(table.select(["wiki_db", "page_id", "is_draft", "transclusions"]))
    centres = [dict(zip(("shape", "centre", "similarity"), row, strict=True)) for row in CENTRES]
    used = modules.filter(modules.transclusions.notnull())
    found = module_families(code, modules, used, tables.of(pa.Table.from_pylist(centres)))
    return {
        (row["wiki_db"], row["page_id"]): (row["family_id"], row["relation"], row["similarity"])
        for row in tables.engine.rows(found)
    }


def test_a_family_is_named_after_its_most_carried_module(
    named: dict[tuple[str, int], tuple[Any, ...]],
) -> None:
    """Drafts count only where there is nothing else, and what nobody counted is used by nobody."""
    assert named == {
        ("awiki", 1): ("dwiki/4", "localised", 1.0),
        ("bwiki", 2): ("dwiki/4", "formatting", 1.0),
        ("cwiki", 3): ("dwiki/4", "exact", 1.0),
        ("dwiki", 4): ("dwiki/4", "exact", 1.0),
        ("dwiki", 5): ("dwiki/4", "localised", 1.0),
        ("ewiki", 6): ("dwiki/4", "localised", 1.0),
        ("awiki", 7): ("dwiki/4", "near", 0.7),
        ("awiki", 8): ("bwiki/9", "exact", 1.0),
        ("bwiki", 9): ("bwiki/9", "exact", 1.0),
        ("bwiki", 10): ("bwiki/9", "formatting", 1.0),
        ("bwiki", 12): ("bwiki/11", "exact", 1.0),
        ("bwiki", 11): ("bwiki/11", "exact", 1.0),
    }
