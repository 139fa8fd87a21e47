"""`modules export`: everything as CSV or JSON, a family as an archive of `.lua` files."""

import sys
from pathlib import Path
from typing import Any

import click

from graph.terminal.options import snapshot_option
from module_assets.command.options import lake_option, weights_option
from module_assets.command.wanted import opened


@click.command()
@click.argument("what", metavar="families|modules|functions|WIKI/PAGE_ID")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@weights_option("the features of what is exported")
@click.option(
    "--format",
    "form",
    default="csv",
    show_default=True,
    type=click.Choice(["csv", "json"]),
    help="Of a list: CSV, or JSON with one row a line.",
)
@snapshot_option
@lake_option
def export(
    what: str, file: Path | None, weights: str, form: str, snapshot: str | None, lake: str
) -> None:
    """Write a whole list to FILE or standard output, or the family of a module to FILE as a zip of
    its texts, with the credits of each.
    """
    from module_assets.answers import lists
    from module_assets.answers.archive import write_archive
    from module_assets.answers.family import family_of
    from module_assets.answers.modules import module_named
    from module_assets.scores import FAMILY_FEATURES, MODULE_FEATURES, weights_of

    with opened(lake, snapshot) as there:
        if what == "families":
            chosen = weights_of(weights, FAMILY_FEATURES)
            rows = lists.families(there, lists.Wanted(), chosen)
        elif what == "modules":
            chosen = weights_of(weights, MODULE_FEATURES)
            rows = lists.modules(there, lists.Wanted(), chosen)
        elif what == "functions":
            rows = lists.functions(there, lists.Wanted())
        else:
            family_id = family_of(there, *module_named(there, what))
            if file is None:
                raise click.UsageError("name the zip file that the family is to be written to")
            count = write_archive(there, family_id, file)
            click.echo(f"{file}: {count:,} modules of the family {family_id}", err=True)
            return
    _write(rows, file, form)


def _write(rows: list[dict[str, Any]], file: Path | None, form: str) -> None:
    from graph.terminal.rows import write_rows
    from resources.disk import replacing

    columns = list(rows[0]) if rows else []
    if file is None:
        write_rows(rows, columns, form, sys.stdout)
        return
    with replacing(file) as aside, aside.open("w", encoding="utf-8", newline="") as to:
        write_rows(rows, columns, form, to)
    click.echo(f"{file}: {len(rows):,} rows", err=True)
