"""`modules check`: every check on what is there."""

import sys

import click

from graph.terminal.options import out, snapshot_option
from module_assets.command.options import lake_option, rules_option
from module_assets.settings import Settings


@click.command()
@snapshot_option
@lake_option
@rules_option
def check(snapshot: str | None, lake: str, rules: str) -> None:
    """Run all checks on what is there, and list what they say, the worst first.

    Exit code 1 when any of them is an ERROR.
    """
    from rich.console import Console

    from graph.terminal.verdicts import verdicts_table
    from module_assets.command.verdicts import check_snapshot

    settings = Settings.from_environment(lake=lake, rules=rules)
    with Console(stderr=True).status("") as status:
        key, verdicts = check_snapshot(
            settings, snapshot, lambda name: status.update(f"checking {name}")
        )
    out().print(verdicts_table(key, verdicts))
    if any(verdict == "ERROR" for verdict, *_ in verdicts):
        sys.exit(1)
