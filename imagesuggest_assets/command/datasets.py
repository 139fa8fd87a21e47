"""`imagesuggest datasets`: which datasets there are."""

import click


@click.command()
def datasets() -> None:
    """List the datasets, with their columns and what they mean."""
    from imagesuggest_assets.command.rows import datasets_table

    datasets_table()
