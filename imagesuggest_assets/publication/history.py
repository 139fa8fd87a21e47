"""What the gate let through before a snapshot, as the lake records it. No check here.

What of it got to readers is known to the ledgers, see asset_checks/freshness.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import pyarrow.parquet as pq

from imagesuggest_assets.catalog.partition import GATE
from imagesuggest_assets.catalog.publication import PUBLISHED, RELEASED
from resources.lake import Lake

PUBLISHED_AT = "published at"
"""In the details of its statistics: since when each wiki's data may go out (ISO 8601)."""
LOOKED_BACK = 60
"""Snapshots looked through for those that were let through, more than a year of weeks."""


@dataclass(frozen=True)
class Gate:
    """What became of a snapshot: the state of each wiki, and since when it may be published."""

    snapshot: str
    states: Mapping[str, str]
    published_at: Mapping[str, datetime]

    @property
    def published(self) -> frozenset[str]:
        """The wikis whose data of the snapshot was let through."""
        out = (PUBLISHED, RELEASED)
        return frozenset(wiki for wiki, state in self.states.items() if state in out)


class History:
    """The snapshots before ``before`` (all, if empty), newest first."""

    def __init__(self, lake: Lake, before: str = "") -> None:
        self._lake = lake
        self._before = before

    @cached_property
    def gates(self) -> list[Gate]:
        """What became of each snapshot, newest first."""
        there = self._lake.snapshots(GATE)
        older = [key for key in there if not self._before or key < self._before]
        return [read_gate(self._lake, key) for key in reversed(older[-LOOKED_BACK:])]

    def snapshots(self, wiki: str, most: int) -> list[str]:
        """List the newest snapshots in which a wiki was let through, oldest first.

        ``""`` is what belongs to no wiki: it was let through when anything made of it was.
        """
        found = [gate.snapshot for gate in self.gates if _has(gate, wiki)][:most]
        return found[::-1]


def read_gate(lake: Lake, snapshot: str) -> Gate:
    """Read what became of a snapshot. Raises UserError where that is not known yet."""
    rows = [
        row
        for file in lake.files(GATE, snapshot)
        for row in pq.read_table(file, columns=["wiki_db", "state"]).to_pylist()
    ]
    told = lake.statistics(GATE, snapshot).details.get(PUBLISHED_AT, {})
    times = {wiki: datetime.fromisoformat(at) for wiki, at in told.items()}  # type: ignore[attr-defined]
    return Gate(snapshot, {row["wiki_db"]: row["state"] for row in rows}, times)


def _has(gate: Gate, wiki: str) -> bool:
    return wiki in gate.published if wiki else bool(gate.published)
