"""Runs of the module finder in this process."""

import io
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from graph.terminal.display import Display
from module_assets.command.execution import run_snapshot
from module_assets.settings import Settings
from tests.acceptance.undrawn import undrawn

KEY = "2026-11-02"


@dataclass(frozen=True)
class Snapshot:
    """Where dumps are, and a lake with all datasets of them."""

    dumps: Path
    lake: Path


def run(dumps: Path, lake: Path, *datasets: str) -> str:
    """Run the module finder in this process; give what it wrote."""
    written = io.StringIO()
    display = Display(Console(file=written, width=200), quiet=False)
    with undrawn():
        run_snapshot(Settings(dumps=str(dumps), lake=str(lake)), None, datasets, display)
    return written.getvalue()
