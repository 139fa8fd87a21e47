"""The command `imagesuggest`. Everything heavy is imported by the command that needs it."""

import gc

import click

from graph.terminal.options import GARBAGE_AFTER, Teaching
from imagesuggest_assets.command.article import article
from imagesuggest_assets.command.cassandra_schema import cassandra_schema
from imagesuggest_assets.command.check import check
from imagesuggest_assets.command.confidence import confidence
from imagesuggest_assets.command.datasets import datasets
from imagesuggest_assets.command.decide import hold, release, retire
from imagesuggest_assets.command.explain import explain
from imagesuggest_assets.command.health import health
from imagesuggest_assets.command.lake import lake
from imagesuggest_assets.command.load import load
from imagesuggest_assets.command.page_test import page_test
from imagesuggest_assets.command.ratings import ratings
from imagesuggest_assets.command.run import run
from imagesuggest_assets.command.sample import sample
from imagesuggest_assets.command.serve import serve
from imagesuggest_assets.command.show import show
from imagesuggest_assets.command.snapshots import snapshots


@click.group("imagesuggest", cls=Teaching, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="imagesuggest")
def main() -> None:
    """Suggests pictures for Wikipedia articles that have none.

    Dump files go in, datasets come out: which Commons file could illustrate which article, and
    why. Try it on a made-up Wikimedia:

    \b
        imagesuggest sample data/dumps
        imagesuggest run --dumps data/dumps
        imagesuggest show filtered_suggestions
        imagesuggest check
    """
    gc.set_threshold(GARBAGE_AFTER, *gc.get_threshold()[1:])


for command in (
    sample,
    run,
    show,
    datasets,
    snapshots,
    check,
    release,
    hold,
    retire,
    page_test,
    health,
    cassandra_schema,
    load,
    article,
    explain,
    serve,
    ratings,
    confidence,
    lake,
):
    main.add_command(command)
