"""The options by which lists are filtered, and how rows and a snapshot are shown alike."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from module_assets.answers.published import Published
    from module_assets.scores import Feature

KINDS = ("code", "data")
POINTS = 4
"""Of a score, a letter of its bar."""
Command = Callable[..., Any]


def filters(command: Command) -> Command:
    """Give a command the options by which lists are filtered."""
    options = (
        click.option("--project", default="", help="Only of this project, such as wikipedia."),
        click.option("--language", default="", help="Only of wikis in this language, such as pt."),
        click.option("--wiki", default="", help="Only of this wiki, such as ptwiki."),
        click.option("--kind", default="", type=click.Choice(["", *KINDS]), help="code or data."),
        click.option(
            "--min-wikis",
            "least_wikis",
            default=0,
            type=click.IntRange(0),
            help="Only what is on so many wikis.",
        ),
        click.option("--title", default="", help="Only where this is part of the title."),
        click.option("--new", is_flag=True, help="Only what the snapshot before did not have."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@contextmanager
def opened(lake: str, snapshot: str | None) -> "Iterator[Published]":
    """Open the snapshot that is shown; say on standard error what of it is held back."""
    from module_assets.answers.published import published
    from module_assets.settings import Settings
    from resources.lake import Lake
    from resources.wording import several

    settings = Settings.from_environment(lake=lake)
    with published(Lake(settings.lake, settings.scratch), snapshot, settings.memory) as there:
        if there.held:
            told = several([f"{wiki}: {why}" for wiki, why in there.held.items()], 3)
            click.echo(
                f"{there.key} is not let through of {len(there.held)} wikis: {told}", err=True
            )
        yield there


def with_bars(
    rows: Sequence[Mapping[str, Any]], features: "Sequence[Feature]"
) -> list[dict[str, Any]]:
    """Draw the contributions to each score as one bar, a letter for each feature."""
    from module_assets.answers.lists import CONTRIBUTION

    drawn = []
    for row in rows:
        bar = "".join(
            each.name[0] * round((row[f"{CONTRIBUTION}{each.name}"] or 0.0) / POINTS)
            for each in features
        )
        kept = {name: value for name, value in row.items() if not name.startswith(CONTRIBUTION)}
        drawn.append({**kept, "contributions": bar})
    return drawn


def write(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], form: str) -> None:
    """Write rows to standard output; of none that there is none."""
    from graph.terminal.rows import write_rows

    if not rows and form == "table":
        click.echo("nothing is like that", err=True)
        return
    write_rows(rows, columns, form, sys.stdout)
