"""Candidates that can not be alike are known by outlines, on each engine, and no others are."""

import pyarrow as pa

from module_assets.similarity.outlines import outlines, perhaps_alike
from tests.module_assets import reference
from tests.module_assets.reference import Shape
from tests.tables import Tables


def test_no_pair_is_lost_that_is_alike_and_most_others_are(
    tables: Tables, shapes: list[Shape]
) -> None:
    some = [each for each in shapes if len(each.values) >= 40]
    rows = [
        {
            "number": number,
            "compared_by": each.compared_by,
            "shingles": len(each.values),
            "sketch": sorted(each.values)[:512],
        }
        for number, each in enumerate(some)
    ]
    few = {"number": len(some), "compared_by": "text", "shingles": 3, "sketch": [1, 2, 3]}
    pairs = [
        {"first": first, "second": second}
        for second in range(len(some))
        for first in range(second)
        if some[first].compared_by == some[second].compared_by
    ]
    numbered = tables.of(pa.Table.from_pylist([*rows, few]))
    outlined = tables.folder / "outlines"
    tables.engine.write(outlines(numbered), outlined)
    found = perhaps_alike(
        tables.of(pa.Table.from_pylist(pairs)),
        tables.engine.read(sorted(outlined.glob("*.parquet"))),
    )
    kept = {(row["first"], row["second"]) for row in tables.engine.rows(found)}

    def are_alike(first: int, second: int) -> bool:
        likeness = reference.compare(some[first], some[second])
        least = 0.3 if some[first].compared_by == "structure" else 0.5
        return likeness is not None and likeness[0] >= least

    alike = {(pair["first"], pair["second"]) for pair in pairs if are_alike(**pair)}
    assert len(alike) > 200
    assert alike <= kept
    others = len(pairs) - len(alike)
    assert others > 1_000
    assert len(kept - alike) < 0.1 * others
