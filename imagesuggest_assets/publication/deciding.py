"""What a person can decide about a snapshot of suggestions, and what is refused. What follows of it
is in gate.py.
"""

from collections.abc import Iterator, Sequence

from pydantic import Field

from graph import deciding
from graph.decisions import State
from graph.inputs import SnapshotInputs
from graph.seen import Fault
from imagesuggest_assets.publication.back import published_wikis
from resources.errors import RefusedError
from resources.lake import Lake
from resources.sources.dumps import COMMONS


class GateConfig(deciding.GateConfig):
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

    def named(self) -> Iterator[tuple[State, list[str]]]:
        """See the base."""
        yield from super().named()
        yield "retired", self.retire


def refuse(lake: Lake, inputs: SnapshotInputs, config: GateConfig, faults: Sequence[Fault]) -> None:
    """Raise RefusedError for what can not be decided about a snapshot."""
    deciding.refuse(inputs, config, faults, also=[COMMONS])
    for wiki in config.retire:
        _refuse_retiring(lake, inputs, wiki)


def _refuse_retiring(lake: Lake, inputs: SnapshotInputs, wiki: str) -> None:
    if wiki == COMMONS:
        raise RefusedError(f"{wiki} is part of every snapshot; `imagesuggest hold` holds its tags")
    known = {*inputs.wikis, *published_wikis(lake)} - {COMMONS}
    if wiki not in known:
        raise RefusedError(
            f"nothing of {wiki} is published anywhere; something is of {', '.join(sorted(known))}"
        )
