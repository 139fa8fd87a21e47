"""What `imagesuggest sample` shows. What it makes is decided in resources/sample."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from resources.progress import megabytes
from resources.sample import make_sample


def make(
    directory: Path, *, articles: int, wikis: int, snapshots: int, seed: int, bad_week: bool
) -> None:
    """Make a Wikimedia up in ``directory``, with a progress bar on a terminal, and sum it up."""
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
    console.print(
        f"{directory}: {len(made.wikis)} wikis ({', '.join(made.wikis[:3])}, …) and Commons, "
        f"snapshots {', '.join(made.snapshots)}"
    )
    console.print(
        f"{made.page_links:,} page links, {made.image_links:,} image links, "
        f"{made.commons_files:,} files on Commons, {made.items:,} items; "
        f"{made.files:,} files, {megabytes(made.bytes)}, {made.seconds:.1f} s"
    )
    console.print(f"Next: imagesuggest run --dumps {directory}", markup=False)
