"""What is worse by now than a person saw who decided about a wiki (SPEC.md section 9).

A release is for what was seen. How a count is judged is known in judgement.py.
"""

from collections.abc import Iterator, Sequence

from graph.judgement import Count, Severity, judge
from graph.rules import GraphRules
from graph.seen import Fault, Seen


def worse_than(
    seen: Seen | None,
    wiki: str,
    counts: Sequence[Count],
    faults: Sequence[Fault],
    rules: GraphRules,
) -> list[str]:
    """Say what of a wiki is so much worse than what was seen of it that nobody decided about it.

    Of a decision of before what was seen was kept (None), that is what had some in the last
    published snapshot and has none.
    """
    own = [count for count in counts if count.wiki == wiki]
    if seen is None:
        lost = [each for each in own if not each.found and each.history and each.history[-1][1]]
        return [_than(count, f"{count.history[-1][1]:,} in the last snapshot") for count in lost]
    worse = [
        _than(count, f"{then:,} when that was decided")
        for count, then in _with_then(seen, wiki, own, rules)
        if _judged_by(then, count, rules) == "ERROR"
    ]
    for fault in faults:
        then_share = seen.faults.get(fault.check, 0.0)
        _, more = rules.anomaly_shares(wiki)
        if fault.wiki == wiki and fault.share > then_share * (1 + more):
            was = "less of it" if then_share else "not so"
            worse.append(f"{fault.says}, {was} when that was decided")
    return worse


def _than(count: Count, was: str) -> str:
    return f"{count.called}: {count.found:,} {count.what}, {was}"


def _with_then(
    seen: Seen, wiki: str, counts: Sequence[Count], rules: GraphRules
) -> Iterator[tuple[Count, int]]:
    """Give each count with what was seen of it; what is not counted any more is 0 now."""
    now = {(count.measure, count.name) for count in counts}
    measures = {count.measure for count in counts}
    for count in counts:
        yield count, seen.counts.get(count.measure, {}).get(count.name, 0)
    for measure in seen.counts.keys() & measures:
        for name, then in seen.counts[measure].items():
            if (measure, name) not in now:
                yield judge(measure, wiki, name, 0, [], rules), then


def _judged_by(then: int, count: Count, rules: GraphRules) -> Severity | None:
    """Judge a count by what was seen, where it is further from what is usual than that was.

    Without enough history only fewer are worse. What would go out without any release needs none,
    but for what had some and has none.
    """
    if then and not count.found:
        return "ERROR"
    usual = then if count.median is None else count.median
    if (count.found - then) * (count.found - usual) <= 0:
        return None
    if count.median is None and count.found > then:
        return None
    history = [("", then)] * rules.anomaly_history_least
    judged = judge(count.measure, count.wiki, count.name, count.found, history, rules)
    return judged.severity if count.median is None or count.severity == "ERROR" else None
