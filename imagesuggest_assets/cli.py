"""The command `imagesuggest`. Everything heavy is imported by the command that needs it."""

import sys
from pathlib import Path

import click

from imagesuggest_assets.datasets import DATASETS
from imagesuggest_assets.settings import ENGINES, Settings
from resources.errors import UserError

LAKE_HELP = "Folder that datasets are kept in; without it data/lake in the checkout."
SNAPSHOT_HELP = "Which snapshot, such as 2026-11-02; without it the newest."


class Teaching(click.Group):
    """A group whose errors end in one line and exit code 1; wrong usage is click's 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a UserError is its last line."""
        try:
            return super().invoke(ctx)
        except (UserError, OSError) as error:
            if isinstance(error, BrokenPipeError):
                # Whoever was reading has read enough, such as `head`.
                raise
            click.echo(f"imagesuggest: error: {' '.join(str(error).split())}", err=True)
            sys.exit(1)


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
def sample(directory: Path, articles: int, wikis: int, snapshots: int, seed: int) -> None:
    """Make a small made-up Wikimedia in DIRECTORY, with the layout of the public dumps.

    It has every trap that real dumps have, and feeds demos, tests and benchmarks.
    """
    from imagesuggest_assets.sample_command import make

    make(directory, articles=articles, wikis=wikis, snapshots=snapshots, seed=seed)


@main.command()
@click.option(
    "--dumps",
    envvar="IMAGESUGGEST_DUMPS",
    show_envvar=True,
    default="",
    metavar="DIR",
    help="Folder with the layout of the public dumps; needed.",
)
@click.option(
    "--wikis",
    envvar="IMAGESUGGEST_WIKIS",
    show_envvar=True,
    default="",
    metavar="A,B",
    help="Target wikis; without it all that are in the folder.",
)
@click.option("--snapshot", default=None, metavar="YYYY-MM-DD", help=SNAPSHOT_HELP)
@click.option(
    "--lake",
    envvar="IMAGESUGGEST_LAKE",
    show_envvar=True,
    default="",
    metavar="DIR",
    help=LAKE_HELP,
)
@click.option(
    "--engine",
    envvar="IMAGESUGGEST_ENGINE",
    show_envvar=True,
    default="duckdb",
    show_default=True,
    type=click.Choice(ENGINES),
    help="What computes.",
)
@click.option(
    "--memory",
    envvar="IMAGESUGGEST_MEMORY",
    show_envvar=True,
    default="",
    metavar="SIZE",
    help="Memory for the engine, such as 4GB; without it half of all.",
)
@click.option(
    "--rules",
    envvar="IMAGESUGGEST_RULES",
    show_envvar=True,
    default="",
    metavar="FILE",
    help="TOML file with rules that differ from the defaults.",
)
@click.option(
    "--select",
    "selection",
    default="",
    metavar="ASSET,…",
    callback=_dataset_names,
    help="Only these datasets; what they are computed from must be there.",
)
def run(
    dumps: str,
    wikis: str,
    snapshot: str | None,
    lake: str,
    engine: str,
    memory: str,
    rules: str,
    selection: list[str],
) -> None:
    """Compute the datasets of one snapshot from the dumps.

    Running it again replaces them. The run and all it made are in the UI too (`make ui`).
    Exit code 1 when a dataset can not be computed or breaks its contract; the last line says why.
    """
    from rich.console import Console

    from imagesuggest_assets.display import Display, summary
    from imagesuggest_assets.run import run_snapshot
    from resources.lake import Lake

    settings = Settings.from_environment(
        dumps=dumps,
        wikis=wikis,
        lake=lake,
        engine=engine,
        memory=memory,
        rules=rules,
    )
    display = Display(Console(stderr=True))
    made = run_snapshot(settings, snapshot, selection, display)
    out = Console(width=None if sys.stdout.isatty() else 120)
    out.print(summary(Lake(Path(settings.lake)), made, selection or list(DATASETS)))


@main.command()
@click.argument("dataset", type=click.Choice(list(DATASETS)), metavar="DATASET")
@click.option("--snapshot", default=None, metavar="YYYY-MM-DD", help=SNAPSHOT_HELP)
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
@click.option(
    "--lake",
    envvar="IMAGESUGGEST_LAKE",
    show_envvar=True,
    default="",
    metavar="DIR",
    help=LAKE_HELP,
)
def show(
    dataset: str, snapshot: str | None, wiki: str | None, limit: int, form: str, lake: str
) -> None:
    """Show rows of DATASET, best first. `imagesuggest datasets` says which there are."""
    from imagesuggest_assets.show import rows_of, write_rows

    settings = Settings.from_environment(lake=lake)
    _, rows = rows_of(Path(settings.lake), dataset, snapshot, wiki, limit)
    write_rows(rows, DATASETS[dataset].column_names, form, sys.stdout)


@main.command()
def datasets() -> None:
    """List the datasets, with their columns and what they mean."""
    from imagesuggest_assets.show import datasets_table

    datasets_table()
