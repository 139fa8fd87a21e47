"""What modules and families are scored by, and how weights make a score of it (MODULES.md section
6). Where the values come from is not known here.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from resources.errors import UserError

if TYPE_CHECKING:
    # The command names features in its help, and waits for nothing there.
    from ibis import Table
    from ibis.expr.types import FloatingValue, NumericValue

HIGHEST_WEIGHT = 10
THOUSANDTHS = 1000
_TIE = 1e-6
"""What is left of rounding is no reason to round one of two equal scores down."""


@dataclass(frozen=True)
class Feature:
    """One of the things that a score is made of. What is as large as ``top`` counts in full, and
    less by its logarithm; without a top the value itself is a share of 1.
    """

    name: str
    top: int | None
    weight: float
    meaning: str
    why: str

    @property
    def column(self) -> str:
        """Where datasets have its scaled value."""
        return _scaled_name(self.name)


def _scaled_name(feature: str) -> str:
    return f"{feature}_scaled"


MODULE_FEATURES = (
    Feature(
        "transclusions",
        10**7,
        4,
        meaning="pages that use it, directly, by a template, or by a module that requires it",
        why="what many pages are made with breaks many pages, and serves many",
    ),
    Feature(
        "reach",
        None,
        2,
        meaning="articles that use it, as a share of the wiki's articles and 1000 more",
        why="a small wiki can depend on a module as a whole; the 1000 keep the tiny from the top",
    ),
    Feature(
        "readers",
        10**9,
        3,
        meaning="views in the month of the articles that use it",
        why="pages that nobody opens matter less than those that everybody does",
    ),
    Feature(
        "dependents",
        1000,
        2,
        meaning="other modules of the wiki that refer to it, without drafts",
        why="it is part of what others are built on",
    ),
    Feature(
        "languages",
        300,
        2,
        meaning="languages that its page is linked to",
        why="others have it too, or what it does",
    ),
    Feature(
        "editors",
        100,
        1,
        meaning="registered users who edited it",
        why="many people cared for it",
    ),
    Feature(
        "edits",
        1000,
        1,
        meaning="edits in all its time",
        why="work went into it, and would again on each wiki that has a copy",
    ),
    Feature(
        "recent_edits",
        100,
        1,
        meaning="edits in the last 365 days",
        why="it is being worked on, so that copies fall behind",
    ),
    Feature(
        "tokens",
        10**4,
        0,
        meaning="size of its code",
        why="large is no merit; for those who look for large ones",
    ),
    Feature(
        "is_protected",
        None,
        0,
        meaning="whether not everybody may edit it",
        why="somebody found it important; wikis differ in how they use protection",
    ),
)
FAMILY_FEATURES = (
    Feature(
        "copies",
        300,
        4,
        meaning="wikis that have it, but one",
        why="each is a copy that somebody has to keep up to date",
    ),
    Feature(
        "transclusions",
        10**8,
        3,
        meaning="pages that use its modules",
        why="what many pages are made with serves many",
    ),
    Feature(
        "readers",
        10**10,
        2,
        meaning="views in the month of the articles that use its modules",
        why="pages that nobody opens matter less than those that everybody does",
    ),
    Feature(
        "dependents",
        10**4,
        1,
        meaning="modules that refer to its modules on their wikis, without drafts",
        why="it is part of what others are built on",
    ),
    Feature(
        "versions",
        100,
        2,
        meaning="different codes of its modules, but one",
        why="copies that differ are what one place would bring together again",
    ),
    Feature(
        "languages",
        100,
        1,
        meaning="languages of its wikis, but one",
        why="what works in many languages can be kept for all of them",
    ),
    Feature(
        "independence",
        None,
        1,
        meaning="1 for a representative that refers to no other module, half for one, and so on",
        why="what stands alone is moved to one place alone",
    ),
)


class Score(NamedTuple):
    """``contributions`` of each feature by name, NULL where it is not known, and ``total``, which
    has three decimals, and is NULL where nothing that is known has a weight.
    """

    contributions: "dict[str, FloatingValue]"
    total: "FloatingValue"


def scaled(value: "NumericValue", feature: Feature) -> "FloatingValue":
    """Bring a value to between 0 and 1. NULL stays NULL."""
    share = value.cast("float64")
    if feature.top is not None:
        share = (share + 1).ln() / math.log(1 + feature.top)
    return share.clip(upper=1.0)


def score(rows: "Table", weights: "Mapping[str, float | FloatingValue]") -> Score:
    """Score rows that have the scaled columns of the features that ``weights`` names.

    A contribution is 100 × weight × scaled value, in parts of the weights of what is known of the
    row. Weights may be columns of the rows.
    """
    import ibis

    columns = {name: rows[_scaled_name(name)] for name in weights}
    known: FloatingValue = ibis.literal(0.0)
    for name, column in columns.items():
        known += ibis.ifelse(column.notnull(), weights[name], 0.0)
    known = known.nullif(0.0)
    weighed = {name: column * weights[name] * 100.0 for name, column in columns.items()}
    total: FloatingValue = ibis.literal(0.0)
    for points in weighed.values():
        total += points.fill_null(0.0)
    return Score({name: each / known for name, each in weighed.items()}, _rounded(total / known))


def _rounded(score: "FloatingValue") -> "FloatingValue":
    """Round half up, which engines do each in its own way."""
    return (score * THOUSANDTHS + 0.5 + _TIE).floor() / THOUSANDTHS


def default_weights(features: Sequence[Feature]) -> dict[str, float]:
    """Give the weights that are stored scores are made with."""
    return {feature.name: feature.weight for feature in features}


def weights_of(text: str, features: Sequence[Feature]) -> dict[str, float]:
    """Read weights that somebody wrote, such as `copies:6,readers:1`; others stay as they are.

    Raises UserError, which says what is allowed.
    """
    weights = default_weights(features)
    named: set[str] = set()
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, number = (each.strip() for each in part.partition(":"))
        if name not in weights:
            raise _refused(f"{name!r} is no feature", features)
        if name in named:
            raise _refused(f"{name} is weighed twice", features)
        named.add(name)
        weights[name] = _weight(name, number, features)
    if not any(weights.values()):
        raise _refused("all weights are 0, so that nothing counts", features)
    return weights


def _weight(name: str, number: str, features: Sequence[Feature]) -> float:
    try:
        weight = float(number)
    except ValueError:
        weight = math.nan
    if not 0 <= weight <= HIGHEST_WEIGHT:
        raise _refused(f"the weight of {name} is {number!r}", features)
    return weight


def _refused(problem: str, features: Sequence[Feature]) -> UserError:
    names = ", ".join(feature.name for feature in features)
    return UserError(
        f"weights: {problem}; expected feature:weight with commas between, such as "
        f"{features[0].name}:6, features among {names}, weights from 0 to {HIGHEST_WEIGHT}, "
        "not all 0"
    )
