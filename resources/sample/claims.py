"""Which statements items and files carry: pictures, categories, classes, what a file depicts.

One row a statement; how they are written as JSON is not here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resources.sample.columns import Ints, log_uniform, stream
from resources.sample.commons import (
    COLLECTION,
    EDGE_AT,
    EDGE_BELOW,
    OVERSIZED,
    SPECIAL_CATEGORIES,
    Commons,
)
from resources.sample.plan import Plan
from resources.sample.subjects import EXCLUDED_VARIANTS, YEAR, Subjects

NORMAL, PREFERRED, DEPRECATED = range(3)
SOME_VALUE, NO_VALUE, WANTED, RENAMED = -1, -2, -3, -4
CHURN = 0.002
MANY_ITEMS = 105  # above the 99 items up to which a file or a category says something


@dataclass(frozen=True)
class Statements:
    """Statements of one property by owner: ``owners`` ascend, ``values`` are codes.

    A value below 0 is ``SOME_VALUE``, ``NO_VALUE`` or a name that leads to no file or category.
    """

    owners: Ints
    values: Ints
    ranks: NDArray[np.int8]

    def lasting(self, plan: Plan, week: int) -> "Statements":
        """Those that are there in a week: a few come, a few go."""
        there = plan.lasting(self.owners * (1 << 24) + self.values, CHURN, week)
        return Statements(self.owners[there], self.values[there], self.ranks[there])

    def between(self, first: int, after: int) -> "Statements":
        """Those of the owners from ``first`` up to but not including ``after``."""
        low, high = np.searchsorted(self.owners, [first, after])
        return Statements(
            self.owners[low:high] - first, self.values[low:high], self.ranks[low:high]
        )


class _Draft:
    """Statements in the making."""

    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator
        self.parts: list[tuple[Ints, Ints, NDArray[np.int8]]] = []

    def add(self, owners: NDArray[Any], values: NDArray[Any] | int, rank: int = NORMAL) -> None:
        whole = np.broadcast_to(np.asarray(values, dtype=np.int64), len(owners))
        self.parts.append((owners, whole, np.full(len(owners), rank, dtype=np.int8)))

    def some(self, owners: Ints, share: float) -> Ints:
        return owners[self.generator.random(len(owners)) < share]

    def finish(self, places: Ints) -> Statements:
        """By owner, each owner at its place, in the order they were added."""
        owners = places[np.concatenate([part[0] for part in self.parts])]
        values = np.concatenate([part[1] for part in self.parts])
        ranks = np.concatenate([part[2] for part in self.parts])
        order = np.argsort(owners, kind="stable")
        return Statements(owners[order], values[order], ranks[order])


def pictures_of_items(plan: Plan, subjects: Subjects, commons: Commons, places: Ints) -> Statements:
    """P18: mostly a file that shows the subject; also others', placeholders and lost files."""
    generator = stream(plan.seed, "P18")
    draft = _Draft(generator)
    shown = np.flatnonzero(subjects.files)
    bare = np.flatnonzero(subjects.files == 0)

    def own(rows: Ints) -> Ints:
        luck = generator.random(len(rows)) ** 2
        return subjects.first_file[rows] + (luck * subjects.files[rows]).astype(np.int64)

    draft.add(rows := draft.some(shown, 0.66), own(rows))
    for share, rank in ((0.05, NORMAL), (0.05, PREFERRED), (0.05, DEPRECATED)):
        rows = draft.some(shown, share)
        draft.add(rows, subjects.first_file[rows] + subjects.files[rows] - 1, rank)
    for value in (SOME_VALUE, NO_VALUE):
        draft.add(draft.some(np.arange(len(subjects)), 0.006), value)
    draft.add(draft.some(shown, 0.01), NO_VALUE, PREFERRED)
    if commons.first_icon:
        rows = draft.some(bare, 0.03)
        draft.add(rows, generator.integers(0, commons.first_icon, len(rows)))
    rows = draft.some(bare, 0.02)
    draft.add(rows, generator.integers(commons.first_icon, commons.first_shared, len(rows)))
    draft.add(draft.some(bare, 0.01), WANTED)
    draft.add(draft.some(bare, 0.01), RENAMED)
    draft.add(draft.some(bare, 0.002), commons.first_shared)
    return draft.finish(places)


