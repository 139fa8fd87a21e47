"""What checks show alike: histories with their bounds, and what the pager is to tell of a failure.

Nothing is judged here.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import dagster as dg

from graph.pictures import BLUE, GREY, ORANGE, grid
from resources.io_manager import table_metadata

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAGES = "imagesuggest/pages"
"""The metadata of a check that says that its failures page."""
PROBLEMS = "problems"
"""The metadata of a result in which the pager finds what fails, wiki by wiki, the worst first."""
PLOTTED = 6
RED = "#b32424"


def problem(wiki: str, says: str, *, error: bool, weight: float = 0.0) -> dict[str, Any]:
    """Write down one thing that fails: of which wiki (or ``""``), a sentence, how bad it is."""
    return {
        "wiki": wiki,
        "severity": "ERROR" if error else "WARN",
        "says": says,
        "weight": weight,
    }


def problems(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Give the metadata that tells the pager what fails."""
    return {PROBLEMS: dg.MetadataValue.json(list(found))}


class Compared(Protocol):
    """A count with its history."""

    @property
    def called(self) -> str:
        """What is counted."""

    @property
    def measure(self) -> str:
        """By what measure."""

    @property
    def found(self) -> int:
        """How many there are now."""

    @property
    def history(self) -> tuple[tuple[str, int], ...]:
        """How many there were in each snapshot, oldest first."""

    @property
    def median(self) -> float | None:
        """The median of its history."""

    @property
    def warn(self) -> tuple[float, float] | None:
        """The range outside of which it warns."""

    @property
    def error(self) -> tuple[float, float] | None:
        """The range outside of which it is an ERROR."""

    @property
    def severity(self) -> str | None:
        """How it was judged."""


def history(counts: Sequence[Compared]) -> dict[str, Any]:
    """Show the histories of the worst counts; nothing where there is no history."""
    shown = counts[:PLOTTED]
    if not shown:
        return {}
    keys = sorted({key for count in shown for key, _ in count.history})
    rows = []
    for count in shown:
        values = dict(count.history)
        cells = {key: f"{values[key]:,}" if key in values else "" for key in keys}
        rows.append(
            {"count": f"{count.called} ({count.measure})", **cells, "now": f"{count.found:,}"}
        )
    title = "Now, and the snapshots before"
    draws = [partial(_draw, count=count) for count in shown]
    return {"history": table_metadata(rows), "plot of the history": grid(title, draws)}


def _draw(axes: "Axes", count: Compared) -> None:
    """Draw a history as a line, its bounds as bands, and what is there now as a dot."""
    if count.warn is None or count.error is None or count.median is None:
        return
    places = range(len(count.history))
    last = len(count.history)
    axes.axhspan(*count.error, color=GREY, alpha=0.25, lw=0)
    axes.axhspan(*count.warn, color=GREY, alpha=0.35, lw=0)
    axes.axhline(count.median, color=GREY, lw=1)
    axes.plot(places, [value for _, value in count.history], color=BLUE, marker="o", ms=4)
    colour = {"ERROR": RED, "WARN": ORANGE}.get(count.severity or "", BLUE)
    axes.plot([last], [count.found], color=colour, marker="D", ms=7)
    axes.set_xticks([*places, last], [*(key[5:] for key, _ in count.history), "now"], fontsize=7)
    axes.set_ylim(
        bottom=0, top=1.1 * max(count.error[1], count.found, *dict(count.history).values())
    )
    axes.set_title(f"{count.measure.split(' by ')[0]}: {count.called}", loc="left", fontsize=8)
