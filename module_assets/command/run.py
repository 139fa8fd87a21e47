"""`modules run`: computes the datasets of a snapshot. How is known in execution.py."""

import click

from graph.terminal.options import (
    choose_again_option,
    out,
    quiet_option,
    selection_option,
    snapshot_option,
)
from module_assets.catalog.datasets import DATASETS
from module_assets.command.options import (
    OPTIONS,
    dumps_option,
    lake_option,
    rules_option,
    wikis_option,
)
from module_assets.settings import Settings


@click.command()
@dumps_option
@wikis_option
@snapshot_option
@lake_option
@OPTIONS.engine()
@OPTIONS.memory()
@rules_option
@OPTIONS.cache()
@OPTIONS.cache_limit()
@selection_option(DATASETS, "modules")
@quiet_option
@choose_again_option
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
    too (`make ui`). Exit code 1 when a dataset can not be computed or breaks its contract; the last
    line says why.
    """
    from graph.terminal.display import Display, screen, summary
    from module_assets.command.execution import run_snapshot
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
