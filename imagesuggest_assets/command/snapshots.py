"""`imagesuggest snapshots`: how far each snapshot is. What is shown is found in arrivals.py."""

import click

from graph.terminal.options import out
from imagesuggest_assets.command.options import (
    dumps_option,
    lake_option,
    rules_option,
    wikis_option,
)
from imagesuggest_assets.settings import Settings


@click.group(invoke_without_command=True)
@dumps_option
@wikis_option
@lake_option
@rules_option
@click.pass_context
def snapshots(context: click.Context, dumps: str, wikis: str, lake: str, rules: str) -> None:
    """List the snapshots: what is green, what is missing, and since when."""
    from imagesuggest_assets.command.arrivals import snapshots_table

    context.obj = Settings.from_environment(dumps=dumps, wikis=wikis, lake=lake, rules=rules)
    if context.invoked_subcommand is None:
        out().print(snapshots_table(context.obj))


@snapshots.command("show")
@click.argument("key", metavar="YYYY-MM-DD")
@click.option("--choose-again", is_flag=True, help="First choose its files anew.")
@click.pass_obj
def show_snapshot(settings: Settings, key: str, choose_again: bool) -> None:
    """Show the files of a snapshot one by one: chosen, green, or what they wait for."""
    from imagesuggest_assets.command.arrivals import snapshot_table

    if choose_again:
        from graph.terminal.display import Display, screen
        from imagesuggest_assets.command.execution import run_snapshot

        display = Display(screen())
        run_snapshot(settings, key, ["manifest"], display, choose_again=True)
    out().print(snapshot_table(settings, key))
