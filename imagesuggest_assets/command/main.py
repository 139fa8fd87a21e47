"""The command `imagesuggest`. Everything heavy is imported by the command that needs it."""

import sys
from pathlib import Path

import click

from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.command.operations import COMMANDS
from imagesuggest_assets.command.options import (
    Teaching,
    cache_option,
    dumps_option,
    lake_option,
    limit_option,
    out,
    rules_option,
    setting,
    snapshot_option,
    wikis_option,
)
from imagesuggest_assets.command.store import STORE_COMMANDS
from imagesuggest_assets.settings import ENGINES, Settings


def _dataset_names(context: click.Context, parameter: click.Parameter, value: str) -> list[str]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    for name in names:
        if name not in DATASETS:
            raise click.BadParameter(f"no dataset is called {name}; see `imagesuggest datasets`")
    return names


@click.group(cls=Teaching, context_settings={"help_option_names": ["-h", "--help"]})
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


@main.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--articles",
    default=2000,
    show_default=True,
    type=click.IntRange(1),
    help="Articles of all target wikis together.",
)
@click.option(
    "--wikis", default=3, show_default=True, type=click.IntRange(1), help="How many target wikis."
)
@click.option(
    "--snapshots",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="How many dumps of each wiki, a week apart.",
)
@click.option(
    "--seed",
    default=1,
    show_default=True,
    type=click.IntRange(0),
    help="Another seed makes another Wikimedia; the same one the same bytes.",
)
@click.option(
    "--bad-week",
    is_flag=True,
    help="In the newest dump of the largest wiki, every second article has lost its item.",
)
def sample(
    directory: Path, articles: int, wikis: int, snapshots: int, seed: int, bad_week: bool
) -> None:
    """Make a small made-up Wikimedia in DIRECTORY, with the layout of the public dumps.

    It has every trap that real dumps have, and feeds demos, tests and benchmarks.
    """
    from imagesuggest_assets.command.sample import make

    make(
        directory,
        articles=articles,
        wikis=wikis,
        snapshots=snapshots,
        seed=seed,
        bad_week=bad_week,
    )


@main.command()
@dumps_option
@wikis_option
@snapshot_option
@lake_option
@click.option(
    "--engine",
    envvar="IMAGESUGGEST_ENGINE",
    show_envvar=True,
    default="duckdb",
    show_default=True,
    type=click.Choice(ENGINES),
    help="What computes.",
)
@setting("memory", "SIZE", "Memory for the engine, such as 4GB; without it half of all.")
@rules_option
@cache_option
@limit_option
@click.option(
    "--select",
    "selection",
    default="",
    metavar="ASSET,…",
    callback=_dataset_names,
    help="Only these datasets; what they are computed from must be there.",
)
@click.option("--quiet", is_flag=True, help="Show only what went wrong, and no table at the end.")
@click.option(
    "--choose-again",
    is_flag=True,
    help="Choose the snapshot's files anew, although that was done before.",
)
def run(
    dumps: str,
    wikis: str,
    snapshot: str | None,
    lake: str,
    engine: str,
    memory: str,
    rules: str,
    cache: str,
    cache_limit: str,
    selection: list[str],
    quiet: bool,
    choose_again: bool,
) -> None:
    """Compute the datasets of one snapshot from the dumps.

    Running it again replaces them, made of the same files. The run and all it made are in the UI
    too (`make ui`). Who is to be told of what its checks find is set by IMAGESUGGEST_PAGES.
    Exit code 1 when a dataset can not be computed or breaks its contract; the last line says why.
    """

    from imagesuggest_assets.command.display import Display, screen, summary
    from imagesuggest_assets.command.execution import run_snapshot
    from resources.lake import Lake

    settings = Settings.from_environment(
        dumps=dumps,
        wikis=wikis,
        lake=lake,
        engine=engine,
        memory=memory,
        rules=rules,
        cache=cache,
        cache_limit=cache_limit,
    )
    display = Display(screen(), quiet=quiet)
    made = run_snapshot(settings, snapshot, selection, display, choose_again=choose_again)
    if not quiet:
        out(120).print(summary(Lake(Path(settings.lake)), made, selection or list(DATASETS)))


@main.command()
@click.argument("dataset", type=click.Choice(list(DATASETS)), metavar="DATASET")
@snapshot_option
@click.option("--wiki", default=None, help="Only rows of this wiki.")
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(0),
    help="How many rows at most; 0 is all.",
)
@click.option(
    "--format",
    "form",
    default="table",
    show_default=True,
    type=click.Choice(["table", "csv", "json"]),
    help="A table to read, CSV, or JSON with one row a line.",
)
@lake_option
def show(
    dataset: str, snapshot: str | None, wiki: str | None, limit: int, form: str, lake: str
) -> None:
    """Show rows of DATASET, best first. `imagesuggest datasets` says which there are."""
    from imagesuggest_assets.command.show import rows_of, write_rows

    settings = Settings.from_environment(lake=lake)
    _, rows = rows_of(Path(settings.lake), dataset, snapshot, wiki, limit)
    write_rows(rows, DATASETS[dataset].column_names, form, sys.stdout)


@main.command()
def datasets() -> None:
    """List the datasets, with their columns and what they mean."""
    from imagesuggest_assets.command.show import datasets_table

    datasets_table()


for command in (*COMMANDS, *STORE_COMMANDS):
    main.add_command(command)
