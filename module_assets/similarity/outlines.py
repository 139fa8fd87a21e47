"""Which candidates can not be alike, told by a few numbers of each shape: most of them, so that
hardly any sketches have to be compared.

Nothing that is alike is lost: what is told is the most that two sketches can have in common, and
the least that they have together.
"""

from collections.abc import Iterable
from functools import reduce
from operator import add

import ibis
from ibis import Table
from ibis.expr.types import FloatingValue, IntegerValue

from module_assets.code.analysis import STRUCTURE
from module_assets.code.sketches import LEAST_SHINGLES, SKETCH

WORDS, BITS = 64, 63
"""Each shingle is marked by one bit of so many integers, which leave the bit of the sign alone: an
eighth of all bits for 512 shingles."""
STEPS = 8
"""It is known how far each eighth of a sketch reaches."""
_NO_LIMIT = (1 << 63) - 1
ALIKE_BY_STRUCTURE, ALIKE_BY_TEXT = 0.3, 0.5
_WORD_BITS = (WORDS - 1).bit_length()
_ROUNDING = 1e-6


def least_similarity(shapes: Table) -> FloatingValue:
    """From which similarity on shapes are alike."""
    return ibis.ifelse(shapes.compared_by == STRUCTURE, ALIKE_BY_STRUCTURE, ALIKE_BY_TEXT)


def last_counted(shapes: Table) -> IntegerValue:
    """The last shingle of a sketch that is cut off; without others at the end, none is too high."""
    return ibis.ifelse(shapes.shingles > SKETCH, shapes.sketch[SKETCH - 1], _NO_LIMIT)


@ibis.udf.scalar.builtin(signature=(("int64",), "int8"))
def bit_count(value: int) -> int:  # type: ignore[empty-body]
    """Count the bits that are 1."""


@ibis.udf.agg.builtin(signature=(("int64",), "int64"))
def bit_or(value: int) -> int:  # type: ignore[empty-body]
    """Give the bits that are 1 in any of the values."""


def outlines(numbered_shapes: Table) -> Table:
    """Give of each shape that has bands its ``number``, ``size`` of its sketch, ``limit`` (the last
    shingle of a sketch that is cut off), ``least`` similarity, ``hidden`` (shingles whose mark is
    another's, too), marks and steps.
    """
    shapes = numbered_shapes.filter(numbered_shapes.shingles >= LEAST_SHINGLES)
    size = shapes.sketch.length()
    ends = {n: (n * size // STEPS - 1).cast("int32") for n in range(1, STEPS + 1)}
    known = shapes.select(
        "number",
        size=size,
        limit=last_counted(shapes),
        least=least_similarity(shapes),
        **{f"step{n}": shapes.sketch[end] for n, end in ends.items()},
    )
    rows = shapes.select("number", shingle=shapes.sketch.unnest())
    # Spark would shift 32 bits if the 1 were not told to have 64.
    bit = ibis.literal(1, "int8").cast("int64") << (rows.shingle >> _WORD_BITS) % BITS
    words = rows.group_by("number", word=rows.shingle % WORDS).agg(bits=bit_or(bit))
    marks = {f"mark{n}": words.bits.max(where=words.word == n) for n in range(WORDS)}
    marked = words.group_by("number").agg(**marks)
    marked = marked.mutate(**{name: marked[name].fill_null(0) for name in marks})
    rows = known.inner_join(marked, "number")
    return rows.mutate(hidden=rows["size"] - _sum(_bits(rows[name]) for name in marks))


def perhaps_alike(candidates: Table, outlines: Table) -> Table:
    """Leave out the candidates that can not be alike. Gives ``first`` and ``second``, as before."""
    first = outlines.rename({f"first_{name}": name for name in outlines.columns})
    second = outlines.rename({f"second_{name}": name for name in outlines.columns})
    rows = candidates.inner_join(first, candidates["first"] == first["first_number"])
    rows = rows.inner_join(second, rows["second"] == second["second_number"])
    limit = ibis.least(rows.first_limit, rows.second_limit)

    def up_to_limit(which: str) -> IntegerValue:
        """At least so many shingles of a sketch count."""
        steps = _sum((rows[f"{which}_step{n}"] <= limit).cast("int32") for n in range(1, STEPS + 1))
        return (steps * rows[f"{which}_size"] / STEPS).floor()

    marks = _sum(_bits(rows[f"first_mark{n}"] & rows[f"second_mark{n}"]) for n in range(WORDS))
    common = marks + ibis.least(rows.first_hidden, rows.second_hidden)
    one, other, least = up_to_limit("first"), up_to_limit("second"), rows.first_least
    # common / max(one, other, one + other - common) >= least, so that a database computes what is
    # common once; it is a whole number, of which no rounding may take any.
    enough = ibis.greatest(least * one, least * other, least / (1 + least) * (one + other))
    return rows.filter(common >= enough - _ROUNDING).select("first", "second")


def _bits(value: IntegerValue) -> IntegerValue:
    return bit_count(value).cast("int32")


def _sum(values: Iterable[IntegerValue]) -> IntegerValue:
    return reduce(add, values)
