"""Where the server's answers come from: the snapshot of a lake that is shown, which is looked for
again while the server runs. Nothing is ever written to the lake.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, RLock
from typing import TypeVar
from uuid import uuid4

import duckdb
from ibis import Table

from graph.declared import GATE
from graph.history import LOOKED_BACK
from module_assets.answers.family import centres
from module_assets.answers.lists import every_family, every_module
from module_assets.answers.published import Published, Row, shown_gate
from resources.engine import DuckDBEngine
from resources.errors import UserError
from resources.lake import Lake
from resources.versions import CURRENT, place_of
from resources.web.reach import Reach

LOOK_SECONDS = 3.0
"""For so long it is not looked again which snapshot is shown."""
MEMORY = "400MB"
"""Of the database of one snapshot; while a new one is opened, there are two."""
READ = (
    *("wikis", "modules", "module_text", "module_use", "module_links", "module_history"),
    *("module_code", "module_functions", "module_references"),
    *("similar_shapes", "shape_families", "module_families", "families", "function_families"),
    *("module_scores", "family_scores"),
)
"""The datasets that answers are made of."""
_LAKE = "the lake"
T = TypeVar("T")


class Keeping(DuckDBEngine):
    """DuckDB that keeps tables in its memory as long as it is there."""

    def kept(self, table: Table) -> Table:
        """Compute a table and keep it."""
        name = f"kept_{uuid4().hex}"
        self._backend.con.execute(f"CREATE TABLE {name} AS {self._backend.compile(table)}")
        return self._backend.table(name)


@dataclass(frozen=True)
class Loaded(Published):
    """A snapshot for many questions of several threads: each dataset is opened once, and what lists
    and families that are alike are found by is in memory. Files of the lake stay for a day when
    another run replaces them.
    """

    engine: "Keeping"
    _tables: dict[object, Table] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def table(self, dataset: str) -> Table:
        """See Published."""
        with self._lock:
            if dataset not in self._tables:
                self._tables[dataset] = super().table(dataset)
            return self._tables[dataset]

    def kept(self, make: Callable[[Published], Table]) -> Table:
        """See Published."""
        with self._lock:
            if make not in self._tables:
                self._tables[make] = self.engine.kept(make(self))
            return self._tables[make]

    def rows(self, table: Table) -> list[Row]:
        """See Published. One at a time: the database answers each with all cores."""
        with self._lock:
            return super().rows(table)


class Source:
    """A lake of modules. ``ask`` raises OutOfReachError where it does not answer."""

    def __init__(self, lake: str, scratch: str = "") -> None:
        self.lake = Lake(lake, scratch)
        self._spill = TemporaryDirectory(prefix="modules-")
        self._looking = Lock()
        self._next_look = 0.0
        self._seen: object = None
        self._loaded: Loaded | None = None
        self._reach = Reach(logging.getLogger("modules"))

    async def ask(self, question: Callable[[Published], T]) -> T:
        """Answer a question about the snapshot that is shown, in another thread."""
        return await asyncio.to_thread(self._asked, question)

    def close(self) -> None:
        """Let go of memory and files."""
        self._loaded = None
        self._spill.cleanup()

    def _asked(self, question: Callable[[Published], T]) -> T:
        try:
            shown = self._shown()
        except (UserError, OSError, duckdb.Error) as error:
            raise self._reach.away(_LAKE, error) from error
        try:
            found = question(shown)
        except (OSError, duckdb.Error) as error:
            # Perhaps its files were removed, and others are there.
            self._seen = None
            raise self._reach.away(_LAKE, error) from error
        self._reach.back(_LAKE)
        return found

    def _shown(self) -> Loaded:
        """Give the snapshot that is shown; who comes while it is looked for gets the one before."""
        if not self._looking.acquire(blocking=self._loaded is None):
            assert self._loaded is not None  # noqa: S101 - else it was waited for
            return self._loaded
        try:
            if self._loaded is None or time.monotonic() >= self._next_look:
                seen = self._look()
                if self._loaded is None or seen != self._seen:
                    self._loaded, self._seen = self._load(), seen
                self._next_look = time.monotonic() + LOOK_SECONDS
            return self._loaded
        finally:
            self._looking.release()

    def _look(self) -> object:
        """Give what is another one when what is shown may be another."""
        keys = self.lake.snapshots(GATE)[-LOOKED_BACK:]
        return [self.lake.storage.read(f"{place_of(GATE, key)}/{CURRENT}") for key in keys]

    def _load(self) -> Loaded:
        gate = shown_gate(self.lake)
        loaded = Loaded(self.lake, Keeping(MEMORY, Path(self._spill.name)), gate)
        for dataset in READ:
            loaded.table(dataset)
        for every in (every_family, every_module, centres):
            loaded.kept(every)
        return loaded
