"""The gate: what of a snapshot may be published, wiki by wiki (SPEC.md section 9)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

import dagster as dg
import pyarrow as pa

from graph import pictures
from graph.decisions import Decision, decisions_of, retired
from graph.declared import GATE, HELD, LEFT_OUT, MANIFEST, PUBLISHED, RELEASED, RETIRED
from graph.history import PUBLISHED_AT, History, read_gate
from graph.inputs import SnapshotInputs
from graph.judgement import Count, recorded
from graph.seen import Fault
from graph.worse import worse_than
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.catalog.measures import MEASURES
from imagesuggest_assets.datasets.suggestions import BEYOND
from imagesuggest_assets.publication.deciding import GateConfig, keep_decisions, refuse
from imagesuggest_assets.publication.judgement import judge_dataset
from imagesuggest_assets.publication.missing import CHECKED, missing_in
from imagesuggest_assets.publication.store.wanted import too_large
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.manifest import inputs_of
from resources.dumps import DumpsResource
from resources.errors import InputError
from resources.io_manager import Files, LakeResource, refuse_mixed
from resources.lake import Lake
from resources.sources.dumps import COMMONS
from resources.sources.parquet import write_parquet
from resources.wording import several

BY_GATE = f"{GATE} gate"
"""The check of what no other check has found."""
TOLD = 3
_SCHEMA = pa.schema(
    [
        ("wiki_db", pa.string()),
        ("state", pa.string()),
        ("reason", pa.string()),
        ("checks", pa.list_(pa.string())),
    ]
)


@dataclass(frozen=True)
class Passage:
    """What becomes of one wiki. ``checks`` are those that hold it, or would without a person."""

    wiki: str
    state: str
    reason: str
    checks: tuple[str, ...] = ()


@dataset_asset(
    describe=pictures.publishable,
    kinds=("python",),
    deps=[MANIFEST, "search_index_full", *MEASURES],
)
def publishable(
    context: dg.AssetExecutionContext,
    config: GateConfig,
    lake: LakeResource,
    rules: Rules,
    dumps: DumpsResource,
) -> Files:
    """Decided by the checks `inputs` and `anomaly` of each wiki and of Commons' tags: an ERROR
    holds it back, as does a number that the readers' columns can not hold.

    A person can release it, but for such a number, or hold back what is well; who, when, why and
    what was seen then are kept for good. What gets worse than that is held again. To decide,
    materialize this asset with a configuration, or use `imagesuggest release`, `hold` and
    `retire`.
    """
    here, key = lake.get(), context.partition_key
    inputs = inputs_of(here, key)
    refuse_mixed(here, MANIFEST, key, [*MEASURES, *CHECKED])
    faults = faults_of(here, key, rules)
    counts = [
        (dataset, count)
        for dataset in MEASURES
        for count in judge_dataset(here, dataset, key, rules)
    ]
    refuse(here, inputs, config, faults)
    known = [count for _, count in counts]
    keep_decisions(here, key, config, known, faults)
    decisions, no_more = decisions_of(here.storage, key), retired(here.storage)
    worse = {
        wiki: worse_than(decision.seen, wiki, known, faults, rules)
        for wiki, decision in decisions.items()
    }
    gone = _gone(here, inputs, dumps.target_wikis())
    passages = passages_of(inputs, counts, decisions | no_more, gone, faults, worse)
    target = here.scratch.new("publishable").with_suffix(".parquet")
    rows = [
        {
            "wiki_db": each.wiki,
            "state": each.state,
            "reason": each.reason,
            "checks": list(each.checks) or None,
        }
        for each in passages
    ]
    write_parquet(pa.Table.from_pylist(rows, _SCHEMA).to_batches(), _SCHEMA, target, {})
    return Files([target], {PUBLISHED_AT: _published_at(here, key, passages)})


def faults_of(lake: Lake, key: str, rules: Rules) -> list[Fault]:
    """Find what holds wikis back beside their counts, the gravest first."""
    beyond = recorded(lake, "filtered_suggestions", key, BEYOND) or {}
    large = [
        Fault(wiki, BY_GATE, too_large(wiki, page, revision), final=True)
        for wiki, pages in beyond.items()
        for page, revision in pages.items()
    ]
    missing = [
        Fault(each.wiki, f"{dataset} inputs", f"{dataset} of {each.sentence()}", share=each.share)
        for dataset in CHECKED
        if lake.has(dataset, key)
        for each in missing_in(lake, dataset, key, rules)
        if each.error
    ]
    return [*large, *missing]


def passages_of(
    inputs: SnapshotInputs,
    counts: Sequence[tuple[str, Count]],
    decisions: dict[str, Decision],
    gone: Sequence[str] = (),
    faults: Sequence[Fault] = (),
    worse: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> list[Passage]:
    """Decide of each wiki and of Commons' tags, by what was found of each dataset's counts, and by
    the ``faults`` that were found beside them; ``worse`` says what is so than was decided about.
    """
    no_more = {wiki: each for wiki, each in decisions.items() if each.state == RETIRED}
    passages = [
        Passage(wiki, LEFT_OUT, reason)
        for wiki, reason in {
            **dict.fromkeys(gone, "there is no dump of it any more"),
            **inputs.left_out,
        }.items()
        if wiki not in no_more
    ]
    passages += [
        Passage(wiki, RETIRED, each.sentence())
        for wiki, each in no_more.items()
        if wiki in inputs.wikis
    ]
    for wiki in {*inputs.wikis, COMMONS} - no_more.keys():
        failed = [
            (dataset, count)
            for dataset, count in counts
            if count.wiki == wiki and count.severity == "ERROR"
        ]
        found = [fault for fault in faults if fault.wiki == wiki]
        anomalies = {f"{dataset} anomaly" for dataset, _ in failed}
        checks = anomalies | {fault.check for fault in found}
        worst = max((count for _, count in failed), key=lambda each: each.weight, default=None)
        state = HELD if checks else PUBLISHED
        reasons = [fault.says for fault in found] + ([worst.sentence()] if worst else [])
        decision = decisions.get(wiki)
        if decision is not None:
            state = HELD if any(fault.final for fault in found) else decision.state
            if state == RELEASED and (since := worse.get(wiki)):
                state, checks = HELD, checks | {BY_GATE}
                reasons.insert(0, f"since then {several(since, TOLD)}")
            reasons.insert(0, decision.sentence())
        passages.append(Passage(wiki, state, several(reasons, TOLD), tuple(sorted(checks))))
    return sorted(passages, key=lambda each: each.wiki)


def _gone(lake: Lake, inputs: SnapshotInputs, named: Sequence[str]) -> list[str]:
    """List the wikis of the last snapshot of which there is nothing now.

    Who names the target wikis has decided which there are.
    """
    gates = History(lake, before=inputs.key).gates
    if named or not gates:
        return []
    return sorted({*gates[0].states} - {*inputs.wikis, *inputs.left_out, COMMONS})


def _published_at(lake: Lake, key: str, passages: Sequence[Passage]) -> dict[str, str]:
    """Give since when each wiki's data may go out: what already could keeps its time."""
    before: Mapping[str, datetime] = {}
    if lake.has("publishable", key):
        with suppress(InputError):
            # What can not be read is about to be written anew.
            before = read_gate(lake, key).published_at
    now = datetime.now(UTC)
    out = [each.wiki for each in passages if each.state in (PUBLISHED, RELEASED)]
    return {wiki: before.get(wiki, now).isoformat(timespec="seconds") for wiki in out}
