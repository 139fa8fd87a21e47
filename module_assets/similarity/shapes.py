"""One row a shape, whatever many modules have it, and the bands by which shapes find each other."""

import ibis
from ibis import Table

from module_assets.catalog.code import COMPARED

FAMILY_ORDER = (
    ("wikis", "descending"),
    ("modules", "descending"),
    ("shingles", "descending"),
    ("shape", "ascending"),
)
"""The order in which shapes become centres of families."""


def shapes(module_code: Table, modules: Table, shape_sketches: Table) -> Table:
    """Give the shapes of kinds code and data; wikis and modules are counted without drafts."""
    known = modules.select("wiki_db", "page_id", "is_draft")
    rows = module_code.filter(module_code.kind.isin(COMPARED))
    rows = rows.inner_join(known, ["wiki_db", "page_id"])
    counted = rows.group_by("shape").agg(
        # These are the same in all modules of one shape.
        compared_by=rows.compared_by.min(),
        shingles=rows.shingles.max(),
        wikis=rows.wiki_db.nunique(where=~rows.is_draft),
        modules=rows.count(where=~rows.is_draft),
    )
    return counted.inner_join(shape_sketches.select("shape", "sketch"), "shape")


def shape_bands(shapes: Table, shape_sketches: Table) -> Table:
    """Give the 64 keys of each shape of at least 40 shingles."""
    rows = shapes.select("shape", "compared_by").inner_join(shape_sketches, "shape")
    rows = rows.select("shape", "compared_by", key="band_keys")
    return rows.unnest("key", offset="band").select("shape", "compared_by", "band", "key")


def numbered(shapes: Table) -> Table:
    """Add ``number``: the place in family order, from 0."""
    order = [
        shapes[name].desc() if way == "descending" else shapes[name].asc()
        for name, way in FAMILY_ORDER
    ]
    return shapes.mutate(number=ibis.row_number().over(order_by=order))
