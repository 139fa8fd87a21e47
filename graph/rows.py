"""What datasets of every graph do with rows. No dataset is known here, and no rule."""

from collections.abc import Sequence
from typing import Any

import ibis
from ibis import Deferred, Table, Value
from ibis.expr.types import IntegerValue


def looked_up(rows: Table, found: Table, key: Sequence[str]) -> Table:
    """Add the columns of ``found``, which has at most one row a key; NULL where it has none."""
    return rows.left_join(found, key).drop(*(f"{name}_right" for name in key))


def places(
    group_by: str | Sequence[str], order_by: Sequence[Value | Deferred | str]
) -> IntegerValue:
    """Number the rows of each group from 1 on.

    Ibis's own counts from 0, by an arithmetic that Spark does not see through: where only the first
    few of each group are kept, it drops the others before they are sent to be sorted.
    """
    to_here = ibis.window(group_by=group_by, order_by=order_by, rows=(None, 0))
    placed: IntegerValue = _row_number().over(to_here)
    return placed


@ibis.udf.agg.builtin(name="row_number", signature=((), "int64"))
def _row_number() -> Any:
    """What every engine has."""
