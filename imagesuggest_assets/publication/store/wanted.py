"""What the readers' store should hold of a snapshot, and a digest of each page of it, by which is
found what changed. Computed on either engine; compared elsewhere.
"""

from collections.abc import Callable

import ibis
from ibis import Table, Value
from ibis.expr.types import IntegerValue

from imagesuggest_assets.publication.store.difference import PAGE, SUGGESTION
from resources.stores.store import INT_MAX

Hashed = Callable[[Value], IntegerValue]
"""Gives a number for a value, as Engine.hashed does."""


@ibis.udf.agg.builtin
def bit_xor(value: int) -> int:  # type: ignore[empty-body]
    """Combine numbers in any order; both engines call it this."""


def wanted_rows(filtered_suggestions: Table, item_claims: Table, hashed: Hashed) -> Table:
    """Give what a store should hold: one row a page and file, with all of its page.

    ``digest`` is another number when anything of the row is another.
    """
    rows = filtered_suggestions
    classes = item_claims.filter(item_claims.property == "P31")
    classes = classes.semi_join(rows, "item_id").select("item_id", "value").distinct()
    classes = classes.group_by("item_id").agg(
        instance_of=classes.value.collect().sort(), classes=bit_xor(hashed(classes.value))
    )
    rows = rows.left_join(classes, "item_id")
    wanted = rows.select(
        "wiki_db",
        "page_id",
        "title",
        "image",
        "found_on",
        "instance_of",
        "classes",
        page_rev=rows.revision_id,
        page_qid=rows.item_id,
        confidence=rows.confidence.cast("float64"),
        kind=rows.kinds,
    )
    # Lists of classes cost more than all the rest, so that their digest stands for them.
    every = ibis.struct({name: wanted[name] for name in ("title", *SUGGESTION, "classes")})
    # Hashed twice: what a hash makes of a struct may differ in few bits, by which two rows of a
    # page that changed alike would cancel each other out.
    return wanted.mutate(digest=hashed(hashed(every))).drop("classes")


def too_large(wiki: str, page: object, revision: int) -> str:
    """Say why a wiki with such a page can not be loaded."""
    return (
        f"{wiki}: the page {page} has the revision {revision}, and the readers' columns hold "
        f"numbers up to {INT_MAX}"
    )


def page_digests(wanted: Table) -> Table:
    """Sum up the rows of each page: their number, and a digest of all of them."""
    return wanted.group_by(PAGE).agg(rows=wanted.count(), digest=bit_xor(wanted.digest))
