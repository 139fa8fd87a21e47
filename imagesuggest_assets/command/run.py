"""`imagesuggest run`: computes the datasets of a snapshot. How is known in execution.py."""

import click

from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.command.options import (
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
from imagesuggest_assets.settings import ENGINES, Settings
from resources.addresses import quoted


def _dataset_names(context: click.Context, parameter: click.Parameter, value: str) -> list[str]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    for name in names:
        if name not in DATASETS:
            raise click.BadParameter(f"no dataset is called {name}; see `imagesuggest datasets`")
    return names


def _engine(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Refuse what is no engine; click's own choice would show it whole, whatever it is."""
    if value and value not in ENGINES:
        names = ", ".join(map(repr, ENGINES))
        raise click.BadParameter(f"{quoted(value)} is not one of {names}")
    return value


@click.command()
@dumps_option
@wikis_option
@snapshot_option
@lake_option
@setting("engine", "|".join(ENGINES), "What computes; without it duckdb.", callback=_engine)
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
    """Compute the datasets of one snapshot from the dumps, or from a catalog's tables.

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
        out(120).print(summary(Lake(settings.lake), made, selection or list(DATASETS)))
