"""What a run looks like on a terminal, or in plain lines where there is none."""

import logging
import os
import sys
from collections.abc import Sequence

import dagster as dg
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from graph.steps import CHECKS_OF
from resources.lake import Lake
from resources.progress import BYTES, LoggedProgress, how_far
from resources.progress import Progress as ReadingProgress

WIKIS_SHOWN = 6
"""More wikis than this do not fit on a line of the summary."""


def screen() -> Console:
    """Give standard error as it is now: Dagster puts a file in its place while an asset runs."""
    try:
        file = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8")
    except OSError:
        # Not a stream of the system's, as in a test.
        return Console(stderr=True)
    return Console(file=file)


class Display(ReadingProgress):
    """Shows each asset as it starts, reads, is done or fails: bars on a terminal, else lines.

    ``quiet`` leaves out the lines on what went well.
    """

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._console = console
        self._live = console.is_terminal
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[amount]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not self._live,
        )
        self._lines = ReadingProgress() if quiet else LoggedProgress(self.note)
        self._overall: TaskID | None = None
        self._current: TaskID | None = None
        self._reading: TaskID | None = None
        self._unit = BYTES

    def note(self, text: str) -> None:
        """Write one line that stays."""
        self._bars.console.print(escape(text), highlight=False, soft_wrap=True)

    def page(self, title: str, body: str) -> None:
        """Show a page as it is sent."""
        text = f"[bold]{escape(title)}[/]\n\n{escape(body)}"
        self._bars.console.print(Panel(text, title="page", title_align="left"))

    def begin(self, snapshot: str, assets: int) -> None:
        """Say what is about to be computed."""
        self.note(f"Snapshot {snapshot}: {assets} datasets")
        self._overall = self._bars.add_task(f"snapshot {snapshot}", total=assets, amount="")
        self._bars.start()

    def end(self) -> None:
        """Take the bars away; what was written stays."""
        self._bars.stop()

    def start(self, asset: str, total: int, unit: str = BYTES) -> None:
        """See resources.progress."""
        self._lines.start(asset, total, unit)
        self._unit = unit
        doing = "reading" if unit == BYTES else "sending"
        self._reading = self._bars.add_task(f"{doing} {asset}", total=total, amount="")

    def advance(self, asset: str, count: int) -> None:
        """See resources.progress."""
        if self._live and self._reading is not None:
            task = self._bars.tasks[self._bars.task_ids.index(self._reading)]
            amount = how_far(
                int(task.completed) + count, int(task.total or 0), self._unit, task.elapsed or 0
            )
            self._bars.update(self._reading, advance=count, amount=amount)
        else:
            self._lines.advance(asset, count)

    def finish(self, asset: str) -> None:
        """See resources.progress."""
        # What was read between two looks at the clock is shown, too.
        self._bars.refresh()
        self._take_away(self._reading)
        self._reading = None

    def dagster_logger(self) -> dg.LoggerDefinition:
        """Give the logger through which Dagster's events reach the display, and only it."""
        handler = _EventHandler(self)

        @dg.logger
        def display(_: dg.InitLoggerContext) -> logging.Logger:
            logger = logging.Logger("imagesuggest.display", logging.DEBUG)
            logger.addHandler(handler)
            return logger

        return display

    def event(self, event: dg.DagsterEvent) -> None:
        """Show what one of Dagster's events means for the person who waits."""
        kinds = dg.DagsterEventType
        if event.event_type == kinds.STEP_START and not str(event.step_key).startswith(CHECKS_OF):
            self._take_away(self._current)
            self._current = self._bars.add_task(str(event.step_key), total=None, amount="")
        elif event.event_type == kinds.ASSET_MATERIALIZATION:
            self._materialized(event)
        elif event.event_type == kinds.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed:
                name = f"{check.asset_key.path[-1]}: check {check.check_name}"
                self.note(f"{name} {check.severity.value}: {check.description}")
        elif event.event_type == kinds.STEP_FAILURE:
            self.note(f"failed   {event.step_key}")

    def _materialized(self, event: dg.DagsterEvent) -> None:
        metadata = event.step_materialization_data.materialization.metadata
        rows = metadata["dagster/partition_row_count"].value
        seconds = metadata["seconds"].value
        name = event.asset_key.path[-1] if event.asset_key else event.step_key
        if not self._quiet:
            self.note(f"done     {name:<24} {rows:>12,} rows {seconds:>8.1f} s")
        if self._overall is not None:
            self._bars.advance(self._overall)

    def _take_away(self, task: TaskID | None) -> None:
        if task is not None and task in self._bars.task_ids:
            self._bars.remove_task(task)


class _EventHandler(logging.Handler):
    """Takes Dagster's events from its log records."""

    def __init__(self, display: Display) -> None:
        super().__init__()
        self._display = display

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_event", None)
        if event is not None:
            self._display.event(event)


def summary(lake: Lake, snapshot: str, datasets: Sequence[str]) -> Table:
    """Make the table that ends a run: rows, by wiki where they fit, seconds."""
    table = Table(title=f"Snapshot {snapshot} in {lake.path}", title_justify="left")
    table.add_column("dataset")
    table.add_column("rows", justify="right")
    table.add_column("by wiki")
    table.add_column("seconds", justify="right")
    for name in datasets:
        recorded = lake.statistics(name, snapshot)
        by_wiki = recorded.rows_by_wiki
        fits = len(by_wiki) <= WIKIS_SHOWN
        wikis = ", ".join(f"{wiki} {rows:,}" for wiki, rows in by_wiki.items())
        table.add_row(
            name,
            f"{recorded.rows:,}",
            wikis if fits else f"{len(by_wiki)} wikis",
            f"{recorded.seconds:.2f}",
        )
    return table
