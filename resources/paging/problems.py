"""What is said to the pager and what it remembers: problems, judgements, incidents, pages."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Severity = Literal["WARN", "ERROR"]
Kind = Literal["open", "again", "over", "test"]
"""Why a page is sent: something begins, it lasts, it has ended, or somebody tries the pager."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    ``wiki`` is "" where it belongs to none, ``snapshot`` likewise. ``says`` is one sentence in
    plain words with the expected range and what was found. A bigger ``weight`` is worse.
    """

    check: str
    dataset: str
    snapshot: str
    wiki: str
    severity: Severity
    says: str
    weight: float = 0.0


@dataclass(frozen=True)
class Judgement:
    """One evaluation of one check: everything that it found wrong, and so what is well again.

    What is open for the same check and dataset, of this snapshot or an older one, and is not among
    ``problems``, is over. Where only some wikis were judged, ``wikis`` names them, and only what
    is open for these is over. ``link`` is where a person looks at the check.
    """

    check: str
    dataset: str
    snapshot: str
    problems: tuple[Problem, ...] = ()
    link: str = ""
    wikis: frozenset[str] | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a problem that is not this judgement's."""
        for problem in self.problems:
            named = (problem.check, problem.dataset, problem.snapshot)
            if named != (self.check, self.dataset, self.snapshot):
                raise ValueError(f"{problem} is not of {(self.check, self.dataset, self.snapshot)}")
            if not self.judges(problem.wiki):
                raise ValueError(f"{problem} is of a wiki that was not judged")

    def judges(self, wiki: str) -> bool:
        """Tell whether a wiki was among those judged."""
        return self.wikis is None or wiki in self.wikis


@dataclass(frozen=True)
class Incident:
    """What is wrong with one wiki by one check: told when it opens, while it lasts, when over.

    ``problems`` are as they were last judged, ``severity`` the worst of them ever. The last page
    that spoke of it was written at ``told_at``.
    """

    id: int
    check: str
    dataset: str
    snapshot: str
    wiki: str
    severity: Severity
    problems: tuple[Problem, ...]
    link: str
    opened: datetime
    told_at: datetime


@dataclass(frozen=True)
class Page:
    """What is sent. ``key`` is the same however often one page is sent, and no other page's.

    ``routed`` are the severities it is for: its own, and for what is over those of the pages that
    spoke of it.
    """

    key: str
    kind: Kind
    severity: Severity
    routed: frozenset[Severity]
    title: str
    body: str
    written: datetime


@dataclass(frozen=True)
class Outcome:
    """What came of sending a page: ``why`` is "" where it went well."""

    destination: str
    why: str
    seconds: float = field(compare=False)

    @property
    def ok(self) -> bool:
        """Tell whether the destination took the page."""
        return not self.why


def worst_first(problems: Iterable[Problem]) -> list[Problem]:
    """Sort problems: ERROR before WARN, then by weight, then by name."""
    return sorted(
        problems,
        key=lambda p: (p.severity != "ERROR", -p.weight, p.wiki, p.dataset, p.check, p.says),
    )


def worst(severities: Iterable[Severity]) -> Severity:
    """Give the worst of some severities."""
    return "ERROR" if "ERROR" in set(severities) else "WARN"
