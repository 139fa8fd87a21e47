"""The group `similarity`: MODULES.md section 4, shapes and which of them are alike."""

from dataclasses import replace

from graph.schema import Column, Dataset, Reference
from module_assets.catalog.code import OF_COMPARED
from module_assets.catalog.columns import COMPARED_BY, SHAPE, SHINGLES, SIMILARITY, count

BANDS = 64
_A, _B = (replace(SHAPE, name=name) for name in ("shape_a", "shape_b"))
_IS_SHAPE = Reference(("shape",), "shapes", ("shape",))


def _share(name: str, meaning: str) -> Column:
    return Column(name, "float64", meaning, minimum=0, maximum=1)


DECLARED = (
    Dataset(
        name="shapes",
        group="similarity",
        meaning="Every shape of code and data once, whatever many modules have it.",
        columns=(
            SHAPE,
            COMPARED_BY,
            SHINGLES,
            count("wikis", "wikis with a module of it that is no draft"),
            count("modules", "modules of it that are no drafts"),
            Column("sketch", "array<int64>", "its 512 smallest shingles", may_be_empty=True),
        ),
        key=("shape",),
        agreement=OF_COMPARED,
        best=("-wikis", "-modules", "-shingles", "shape"),
    ),
    Dataset(
        name="shape_bands",
        group="similarity",
        meaning="Keys by which shapes that are alike find one another, 64 a shape.",
        columns=(
            SHAPE,
            COMPARED_BY,
            Column("band", "int64", "which of the 64", minimum=0, maximum=BANDS - 1),
            count("key", "what shapes that are alike may share"),
        ),
        key=("shape", "band"),
        references=(_IS_SHAPE,),
    ),
    Dataset(
        name="similar_shapes",
        group="similarity",
        meaning="Pairs of shapes that are alike.",
        columns=(
            _A,
            _B,
            SIMILARITY,
            _share("a_in_b", "how much of the first the second has"),
            _share("b_in_a", "how much of the second the first has"),
            Column("akin", "boolean", "whether they can be of one family"),
        ),
        key=("shape_a", "shape_b"),
        references=(
            Reference(("shape_a",), "shapes", ("shape",)),
            Reference(("shape_b",), "shapes", ("shape",)),
        ),
        best=("-similarity", "shape_a", "shape_b"),
    ),
    Dataset(
        name="shape_families",
        group="similarity",
        meaning="The centre of the family that each shape belongs to.",
        columns=(SHAPE, replace(SHAPE, name="centre"), SIMILARITY),
        key=("shape",),
        references=(_IS_SHAPE, Reference(("centre",), "shapes", ("shape",))),
        rows_when=("shapes",),
    ),
)
