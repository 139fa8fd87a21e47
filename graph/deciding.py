"""What a person can decide about a snapshot at its gate, and what is refused. What follows of it is
in passages.py.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import dagster as dg
from pydantic import Field

from graph.decisions import Decision, State, decide
from graph.declared import RELEASED, RETIRED
from graph.inputs import SnapshotInputs
from graph.judgement import Count
from graph.seen import Fault, Seen
from resources.errors import RefusedError
from resources.lake import Lake


class GateConfig(dg.Config):
    """What a person decides; without anything, only the checks do."""

    release: list[str] = Field(default=[], description="Wikis to show all the same.")
    hold: list[str] = Field(default=[], description="Wikis to hold back.")
    reason: str = Field(default="", description="Why; needed to decide.")
    who: str = Field(default="", description="Who decides; needed likewise.")

    def named(self) -> Iterator[tuple[State, list[str]]]:
        """Give which wikis are to be what."""
        yield "released", self.release
        yield "held", self.hold

    def wanted(self) -> dict[str, State]:
        """Give what is to become of each wiki. Raises RefusedError for one that is named twice."""
        found: dict[str, State] = {}
        for state, wikis in self.named():
            for wiki in wikis:
                if found.setdefault(wiki, state) != state:
                    raise RefusedError(f"{wiki} can not be {found[wiki]} and {state} at once")
        return found


def refuse(
    inputs: SnapshotInputs, config: GateConfig, faults: Sequence[Fault], also: Sequence[str] = ()
) -> None:
    """Raise RefusedError for what can not be decided about a snapshot, but that a wiki is retired;
    ``also`` is what can be released and held like a wiki.
    """
    wanted = config.wanted()
    if wanted and not (config.reason.strip() and config.who.strip()):
        raise RefusedError("a reason and who decides are needed, so that others can see why")
    there = (*inputs.wikis, *also)
    for wiki, state in wanted.items():
        if state == RETIRED:
            continue
        if wiki in inputs.left_out:
            why = inputs.left_out[wiki]
            raise RefusedError(f"{wiki} is left out of the snapshot {inputs.key}: {why}")
        if wiki not in there:
            raise RefusedError(
                f"{wiki} is not part of the snapshot {inputs.key}; there are {', '.join(there)}"
            )
    for fault in faults:
        if fault.final and wanted.get(fault.wiki) == RELEASED:
            raise RefusedError(f"{fault.wiki} can not be released: {fault.says}")


def keep_decisions(
    lake: Lake, key: str, config: GateConfig, counts: Sequence[Count], faults: Sequence[Fault]
) -> None:
    """Keep what a person decided, with what was known of each wiki then."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    who, why = config.who.strip(), config.reason.strip()
    made = [
        Decision(key, wiki, state, who, at, why, Seen.of(wiki, counts, faults))
        for wiki, state in config.wanted().items()
    ]
    if made:
        decide(lake.storage, made)
