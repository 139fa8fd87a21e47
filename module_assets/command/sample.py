"""`modules sample`: makes wikis with modules up. How is known in module_assets/sample."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--wikis", default=4, show_default=True, type=click.IntRange(1), help="How many wikis."
)
@click.option(
    "--families",
    default=20,
    show_default=True,
    type=click.IntRange(0),
    help="How many families of copies are planted, beside one of many versions.",
)
@click.option(
    "--versions",
    default=600,
    show_default=True,
    type=click.IntRange(1),
    help="How many versions that one has.",
)
@click.option(
    "--seed",
    default=1,
    show_default=True,
    type=click.IntRange(0),
    help="Another seed makes other wikis; the same one the same bytes.",
)
def sample(directory: Path, wikis: int, families: int, versions: int, seed: int) -> None:
    """Make small made-up wikis with Lua modules in DIRECTORY, as the public dumps have them.

    Every layout and form that real dumps have is there; sample.json says what was planted.
    """
    from rich.console import Console

    from module_assets.sample import make_modules

    with Console(stderr=True).status("making wikis up"):
        make_modules(directory, wikis, families, seed, versions)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{directory}: {wikis} wikis with {families} families of modules, and one more")
    console.print(f"Next: modules run --dumps {directory}", markup=False)
