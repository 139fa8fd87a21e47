"""What is said of many things: the first of them, and how many more there are."""

import pytest

from resources.wording import several


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a; b"),
        (["a", "b", "c"], "a; b; and 1 more"),
        (list("abcde") * 1000, "a; b; and 4,998 more"),
    ],
)
def test_the_first_are_named_and_the_others_counted(texts: list[str], says: str) -> None:
    assert several(texts, 2) == says


def test_lists_in_a_sentence_are_joined_with_commas() -> None:
    assert several(["a", "b", "c"], 2, ", ", " and ") == "a, b and 1 more"
