"""The gate: which wikis of a snapshot are well, and so which snapshot is shown (MODULES.md
section 8).
"""

from collections.abc import Callable
from datetime import UTC, datetime

import dagster as dg
from pydantic import Field

from graph import pictures
from graph.decisions import Decision, State, decide, decisions_of
from graph.declared import MANIFEST
from graph.history import History
from graph.passages import passages_of, written
from graph.seen import Seen
from graph.worse import worse_than
from module_assets.catalog.asset import dataset_asset
from module_assets.catalog.measures import MEASURES
from module_assets.publication.faults import FAULTS, Looked, faults_of
from module_assets.publication.judgement import judge_dataset
from module_assets.rules import Rules
from module_assets.snapshots.manifest import inputs_of
from resources.engine import EngineResource
from resources.errors import RefusedError
from resources.io_manager import Files, LakeResource, refuse_mixed
from resources.lake import Lake

DEPS = tuple(dict.fromkeys((MANIFEST, *MEASURES, *FAULTS, "module_transclusions", "family_scores")))


class GateConfig(dg.Config):
    """What a person decides; without anything, only the checks do."""

    release: list[str] = Field(default=[], description="Wikis to show all the same.")
    hold: list[str] = Field(default=[], description="Wikis to hold back.")
    reason: str = Field(default="", description="Why; needed to decide.")
    who: str = Field(default="", description="Who decides; needed likewise.")

    def wanted(self) -> dict[str, State]:
        """Give what is to become of each wiki. Raises RefusedError for one that is named twice,
        and without a reason or who decides.
        """
        twice = sorted({*self.release} & {*self.hold})
        if twice:
            raise RefusedError(f"{twice[0]} can not be released and held at once")
        if (self.release or self.hold) and not (self.reason.strip() and self.who.strip()):
            raise RefusedError("a reason and who decides are needed, so that others can see why")
        held: dict[str, State] = dict.fromkeys(self.hold, "held")
        return {**dict.fromkeys(self.release, "released"), **held}


@dataset_asset(describe=pictures.publishable, kinds=("python",), deps=DEPS)
def publishable(
    context: dg.AssetExecutionContext,
    config: GateConfig,
    lake: LakeResource,
    engine: EngineResource,
    rules: dg.ResourceParam[Rules],
) -> Files:
    """An ERROR of a wiki holds it back; one of all wikis holds each of them.

    The snapshot that is shown is the newest that was let through. A person can release what is
    held, or hold what is well: materialize this asset with a configuration that says which wikis,
    who decides and why. What gets worse than what was seen then is held again.
    """
    here, key = lake.get(), context.partition_key
    inputs = inputs_of(here, key)
    refuse_mixed(here, MANIFEST, key, DEPS)
    counts = [
        (dataset, count)
        for dataset in MEASURES
        for count in judge_dataset(here, dataset, key, rules)
    ]
    faults = faults_of(Looked(here, engine.get(here.scratch.path), rules, key))
    known = [count for _, count in counts]
    _keep(here, key, config, lambda wiki: Seen.of(wiki, known, faults))
    decisions = decisions_of(here.storage, key)
    worse = {
        wiki: worse_than(each.seen, wiki, known, faults, rules) for wiki, each in decisions.items()
    }
    gates = History(here, before=key).gates
    gone = sorted({*gates[0].states} - {*inputs.wikis, *inputs.left_out}) if gates else []
    return written(here, key, passages_of(inputs, counts, decisions, gone, faults, worse))


def _keep(lake: Lake, key: str, config: GateConfig, seen: Callable[[str], Seen]) -> None:
    """Keep what a person decided, with what was known of each wiki then."""
    wikis = inputs_of(lake, key).wikis
    at = datetime.now(UTC).isoformat(timespec="seconds")
    made = []
    for wiki, state in config.wanted().items():
        if wiki not in wikis:
            there = ", ".join(wikis)
            raise RefusedError(f"{wiki} is not part of the snapshot {key}; there are {there}")
        who, why = config.who.strip(), config.reason.strip()
        made.append(Decision(key, wiki, state, who, at, why, seen(wiki)))
    if made:
        decide(lake.storage, made)
