"""How a materialization is drawn: plots as images inside Markdown, and what every graph shows of
its manifest and its gate.
"""

import base64
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg
from ibis import Table

from graph.declared import PUBLISHED, STATES
from resources.io_manager import table_metadata
from resources.versions import Statistics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Compute = Callable[[Table], list[dict[str, Any]]]

BLUE, ORANGE, GREEN, GREY = "#3366cc", "#ac6600", "#14866d", "#a2a9b1"
"""Colours of Wikimedia's design system, legible on white and apart for colour-blind eyes."""
WIDE = 5.0
"""Inches of a plot, without its labels."""
LETTER = 0.085
"""Inches that a letter of a label is wide, at most on average. To have Matplotlib find room for the
labels would cost as much as all the drawing."""


def funnel(title: str, what: str, statistics: Statistics, left: str) -> dict[str, Any]:
    """Show what each condition of a Selection took out, from ``what`` to what is ``left``."""
    total = sum(statistics.candidates.values())
    if not total:
        return {}
    taken = {name: sum(by_wiki.values()) for name, by_wiki in statistics.taken_out.items()}
    rest = total - sum(taken.values())
    steps = [what, *taken, left]
    lengths = [total, *taken.values(), rest]
    starts, at = [0], total
    for count in taken.values():
        at -= count
        starts.append(at)
    starts.append(0)
    colours = [GREY, *([ORANGE] * len(taken)), BLUE]

    def draw(axes: "Axes") -> None:
        bars(axes, steps, lengths, starts, colours)

    return {"plot of what was taken out": plot(title, draw, rows=len(steps))}


def bars(
    axes: "Axes",
    names: Sequence[str],
    values: Sequence[int],
    starts: Sequence[int] | None = None,
    colours: Sequence[str] | str = BLUE,
) -> None:
    """Draw horizontal bars, the first on top, each with its value beside it."""
    places = range(len(names))
    starts = starts or [0] * len(names)
    axes.barh(places, values, left=starts, color=colours, height=0.7)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.margins(x=0.18)
    for place, start, value in zip(places, starts, values, strict=True):
        axes.annotate(
            f"{value:,}", (start + value, place), (4, 0), textcoords="offset points", va="center"
        )


def manifest(compute: Compute, table: Table, statistics: Statistics) -> dict[str, Any]:
    """Show which dump of each source was chosen, and how big it is."""
    counted = compute(
        table.group_by("source", "dump_date")
        .agg(files=table.count(), bytes=table.bytes.sum(), with_sha1=table.sha1.count())
        .order_by("source")
    )
    rows = [
        {
            "source": row["source"],
            "dump": row["dump_date"],
            "files": row["files"],
            "bytes": int(row["bytes"]),
            "verified by sha1": row["with_sha1"],
        }
        for row in counted
    ]
    return {"sources": table_metadata(rows)} if rows else {}


def publishable(compute: Compute, table: Table, statistics: Statistics) -> dict[str, Any]:
    """Show how many wikis go out, and why the others do not."""
    rows = compute(table.order_by("wiki_db"))
    counts = {state: sum(row["state"] == state for row in rows) for state in STATES}
    shown = [
        {"wiki": row["wiki_db"], "state": row["state"], "reason": row["reason"]}
        for row in rows
        if row["state"] != PUBLISHED
    ]
    return {**counts, **({"not simply published": table_metadata(shown)} if shown else {})}


def grid(title: str, draws: Sequence[Callable[["Axes"], None]]) -> dg.MarkdownMetadataValue:
    """Draw small figures side by side, three in a row, as an image inside Markdown."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    across = min(len(draws), 3)
    down = -(-len(draws) // across)
    wide, high = 0.9 + 3.2 * across, 0.5 + 2.2 * down
    figure = Figure(figsize=(wide, high))
    FigureCanvasAgg(figure)
    figure.subplots_adjust(
        left=0.8 / wide, right=1 - 0.1 / wide, bottom=0.3 / high, top=1 - 0.7 / high
    )
    figure.subplots_adjust(wspace=0.28, hspace=0.35)
    for place, draw in enumerate(draws, start=1):
        axes = figure.add_subplot(down, across, place)
        draw(axes)
        axes.spines[["top", "right"]].set_visible(False)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.tick_params(labelsize=7)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    return _image(title, figure)


def plot(title: str, draw: Callable[["Axes"], None], rows: int) -> dg.MarkdownMetadataValue:
    """Draw a figure for the UI, high enough for ``rows`` bars, as an image inside Markdown."""
    return _image(title, figure_of(title, draw, rows))


def figure_of(title: str, draw: Callable[["Axes"], None], rows: int) -> "Figure":
    """Draw a figure; see plot()."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    draw(axes)
    letters = max(8, *(len(label.get_text()) for label in axes.get_yticklabels()))
    left = LETTER * letters + (0.5 if axes.get_ylabel() else 0.2)
    bottom = 0.55 if axes.get_xlabel() else 0.3
    wide, high = left + WIDE, 1 + 0.36 * rows
    figure.set_size_inches(wide, high)
    figure.subplots_adjust(
        left=left / wide, right=1 - 0.15 / wide, bottom=bottom / high, top=1 - 0.35 / high
    )
    axes.locator_params(axis="x", nbins=6)
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    return figure


def _image(title: str, figure: "Figure") -> dg.MarkdownMetadataValue:
    text = base64.b64encode(webp(figure)).decode()
    return dg.MetadataValue.md(f"![{title}](data:image/webp;base64,{text})")


def webp(figure: "Figure") -> bytes:
    """Give a figure as an image."""
    image = io.BytesIO()
    # A third of a PNG, and Dagster keeps each several times. Fewer colours would lose small marks.
    # Without loss, quality is how long it looks for a smaller file, which finds none here.
    figure.savefig(image, format="webp", dpi=110, pil_kwargs={"lossless": True, "quality": 0})
    return image.getvalue()
