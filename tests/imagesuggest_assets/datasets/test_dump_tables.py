"""What readers of dumps let through: a few odd entities do not stop a run, many do."""

from pathlib import Path

import pytest

from imagesuggest_assets.datasets.dump_tables import refuse_odd
from imagesuggest_assets.rules import Rules
from resources.errors import InputError
from resources.sources.wikibase import EntityCounts

FILE = Path("wikidata.json.gz")


def counted(odd: int, entities: int) -> EntityCounts:
    """What was read of a dump with so many entities that are not understood."""
    examples = [f"line {number}: Q{number}: no list" for number in range(1, min(odd, 10) + 1)]
    reasons = {"claims.P31": odd - odd // 2, "id": odd // 2}
    return EntityCounts(entities=entities, not_understood=reasons, examples=examples)


@pytest.mark.parametrize(("odd", "entities"), [(0, 0), (10, 10), (11, 11_000), (5, 5)])
def test_up_to_ten_odd_entities_or_one_in_a_thousand_are_only_dropped(
    odd: int, entities: int
) -> None:
    refuse_odd(FILE, counted(odd, entities), Rules())


@pytest.mark.parametrize(("odd", "entities"), [(11, 11), (11, 10_999), (1_000_000, 9_000_000)])
def test_more_than_both_stop_the_run_with_the_first_lines(odd: int, entities: int) -> None:
    with pytest.raises(InputError) as error:
        refuse_odd(FILE, counted(odd, entities), Rules())
    assert str(error.value) == (
        f"wikidata.json.gz: {odd:,} of {entities:,} entities are not understood, expected at most "
        "10 or 0.10%; the first are line 1: Q1: no list; line 2: Q2: no list; line 3: Q3: no list; "
        "look at these lines; the rule odd_entities_share lets more of them be dropped"
    )


def test_the_bounds_of_odd_entities_are_rules() -> None:
    refuse_odd(FILE, counted(20, 100), Rules(odd_entities_share=0.2))
    refuse_odd(FILE, counted(20, 100), Rules(odd_entities_most=20))
    with pytest.raises(InputError):
        refuse_odd(FILE, counted(1, 100), Rules(odd_entities_most=0))
