"""What becomes of each wiki of a snapshot at its gate: decided by what checks found and by people.

What is counted and what is a fault is known to each graph.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from graph.decisions import Decision
from graph.declared import GATE, HELD, LEFT_OUT, PUBLISHED, RELEASED, RETIRED
from graph.history import PUBLISHED_AT, History, read_gate
from graph.inputs import SnapshotInputs
from graph.judgement import Count
from graph.rules import GraphRules
from graph.seen import Fault
from graph.worse import worse_than
from resources.errors import InputError
from resources.io_manager import Files
from resources.lake import Lake
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


def passages_of(
    inputs: SnapshotInputs,
    counts: Sequence[tuple[str, Count]],
    decisions: dict[str, Decision],
    gone: Sequence[str] = (),
    faults: Sequence[Fault] = (),
    *,
    rules: GraphRules,
    also: Sequence[str] = (),
) -> list[Passage]:
    """Decide of each wiki, and ``also`` of what is not among these, by what was found of each
    dataset's counts, and by the ``faults`` that were found beside them. What is worse by now than
    was decided about is held.
    """
    known = [count for _, count in counts]
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
    for wiki in {*inputs.wikis, *also} - no_more.keys():
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
            if state == RELEASED and (
                since := worse_than(decision.seen, wiki, known, faults, rules)
            ):
                state, checks = HELD, checks | {BY_GATE}
                reasons.insert(0, f"since then {several(since, TOLD)}")
            reasons.insert(0, decision.sentence())
        passages.append(Passage(wiki, state, several(reasons, TOLD), tuple(sorted(checks))))
    return sorted(passages, key=lambda each: each.wiki)


def gone_from(lake: Lake, inputs: SnapshotInputs, named: Sequence[str]) -> list[str]:
    """List the wikis of the last snapshot of which there is nothing now.

    Who names the target wikis has decided which there are.
    """
    gates = History(lake, before=inputs.key).gates
    if named or not gates:
        return []
    return sorted({*gates[0].states} - {*inputs.wikis, *inputs.left_out, *inputs.others})


def written(lake: Lake, key: str, passages: Sequence[Passage]) -> Files:
    """Write what becomes of each wiki as the rows of the gate."""
    target = lake.scratch.new(GATE).with_suffix(".parquet")
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
    return Files([target], {PUBLISHED_AT: _published_at(lake, key, passages)})


def _published_at(lake: Lake, key: str, passages: Sequence[Passage]) -> dict[str, str]:
    """Give since when each wiki's data may go out: what already could keeps its time."""
    before: Mapping[str, datetime] = {}
    if lake.has(GATE, key):
        with suppress(InputError):
            # What can not be read is about to be written anew.
            before = read_gate(lake, key).published_at
    now = datetime.now(UTC)
    out = [each.wiki for each in passages if each.state in (PUBLISHED, RELEASED)]
    return {wiki: before.get(wiki, now).isoformat(timespec="seconds") for wiki in out}
