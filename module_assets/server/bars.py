"""Bars that say what makes a score: a part for each feature, as wide as its contribution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from module_assets.answers.lists import CONTRIBUTION
from module_assets.scores import Feature


@dataclass(frozen=True)
class Part:
    """A part of a bar, in hundredths of its width; ``hue`` is the number of its colour."""

    name: str
    hue: int
    begin: float
    width: float


@dataclass(frozen=True)
class Bar:
    """A bar, and what it says in words."""

    parts: Sequence[Part]
    words: str


def bar_of(row: Mapping[str, Any], features: Sequence[Feature]) -> Bar:
    """Draw the contributions of a row of a list."""
    parts: list[Part] = []
    begin = 0.0
    for hue, feature in enumerate(features, 1):
        width = row[f"{CONTRIBUTION}{feature.name}"] or 0.0
        if width > 0:
            parts.append(Part(feature.name, hue, round(begin, 2), round(width, 2)))
            begin += width
    most_first = sorted(parts, key=lambda part: -part.width)
    words = ", ".join(f"{part.name.replace('_', ' ')} {part.width:.1f}" for part in most_first)
    return Bar(parts, words or "nothing")
