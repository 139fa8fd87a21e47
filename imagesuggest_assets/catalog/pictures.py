"""What a person would rather look at than read: a plot or a small table for a materialization."""

from typing import TYPE_CHECKING, Any

import ibis
from ibis import Table

from graph.pictures import BLUE, GREEN, ORANGE, Compute, bars, funnel, plot
from imagesuggest_assets.catalog.measures import score_of
from resources.io_manager import table_metadata
from resources.versions import Statistics

if TYPE_CHECKING:
    from matplotlib.axes import Axes


WIKIS_SHOWN = 20


SCORE_STEP = 50


def signals(compute: Compute, table: Table, statistics: Statistics) -> dict[str, Any]:
    """Show how many signals there are of each kind, and what left others out."""
    grouped = table.group_by("signal", "left_out").agg(rows=table.count())
    counted = compute(grouped.order_by("signal", "left_out"))
    kept = [row for row in counted if row["left_out"] is None]
    if not counted:
        return {}
    names, values = [row["signal"] for row in kept], [row["rows"] for row in kept]
    left_out = [row for row in counted if row["left_out"] is not None]
    return {
        "plot": plot("Signals", lambda axes: bars(axes, names, values), rows=len(names)),
        **({"left out": table_metadata(left_out)} if left_out else {}),
    }


def tags(compute: Compute, table: Table, statistics: Statistics) -> dict[str, Any]:
    """Show how the scores of each tag are distributed, in steps of 50."""
    rows = table.select("tag", value=table["values"].unnest())
    steps = rows.select("tag", step=((score_of(rows.value) - 1) // SCORE_STEP))
    counted = compute(steps.group_by("tag", "step").agg(rows=steps.count()).order_by("tag", "step"))
    if not counted:
        return {}
    names = sorted({row["tag"] for row in counted})

    def draw(axes: "Axes") -> None:
        below = [0] * (1000 // SCORE_STEP)
        places = [step * SCORE_STEP + SCORE_STEP / 2 for step in range(len(below))]
        for name, colour in zip(names, (BLUE, ORANGE, GREEN), strict=False):
            heights = [0] * len(below)
            for row in counted:
                if row["tag"] == name:
                    heights[row["step"]] = row["rows"]
            axes.bar(places, heights, SCORE_STEP * 0.9, below, color=colour, label=name)
            below = [one + other for one, other in zip(below, heights, strict=True)]
        axes.set_xlabel("score")
        axes.set_ylabel("tag values")
        axes.legend(fontsize=8, frameon=False)

    totals = {name: sum(row["rows"] for row in counted if row["tag"] == name) for name in names}
    return {
        "plot": plot("Scores of the tags", draw, rows=8),
        "values by tag": table_metadata([{"tag": n, "values": v} for n, v in totals.items()]),
    }


def candidates(compute: Compute, table: Table, statistics: Statistics) -> dict[str, Any]:
    """Show the candidates by kinds, and what each condition took out."""
    return {
        **_by_kinds(compute, table, "Candidate images by kinds"),
        **funnel("From signals to candidates", "item and file pairs", statistics, "candidates"),
    }


def articles(compute: Compute, table: Table, statistics: Statistics) -> dict[str, Any]:
    """Show the way from articles to articles without a picture."""
    return funnel("From articles to unillustrated ones", "articles", statistics, "unillustrated")


def suggestions(compute: Compute, table: Table, statistics: Statistics) -> dict[str, Any]:
    """Show suggestions by kinds and confidence, by wiki, and how many articles got some."""
    if not statistics.rows:
        return {}
    by_wiki = table.group_by("wiki_db").agg(
        suggestions=table.count(), articles=(table["rank"] == 1).sum()
    )
    counted = compute(by_wiki.order_by(ibis.desc("suggestions"), "wiki_db"))
    shown = counted[:WIKIS_SHOWN]
    names = [row["wiki_db"] for row in shown]
    values = [row["suggestions"] for row in shown]
    return {
        **_by_kinds(compute, table, "Suggestions by kinds"),
        "plot by wiki": plot(
            "Suggestions by wiki", lambda axes: bars(axes, names, values), rows=len(names)
        ),
        "suggestions by wiki": table_metadata(
            [
                {
                    "wiki": row["wiki_db"],
                    "articles": int(row["articles"]),
                    "suggestions": row["suggestions"],
                }
                for row in counted
            ]
        ),
        **funnel("From pairs to suggestions", "article and file pairs", statistics, "suggested"),
    }


def _by_kinds(compute: Compute, table: Table, title: str) -> dict[str, Any]:
    rows = table.select("confidence", kinds=table.kinds.join(", "))
    counted = compute(
        rows.group_by("kinds", "confidence")
        .agg(rows=rows.count())
        .order_by(ibis.desc("confidence"), ibis.desc("rows"), "kinds")
    )
    if not counted:
        return {}
    short = [row["kinds"].replace("istype-", "") for row in counted]
    names = [f"{name} ({row['confidence']})" for name, row in zip(short, counted, strict=True)]
    values = [row["rows"] for row in counted]
    return {"plot by kinds": plot(title, lambda axes: bars(axes, names, values), rows=len(names))}
