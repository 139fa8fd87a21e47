"""How measured confidence is shown: its rows as people read them, and the plot of its shares."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ibis import Table

from graph.pictures import BLUE, ORANGE, Compute, figure_of, plot, webp
from imagesuggest_assets.catalog.judgements import SAMPLE
from resources.io_manager import table_metadata
from resources.versions import Statistics

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHARES, SHARES_SHOWN = "Measured confidence", 30


def measured(compute: Compute, table: Table, statistics: Statistics) -> dict[str, Any]:
    """Show which shares of a sample fit, with their intervals, beside the rules' numbers."""
    rows = compute(table.filter(table.scope == SAMPLE))
    drawn = shares_drawn(rows)
    if not drawn:
        return {}
    return {
        "plot": plot(SHARES, lambda axes: _intervals(axes, drawn), rows=len(drawn)),
        "measured": table_metadata([confidence_cells(row) for row in drawn]),
    }


def shares_drawn(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Choose what is drawn of rows of `measured_confidence`: of a sample, those of exact kinds that
    have a share; over all first, then by wiki, the most rated first.
    """
    there = [
        row for row in rows if row["scope"] == SAMPLE and row["exact"] and row["share"] is not None
    ]
    there.sort(
        key=lambda row: (
            row["wiki_db"] or "",
            -(row["good"] + row["bad"]),
            row["kinds"],
        )
    )
    return there[:SHARES_SHOWN]


def confidence_cells(row: dict[str, Any]) -> dict[str, Any]:
    """Write a row of `measured_confidence` as people read it; shares in percent."""
    in_percent = {
        name: "" if row[name] is None else f"{100 * row[name]:.1f}"
        for name in ("share", "low", "high")
    }
    return {
        "wiki": row["wiki_db"] or "all",
        "kinds": ("" if row["exact"] else "any with ") + kinds_told(row["kinds"]),
        "scope": row["scope"],
        "good": row["good"],
        "bad": row["bad"],
        "undecided": row["undecided"],
        **in_percent,
        "rule": row["rule"],
        "step": "" if row["step"] is None else str(row["step"]),
        "from": row["from"] or "",
        "needed": "" if row["needed"] is None else f"{row['needed']:,}",
    }


def kinds_told(kinds: Sequence[str]) -> str:
    """Write kinds in short."""
    return ", ".join(kind.removeprefix("istype-") for kind in kinds)


def confidence_image(rows: Sequence[dict[str, Any]]) -> bytes:
    """Draw rows of `measured_confidence` as WebP; see shares_drawn(), which may not be empty."""
    drawn = shares_drawn(rows)
    return webp(figure_of(SHARES, lambda axes: _intervals(axes, drawn), rows=len(drawn)))


def _intervals(axes: "Axes", rows: Sequence[dict[str, Any]]) -> None:
    """Draw each share as a dot within its interval, and the rule's number as a bar."""
    places = range(len(rows))
    names = [
        f"{row['wiki_db'] or 'all'}: {kinds_told(row['kinds'])} ({row['good'] + row['bad']:,})"
        for row in rows
    ]
    shares = [100 * row["share"] for row in rows]
    below = [100 * (row["share"] - row["low"]) for row in rows]
    above = [100 * (row["high"] - row["share"]) for row in rows]
    axes.errorbar(shares, places, xerr=[below, above], fmt="o", color=BLUE, capsize=3)
    axes.plot([row["rule"] for row in rows], places, "|", color=ORANGE, ms=16, mew=3)
    axes.set_yticks(places, names)
    # A dot at either end is a whole one.
    axes.set_xlim(-2, 102)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel("percent that fit, with 95 % intervals; the rules' numbers as bars")
