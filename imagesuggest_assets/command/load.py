"""`imagesuggest load`: brings a snapshot to the readers' store by hand."""

import click

from imagesuggest_assets.command.options import lake_option, rules_option
from imagesuggest_assets.settings import Settings


@click.command("load")
@click.option("--snapshot", required=True, metavar="YYYY-MM-DD", help="Which snapshot.")
@click.option(
    "--full", is_flag=True, help="Compare with what is really in the store; takes longer."
)
@click.option("--force", is_flag=True, help="Also where a later snapshot is published.")
@click.option(
    "--wiki",
    "wikis",
    multiple=True,
    help="Only this wiki; can be given several times. Without it all that may be published.",
)
@lake_option
@rules_option
def load(
    snapshot: str, full: bool, force: bool, wikis: tuple[str, ...], lake: str, rules: str
) -> None:
    """Publish what may be published of a snapshot to the readers' store, and read it back.

    The store is the Cassandra of IMAGESUGGEST_CASSANDRA, else the SQLite file IMAGESUGGEST_STORE
    or the one beside the lake. Runs do this by themselves; by hand it repairs, or goes back.
    """
    from rich.console import Console

    from graph.terminal.display import Display
    from imagesuggest_assets.command.execution import load_store

    settings = Settings.from_environment(lake=lake, rules=rules)
    config = {"full": full, "force": force, "wikis": list(wikis)}
    load_store(settings, snapshot, config, Display(Console(stderr=True)))