def categories_of_items(
    plan: Plan, subjects: Subjects, commons: Commons, places: Ints
) -> Statements:
    """P373: the subject's own category, sometimes one of a wider topic or a huge one."""
    draft = _Draft(stream(plan.seed, "P373"))
    own = np.flatnonzero(commons.category_of_subject >= 0)
    bare = np.flatnonzero(commons.category_of_subject < 0)
    draft.add(rows := draft.some(own, 0.8), commons.category_of_subject[rows])
    draft.add(rows := draft.some(own, 0.01), commons.category_of_subject[rows], PREFERRED)
    draft.add(rows := draft.some(own, 0.01), commons.category_of_subject[rows] - 1, DEPRECATED)
    rows = draft.some(bare, 0.03)
    topics = log_uniform(draft.generator, len(rows), commons.topics, 12.0)
    draft.add(rows, len(SPECIAL_CATEGORIES) + topics)
    draft.add(draft.some(bare, 0.004), COLLECTION)
    for place, category in enumerate((OVERSIZED, EDGE_BELOW, EDGE_AT)):
        draft.add(bare[place : place + 1], category)
    draft.add(draft.some(bare, 0.004), SOME_VALUE)
    draft.add(draft.some(bare, 0.003), NO_VALUE)
    draft.add(draft.some(bare, 0.003), WANTED)
    return draft.finish(places)


def classes_of_items(plan: Plan, subjects: Subjects, places: Ints) -> Statements:
    """P31: one class for most, two for some, none for a few; the value is the class's number."""
    draft = _Draft(stream(plan.seed, "P31"))
    known = np.flatnonzero(subjects.classes)
    draft.add(known, subjects.classes[known])
    rows = draft.some(known, 0.04)
    draft.add(rows, np.array([5, 515, 532, 4830453])[rows % 4], NORMAL)
    draft.add(rows := draft.some(known, 0.02), subjects.classes[rows], PREFERRED)
    years = np.array(EXCLUDED_VARIANTS[YEAR])
    rows = draft.some(known, 0.01)
    draft.add(rows, years[rows % len(years)], DEPRECATED)
    draft.add(draft.some(np.arange(len(subjects)), 0.003), SOME_VALUE)
    return draft.finish(places)


def subjects_of_files(
    plan: Plan, subjects: Subjects, commons: Commons, places: Ints
) -> dict[str, Statements]:
    """P180, P6243 and P921 of files; the values are subjects."""
    drafts = {}
    shown = np.arange(commons.first_icon)
    own = commons.subjects
    for name, share in (("P180", 0.42), ("P6243", 0.015), ("P921", 0.02)):
        draft = _Draft(stream(plan.seed, name))
        draft.add(rows := draft.some(shown, share), own[rows])
        draft.add(rows := draft.some(shown, share * 0.1), own[rows], PREFERRED)
        draft.add(rows := draft.some(shown, share * 0.06), own[rows], DEPRECATED)
        for portion, rank in ((0.12, NORMAL), (0.04, DEPRECATED)):
            rows = draft.some(shown, share * portion)
            draft.add(rows, log_uniform(draft.generator, len(rows), len(subjects), 50.0), rank)
        draft.add(draft.some(shown, share * 0.02), SOME_VALUE)
        if name == "P180":
            crowd = min(MANY_ITEMS, len(subjects))
            draft.add(np.full(crowd, commons.first_shared + 1), np.arange(crowd))
            icons = np.arange(commons.first_icon, commons.first_shared, 3)
            draft.add(icons, icons % len(subjects))
        drafts[name] = draft.finish(places)
    return drafts
