"""Which shapes are alike, and how much: candidates by bands, then by their sketches.

Shapes go by their numbers in family order (see shapes.numbered): a join of numbers takes a fraction
of one of digests.
"""

import ibis
from ibis import Table

from module_assets.code.analysis import STRUCTURE
from module_assets.code.sketches import SKETCH
from module_assets.similarity.shapes import numbered

BUCKET_HEADS = 50
"""How many shapes of a bucket are paired with all that come later in it."""
ALIKE_BY_STRUCTURE, ALIKE_BY_TEXT = 0.3, 0.5
AKIN = 0.5
_NO_LIMIT = (1 << 63) - 1
_PAIR = ["first", "second"]


def candidates(numbered_shapes: Table, shape_bands: Table, heads: int = BUCKET_HEADS) -> Table:
    """Pair each of the first shapes of a bucket, in family order, with every later one.

    Gives the numbers ``first`` < ``second``, distinct. A bucket is one key of one band, of shapes
    that are compared by the same.
    """
    bucket = ["compared_by", "band", "key"]
    known = numbered_shapes.select("shape", "number")
    rows = shape_bands.inner_join(known, "shape").select("number", *bucket)
    # Most keys are of one shape, and need not be sorted.
    sizes = rows.group_by(bucket).agg(size=rows.count())
    rows = rows.semi_join(sizes.filter(sizes["size"] > 1), bucket)
    place = ibis.row_number().over(group_by=bucket, order_by=rows.number)
    rows = rows.mutate(place=place)
    first = rows.filter(rows.place < heads).select(*bucket, first="number", at="place")
    pairs = first.inner_join(rows, bucket)
    pairs = pairs.filter(pairs["at"] < pairs.place)
    return pairs.select("first", second="number").distinct()


def compared(candidates: Table, numbered_shapes: Table) -> Table:
    """Compare the sketches of candidates: adds ``common``, ``first_size`` and ``second_size``, the
    shingles up to τ of both and of each. Pairs that have none in common are left out.

    τ is the lesser of the last shingles of those sketches that are cut off. All shingles of the
    sketch that has it, here the narrow one, are up to τ.
    """
    cut = numbered_shapes.shingles > SKETCH
    shapes = numbered_shapes.select(
        "number",
        "sketch",
        size=numbered_shapes.sketch.length(),
        last=ibis.ifelse(cut, numbered_shapes.sketch[SKETCH - 1], _NO_LIMIT),
    )
    sides = shapes.drop("sketch")
    first = sides.select(first="number", first_size="size", first_last="last")
    second = sides.select(second="number", second_size="size", second_last="last")
    pairs = candidates.inner_join(first, "first").inner_join(second, "second")
    is_first = pairs.first_last <= pairs.second_last
    pairs = pairs.select(
        narrow=ibis.ifelse(is_first, pairs.first, pairs.second),
        wide=ibis.ifelse(is_first, pairs.second, pairs.first),
        limit=ibis.least(pairs.first_last, pairs.second_last),
    )
    values = shapes.select("number", shingle=shapes.sketch.unnest())
    wide = values.rename(wide="number")
    narrow = values.select(narrow="number", shingle="shingle", is_common=True)
    rows = pairs.inner_join(wide, "wide")
    rows = rows.filter(rows.shingle <= rows["limit"]).left_join(narrow, ["narrow", "shingle"])
    found = rows.group_by("narrow", "wide").agg(
        wide_size=rows.count(), common=rows.is_common.count()
    )
    found = found.filter(found.common > 0)
    found = found.inner_join(sides.select(narrow="number", narrow_size="size"), "narrow")
    turned = found.narrow > found.wide
    return found.select(
        "common",
        first=ibis.least(found.narrow, found.wide),
        second=ibis.greatest(found.narrow, found.wide),
        first_size=ibis.ifelse(turned, found.wide_size, found.narrow_size),
        second_size=ibis.ifelse(turned, found.narrow_size, found.wide_size),
    )


def similar_shapes(
    shapes: Table, shape_bands: Table, labels: Table, heads: int = BUCKET_HEADS
) -> Table:
    """Give the pairs of shapes that are alike: shape_a < shape_b, similarity, a_in_b, b_in_a, akin.

    ``labels`` are the name and item_id of each module of a shape.
    """
    ordered = numbered(shapes)
    found = compared(candidates(ordered, shape_bands, heads), ordered)
    first = ordered.select("compared_by", first="number", first_shape="shape")
    second = ordered.select(second="number", second_shape="shape")
    rows = found.inner_join(first, "first").inner_join(second, "second")
    turned = rows.first_shape > rows.second_shape
    common = rows.common.cast("float64")
    in_second, in_first = common / rows.first_size, common / rows.second_size
    rows = rows.select(
        "compared_by",
        shape_a=ibis.least(rows.first_shape, rows.second_shape),
        shape_b=ibis.greatest(rows.first_shape, rows.second_shape),
        similarity=common / (rows.first_size + rows.second_size - rows.common),
        a_in_b=ibis.ifelse(turned, in_first, in_second),
        b_in_a=ibis.ifelse(turned, in_second, in_first),
    )
    least = ibis.ifelse(rows.compared_by == STRUCTURE, ALIKE_BY_STRUCTURE, ALIKE_BY_TEXT)
    rows = rows.filter(rows.similarity >= least).drop("compared_by")
    related = _related(rows.filter(rows.similarity < AKIN), labels)
    rows = rows.left_join(related, ["shape_a", "shape_b"])
    return rows.select(
        "shape_a",
        "shape_b",
        "similarity",
        "a_in_b",
        "b_in_a",
        akin=(rows.similarity >= AKIN) | rows.is_related.notnull(),
    )


def _related(pairs: Table, labels: Table) -> Table:
    """Give the pairs of which a module of each has the same name, or the same item."""
    # A name never begins with a blank.
    items = labels.filter(labels.item_id.notnull())
    either = labels.select("shape", label="name").union(
        items.select("shape", label=" " + items.item_id), distinct=False
    )
    either = either.distinct()
    rows = pairs.select("shape_a", "shape_b").inner_join(either.rename(shape_a="shape"), "shape_a")
    rows = rows.semi_join(either.rename(shape_b="shape"), ["shape_b", "label"])
    return rows.select("shape_a", "shape_b").distinct().mutate(is_related=True)
