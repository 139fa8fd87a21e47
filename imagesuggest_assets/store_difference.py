"""What has to change in the readers' store: a snapshot against what the store holds by now.

Ibis expressions alone; where what it holds is known from, and how it is written, is elsewhere.
"""

from collections.abc import Sequence
from typing import NamedTuple

import ibis
from ibis import Table

PAGE = ["wiki_db", "page_id"]
SUGGESTION = ["page_rev", "page_qid", "confidence", "found_on", "kind"]
"""What makes a suggestion another one, besides its page and its file."""


class Held(NamedTuple):
    """What a store holds: its three tables, in the columns of resources.stores.store.DUMPED."""

    suggestions: Table
    title_cache: Table
    instanceof_cache: Table


def wanted_rows(filtered_suggestions: Table, item_claims: Table, wikis: Sequence[str]) -> Table:
    """Give what a store should hold of ``wikis``: one row a page and file, with all of its page."""
    rows = filtered_suggestions.filter(filtered_suggestions.wiki_db.isin(list(wikis)))
    classes = item_claims.filter(item_claims.property == "P31")
    classes = classes.semi_join(rows, "item_id").select("item_id", "value").distinct()
    classes = classes.group_by("item_id").agg(instance_of=classes.value.collect().sort())
    rows = rows.left_join(classes, "item_id")
    return rows.select(
        "wiki_db",
        "page_id",
        "title",
        "image",
        "found_on",
        "instance_of",
        page_rev=rows.revision_id,
        page_qid=rows.item_id,
        confidence=rows.confidence.cast("float64"),
        kind=rows.kinds,
    )


def held_by(wanted: Table) -> Held:
    """Bring rows as of wanted_rows, with the column id if it is known, to the store's tables."""
    return Held(
        wanted.drop("title", "instance_of"),
        wanted.select("wiki_db", "title", "page_id", "page_rev").distinct(),
        _one_a_page(wanted),
    )


def mixed_pages(held: Held) -> Table:
    """Give the keys of pages that have rows of several ids."""
    pages = held.suggestions.group_by(PAGE).agg(ids=held.suggestions.id.nunique())
    return pages.filter(pages.ids > 1).select(*PAGE)


def without(held: Held, pages: Table, titles: Table) -> Held:
    """Leave out what is in doubt: pages by their id, and titles."""
    return Held(
        held.suggestions.anti_join(pages, PAGE),
        held.title_cache.anti_join(pages, PAGE).anti_join(titles, ["wiki_db", "title"]),
        held.instanceof_cache.anti_join(pages, PAGE),
    )


def compared_pages(new: Table, held: Table, doubt: Table) -> Table:
    """Compare suggestions page by page: ``put``, ``remove``, ``fresh``, and the ``id`` it keeps.

    ``doubt`` has the keys of pages that may hold anything; they are not in ``held``. ``fresh`` are
    pages that have no row yet. ``rows`` counts those wanted, ``gone`` those that go.
    """
    rows = _side_by_side(new, held, [*PAGE, "image"], SUGGESTION, more=["id"])
    pages = rows.group_by(PAGE).agg(
        same=rows.same.cast("int64").min(),
        wanted=rows.wanted.cast("int64").max(),
        there=rows.there.cast("int64").max(),
        rows=rows.wanted.cast("int64").sum(),
        gone=(~rows.wanted).cast("int64").sum(),
        id=rows.id.max(),
    )
    pages = _with_doubt(pages, doubt, PAGE)
    return pages.select(
        *PAGE,
        "id",
        rows=pages["rows"].fill_null(0),
        gone=pages.gone.fill_null(0),
        put=(pages.wanted == 1) & (pages.same == 0),
        remove=pages.wanted == 0,
        fresh=(pages.there == 0) & ~pages.doubted,
    )


def compared_cache(new: Table, held: Table, doubt: Table, key: list[str]) -> Table:
    """Compare a cache row by row: its columns, ``put`` and ``remove``; unchanged rows are left out.

    ``doubt`` has the keys of rows that may be there, in whatever form; they are not in ``held``.
    """
    values = [name for name in new.columns if name not in key]
    rows = _side_by_side(new, held, key, values, more=[])
    rows = rows.mutate(
        same=rows.same.cast("int64"),
        wanted=rows.wanted.cast("int64"),
        there=rows.there.cast("int64"),
    )
    rows = _with_doubt(rows, doubt, key)
    rows = rows.mutate(put=(rows.wanted == 1) & (rows.same == 0), remove=rows.wanted == 0)
    return rows.filter(rows.put | rows.remove).select(*key, *values, "put", "remove")


def _side_by_side(
    new: Table, held: Table, key: list[str], values: list[str], more: list[str]
) -> Table:
    """Join what is wanted to what is there: keys, values wanted, and whether they are the same."""
    old = held.select(**{f"old_{name}": held[name] for name in [*key, *values, *more]})
    rows = new.outer_join(old, [new[name] == old[f"old_{name}"] for name in key])
    same = ibis.literal(True)
    for name in values:
        same &= _comparable(rows[name]).identical_to(_comparable(rows[f"old_{name}"]))
    wanted, there = rows[key[0]].notnull(), rows[f"old_{key[0]}"].notnull()
    return rows.select(
        **{name: ibis.coalesce(rows[name], rows[f"old_{name}"]) for name in key},
        **{name: rows[name] for name in values},
        **{name: rows[f"old_{name}"] for name in more},
        same=same & wanted & there,
        wanted=wanted,
        there=there,
    )


def _with_doubt(rows: Table, doubt: Table, key: list[str]) -> Table:
    """Add the keys in doubt that nothing is wanted of, so that they are removed."""
    doubt = doubt.select(*key).distinct().mutate(doubted=ibis.literal(True))
    rows = rows.outer_join(doubt, key)
    return rows.mutate(
        **{name: ibis.coalesce(rows[name], rows[f"{name}_right"]) for name in key},
        wanted=rows.wanted.fill_null(0),
        there=rows.there.fill_null(0),
        same=rows.same.fill_null(0),
        doubted=rows.doubted.fill_null(False),
    ).drop(*(f"{name}_right" for name in key))


def _comparable(value: ibis.Value) -> ibis.Value:
    """Sets are compared as sorted text: engines differ in how they compare arrays, and in NULLs."""
    if value.type().is_array():
        return value.sort().join("|").fill_null("")
    return value


def _one_a_page(wanted: Table) -> Table:
    """Give a row a page. Not by distinct(): not every engine tells arrays apart."""
    window = ibis.window(group_by=PAGE, order_by="image")
    first = wanted.mutate(place=ibis.row_number().over(window))
    return first.filter(first.place == 0).select(*PAGE, "page_rev", "instance_of")
