"""The multilist rule, group by group, as SPEC.md section 6 states it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.search.multilist import DELETE_GROUPING, apply, groups_of

FLAG = "recommendation.image"
GONE = f"{FLAG}/{DELETE_GROUPING}"


@pytest.mark.parametrize(
    ("current", "update", "after"),
    [
        pytest.param([], ["a/x|1"], ["a/x|1"], id="a new group comes"),
        pytest.param(["a/x|1", "a/y|2"], ["a/z|3"], ["a/z|3"], id="a group is replaced whole"),
        pytest.param(["b/x|1"], ["a/x|1"], ["b/x|1", "a/x|1"], id="other groups stay"),
        pytest.param(["a/x|1", "b/y|1"], ["a/" + DELETE_GROUPING], ["b/y|1"], id="a group goes"),
        pytest.param(["a/x|1"], ["a/" + DELETE_GROUPING], [], id="the last group goes"),
        pytest.param([], [GONE], None, id="a group that is not there need not go"),
        pytest.param(["a/x|1", "a/y|2"], ["a/y|2", "a/x|1"], None, id="order does not matter"),
        pytest.param(["a/x|1"], ["a/x|2"], ["a/x|2"], id="another score is another value"),
        pytest.param(["a.b/x|1"], ["a/x|1"], ["a.b/x|1", "a/x|1"], id="a group is no prefix"),
        pytest.param(["a/b/x|1"], ["a/c/x|1"], ["a/c/x|1"], id="only the first slash counts"),
        pytest.param(["a/x|1"], ["a"], ["a"], id="a text without slash is its group"),
        pytest.param(
            ["a/x|1"],
            ["a/" + DELETE_GROUPING, "a/y|1"],
            ["a/" + DELETE_GROUPING, "a/y|1"],
            id="only as the single value does it delete",
        ),
        pytest.param(
            ["a/x|1", "b/y|1", "c/z|1"],
            ["c/" + DELETE_GROUPING, 'a/ü “q"|2'],
            ["b/y|1", 'a/ü “q"|2'],
            id="several groups at once",
        ),
    ],
)
def test_groups_are_replaced_deleted_and_kept(
    current: list[str], update: list[str], after: list[str] | None
) -> None:
    assert apply(current, update) == after


tags = st.lists(
    st.builds("{}/{}|{}".format, st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(1, 2)),
    max_size=6,
)


@given(tags, tags, st.sets(st.sampled_from("abc")))
def test_named_groups_are_as_the_update_says_and_all_others_as_they_were(
    current: list[str], update: list[str], gone: set[str]
) -> None:
    update = [tag for tag in update if tag[0] not in gone]
    update += [f"{group}/{DELETE_GROUPING}" for group in gone]
    changed = apply(current, update)
    after = current if changed is None else changed
    there = {group: set(tags) for group, tags in groups_of(after).items()}
    before = {group: set(tags) for group, tags in groups_of(current).items()}
    wanted = {group: set(tags) for group, tags in groups_of(update).items() if group not in gone}
    assert there == {name: tags for name, tags in {**before, **wanted}.items() if name not in gone}
    # And once is as good as twice.
    assert apply(after, update) is None
