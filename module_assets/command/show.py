"""`modules show`: rows of a dataset. How they are laid out is in graph/terminal/rows.py."""

import sys

import click

from graph.terminal.options import format_option, limit_option, snapshot_option
from module_assets.catalog.datasets import DATASETS
from module_assets.command.options import lake_option
from module_assets.settings import Settings


@click.command()
@click.argument("dataset", type=click.Choice(list(DATASETS)), metavar="DATASET")
@snapshot_option
@click.option("--wiki", default=None, help="Only rows of this wiki.")
@limit_option
@format_option
@lake_option
def show(
    dataset: str, snapshot: str | None, wiki: str | None, limit: int, form: str, lake: str
) -> None:
    """Show rows of DATASET, best first. `modules datasets` says which there are."""
    from graph.terminal.rows import rows_of, write_rows
    from module_assets.catalog.asset import CATALOG
    from resources.lake import Lake

    settings = Settings.from_environment(lake=lake)
    here = Lake(settings.lake, settings.scratch)
    _, rows = rows_of(CATALOG, here, dataset, snapshot, wiki, limit)
    write_rows(rows, DATASETS[dataset].column_names, form, sys.stdout)
