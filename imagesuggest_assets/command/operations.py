"""The commands for those who run it: snapshots, checks, decisions, pages, health."""

import sys
from pathlib import Path

import click

from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.command.options import (
    dumps_option,
    lake_option,
    out,
    rules_option,
    snapshot_option,
    wikis_option,
)
from imagesuggest_assets.settings import Settings
from resources.errors import UserError


@click.group(invoke_without_command=True)
@dumps_option
@wikis_option
@lake_option
@rules_option
@click.pass_context
def snapshots(context: click.Context, dumps: str, wikis: str, lake: str, rules: str) -> None:
    """List the snapshots: what is green, what is missing, and since when."""
    from imagesuggest_assets.command.snapshots import snapshots_table

    context.obj = Settings.from_environment(dumps=dumps, wikis=wikis, lake=lake, rules=rules)
    if context.invoked_subcommand is None:
        out().print(snapshots_table(context.obj))


@snapshots.command("show")
@click.argument("key", metavar="YYYY-MM-DD")
@click.option("--choose-again", is_flag=True, help="First choose its files anew.")
@click.pass_obj
def show_snapshot(settings: Settings, key: str, choose_again: bool) -> None:
    """Show the files of a snapshot one by one: chosen, green, or what they wait for."""
    from imagesuggest_assets.command.snapshots import snapshot_table

    if choose_again:
        from imagesuggest_assets.command.display import Display, screen
        from imagesuggest_assets.command.execution import run_snapshot

        display = Display(screen())
        run_snapshot(settings, key, ["manifest"], display, choose_again=True)
    out().print(snapshot_table(settings, key))


@click.command()
@snapshot_option
@lake_option
@rules_option
def check(snapshot: str | None, lake: str, rules: str) -> None:
    """Run all checks on what is there, and list what they say, the worst first.

    Exit code 1 when any of them is an ERROR.
    """
    from rich.console import Console

    from imagesuggest_assets.command.check import check_snapshot, verdicts_table

    settings = Settings.from_environment(lake=lake, rules=rules)
    with Console(stderr=True).status("") as status:
        key, verdicts = check_snapshot(
            settings, snapshot, lambda name: status.update(f"checking {name}")
        )
    out().print(verdicts_table(key, verdicts))
    if any(verdict == "ERROR" for verdict, *_ in verdicts):
        sys.exit(1)


def _decision(name: str, says: str) -> click.Command:
    @click.command(name, help=says)
    @click.option("--snapshot", required=True, metavar="YYYY-MM-DD", help="Which snapshot.")
    @click.option(
        "--wiki",
        "wikis",
        required=True,
        multiple=True,
        help="Which wiki; can be given several times. commonswiki is Commons' tags.",
    )
    @click.option("--reason", required=True, metavar="TEXT", help="Why; kept for good.")
    @click.option("--who", default="", help="Who decides; without it the user of this machine.")
    @lake_option
    @rules_option
    def command(
        snapshot: str, wikis: tuple[str, ...], reason: str, who: str, lake: str, rules: str
    ) -> None:
        from getpass import getuser

        from imagesuggest_assets.command.display import Display, screen
        from imagesuggest_assets.command.execution import decide
        from imagesuggest_assets.command.show import rows_of, write_rows

        settings = Settings.from_environment(lake=lake, rules=rules)
        config = {name: list(wikis), "reason": reason, "who": who or getuser()}
        decide(settings, snapshot, config, Display(screen()))
        _, rows = rows_of(Path(settings.lake), "publishable", snapshot, None, 0)
        write_rows(rows, DATASETS["publishable"].column_names, "table", sys.stdout)

    return command


release = _decision("release", "Let a wiki's data of a snapshot go out although a check holds it.")
hold = _decision("hold", "Hold a wiki's data of a snapshot back although no check does.")


@click.command("page-test")
def page_test_command() -> None:
    """Send a test page to everybody in IMAGESUGGEST_PAGES, and say what happened.

    \b
    IMAGESUGGEST_PAGES holds URLs with white space between them, each understood by apprise or
    file:///path/to/pages.txt, and optionally what it takes:
        error=pagerduty://…  warn,error=mailto://…  json://…
    """
    from rich.markup import escape
    from rich.table import Table

    from resources.paging.destinations import destinations_from, page_test

    destinations = destinations_from(Settings.from_environment().pages)
    if not destinations:
        raise UserError("nobody is to be told: set IMAGESUGGEST_PAGES, see --help")
    table = Table("destination", "test page", "seconds")
    outcomes = page_test(destinations)
    for outcome in outcomes:
        said = "delivered" if outcome.ok else f"not delivered: {outcome.why}"
        table.add_row(escape(outcome.destination), escape(said), f"{outcome.seconds:.2f}")
    out().print(table)
    if not all(outcome.ok for outcome in outcomes):
        sys.exit(1)


@click.command("health")
@lake_option
@rules_option
@click.option("--page", is_flag=True, help="Also tell IMAGESUGGEST_PAGES, for a scheduler's use.")
def health_command(lake: str, rules: str, page: bool) -> None:
    """Say whether everything goes on by itself; for an outside monitor.

    Exit code 0: all is well. 1: somebody should look. 2: readers get old data, or nothing happens
    any more.
    """
    from imagesuggest_assets.alerts.health import health
    from imagesuggest_assets.definitions import build_rules

    settings = Settings.from_environment(lake=lake, rules=rules)
    found = health(settings, build_rules(settings), page=page)
    for each in found:
        click.echo(f"{('ok', 'warning', 'critical')[each.level]:<9} {each.what}: {each.says}")
    sys.exit(max(each.level for each in found))


COMMANDS = (snapshots, check, release, hold, page_test_command, health_command)
"""All of them."""
