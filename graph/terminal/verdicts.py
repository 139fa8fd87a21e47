"""What checks say that are run outside of any run: verdicts, as a table."""

from collections.abc import Callable

import dagster as dg
from rich.markup import escape
from rich.table import Table

from resources.errors import InputError, UserError

ORDER = ("ERROR", "WARN", "not there", "passed")
"""The verdicts, the worst first."""
_COLOURS = {"ERROR": "bold red", "WARN": "yellow", "not there": "dim", "passed": "green"}

Verdict = tuple[str, str, str, str]
"""The verdict, the dataset, the check and what it says."""


def verdict_of(dataset: str, check: str, run: Callable[[], dg.AssetCheckResult]) -> Verdict:
    """Run a check, and give its verdict, also where it can not be run."""
    try:
        result = run()
    except InputError as error:
        # What is there can not be read.
        return "ERROR", dataset, check, str(error)
    except UserError as error:
        # What it is compared with is not there.
        return "not there", dataset, check, str(error)
    verdict = "passed" if result.passed else result.severity.value
    return verdict, dataset, check, result.description or ""


def verdicts_table(key: str, verdicts: list[Verdict]) -> Table:
    """Make the table of verdicts."""
    table = Table(title=f"Checks of the snapshot {key}", title_justify="left")
    for heading in ("verdict", "dataset", "check", "what it says"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("verdict", "check"))
    for verdict, dataset, check, says in verdicts:
        colour = _COLOURS[verdict]
        table.add_row(f"[{colour}]{verdict}[/]", dataset, check, escape(says))
    return table
