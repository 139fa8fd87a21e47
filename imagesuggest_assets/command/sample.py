"""`imagesuggest sample`: makes a Wikimedia up. How is known in resources/sample."""

from pathlib import Path

import click


@click.command()
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
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    from resources.progress import megabytes
    from resources.sample import make_sample
    from resources.wording import several

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    errors = Console(stderr=True)
    with Progress(
        *columns, console=errors, transient=True, disable=not errors.is_terminal
    ) as progress:
        task = progress.add_task("making a Wikimedia up", total=1.0)

        def show(what: str, share: float) -> None:
            progress.update(task, description=what, completed=share)

        made = make_sample(
            directory,
            articles=articles,
            wikis=wikis,
            snapshots=snapshots,
            seed=seed,
            bad_week=bad_week,
            on_progress=show,
        )
    console = Console(highlight=False, soft_wrap=True)
    named = several(made.wikis, 3, ", ", " and ")
    console.print(
        f"{directory}: {len(made.wikis)} wikis ({named}) and Commons, "
        f"snapshots {', '.join(made.snapshots)}"
    )
    console.print(
        f"{made.page_links:,} page links, {made.image_links:,} image links, "
        f"{made.commons_files:,} files on Commons, {made.items:,} items; "
        f"{made.files:,} files, {megabytes(made.bytes)}, {made.seconds:.1f} s"
    )
    console.print(f"Next: imagesuggest run --dumps {directory}", markup=False)
