"""A set of ids holds just what was put in, however large the ids are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.sources.id_set import LARGEST, IdSet

ids = st.lists(st.integers(0, 2000) | st.sampled_from([7, 8, 63, 64, 100_000]), max_size=30)


@given(st.lists(ids, max_size=4), ids)
def test_it_holds_what_was_put_in_and_nothing_else(
    given: list[list[int]], asked: list[int]
) -> None:
    found = IdSet()
    for some in given:
        found.add(np.array(some, np.int64))
    known = {each for some in given for each in some}
    asked += [*known, -1, -8, -(2**63), 2**63 - 1, LARGEST]
    assert found.hold(np.array(asked, np.int64)).tolist() == [each in known for each in asked]


@pytest.mark.parametrize("wrong", [-1, LARGEST, 2**63 - 1])
def test_what_no_wiki_gave_out_is_refused_before_it_takes_memory(wrong: int) -> None:
    with pytest.raises(ValueError, match=f"^{wrong} is no id of a wiki"):
        IdSet([5, wrong])
