"""What the gate let through before a snapshot, as the lake records it. No check here.

What of it got to readers is known to the ledgers, see asset_checks/freshness.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import msgspec
import pyarrow as pa

from graph.declared import GATE, PUBLISHED, RELEASED
from resources.errors import InputError
from resources.lake import Lake
from resources.versions import CURRENT, Instant

PUBLISHED_AT = "published at"
"""In the details of its statistics: since when each wiki's data may go out (ISO 8601)."""
_ADVICE = f"materialize {GATE} of {{}} again, or move the folder away"
LOOKED_BACK = 60
"""Snapshots looked through for those that were let through, more than a year of weeks."""


@dataclass(frozen=True)
class Gate:
    """What became of a snapshot: the state of each wiki, since when it may be published, and why
    it is not simply published.
    """

    snapshot: str
    states: Mapping[str, str]
    published_at: Mapping[str, datetime]
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def published(self) -> frozenset[str]:
        """The wikis whose data of the snapshot was let through."""
        out = (PUBLISHED, RELEASED)
        return frozenset(wiki for wiki, state in self.states.items() if state in out)


class History:
    """The snapshots before ``before`` (all, if empty), newest first.

    One that can not be read counts as if it were not there; people are told of it, see
    alerts/files.py.
    """

    def __init__(self, lake: Lake, before: str = "") -> None:
        self._lake = lake
        self._before = before

    @property
    def gates(self) -> list[Gate]:
        """What became of each snapshot, newest first."""
        return [each for each in self._read if isinstance(each, Gate)]

    @property
    def unreadable(self) -> list[InputError]:
        """What is wrong with those that can not be read."""
        return [each for each in self._read if isinstance(each, InputError)]

    @cached_property
    def _read(self) -> list[Gate | InputError]:
        there = self._lake.snapshots(GATE)
        older = [key for key in there if not self._before or key < self._before]
        return [_gate_or_error(self._lake, key) for key in reversed(older[-LOOKED_BACK:])]

    def snapshots(self, wiki: str, most: int) -> list[str]:
        """List the newest snapshots in which a wiki was let through, oldest first.

        ``""`` is what belongs to no wiki: it was let through when anything made of it was.
        """
        found = [gate.snapshot for gate in self.gates if _has(gate, wiki)][:most]
        return found[::-1]


def newest_finished(lake: Lake) -> str:
    """Give the newest snapshot of which a run came to its end; "" where there is none."""
    return max(lake.snapshots(GATE), default="")


def read_gate(lake: Lake, snapshot: str) -> Gate:
    """Read what became of a snapshot.

    Raises UserError where that is not known yet, InputError where it can not be read.
    """
    place, advice = lake.partition(GATE, snapshot), _ADVICE.format(snapshot)
    try:
        rows = lake.rows(GATE, snapshot, ["wiki_db", "state", "reason"])
        states = {row["wiki_db"]: row["state"] for row in rows}
        reasons = {row["wiki_db"]: row["reason"] for row in rows if row["reason"]}
    except (KeyError, ValueError, OSError, pa.ArrowException) as error:
        # All of the partition is made again, whichever of its files it is.
        raise InputError(place, "its rows can not be read", advice=advice) from error
    times = lake.statistics(GATE, snapshot).details.get(PUBLISHED_AT, {})
    try:
        return Gate(snapshot, states, msgspec.convert(times, dict[str, Instant]), reasons)
    except ValueError as error:
        problem = f"{PUBLISHED_AT!r} can not be read: {error}"
        raise InputError(place / CURRENT, problem, advice=advice) from error


def _gate_or_error(lake: Lake, snapshot: str) -> Gate | InputError:
    try:
        return read_gate(lake, snapshot)
    except InputError as error:
        return error


def _has(gate: Gate, wiki: str) -> bool:
    return wiki in gate.published if wiki else bool(gate.published)
