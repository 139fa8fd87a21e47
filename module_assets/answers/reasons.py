"""Why something has its score: what each feature gives to it, with anybody's weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ibis import Table

from module_assets.answers.published import Published, Row
from module_assets.scores import Feature, score


@dataclass(frozen=True)
class Reason:
    """What one feature gives to a score; None where it is not known."""

    feature: str
    meaning: str
    value: float | None
    scaled: float | None
    weight: float
    contribution: float | None


def reasons_of(
    there: Published,
    scores: Table,
    features: Sequence[Feature],
    values: Row,
    weights: Mapping[str, float],
) -> list[Reason]:
    """Say what each feature gives to the score of the one row of ``scores``, the most first.
    ``values`` are those that were scaled, as far as they are kept.
    """
    contributions = score(scores, weights).contributions
    scaled = {each.column: scores[each.column] for each in features}
    found = there.rows(scores.select(**scaled, **contributions))
    reasons = [
        Reason(
            each.name,
            each.meaning,
            values.get(each.name),
            row[each.column],
            weights[each.name],
            row[each.name],
        )
        for row in found
        for each in features
    ]
    return sorted(reasons, key=lambda each: -(each.contribution or 0.0))
