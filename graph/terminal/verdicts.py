"""What checks say that are run outside of any run: verdicts, as a table."""

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import dagster as dg
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from graph.catalog import Catalog
from graph.steps import Check, Checked
from graph.terminal.options import out
from resources.errors import InputError, UserError
from resources.lake import Lake

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


def checked_key(catalog: Catalog, lake: Lake, snapshot: str | None) -> str:
    """Give the snapshot to check: the one asked for, else the newest that has anything. Raises
    UserError where nothing of it is there.
    """
    keys = {key for dataset in catalog.datasets for key in lake.snapshots(dataset)}
    if not keys:
        raise UserError(f"{lake.path}: no snapshot is there; `{catalog.command} run` makes one")
    if snapshot and snapshot not in keys:
        there = ", ".join(sorted(keys)[-5:])
        raise UserError(f"{lake.path}: no snapshot {snapshot} is there; there are {there}")
    return snapshot or max(keys)


def verdicts_of(
    catalog: Catalog, checks: Iterable[Check], checked: Checked, on_check: Callable[[str], None]
) -> Iterator[Verdict]:
    """Run all checks of the datasets that are there, one dataset after the other; ``on_check``
    hears which is checked next.
    """
    of_dataset: dict[str, list[Check]] = {}
    for check in checks:
        of_dataset.setdefault(check.spec.asset_key.path[-1], []).append(check)
    for name in catalog.datasets:
        if not checked.lake.has(name, checked.snapshot):
            yield "not there", name, "all", "materialize it first"
            continue
        on_check(name)
        for check in of_dataset.get(name, ()):
            yield verdict_of(name, check.spec.name, partial(check.run, checked))


def show_verdicts(check: Callable[[Callable[[str], None]], tuple[str, list[Verdict]]]) -> None:
    """Check a snapshot, saying what is checked, and show its verdicts, the worst first. Exit with
    1 when any is an ERROR. ``check`` gives the snapshot and the verdicts.
    """
    with Console(stderr=True).status("") as status:
        key, verdicts = check(lambda name: status.update(f"checking {name}"))
    verdicts.sort(key=lambda each: ORDER.index(each[0]))
    out().print(verdicts_table(key, verdicts))
    if any(verdict == "ERROR" for verdict, *_ in verdicts):
        sys.exit(1)


def verdicts_table(key: str, verdicts: list[Verdict]) -> Table:
    """Make the table of verdicts."""
    table = Table(title=f"Checks of the snapshot {key}", title_justify="left")
    for heading in ("verdict", "dataset", "check", "what it says"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("verdict", "check"))
    for verdict, dataset, check, says in verdicts:
        colour = _COLOURS[verdict]
        table.add_row(f"[{colour}]{verdict}[/]", dataset, check, escape(says))
    return table
