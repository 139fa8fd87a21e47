"""Whether a count is apart from its history: SPEC.md section 9, row "anomaly".

What is counted is declared with a catalog and recorded when a dataset is written; here it is
compared with what was published before. A gate decides by it, anomalies.py shows it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import Literal

from graph.history import History
from graph.rules import GraphRules
from resources.errors import UserError
from resources.lake import Lake

Severity = Literal["WARN", "ERROR"]
Counted = dict[str, dict[str, int]]
"""Counts by wiki and name."""


@dataclass(frozen=True)
class Count:
    """One number and its history: so many, of which wiki (or none), called what (or nothing).

    ``history`` has the value of each published snapshot, oldest first. ``warn`` and ``error`` are
    the ranges outside of which it fails, both ends included; None without enough history.
    """

    measure: str
    wiki: str
    name: str
    found: int
    history: tuple[tuple[str, int], ...]
    median: float | None
    warn: tuple[float, float] | None
    error: tuple[float, float] | None
    severity: Severity | None

    @property
    def deviation(self) -> float:
        """By what share of the median it differs, with its sign; 0 without one."""
        if self.median is None or self.found == self.median:
            return 0.0
        return (self.found - self.median) / max(self.median, 1.0)

    @property
    def weight(self) -> float:
        """How bad it is beside others: a part of a wiki's numbers weighs half as much."""
        return abs(self.deviation) / (2 if self.wiki and self.name else 1)

    @property
    def called(self) -> str:
        """What is counted, for people: "ptwiki istype-depicts"."""
        return " ".join(filter(None, (self.wiki, self.name))) or "all"

    @property
    def what(self) -> str:
        """What is counted, without of whom: "suggestions"."""
        return self.measure.split(" by ")[0]

    def sentence(self) -> str:
        """Say in plain words what was found and what was expected."""
        what = self.what
        if self.warn is None or self.median is None:
            return f"{self.called}: {self.found:,} {what}, no history to compare with yet"
        low, high = self.warn
        share = f"{abs(self.deviation):.0%} {'fewer' if self.deviation < 0 else 'more'}"
        return (
            f"{self.called}: {self.found:,} {what}, expected {low:,.0f} to {high:,.0f}, "
            f"{share} than the median of {len(self.history)} snapshots, {self.median:,.0f}"
        )


def judge(
    measure: str,
    wiki: str,
    name: str,
    found: int,
    history: Sequence[tuple[str, int]],
    rules: GraphRules,
) -> Count:
    """Compare a count with its history, oldest first.

    It fails when it is apart from the median by more than a share of it and by more than three
    times its square root; what had some in the last snapshot and has none is an ERROR, whatever
    its size. A median of 0 counts as 1 there, so that the first two of a kind are no anomaly.
    """
    if len(history) < rules.anomaly_history_least:
        return Count(measure, wiki, name, found, tuple(history), None, None, None, None)
    middle = median(value for _, value in history)
    noise = rules.anomaly_noise * sqrt(max(middle, 1))
    shares = rules.anomaly_shares(wiki)
    warn, error = (
        (max(middle - apart, 0), middle + apart)
        for apart in (max(share * middle, noise) for share in shares)
    )
    severity: Severity | None = None
    if (found == 0 and history[-1][1] > 0) or not error[0] <= found <= error[1]:
        severity = "ERROR"
    elif not warn[0] <= found <= warn[1]:
        severity = "WARN"
    return Count(measure, wiki, name, found, tuple(history), middle, warn, error, severity)


def judge_measures(
    lake: Lake,
    dataset: str,
    snapshot: str,
    rules: GraphRules,
    judged: Mapping[str, Iterable[str]],
) -> list[Count]:
    """Judge all that is counted of a dataset, worst first: by each measure the wikis that are
    ``judged`` by it; see judge_measure().
    """
    history = History(lake, before=snapshot)
    counts = [
        count
        for measure, wikis in judged.items()
        for count in judge_measure(lake, dataset, measure, snapshot, rules, history, wikis)
    ]
    return sorted(counts, key=_badness)


def judge_measure(
    lake: Lake,
    dataset: str,
    measure: str,
    snapshot: str,
    rules: GraphRules,
    history: History,
    wikis: Iterable[str],
) -> list[Count]:
    """Judge all that a measure counts of a partition of some wikis (or ``""``), worst first.

    What was counted in its history and is not there counts as 0. Raises UserError where the
    partition is not there, or not counted.
    """
    now = recorded(lake, dataset, snapshot, measure)
    if now is None:
        raise UserError(f"{dataset} of {snapshot} has no {measure}; materialize it again")
    before: dict[str, Counted | None] = {}
    judged = []
    for wiki in wikis:
        values = []
        for key in history.snapshots(wiki, rules.anomaly_history):
            if key not in before:
                before[key] = recorded(lake, dataset, key, measure)
            if (counted := before[key]) is not None:
                values.append((key, counted.get(wiki, {})))
        found = now.get(wiki, {})
        for name in sorted({*found, *(name for _, names in values for name in names)} or {""}):
            past = [(key, names.get(name, 0)) for key, names in values]
            judged.append(judge(measure, wiki, name, found.get(name, 0), past, rules))
    return sorted(judged, key=_badness)


def _badness(count: Count) -> tuple[object, ...]:
    """Give what counts are sorted by, so that the worst is first."""
    return (
        {"ERROR": 0, "WARN": 1, None: 2}[count.severity],
        -count.weight,
        count.called,
    )


def recorded(lake: Lake, dataset: str, snapshot: str, measure: str) -> Counted | None:
    """Read what was counted, by wiki and name; None where nothing is recorded."""
    if not lake.has(dataset, snapshot):
        return None
    return lake.statistics(dataset, snapshot).counts.get(measure)
