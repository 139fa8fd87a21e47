"""Which shapes are alike, and how much: candidates by bands, then by their sketches. Those that
can not be alike are told before (outlines.py).

Shapes go by their numbers in family order (see shapes.numbered): a join of numbers takes a fraction
of one of digests.
"""

import ibis
from ibis import Table

from module_assets.similarity.outlines import last_counted, least_similarity
from module_assets.similarity.shapes import numbered

BUCKET_HEADS = 50
"""How many shapes of a bucket are paired with all that come later in it."""
AKIN = 0.5
Part = tuple[int, int]
"""Which of how many parts, counted from 0."""
WHOLE: Part = (0, 1)


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


def compared(candidates: Table, numbered_shapes: Table, part: Part = WHOLE) -> Table:
    """Count what the sketches of candidates, or of a part of them, have in common, up to τ.

    τ is the lesser of the last shingles of those sketches that are cut off. Gives the numbers
    ``narrow`` and ``wide``, where the narrow one has τ, so that all of it counts; ``wide_size``,
    the shingles of the other up to τ; and ``common``. Pairs of none are left out.
    """
    last = last_counted(numbered_shapes)
    first = numbered_shapes.select(first="number", first_last=last)
    second = numbered_shapes.select(second="number", second_last=last)
    pairs = candidates.inner_join(first, "first").inner_join(second, "second")
    pairs = pairs.select("first", "second", "first_last", "second_last")
    is_first = pairs.first_last <= pairs.second_last
    pairs = pairs.select(
        narrow=ibis.ifelse(is_first, pairs.first, pairs.second),
        wide=ibis.ifelse(is_first, pairs.second, pairs.first),
        limit=ibis.least(pairs.first_last, pairs.second_last),
    )
    if part != WHOLE:
        number, parts = part
        pairs = pairs.filter(pairs.narrow % parts == number)
    sketches = numbered_shapes.select(wide="number", sketch="sketch")
    rows = pairs.inner_join(sketches, "wide").select("narrow", "wide", "limit", "sketch")
    rows = rows.select("narrow", "wide", "limit", shingle=rows.sketch.unnest())
    # Of the sketches, only these are kept in memory by single shingles; the others pass by.
    known = numbered_shapes.semi_join(pairs, numbered_shapes.number == pairs.narrow)
    known = known.select(narrow="number", shingle=known.sketch.unnest()).mutate(is_common=True)
    rows = rows.filter(rows.shingle <= rows["limit"]).left_join(known, ["narrow", "shingle"])
    found = rows.group_by("narrow", "wide").agg(
        wide_size=rows.count(), common=rows.is_common.count()
    )
    return found.filter(found.common > 0)


def alike(
    candidates: Table, shapes: Table, module_names: Table, modules: Table, part: Part = WHOLE
) -> Table:
    """Give the candidates that are alike: shape_a < shape_b, similarity, a_in_b, b_in_a, akin.

    Shapes that are not very much alike are akin where a module of each has the same name or the
    same item, be it a draft. A ``part`` of the candidates is in memory alone, and no two parts
    have one of them.
    """
    ordered = numbered(shapes)
    found = compared(candidates, ordered, part)
    size = ordered.sketch.length()
    narrow = ordered.select("compared_by", narrow="number", narrow_shape="shape", narrow_size=size)
    wide = ordered.select(wide="number", wide_shape="shape")
    rows = found.inner_join(narrow, "narrow").inner_join(wide, "wide")
    turned = rows.narrow_shape > rows.wide_shape
    common = rows.common.cast("float64")
    in_wide, in_narrow = common / rows.narrow_size, common / rows.wide_size
    rows = rows.select(
        "compared_by",
        shape_a=ibis.least(rows.narrow_shape, rows.wide_shape),
        shape_b=ibis.greatest(rows.narrow_shape, rows.wide_shape),
        similarity=common / (rows.narrow_size + rows.wide_size - rows.common),
        a_in_b=ibis.ifelse(turned, in_narrow, in_wide),
        b_in_a=ibis.ifelse(turned, in_wide, in_narrow),
    )
    rows = rows.filter(rows.similarity >= least_similarity(rows)).drop("compared_by")
    related = _related(rows.filter(rows.similarity < AKIN), _labels(module_names, modules))
    rows = rows.left_join(related, ["shape_a", "shape_b"])
    return rows.select(
        "shape_a",
        "shape_b",
        "similarity",
        "a_in_b",
        "b_in_a",
        akin=(rows.similarity >= AKIN) | rows.is_related.notnull(),
    )


def _labels(module_names: Table, modules: Table) -> Table:
    """Give the names and items of the modules of each shape, distinct."""
    known = modules.select("wiki_db", "page_id", "item_id")
    rows = module_names.inner_join(known, ["wiki_db", "page_id"])
    items = rows.filter(rows.item_id.notnull())
    # A name never begins with a blank.
    items = items.select("shape", label=ibis.literal(" ") + items.item_id)
    return rows.select("shape", label="name").union(items, distinct=True)


def _related(pairs: Table, labels: Table) -> Table:
    """Give the pairs of shapes that have a label in common."""
    rows = pairs.select("shape_a", "shape_b").inner_join(labels.rename(shape_a="shape"), "shape_a")
    rows = rows.semi_join(labels.rename(shape_b="shape"), ["shape_b", "label"])
    return rows.select("shape_a", "shape_b").distinct().mutate(is_related=True)
