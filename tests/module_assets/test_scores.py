"""What weights somebody may write, and what they make of a row."""

import pyarrow as pa
import pytest

from module_assets.scores import (
    FAMILY_FEATURES,
    MODULE_FEATURES,
    Feature,
    default_weights,
    score,
    weights_of,
)
from resources.errors import UserError
from tests.module_assets.datasets import reference_scores
from tests.tables import Tables


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        (MODULE_FEATURES, reference_scores.MODULE_FEATURES),
        (FAMILY_FEATURES, reference_scores.FAMILY_FEATURES),
    ],
)
def test_features_are_those_of_the_contract_in_their_order(
    features: tuple[Feature, ...], expected: dict[str, tuple[int | None, int]]
) -> None:
    found = [(each.name, (each.top, each.weight)) for each in features]
    assert found == list(expected.items())


def test_weights_that_are_not_named_stay_as_they_are() -> None:
    usual = default_weights(FAMILY_FEATURES)
    assert weights_of("", FAMILY_FEATURES) == usual
    assert weights_of(" copies : 6 ,readers:0.5", FAMILY_FEATURES) == {
        **usual,
        "copies": 6,
        "readers": 0.5,
    }
    assert list(weights_of("independence:10", FAMILY_FEATURES)) == list(usual)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("copy:6", "'copy' is no feature"),
        ("tokens:6", "'tokens' is no feature"),
        ("copies", "the weight of copies is ''"),
        ("copies:many", "the weight of copies is 'many'"),
        ("copies:1:2", "the weight of copies is '1:2'"),
        ("copies:-1", "the weight of copies is '-1'"),
        ("copies:10.5", "the weight of copies is '10.5'"),
        ("copies:nan", "the weight of copies is 'nan'"),
        ("copies:inf", "the weight of copies is 'inf'"),
        ("copies:1,copies:2", "copies is weighed twice"),
        (",".join(f"{each.name}:0" for each in FAMILY_FEATURES), "all weights are 0"),
    ],
)
def test_weights_that_mean_nothing_are_refused_and_told_what_is_allowed(
    text: str, problem: str
) -> None:
    with pytest.raises(UserError) as refused:
        weights_of(text, FAMILY_FEATURES)
    said = str(refused.value)
    assert problem in said
    assert "from 0 to 10, not all 0" in said
    assert all(each.name in said for each in FAMILY_FEATURES)


def test_contributions_add_up_to_the_score_and_nothing_known_that_weighs_has_none(
    small: Tables,
) -> None:
    rows = [
        {"of": "both", "a_scaled": 0.5, "b_scaled": 1.0, "c_scaled": 1.0},
        {"of": "one", "a_scaled": 0.5, "b_scaled": None, "c_scaled": 1.0},
        {"of": "no weight", "a_scaled": None, "b_scaled": None, "c_scaled": 1.0},
        {"of": "nothing", "a_scaled": None, "b_scaled": None, "c_scaled": None},
    ]
    table = small.of(pa.Table.from_pylist(rows))
    made = score(table, {"a": 3, "b": 1.0, "c": 0})
    found = small.engine.rows(table.select("of", **made.contributions, score=made.total))
    assert {row.pop("of"): tuple(row.values()) for row in found} == {
        "both": (37.5, 25.0, 0.0, 62.5),
        "one": (50.0, None, 0.0, 50.0),
        "no weight": (None, None, None, None),
        "nothing": (None, None, None, None),
    }
