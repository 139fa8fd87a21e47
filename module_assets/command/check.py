"""`modules check`: every check on what is there."""

import click

from graph.terminal.options import snapshot_option
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
    from graph.terminal.verdicts import show_verdicts
    from module_assets.command.verdicts import check_snapshot

    settings = Settings.from_environment(lake=lake, rules=rules)
    show_verdicts(lambda on_check: check_snapshot(settings, snapshot, on_check))
