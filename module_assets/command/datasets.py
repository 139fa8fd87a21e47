"""`modules datasets`: which datasets there are."""

import click


@click.command()
def datasets() -> None:
    """List the datasets, with their columns and what they mean."""
    from graph.terminal.rows import datasets_table
    from module_assets.catalog.asset import CATALOG

    datasets_table(CATALOG)
