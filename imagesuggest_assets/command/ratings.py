"""`imagesuggest ratings`: ratings that were made elsewhere; they are read in elsewhere.py."""

from contextlib import closing
from pathlib import Path

import click

from imagesuggest_assets.command.options import lake_option
from imagesuggest_assets.settings import Settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@lake_option
def ratings(file: Path, lake: str) -> None:
    """Read the ratings in FILE, a CSV of a random sample that was rated elsewhere.

    Columns: wiki and page_id, or item (Q42); file_name; verdict (fits, used, rejected, skip); judge
    (a number). A file with a row that is not understood is refused, one that was read before counts
    once. Kinds and confidence are looked up in the newest snapshot.
    """
    from imagesuggest_assets.command.elsewhere import read_elsewhere
    from resources.lake import Lake
    from resources.wording import several

    settings = Settings.from_environment(lake=lake)
    with closing(Lake(settings.lake, settings.scratch)) as kept:
        read = read_elsewhere(file, kept, Path(settings.judgements))
    if read.again:
        click.echo(f"{file} was read before, it counts once: {read.place}")
        return
    click.echo(
        f"{read.rated:,} ratings read into {read.place}; `imagesuggest confidence` counts them "
        "now, the dataset `measured_confidence` from the next run on"
    )
    if read.skipped:
        click.echo(f"{read.skipped:,} rows say skip, and are left out")
    if read.unknown:
        first = several(read.unknown, 5)
        click.echo(
            f"{len(read.unknown):,} rows are left out: their files are no candidates of the "
            f"articles' items in the snapshot {read.snapshot}: {first}"
        )
