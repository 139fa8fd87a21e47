"""MODULES.md section 6 in plain Python: features, and what weights make of them."""

import math
from typing import Any

MODULE_FEATURES = {
    "transclusions": (10**7, 4),
    "reach": (None, 2),
    "readers": (10**9, 3),
    "dependents": (1000, 2),
    "languages": (300, 2),
    "editors": (100, 1),
    "edits": (1000, 1),
    "recent_edits": (100, 1),
    "tokens": (10**4, 0),
    "is_protected": (None, 0),
}
FAMILY_FEATURES = {
    "copies": (300, 4),
    "transclusions": (10**8, 3),
    "readers": (10**10, 2),
    "dependents": (10**4, 1),
    "versions": (100, 2),
    "languages": (100, 1),
    "independence": (None, 1),
}


def scale(value: float | None, top: int | None) -> float | None:
    if value is None:
        return None
    return min(1.0, value if top is None else math.log(1 + value) / math.log(1 + top))


def score(features: dict[str, float | None], weights: dict[str, float]) -> float | None:
    known = {name: value for name, value in features.items() if value is not None}
    total = sum(weights[name] for name in known)
    if not total:
        return None
    contributions = [100 * weights[name] * value / total for name, value in known.items()]
    # Half up, as one does by hand.
    return math.floor(1000 * sum(contributions) + 0.5 + 1e-6) / 1000


def ranked(of_features: dict[str, Any], weights: dict[str, float]) -> dict[str, int]:
    def place(family_id: str) -> tuple[float, str]:
        found = score(of_features[family_id], weights)
        return (math.inf if found is None else -found), family_id

    ordered = sorted(of_features, key=place)
    return {family_id: number for number, family_id in enumerate(ordered, 1)}
