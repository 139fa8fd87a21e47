"""A release covers what the person saw: what is worse by the bounds needs a new one."""

from pathlib import Path

import pytest

from graph.decisions import Decision, decide, decisions_of
from graph.judgement import Count, judge
from graph.seen import Fault, Seen
from graph.worse import worse_than
from imagesuggest_assets.catalog.measures import SUGGESTIONS, SUGGESTIONS_BY_KIND
from imagesuggest_assets.rules import Rules
from resources.storage import storage_at

WEEKS = ("2026-10-19", "2026-10-26")


def count(found: int, usual: int | None = 1_000, name: str = "", wiki: str = "ptwiki") -> Count:
    """Judge a count that was ``usual`` in the two snapshots before; None: there were none."""
    history = [] if usual is None else [(week, usual) for week in WEEKS]
    measure = SUGGESTIONS_BY_KIND if name else SUGGESTIONS
    return judge(measure, wiki, name, found, history, Rules())


def worse(then: list[Count], now: list[Count]) -> list[str]:
    """Compare what there is with what was seen."""
    return worse_than(Seen.of("ptwiki", then, []), "ptwiki", now, [], Rules())


@pytest.mark.parametrize(
    ("then", "now", "usual", "again"),
    [
        pytest.param(199, 0, 442, True, id="had some and has none"),
        pytest.param(3, 0, 1, True, id="however few"),
        pytest.param(1, 0, None, True, id="without history too"),
        pytest.param(0, 0, 442, False, id="none was seen"),
        pytest.param(500, 340, 1_000, True, id="fewer by more than the bound"),
        pytest.param(500, 360, 1_000, False, id="fewer by less than it"),
        pytest.param(500, 1_000, 1_000, False, id="as usual again"),
        pytest.param(2_000, 1_000, 1_000, False, id="as usual again, from above"),
        pytest.param(2_000, 3_000, 1_000, True, id="more by more than the bound"),
        pytest.param(2_000, 500, 1_000, True, id="too many then, too few now"),
        pytest.param(2_000, 850, 1_000, False, id="what needs no release at all"),
        pytest.param(20, 10, 100, False, id="so few that it is noise"),
        pytest.param(500, 300, None, True, id="fewer, without history"),
        pytest.param(500, 900, None, False, id="more, without history"),
    ],
)
def test_what_is_further_from_what_is_usual_by_the_bounds_holds_again(
    then: int, now: int, usual: int | None, again: bool
) -> None:
    assert bool(worse([count(then, usual)], [count(now, usual)])) == again


def test_each_count_of_the_wiki_is_compared_with_its_own_and_no_other_wikis() -> None:
    then = [count(500), count(400, name="istype-depicts"), count(900, wiki="arwiki")]
    now = [count(500), count(0, name="istype-depicts"), count(0, wiki="arwiki")]
    assert worse(then, now) == [
        "ptwiki istype-depicts: 0 suggestions, 400 when that was decided",
    ]


def test_what_was_seen_and_is_not_counted_any_more_is_none() -> None:
    old, new = count(9, None, name="istype-old"), count(7, None, name="istype-new")
    assert worse([old, new], [old]) == [
        "ptwiki istype-new: 0 suggestions, 7 when that was decided",
    ]
    # What was not looked at tells nothing.
    assert worse([old, new], [count(500)]) == []


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (Fault("ptwiki", "image_links inputs", "a", share=0.12), []),
        (Fault("ptwiki", "image_links inputs", "a", share=0.15), []),
        (
            Fault("ptwiki", "image_links inputs", "a", share=0.6),
            ["a, less of it when that was decided"],
        ),
        (Fault("ptwiki", "page_items inputs", "b"), ["b, not so when that was decided"]),
        (Fault("arwiki", "page_items inputs", "c"), []),
    ],
)
def test_a_fault_that_is_new_or_much_more_than_was_seen_holds_again(
    now: Fault, said: list[str]
) -> None:
    seen = Seen.of("ptwiki", [], [Fault("ptwiki", "image_links inputs", "a", share=0.12)])
    assert worse_than(seen, "ptwiki", [], [now], Rules()) == said


def test_of_a_decision_of_before_it_was_kept_what_had_some_and_has_none_holds_again() -> None:
    counts = [count(0), count(300, name="istype-depicts"), count(0, 0, name="istype-lead-image")]
    assert worse_than(None, "ptwiki", counts, [], Rules()) == [
        "ptwiki: 0 suggestions, 1,000 in the last snapshot"
    ]


def test_what_was_seen_is_kept_with_the_decision(tmp_path: Path) -> None:
    seen = Seen.of("ptwiki", [count(199), count(7, name="istype-depicts")], [])
    at = "2026-11-03T09:30:00+00:00"
    made = Decision("2026-11-02", "ptwiki", "released", "Ana", at, "because", seen)
    decide(storage_at(tmp_path), [made])
    assert decisions_of(storage_at(tmp_path), "2026-11-02") == {"ptwiki": made}
