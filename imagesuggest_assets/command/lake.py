"""`imagesuggest lake`: what is done to the lake itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graph.terminal.options import out
from imagesuggest_assets.command.options import lake_option, rules_option, setting
from imagesuggest_assets.settings import Settings
from resources.addresses import is_address
from resources.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from imagesuggest_assets.publication.retention import Old


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


@lake.command("expire")
@setting("keep_days", "DAYS", "How old data may get; without it 45, 0 keeps all.")
@click.option("--dry-run", is_flag=True, help="List what would go and why the rest stays.")
@lake_option
@rules_option
def expire(keep_days: str, dry_run: bool, lake: str, rules: str) -> None:
    """Remove partitions that are older than IMAGESUGGEST_KEEP_DAYS, and list them.

    Runs and the UI's daemon do this by themselves. A partition is old when its snapshot's date and
    the day on which it was written are both so long ago. Whatever its age, that stays which is
    published of any wiki, or would be put back if that is held; which counts are compared with, or
    somebody has decided about; and feedback that no newer partition holds. What a run works on
    waits. In a metastore the tables' partitions go first.
    """
    from contextlib import closing
    from datetime import UTC, datetime

    from imagesuggest_assets.definitions import build_rules
    from imagesuggest_assets.publication.old_data import remove_old_data
    from imagesuggest_assets.publication.retention import find_old
    from resources.instance import open_instance
    from resources.lake import Lake

    settings = Settings.from_environment(keep_days=keep_days, lake=lake, rules=rules)
    with closing(Lake(settings.lake, settings.scratch)) as here:
        wanted = build_rules(settings)
        old = find_old(here, wanted, settings.keep_days, datetime.now(UTC))
        if not old:
            click.echo(f"{settings.lake}: nothing is older than {settings.keep_days} days")
            return
        out().print(_table(old))
        if dry_run:
            return
        with open_instance() as instance:
            removed = remove_old_data(instance, here, wanted, settings, float("inf"))
    for snapshot, why in removed.problems.items():
        click.echo(f"{snapshot}: {why}")
    size = sum(each.bytes for each in removed.partitions)
    click.echo(f"{settings.lake}: {len(removed.partitions)} partitions removed, {size:,} bytes")


def _table(old: "Sequence[Old]") -> "Table":
    """Make the table of what goes and what stays: a line a snapshot and reason."""
    from rich.table import Table

    table = Table(title="Old partitions", title_justify="left")
    for heading in ("snapshot", "what becomes of it", "datasets"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "snapshot")
    table.add_column("bytes", justify="right")
    for snapshot, stays in sorted({(each.snapshot, each.stays) for each in old}):
        some = [each for each in old if (each.snapshot, each.stays) == (snapshot, stays)]
        table.add_row(
            snapshot,
            f"stays: {stays}" if stays else "goes",
            ", ".join(each.dataset for each in some),
            f"{sum(each.bytes for each in some):,}",
        )
    return table
