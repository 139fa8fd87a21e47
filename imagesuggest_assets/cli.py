"""The command `imagesuggest`. Everything heavy is imported by the command that needs it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from imagesuggest_assets.datasets import DATASETS
from imagesuggest_assets.settings import ENGINES, Settings
from resources.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

Command = Callable[..., Any]
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
def sample(directory: Path, articles: int, wikis: int, snapshots: int, seed: int) -> None:
    """Make a small made-up Wikimedia in DIRECTORY, with the layout of the public dumps.

    It has every trap that real dumps have, and feeds demos, tests and benchmarks.
    """
    from imagesuggest_assets.sample_command import make

    make(directory, articles=articles, wikis=wikis, snapshots=snapshots, seed=seed)


def _setting(name: str, metavar: str, text: str, **more: Any) -> Callable[[Command], Command]:
    """Declare an option that is also the environment variable IMAGESUGGEST_<NAME>."""
    return click.option(
        f"--{name.replace('_', '-')}",
        envvar=f"IMAGESUGGEST_{name.upper()}",
        show_envvar=True,
        default="",
        metavar=metavar,
        help=text,
        **more,
    )


dumps_option = _setting(
    "dumps", "DIR|URL", "Folder or mirror with the layout of the public dumps; needed."
)
wikis_option = _setting("wikis", "A,B", "Target wikis; without it all that are there.")
lake_option = _setting("lake", "DIR", LAKE_HELP)
rules_option = _setting("rules", "FILE", "TOML file with rules that differ from the defaults.")
cache_option = _setting("cache", "DIR", "Where files of a mirror are kept.")
limit_option = _setting(
    "cache_limit", "SIZE", "What they may take, such as 200GB; the oldest dumps go first."
)
snapshot_option = click.option("--snapshot", default=None, metavar="YYYY-MM-DD", help=SNAPSHOT_HELP)


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
@_setting("memory", "SIZE", "Memory for the engine, such as 4GB; without it half of all.")
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
    choose_again: bool,
) -> None:
    """Compute the datasets of one snapshot from the dumps.

    Running it again replaces them, made of the same files. The run and all it made are in the UI
    too (`make ui`). Who is to be told of what its checks find is set by IMAGESUGGEST_PAGES.
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
        cache=cache,
        cache_limit=cache_limit,
    )
    display = Display(Console(stderr=True))
    made = run_snapshot(settings, snapshot, selection, display, choose_again=choose_again)
    out = Console(width=None if sys.stdout.isatty() else 120)
    out.print(summary(Lake(Path(settings.lake)), made, selection or list(DATASETS)))


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
    from imagesuggest_assets.show import rows_of, write_rows

    settings = Settings.from_environment(lake=lake)
    _, rows = rows_of(Path(settings.lake), dataset, snapshot, wiki, limit)
    write_rows(rows, DATASETS[dataset].column_names, form, sys.stdout)


@main.command()
def datasets() -> None:
    """List the datasets, with their columns and what they mean."""
    from imagesuggest_assets.show import datasets_table

    datasets_table()


@main.group(invoke_without_command=True)
@dumps_option
@wikis_option
@lake_option
@rules_option
@click.pass_context
def snapshots(context: click.Context, dumps: str, wikis: str, lake: str, rules: str) -> None:
    """List the snapshots: what is green, what is missing, and since when."""
    from imagesuggest_assets.snapshots_command import snapshots_table

    context.obj = Settings.from_environment(dumps=dumps, wikis=wikis, lake=lake, rules=rules)
    if context.invoked_subcommand is None:
        _out().print(snapshots_table(context.obj))


@snapshots.command("show")
@click.argument("key", metavar="YYYY-MM-DD")
@click.option("--choose-again", is_flag=True, help="First choose its files anew.")
@click.pass_obj
def show_snapshot(settings: Settings, key: str, choose_again: bool) -> None:
    """Show the files of a snapshot one by one: chosen, green, or what they wait for."""
    from imagesuggest_assets.snapshots_command import snapshot_table

    if choose_again:
        from rich.console import Console

        from imagesuggest_assets.display import Display
        from imagesuggest_assets.run import run_snapshot

        display = Display(Console(stderr=True))
        run_snapshot(settings, key, ["manifest"], display, choose_again=True)
    _out().print(snapshot_table(settings, key))


@main.command()
@snapshot_option
@lake_option
@rules_option
def check(snapshot: str | None, lake: str, rules: str) -> None:
    """Run all checks on what is there, and list what they say, the worst first.

    Exit code 1 when any of them is an ERROR.
    """
    from rich.console import Console

    from imagesuggest_assets.check_command import check_snapshot, verdicts_table

    settings = Settings.from_environment(lake=lake, rules=rules)
    with Console(stderr=True).status("") as status:
        key, verdicts = check_snapshot(
            settings, snapshot, lambda name: status.update(f"checking {name}")
        )
    _out().print(verdicts_table(key, verdicts))
    if any(verdict == "ERROR" for verdict, *_ in verdicts):
        sys.exit(1)


def _decision(name: str, says: str) -> None:
    @main.command(name, help=says)
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

        from rich.console import Console

        from imagesuggest_assets.display import Display
        from imagesuggest_assets.run import decide
        from imagesuggest_assets.show import rows_of, write_rows

        settings = Settings.from_environment(lake=lake, rules=rules)
        config = {name: list(wikis), "reason": reason, "who": who or getuser()}
        decide(settings, snapshot, config, Display(Console(stderr=True)))
        _, rows = rows_of(Path(settings.lake), "publishable", snapshot, None, 0)
        write_rows(rows, DATASETS["publishable"].column_names, "table", sys.stdout)


_decision("release", "Let a wiki's data of a snapshot go out although a check holds it back.")
_decision("hold", "Hold a wiki's data of a snapshot back although no check does.")


@main.command("page-test")
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
    _out().print(table)
    if not all(outcome.ok for outcome in outcomes):
        sys.exit(1)


@main.command("health")
@lake_option
@rules_option
@click.option("--page", is_flag=True, help="Also tell IMAGESUGGEST_PAGES, for a scheduler's use.")
def health_command(lake: str, rules: str, page: bool) -> None:
    """Say whether everything goes on by itself; for an outside monitor.

    Exit code 0: all is well. 1: somebody should look. 2: readers get old data, or nothing happens
    any more.
    """
    from imagesuggest_assets.definitions import build_rules
    from imagesuggest_assets.health import health

    settings = Settings.from_environment(lake=lake, rules=rules)
    found = health(settings, build_rules(settings), page=page)
    for each in found:
        click.echo(f"{('ok', 'warning', 'critical')[each.level]:<9} {each.what}: {each.says}")
    sys.exit(max(each.level for each in found))


def _out() -> "Console":
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 160)
