"""`modules functions`: functions that several wikis have. They are found in answers/lists.py."""

import click

from graph.terminal.options import format_option, limit_option, snapshot_option
from module_assets.command.options import lake_option
from module_assets.command.wanted import filters, opened, write

COLUMNS = ("name", "tokens", "wikis", "families", "modules", "functions", "versions", "shape")


@click.command()
@filters
@snapshot_option
@limit_option
@format_option
@lake_option
def functions(
    project: str,
    language: str,
    wiki: str,
    kind: str,
    least_wikis: int,
    title: str,
    new: bool,
    snapshot: str | None,
    limit: int,
    form: str,
    lake: str,
) -> None:
    """List functions that are on several wikis, whatever their names and strings: what a library of
    functions for all wikis could hold. `--title` is part of the function's name here.
    """
    from module_assets.answers import lists

    wanted = lists.Wanted(project, language, wiki, kind, title, least_wikis, new, limit)
    with opened(lake, snapshot) as there:
        rows = lists.functions(there, wanted)
    write(rows, COLUMNS, form)
