"""What the commands of every graph share: options, errors, and where tables are written."""

import sys
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import click

from graph.settings import ENGINES, variables
from resources.addresses import quoted
from resources.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

Command = Callable[..., Any]
Option = Callable[[Command], Command]
GARBAGE_AFTER = 50_000
"""Objects made before Python looks for unused ones again. Its own bound (700 in Python 3.11) is for
programs that do not import half a million of them, which it looks through each time."""


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
            click.echo(f"{self.name}: error: {' '.join(str(error).split())}", err=True)
            sys.exit(1)


class Options:
    """The options of a command that are also environment variables, `<PREFIX>_<NAME>`."""

    def __init__(self, prefixes: Sequence[str]) -> None:
        self._prefixes = prefixes

    def setting(self, name: str, metavar: str, text: str, **more: Any) -> Option:
        """Declare one."""
        known = variables(self._prefixes, name)
        return click.option(
            f"--{name.replace('_', '-')}",
            envvar=known if len(known) > 1 else known[0],
            show_envvar=True,
            default="",
            metavar=metavar,
            help=text,
            **more,
        )

    def engine(self) -> Option:
        """What computes."""
        text = "What computes; without it duckdb."
        return self.setting("engine", "|".join(ENGINES), text, callback=_engine)

    def memory(self) -> Option:
        """What the engine may take."""
        text = "Memory for the engine, such as 4GB; without it half of all."
        return self.setting("memory", "SIZE", text)

    def rules(self) -> Option:
        """Other rules."""
        text = "TOML file with rules that differ from the defaults."
        return self.setting("rules", "FILE", text)

    def cache(self) -> Option:
        """Where files of a mirror are kept."""
        return self.setting("cache", "DIR", "Where files of a mirror are kept.")

    def cache_limit(self) -> Option:
        """What these may take."""
        text = "What they may take, such as 200GB; the oldest dumps go first."
        return self.setting("cache_limit", "SIZE", text)


def _engine(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Refuse what is no engine; click's own choice would show it whole, whatever it is."""
    if value and value not in ENGINES:
        names = ", ".join(map(repr, ENGINES))
        raise click.BadParameter(f"{quoted(value)} is not one of {names}")
    return value


def selection_option(names: Collection[str], command: str) -> Option:
    """Some datasets of all whose names these are."""

    def chosen(context: click.Context, parameter: click.Parameter, value: str) -> list[str]:
        found = [name.strip() for name in value.split(",") if name.strip()]
        for name in found:
            if name not in names:
                raise click.BadParameter(f"no dataset is called {name}; see `{command} datasets`")
        return found

    return click.option(
        "--select",
        "selection",
        default="",
        metavar="ASSET,…",
        callback=chosen,
        help="Only these datasets; what they are computed from must be there.",
    )


quiet_option = click.option(
    "--quiet", is_flag=True, help="Show only what went wrong, and no table at the end."
)
choose_again_option = click.option(
    "--choose-again",
    is_flag=True,
    help="Choose the snapshot's files anew, although that was done before.",
)
snapshot_option = click.option(
    "--snapshot",
    default=None,
    metavar="YYYY-MM-DD",
    help="Which snapshot, such as 2026-11-02; without it the newest.",
)
limit_option = click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(0),
    help="How many rows at most; 0 is all.",
)
format_option = click.option(
    "--format",
    "form",
    default="table",
    show_default=True,
    type=click.Choice(["table", "csv", "json"]),
    help="A table to read, CSV, or JSON with one row a line.",
)


def out(width: int = 160) -> "Console":
    """Give standard output, so wide where it is no terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else width)
