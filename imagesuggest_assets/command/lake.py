"""`imagesuggest lake`: what is done to the lake itself."""

from pathlib import Path

import click

from imagesuggest_assets.command.options import lake_option
from imagesuggest_assets.settings import Settings
from resources.addresses import is_address
from resources.errors import UserError


@click.group()
def lake() -> None:
    """Look after the folder that datasets are kept in."""


@lake.command("convert")
@lake_option
def convert(lake: str) -> None:
    """Give a lake from before partitions had versions the layout of now.

    Nothing is copied: files are moved within the lake. End the UI, the daemon and all runs before.
    Killed, it goes on where it was when it is run again.
    """
    from resources.conversion import convert_lake

    settings = Settings.from_environment(lake=lake)
    converted = 0
    if is_address(settings.lake):
        raise UserError(f"{settings.lake}: no lake at an address has the layout of before")
    for says in convert_lake(Path(settings.lake).absolute()):
        click.echo(says)
        converted += 1
    told = f"{converted} partitions converted" if converted else "there is nothing to convert"
    click.echo(f"{settings.lake}: {told}")
