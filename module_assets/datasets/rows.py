"""What datasets have in common: the key of a module, and how something is looked up for rows."""

from collections.abc import Sequence

from ibis import Table

MODULE = ["wiki_db", "page_id"]
"""What one module is told from all others by."""


def looked_up(rows: Table, found: Table, key: Sequence[str]) -> Table:
    """Add the columns of ``found``, which has at most one row a key; NULL where it has none."""
    return rows.left_join(found, key).drop(*(f"{name}_right" for name in key))
