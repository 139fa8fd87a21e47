"""What was asked for, and when things come and go: the calendar of the snapshots."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from resources.sample.columns import Ints, Mask, stream

NEWEST = date(2026, 11, 2)
NEVER = 30_000


@dataclass(frozen=True)
class Plan:
    """The size of a made-up Wikimedia; ``articles`` are those of all target wikis together."""

    articles: int
    wikis: int
    snapshots: int
    seed: int
    links_per_article: float
    icons_per_article: float
    bad_week: bool = False

    def is_bad(self, week: int) -> bool:
        """Whether something went wrong with the dumps of a week: only ever the last."""
        return self.bad_week and week == self.snapshots - 1

    def day(self, week: int) -> date:
        """The date of a snapshot; they are a week apart and the last is always the same day."""
        return NEWEST - timedelta(weeks=self.snapshots - 1 - week)

    def entities_day(self, week: int) -> date:
        """The date of the entity dumps: theirs are some days older than those of the wikis."""
        return self.day(week) - timedelta(days=3)

    def appears(self, purpose: str, count: int, weekly: float) -> Ints:
        """The week in which each thing is there first; 0 for all that were there before."""
        return self._event(f"{purpose} come", count, weekly, otherwise=0)

    def disappears(self, purpose: str, count: int, weekly: float) -> Ints:
        """The first week in which each thing is there no more; ``NEVER`` for most."""
        return self._event(f"{purpose} go", count, weekly, otherwise=NEVER)

    def _event(self, purpose: str, count: int, weekly: float, otherwise: int) -> Ints:
        generator = stream(self.seed, "weeks", purpose)
        weeks = np.full(count, otherwise, dtype=np.int64)
        happens = generator.random(count) < min(0.5, weekly * (self.snapshots - 1))
        if self.snapshots > 1:
            weeks[happens] = generator.integers(1, self.snapshots, int(happens.sum()))
        return weeks

    def lasting(self, keys: Ints, weekly: float, week: int) -> Mask:
        """Which links are there in a week: of all, this share comes each week and as many go.

        What becomes of a link hangs on its key alone, so that no chunking changes it.
        """
        if self.snapshots == 1:
            return np.ones(len(keys), dtype=bool)
        mixed = keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        luck = (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53
        changed = (luck / (2 * min(weekly, 0.2 / self.snapshots))).astype(np.int64) + 1
        comes = (mixed & np.uint64(1)).astype(bool)
        return np.where(changed >= self.snapshots, True, (changed <= week) == comes)
