"""What the commands of `imagesuggest` share: options, errors, and where tables are written."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from resources.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

Command = Callable[..., Any]
LAKE_HELP = (
    "Folder or address (hdfs://…, s3://…) that datasets are kept at; without it data/lake in the "
    "checkout."
)
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


def setting(name: str, metavar: str, text: str, **more: Any) -> Callable[[Command], Command]:
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


dumps_option = setting(
    "dumps",
    "DIR|URL|hive",
    "Folder or mirror with the layout of the public dumps, or a catalog's tables; needed.",
)
wikis_option = setting("wikis", "A,B", "Target wikis; without it all that are there.")
lake_option = setting("lake", "DIR|ADDRESS", LAKE_HELP)
rules_option = setting("rules", "FILE", "TOML file with rules that differ from the defaults.")
cache_option = setting("cache", "DIR", "Where files of a mirror are kept.")
limit_option = setting(
    "cache_limit", "SIZE", "What they may take, such as 200GB; the oldest dumps go first."
)
snapshot_option = click.option("--snapshot", default=None, metavar="YYYY-MM-DD", help=SNAPSHOT_HELP)


def out(width: int = 160) -> "Console":
    """Give standard output, so wide where it is no terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else width)
