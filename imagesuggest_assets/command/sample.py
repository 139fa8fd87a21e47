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
@click.option(
    "--tables",
    is_flag=True,
    help="Write it as the Data Lake's tables, too, by Spark, with a catalog of them beside.",
)
def sample(
    directory: Path,
    articles: int,
    wikis: int,
    snapshots: int,
    seed: int,
    bad_week: bool,
    tables: bool,
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
    if tables:
        spark, names = _write_tables(directory)
        console.print(f"{len(names)} tables, from {names[0]} to {names[-1]}", markup=False)
        told = f"IMAGESUGGEST_SPARK='{spark}' " if spark else ""
        console.print(f"Next: {told}imagesuggest run --dumps hive --engine spark", markup=False)


def _write_tables(directory: Path) -> tuple[str, list[str]]:
    """Write the tables of a sample; give what else Spark has to be told of their catalog, and their
    names. A catalog that Spark is set to use gets them, else one beside the sample.
    """
    from imagesuggest_assets.settings import Settings
    from resources.lake_paths import hadoop_address
    from resources.sample.hive import write_tables
    from resources.spark import spark_resource

    settings = Settings.from_environment(dumps=str(directory))
    theirs = any("metastore" in name or "javax.jdo" in name for name in settings.spark)
    metastore = (directory / "metastore").absolute()
    beside = {
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:{metastore};create=true",
        "spark.sql.warehouse.dir": hadoop_address(directory / "tables"),
    }
    ours = {} if theirs else beside
    general = {"spark.sql.catalogImplementation": "hive"}
    spark = spark_resource(settings.memory, {**general, **ours, **settings.spark})
    session = spark.spark_session
    try:
        names = write_tables(directory, directory / "tables", session, settings.hive)
    finally:
        session.stop()
    return " ".join(f"{name}={value}" for name, value in ours.items()), names
