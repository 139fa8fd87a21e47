"""`imagesuggest confidence`: what people's ratings measure, and what of the rules follows."""

from contextlib import closing
from pathlib import Path

import click

from graph.terminal.options import out
from imagesuggest_assets.command.options import lake_option, rules_option
from imagesuggest_assets.settings import Settings


@click.command()
@lake_option
@rules_option
def confidence(lake: str, rules: str) -> None:
    """Show how many files of each kind fit, by what people rated, and lines for the rules file.

    All ratings on this machine count, also those since the last run. Nothing is changed.
    """
    from rich.table import Table

    from imagesuggest_assets.catalog.measured import confidence_cells
    from imagesuggest_assets.command.proposals import proposed_lines
    from imagesuggest_assets.datasets.ratings import measured_now
    from imagesuggest_assets.definitions import build_rules
    from resources.lake import Lake

    settings = Settings.from_environment(lake=lake, rules=rules)
    decided = build_rules(settings)
    with closing(Lake(settings.lake, settings.scratch)) as kept:
        rows, read = measured_now(kept, Path(settings.judgements), decided)
        snapshots = kept.snapshots("filtered_suggestions")
        newest = kept.statistics("filtered_suggestions", snapshots[-1]) if snapshots else None
    for file, line, why in read.reader.examples:
        click.echo(f"{file}, line {line}: left out: {why}", err=True)
    for name, why in read.reader.unreadable.items():
        click.echo(f"{name}: left out: {why}", err=True)
    if not rows:
        click.echo(
            f"there are no ratings, neither in {settings.judgements} nor in the lake; rate in the "
            "gallery of `imagesuggest serve`, or read some with `imagesuggest ratings FILE`"
        )
        return
    cells = [confidence_cells(row) for row in rows]
    table = Table(title="Measured confidence, in percent", title_justify="left")
    for name in cells[0]:
        number = name not in ("wiki", "kinds", "scope", "from")
        table.add_column(name, justify="right" if number else "left")
    for each in cells:
        table.add_row(*(str(value) for value in each.values()))
    out().print(table)
    click.echo(
        "# For the rules file (IMAGESUGGEST_RULES), in the place of lines of the same names:"
    )
    lines = proposed_lines(rows, decided, newest.rows_by_wiki if newest else ())
    click.echo("\n".join(lines) or "# nothing: no number of the rules would be another")
