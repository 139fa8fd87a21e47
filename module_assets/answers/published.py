"""The snapshot that is shown: the newest that was let through, as tables."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ibis import Table

from graph.declared import GATE
from graph.history import Gate, History, read_gate
from resources.engine import DuckDBEngine, Engine
from resources.errors import NothingThereError, UserError
from resources.lake import Lake
from resources.memory import default_memory

Row = dict[str, Any]
COMPARED = ("modules", "module_families", "families", "function_families")
"""By which one tells what is new."""


@dataclass(frozen=True)
class Published:
    """One snapshot of a lake. ``gate`` says which of its wikis were let through."""

    lake: Lake
    engine: Engine
    gate: Gate

    @property
    def key(self) -> str:
        """The snapshot."""
        return self.gate.snapshot

    @cached_property
    def held(self) -> dict[str, str]:
        """The wikis that were not let through, and why."""
        states, reasons, through = self.gate.states, self.gate.reasons, self.gate.published
        return {wiki: reasons.get(wiki, "") for wiki in states if wiki not in through}

    @cached_property
    def before(self) -> str:
        """The last snapshot before it of which anything was let through; "" where there is none."""
        through = (
            gate.snapshot
            for gate in History(self.lake, before=self.key).gates
            if gate.published and all(self.lake.has(each, gate.snapshot) for each in COMPARED)
        )
        return next(through, "")

    @cached_property
    def sites(self) -> list[Row]:
        """The wikis: where each is, and its project and language."""
        return self.rows(self.table("wikis"))

    def table_before(self, dataset: str) -> Table:
        """Give one of the datasets COMPARED as it was in the snapshot before."""
        return self.engine.read(self.lake.files(dataset, self.before))

    def table(self, dataset: str) -> Table:
        """Give a dataset, without the rows of wikis that were not let through where others were.

        What is counted of families has theirs in it. Raises UserError where the snapshot has none.
        """
        rows = self.engine.read(self.lake.files(dataset, self.key))
        if self.held and self.gate.published and "wiki_db" in rows.columns:
            rows = rows.filter(rows.wiki_db.notin(sorted(self.held)))
        return rows

    def kept(self, make: "Callable[[Published], Table]") -> Table:
        """Give what ``make`` makes of the datasets. Who answers many keeps that, once made."""
        return make(self)

    def rows(self, table: Table) -> list[Row]:
        """Compute a small table."""
        return self.engine.rows(table)


@contextmanager
def published(lake: Lake, snapshot: str | None = None, memory: str = "") -> Iterator[Published]:
    """Open a snapshot: the one that is named, else the newest of which anything was let through; as
    long as nothing ever was, the newest. Raises UserError where there is none.
    """
    engine = DuckDBEngine(memory or default_memory(), lake.scratch.path)
    try:
        yield Published(lake, engine, shown_gate(lake, snapshot))
    finally:
        engine.close()
        lake.close()


def shown_gate(lake: Lake, snapshot: str | None = None) -> Gate:
    """Read the gate of the snapshot that is shown, see published()."""
    there = lake.snapshots(GATE)
    if not there:
        raise NothingThereError(
            lake.path, "no snapshot has come to its gate; run `modules run` first"
        )
    if snapshot is None:
        through = (gate for gate in History(lake).gates if gate.published)
        return next(through, None) or read_gate(lake, there[-1])
    if snapshot not in there:
        raise UserError(f"{lake.path}: no snapshot {snapshot}; there are {', '.join(there)}")
    return read_gate(lake, snapshot)
