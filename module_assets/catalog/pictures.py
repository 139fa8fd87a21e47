"""What a person would rather look at than read: a plot or a small table for a materialization."""

from typing import TYPE_CHECKING, Any

import ibis
from ibis import Table

from graph.pictures import Compute, bars, plot
from resources.io_manager import table_metadata
from resources.versions import Statistics

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 20
"""Rows of a plot or a table, the largest first."""
STEPS = 10


def modules(compute: Compute, table: Table, statistics: Statistics) -> dict[str, Any]:
    """Show how many modules each wiki has, and how many of them are drafts."""
    by_wiki = table.group_by("wiki_db").agg(
        modules=table.count(), drafts=table.is_draft.sum(), redirects=table.is_redirect.sum()
    )
    counted = compute(by_wiki.order_by(ibis.desc("modules"), "wiki_db"))
    return _barred("Modules by wiki", counted, "wiki_db", "modules")


def similar_shapes(compute: Compute, table: Table, statistics: Statistics) -> dict[str, Any]:
    """Show how similar the pairs are, in steps of a tenth."""
    steps = table.select(step=(table.similarity * STEPS).floor().cast("int64"), akin="akin")
    counted = compute(
        steps.group_by("step").agg(pairs=steps.count(), akin=steps.akin.sum()).order_by("step")
    )
    rows = [
        {
            "similarity": f"{row['step'] / STEPS:.1f}",
            "pairs": int(row["pairs"]),
            "akin": int(row["akin"]),
        }
        for row in counted
    ]
    return _barred("Pairs of shapes by similarity", rows, "similarity", "pairs")


def module_families(compute: Compute, table: Table, statistics: Statistics) -> dict[str, Any]:
    """Show how modules differ from their representatives."""
    counted = compute(
        table.group_by("relation").agg(modules=table.count()).order_by(ibis.desc("modules"))
    )
    return _barred("Modules by relation", counted, "relation", "modules")


def families(compute: Compute, table: Table, statistics: Statistics) -> dict[str, Any]:
    """Show the families that are on the most wikis."""
    order = [ibis.desc("wikis"), ibis.desc("modules"), "family_id"]
    columns = ("family_id", "title", "wikis", "modules", "versions")
    counted = compute(table.order_by(order).limit(SHOWN).select(*columns))
    named = [{"family": f"{row['title']} ({row['family_id']})", **row} for row in counted]
    return _barred("Families on the most wikis", named, "family", "wikis")


def family_scores(compute: Compute, table: Table, statistics: Statistics) -> dict[str, Any]:
    """Show the best families with their scores and how sure their ranks are."""
    columns = ("rank", "rank_best", "rank_worst", "family_id", "score")
    rows = compute(table.order_by("rank").limit(SHOWN).select(*columns))
    return {"best": table_metadata(rows)} if rows else {}


def _barred(title: str, rows: list[dict[str, Any]], name: str, count: str) -> dict[str, Any]:
    """Draw the first rows, and list them."""
    if not rows:
        return {}
    shown = rows[:SHOWN]
    names, values = [str(row[name]) for row in shown], [row[count] for row in shown]

    def draw(axes: "Axes") -> None:
        bars(axes, names, values)

    return {"plot": plot(title, draw, rows=len(names)), title: table_metadata(shown)}
