"""`imagesuggest release`, `hold` and `retire`: what a person decides of a wiki."""

import sys

import click

from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.command.options import lake_option, rules_option
from imagesuggest_assets.settings import Settings


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

        from graph.terminal.display import Display, screen
        from graph.terminal.rows import rows_of, write_rows
        from imagesuggest_assets.catalog.asset import CATALOG
        from imagesuggest_assets.command.execution import decide
        from resources.lake import Lake

        settings = Settings.from_environment(lake=lake, rules=rules)
        config = {name: list(wikis), "reason": reason, "who": who or getuser()}
        decide(settings, snapshot, config, Display(screen()))
        _, rows = rows_of(
            CATALOG, Lake(settings.lake, settings.scratch), "publishable", snapshot, None, 0
        )
        write_rows(rows, DATASETS["publishable"].column_names, "table", sys.stdout)

    return command


release = _decision("release", "Let a wiki's data of a snapshot go out although a check holds it.")


@click.command("retire")
@click.argument("wiki")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept for good.")
@click.option("--who", default="", help="Who decides; without it the user of this machine.")
@lake_option
@rules_option
def retire(wiki: str, reason: str, who: str, lake: str, rules: str) -> None:
    """Withdraw all that is published of WIKI: its rows, tags and flags.

    It stays away from all snapshots until it is released in one. Take it out of the target wikis
    as well, where they are named.
    """
    from getpass import getuser

    from graph.terminal.display import Display, screen
    from imagesuggest_assets.command.execution import retire

    settings = Settings.from_environment(lake=lake, rules=rules)
    config = {"retire": [wiki], "reason": reason, "who": who or getuser()}
    retire(settings, config, Display(screen()))


hold = _decision(
    "hold",
    "Hold a wiki's data of a snapshot back although no check does. Where it was published already, "
    "the last good snapshot of the wiki is put back; where there is none, it is withdrawn.",
)
