"""What a person saw who decided about a wiki. What is worse by now is found in worse.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Whoever reads what was decided need not wait for what counts.
    from graph.judgement import Count


@dataclass(frozen=True)
class Fault:
    """What holds a wiki back beside its counts: found by which check, and a sentence.

    What is ``final`` no person can release. ``share`` is how much of what was looked at is wrong.
    """

    wiki: str
    check: str
    says: str
    final: bool = False
    share: float = 1.0


@dataclass(frozen=True)
class Seen:
    """What was known of a wiki when somebody decided.

    ``counts`` are by measure and name, ``faults`` the largest share by check.
    """

    counts: Mapping[str, Mapping[str, int]]
    faults: Mapping[str, float]

    @classmethod
    def of(cls, wiki: str, counts: "Sequence[Count]", faults: Sequence[Fault]) -> "Seen":
        """Take from all that is known what is known of a wiki."""
        counted: dict[str, dict[str, int]] = {}
        for count in counts:
            if count.wiki == wiki:
                counted.setdefault(count.measure, {})[count.name] = count.found
        shares: dict[str, float] = {}
        for fault in faults:
            if fault.wiki == wiki:
                shares[fault.check] = max(fault.share, shares.get(fault.check, 0.0))
        return cls(counted, shares)
