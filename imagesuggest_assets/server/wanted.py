"""Which suggestions of a wiki somebody wants to see."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Wanted:
    """Of any of these kinds (all, if None), at least so sure, of these pages (all, if None).

    A page that has none of them is left out.
    """

    wiki: str
    kinds: Sequence[str] | None = None
    confidence: float = 0
    ids: Sequence[int] | None = None
