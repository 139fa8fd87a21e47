"""`imagesuggest health`: for an outside monitor. What is looked at is in alerts/health.py."""

import sys

import click

from imagesuggest_assets.command.options import lake_option, rules_option
from imagesuggest_assets.settings import Settings


@click.command("health")
@lake_option
@rules_option
@click.option("--page", is_flag=True, help="Also tell IMAGESUGGEST_PAGES, for a scheduler's use.")
def health(lake: str, rules: str, page: bool) -> None:
    """Say whether everything goes on by itself; for an outside monitor.

    Exit code 0: all is well. 1: somebody should look. 2: readers get old data, or nothing happens
    any more.
    """
    from graph.paging import CANNOT_LOOK
    from imagesuggest_assets.alerts.health import Finding
    from imagesuggest_assets.alerts.health import health as look
    from imagesuggest_assets.definitions import build_rules

    try:
        settings = Settings.from_environment(lake=lake, rules=rules)
        found = look(settings, build_rules(settings), page=page)
    except CANNOT_LOOK as error:
        # A monitor takes the 1 of other commands for a warning.
        found = [Finding(2, "health", " ".join(str(error).split()))]
    for each in found:
        click.echo(f"{('ok', 'warning', 'critical')[each.level]:<9} {each.what}: {each.says}")
    sys.exit(max(each.level for each in found))
