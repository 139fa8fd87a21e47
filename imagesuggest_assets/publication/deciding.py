"""What a person can decide about a snapshot, and what is refused. What follows is in gate.py."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg
from pydantic import Field

from graph.decisions import Decision, State, decide
from graph.declared import RELEASED
from graph.inputs import SnapshotInputs
from graph.judgement import Count
from graph.seen import Fault, Seen
from imagesuggest_assets.publication.back import published_wikis
from resources.errors import RefusedError
from resources.lake import Lake
from resources.sources.dumps import COMMONS


class GateConfig(dg.Config):
    """What a person decides; without anything, only the checks do."""

    release: list[str] = Field(
        default=[], description="Wikis to publish all the same; commonswiki is Commons' tags."
    )
    hold: list[str] = Field(
        default=[],
        description="Wikis to hold back. Where the snapshot went out already, the last good one is "
        "put back.",
    )
    retire: list[str] = Field(
        default=[],
        description="Wikis of which all that is published is withdrawn, until they are released.",
    )
    reason: str = Field(default="", description="Why; needed to decide.")
    who: str = Field(default="", description="Who decides; needed likewise.")

    def wanted(self) -> dict[str, State]:
        """Give what is to become of each wiki. Raises RefusedError for one that is named twice."""
        named: tuple[tuple[State, list[str]], ...] = (
            ("released", self.release),
            ("held", self.hold),
            ("retired", self.retire),
        )
        found: dict[str, State] = {}
        for state, wikis in named:
            for wiki in wikis:
                if found.setdefault(wiki, state) != state:
                    raise RefusedError(f"{wiki} can not be {found[wiki]} and {state} at once")
        return found


def refuse(lake: Lake, inputs: SnapshotInputs, config: GateConfig, faults: Sequence[Fault]) -> None:
    """Raise RefusedError for what can not be decided about a snapshot."""
    wanted = config.wanted()
    if wanted and not (config.reason.strip() and config.who.strip()):
        raise RefusedError("a reason and who decides are needed, so that others can see why")
    there = (*inputs.wikis, COMMONS)
    for wiki, state in wanted.items():
        if state == "retired":
            _refuse_retiring(lake, inputs, wiki)
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


def _refuse_retiring(lake: Lake, inputs: SnapshotInputs, wiki: str) -> None:
    if wiki == COMMONS:
        raise RefusedError(f"{wiki} is part of every snapshot; `imagesuggest hold` holds its tags")
    known = {*inputs.wikis, *published_wikis(lake)} - {COMMONS}
    if wiki not in known:
        raise RefusedError(
            f"nothing of {wiki} is published anywhere; something is of {', '.join(sorted(known))}"
        )


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
