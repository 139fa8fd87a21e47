"""The command `modules`. Everything heavy is imported by the command that needs it."""

import gc

import click

from graph.terminal.options import GARBAGE_AFTER, Teaching
from module_assets.command.check import check
from module_assets.command.datasets import datasets
from module_assets.command.diff import diff
from module_assets.command.export import export
from module_assets.command.family import family
from module_assets.command.functions import functions
from module_assets.command.module import module
from module_assets.command.run import run
from module_assets.command.sample import sample
from module_assets.command.serve import serve
from module_assets.command.show import show
from module_assets.command.top import top


@click.group("modules", cls=Teaching, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="imagesuggest")
def main() -> None:
    """Finds the Lua modules of all wikis that are worth keeping in one place.

    Dump files go in, datasets come out: every module, what it is used for, which modules are
    copies of one another, and what each family of them is worth. Try it on made-up wikis:

    \b
        modules sample data/modules-dumps
        modules run --dumps data/modules-dumps
        modules top
        modules family enwiki/101
    """
    gc.set_threshold(GARBAGE_AFTER, *gc.get_threshold()[1:])


for command in (
    sample,
    run,
    top,
    family,
    module,
    functions,
    diff,
    export,
    serve,
    show,
    datasets,
    check,
):
    main.add_command(command)
