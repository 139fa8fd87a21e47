"""What a person can decide about a snapshot, and what is refused. What follows is in gate.py."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg
from pydantic import Field

from imagesuggest_assets.catalog.publication import RELEASED
from imagesuggest_assets.publication.decisions import Decision, State, decide
from imagesuggest_assets.publication.judgement import Count
from imagesuggest_assets.publication.seen import Fault, Seen
from imagesuggest_assets.snapshots.choice import SnapshotInputs
from resources.errors import UserError
from resources.lake import Lake
from resources.sources.dumps import COMMONS


class GateConfig(dg.Config):
    """What a person decides; without anything, only the checks do."""

    release: list[str] = Field(
        default=[], description="Wikis to publish all the same; commonswiki is Commons' tags."
    )
    hold: list[str] = Field(default=[], description="Wikis to hold back.")
    reason: str = Field(default="", description="Why; needed to release or hold.")
    who: str = Field(default="", description="Who decides; needed to release or hold.")

    def wanted(self) -> dict[str, State]:
        """Give what is to become of each wiki. Raises UserError for one that is named twice."""
        if both := sorted({*self.release} & {*self.hold}):
            raise UserError(f"{both[0]} can not be released and held at once")
        return {**dict.fromkeys(self.release, "released"), **dict.fromkeys(self.hold, "held")}


def refuse(inputs: SnapshotInputs, config: GateConfig, faults: Sequence[Fault]) -> None:
    """Raise UserError for what can not be decided about a snapshot."""
    wanted = config.wanted()
    if wanted and not (config.reason.strip() and config.who.strip()):
        raise UserError("a reason and who decides are needed, so that others can see why")
    there = (*inputs.wikis, COMMONS)
    for wiki in wanted:
        if wiki in inputs.left_out:
            why = inputs.left_out[wiki]
            raise UserError(f"{wiki} is left out of the snapshot {inputs.key}: {why}")
        if wiki not in there:
            raise UserError(
                f"{wiki} is not part of the snapshot {inputs.key}; there are {', '.join(there)}"
            )
    for fault in faults:
        if fault.final and wanted.get(fault.wiki) == RELEASED:
            raise UserError(f"{fault.wiki} can not be released: {fault.says}")


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
        decide(lake.path, made)
