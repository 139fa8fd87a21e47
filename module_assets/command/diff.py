"""`modules diff`: how two modules differ. What is compared is known in answers/differences.py."""

import sys

import click

from graph.terminal.options import snapshot_option
from module_assets.command.options import lake_option
from module_assets.command.wanted import opened

VIEWS = ("written", "code", "structure")


@click.command()
@click.argument("first", metavar="MODULE")
@click.argument("second", metavar="MODULE")
@click.option(
    "--view",
    default="written",
    show_default=True,
    type=click.Choice(VIEWS),
    help="As written, without comments and layout, or without names and literals, too.",
)
@snapshot_option
@lake_option
def diff(first: str, second: str, view: str, snapshot: str | None, lake: str) -> None:
    """Show how two modules differ, each WIKI/PAGE_ID or WIKI:TITLE, as a unified diff.

    Exit code 0 where they are the same in this view, 1 where they differ.
    """
    from module_assets.answers.differences import VIEWS as KNOWN
    from module_assets.answers.differences import difference
    from module_assets.answers.modules import texts_named

    with opened(lake, snapshot) as there:
        (a, one), (b, other) = texts_named(there, first, second)
    chosen = next(each for each in KNOWN if each == view)
    lines = difference(one, other, (a, b), chosen)
    for line in lines:
        click.echo(line)
    sys.exit(1 if lines else 0)
