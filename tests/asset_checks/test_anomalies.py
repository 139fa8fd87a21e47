"""Which counts are apart from what was published before, and which are only noise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count as numbers
from math import isclose, sqrt
from pathlib import Path
from statistics import median

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.anomalies import SHOWN, anomaly_result
from graph.history import History
from graph.judgement import Count, judge, judge_measure
from imagesuggest_assets.catalog.measures import (
    ARTICLES,
    CANDIDATES,
    FLAGS,
    MEASURES,
    SUGGESTIONS,
    SUGGESTIONS_BY_KIND,
    TAGS,
    WEIGHT,
)
from imagesuggest_assets.publication.judgement import judge_dataset
from imagesuggest_assets.publication.judgement import judged as judged_wikis
from imagesuggest_assets.rules import Rules
from resources.errors import UserError
from resources.lake import Lake
from tests.asset_checks.partitions import keep, keep_gate, keep_manifest, problems_of, shown

WEEKS = tuple(f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in (1, 8, 15, 22))
WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    made = Lake(tmp_path / "lake")
    yield made
    made.close()


def judged(found: int, *history: int, wiki: str = "ptwiki", rules: Rules | None = None) -> Count:
    """Judge a count against values, oldest first."""
    past = list(zip(WEEKS, history, strict=False))
    return judge(SUGGESTIONS, wiki, "", found, past, rules or Rules())


def severity(found: int, *history: int, wiki: str = "ptwiki", rules: Rules | None = None) -> str:
    """Judge a count in a word."""
    return judged(found, *history, wiki=wiki, rules=rules).severity or "as expected"


@pytest.mark.parametrize("median_value", [10_000, 1_000_000, 10**12])
@pytest.mark.parametrize("sign", [-1, 1])
def test_more_than_10_percent_apart_warns_and_more_than_30_is_an_error(
    median_value: int, sign: int
) -> None:
    ten, thirty = median_value // 10, median_value * 3 // 10
    history = [median_value] * 6
    assert severity(median_value, *history) == "as expected"
    assert severity(median_value + sign * ten, *history) == "as expected"
    assert severity(median_value + sign * (ten + 1), *history) == "WARN"
    assert severity(median_value + sign * thirty, *history) == "WARN"
    assert severity(median_value + sign * (thirty + 1), *history) == "ERROR"


@pytest.mark.parametrize("root", [4, 5, 9])
@pytest.mark.parametrize("sign", [-1, 1])
def test_within_three_times_the_square_root_a_small_count_is_noise(root: int, sign: int) -> None:
    # Up to 100 three times the root is more than 30 %.
    middle, noise = root**2, 3 * root
    assert noise > 0.3 * middle
    assert severity(middle + sign * noise, middle, middle) == "as expected"
    assert severity(middle + sign * (noise + 1), middle, middle) == "ERROR"


@pytest.mark.parametrize("sign", [-1, 1])
def test_between_the_two_noise_stands_in_for_10_percent_alone(sign: int) -> None:
    # Of 400, 10 % are 40, three times the root is 60, 30 % are 120.
    assert severity(400 + sign * 60, 400, 400) == "as expected"
    assert severity(400 + sign * 61, 400, 400) == "WARN"
    assert severity(400 + sign * 120, 400, 400) == "WARN"
    assert severity(400 + sign * 121, 400, 400) == "ERROR"


@pytest.mark.parametrize("history", [(), (1_000,)])
def test_with_fewer_than_two_snapshots_nothing_fails(history: tuple[int, ...]) -> None:
    for found in (0, 1, 1_000, 10**9):
        count = judged(found, *history)
        assert count.severity is None
        assert count.median is count.warn is count.error is None
        assert count.deviation == 0
        assert count.sentence() == (
            f"ptwiki: {found:,} suggestions, no history to compare with yet"
        )


@pytest.mark.parametrize("last", [1, 2, 9, 1_000])
def test_what_had_some_and_has_none_is_an_error_whatever_its_size(last: int) -> None:
    assert severity(0, last, last) == "ERROR"
    assert severity(0, 0, last) == "ERROR"
    # However generous its bounds are.
    rules = Rules(anomaly_warn=9, anomaly_error=9, anomaly_noise=99)
    assert severity(0, last, last, rules=rules) == "ERROR"
    assert severity(1, last, last, rules=rules) == "as expected"


def test_what_had_none_and_has_none_is_as_expected() -> None:
    assert severity(0, 0, 0) == "as expected"
    # It was gone in the last snapshot already, and somebody let that go out.
    assert severity(0, 3, 0) == "as expected"


def test_the_first_few_of_a_kind_are_no_anomaly_and_many_are() -> None:
    assert severity(3, 0, 0) == "as expected"
    assert severity(4, 0, 0) == "ERROR"


def test_the_median_is_compared_and_not_the_mean_or_the_last() -> None:
    count = judged(1_000, 1_000, 1_000, 1_000, 1_000, 9_000, 9_000)
    assert count.median == 1_000
    assert count.severity is None
    assert judged(1_500, 1_000, 2_000).median == 1_500


def test_bounds_can_be_set_for_one_wiki() -> None:
    rules = Rules(anomaly_by_wiki={"ptwiki": {"warn": 0.4, "error": 0.6}, "arwiki": {"warn": 0.2}})
    history = [10_000] * 3
    assert severity(5_900, *history, rules=rules) == "WARN"
    assert severity(6_000, *history, rules=rules) == "as expected"
    assert severity(3_999, *history, rules=rules) == "ERROR"
    assert severity(8_000, *history, wiki="arwiki", rules=rules) == "as expected"
    assert severity(6_999, *history, wiki="arwiki", rules=rules) == "ERROR"
    assert severity(8_000, *history, wiki="dewiki", rules=rules) == "WARN"


def test_bounds_and_noise_are_settings() -> None:
    rules = Rules(anomaly_warn=0.01, anomaly_error=0.02, anomaly_noise=0, anomaly_history_least=1)
    assert severity(99, 100, rules=rules) == "as expected"
    assert severity(98, 100, rules=rules) == "WARN"
    assert severity(97, 100, rules=rules) == "ERROR"


def test_a_sentence_says_what_was_found_and_what_was_expected() -> None:
    history = [(week, 10_000) for week in WEEKS[:6]]
    count = judge(SUGGESTIONS_BY_KIND, "ptwiki", "istype-depicts", 6_000, history, Rules())
    assert count.sentence() == (
        "ptwiki istype-depicts: 6,000 suggestions, expected 9,000 to 11,000, "
        "40% fewer than the median of 6 snapshots, 10,000"
    )
    assert "25% more than" in judged(12_500, 10_000, 10_000).sentence()


values = st.integers(min_value=0, max_value=10**9)
histories = st.lists(values, min_size=2, max_size=6)
RANK = {None: 0, "WARN": 1, "ERROR": 2}


@given(values, histories, st.randoms(use_true_random=False))
def test_the_order_of_history_matters_for_nothing_but_what_is_gone(
    found: int, history: list[int], chance: "object"
) -> None:
    last = history[-1]
    mixed = history[:-1]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = judged(found, *history), judged(found, *mixed, last)
    assert (one.severity, one.median, one.warn, one.error) == (
        other.severity,
        other.median,
        other.warn,
        other.error,
    )
    anyhow = judged(found, *sorted(history))
    assert found == 0 or anyhow.severity == one.severity


@given(values, histories, st.integers(min_value=1, max_value=1_000))
def test_shares_are_the_same_for_large_wikis_and_small_ones(
    found: int, history: list[int], factor: int
) -> None:
    # Without noise, which is smaller for what is larger; a median of 0 has no shares.
    rules = Rules(anomaly_noise=0)
    one = judged(found, *history, rules=rules)
    other = judged(factor * found, *(factor * value for value in history), rules=rules)
    assert one.median is not None
    assert other.median == factor * one.median
    apart = abs(found - one.median)
    if not any(isclose(apart, share * one.median) for share in (0.1, 0.3)):
        assert other.severity == one.severity


@given(values, histories)
def test_noise_only_ever_spares(found: int, history: list[int]) -> None:
    without = judged(found, *history, rules=Rules(anomaly_noise=0))
    assert RANK[judged(found, *history).severity] <= RANK[without.severity]


@given(values, values, histories)
def test_what_is_farther_away_is_judged_no_better(one: int, other: int, history: list[int]) -> None:
    middle = median(history)
    near, far = sorted((one, other), key=lambda found: abs(found - middle))
    if near:
        assert RANK[judged(near, *history).severity] <= RANK[judged(far, *history).severity]


@given(values, histories)
def test_a_count_fails_by_the_words_of_the_specification(found: int, history: list[int]) -> None:
    middle = median(history)
    apart, noise = abs(found - middle), 3 * sqrt(max(middle, 1))
    if any(isclose(apart, bound) for bound in (0.1 * middle, 0.3 * middle, noise)):
        return
    expected = None
    if apart > 0.1 * middle and apart > noise:
        expected = "ERROR" if apart > 0.3 * middle else "WARN"
    if found == 0 and history[-1] > 0:
        expected = "ERROR"
    assert judged(found, *history).severity == expected


Names = Mapping[str, int]


def kept(
    lake: Lake,
    snapshot: str,
    *,
    left_out: Mapping[str, str] | None = None,
    states: Mapping[str, str] | None = None,
    measure: str = SUGGESTIONS_BY_KIND,
    **wikis: Names,
) -> None:
    """Keep what was counted of a snapshot, and that all or ``states`` of it went out."""
    keep_manifest(lake, snapshot, wikis, left_out)
    (dataset,) = (name for name, measures in MEASURES.items() if measure in measures)
    counts: dict[str, dict[str, dict[str, int]]] = {each: {} for each in MEASURES[dataset]} | {
        measure: {wiki: dict(names) for wiki, names in wikis.items()}
    }
    keep(lake, dataset, snapshot=snapshot, counts=counts)
    keep_gate(lake, snapshot, {**dict.fromkeys(wikis, "published"), **(states or {})})


def found_of(lake: Lake, snapshot: str, rules: Rules | None = None) -> dict[str, Count]:
    """Judge the suggestions of a snapshot by kind, by what is counted."""
    history = History(lake, before=snapshot)
    counts = judge_measure(
        lake,
        "filtered_suggestions",
        SUGGESTIONS_BY_KIND,
        snapshot,
        rules or Rules(),
        history,
        judged_wikis(lake, snapshot, SUGGESTIONS_BY_KIND),
    )
    return {count.called: count for count in counts}


def test_the_last_six_published_snapshots_are_compared_oldest_first(lake: Lake) -> None:
    for value, week in zip((1, 2, 3, 4, 5, 6, 7, 8), WEEKS, strict=False):
        kept(lake, week, ptwiki={"depicts": value})
    found = found_of(lake, WEEKS[7])["ptwiki depicts"]
    assert found.found == 8
    assert found.history == tuple(zip(WEEKS[1:7], (2, 3, 4, 5, 6, 7), strict=True))
    assert found.median == 4.5
    assert len(found_of(lake, WEEKS[7], Rules(anomaly_history=3))["ptwiki depicts"].history) == 3


def test_what_is_newer_than_the_snapshot_is_never_its_history(lake: Lake) -> None:
    for value, week in zip((100, 100, 100, 9_000, 9_000, 9_000), WEEKS, strict=False):
        kept(lake, week, ptwiki={"depicts": value})
    found = found_of(lake, WEEKS[2])["ptwiki depicts"]
    assert found.history == ((WEEKS[0], 100), (WEEKS[1], 100))
    assert found.severity is None


def test_a_held_value_never_becomes_history_and_a_released_one_does(lake: Lake) -> None:
    kept(lake, WEEKS[0], ptwiki={"depicts": 1_000}, arwiki={"depicts": 50})
    kept(lake, WEEKS[1], ptwiki={"depicts": 1_000}, arwiki={"depicts": 50})
    kept(
        lake,
        WEEKS[2],
        ptwiki={"depicts": 10},
        arwiki={"depicts": 51},
        states={"ptwiki": "held"},
    )
    kept(lake, WEEKS[3], ptwiki={"depicts": 10}, arwiki={"depicts": 52})
    found = found_of(lake, WEEKS[3])
    assert found["ptwiki depicts"].history == ((WEEKS[0], 1_000), (WEEKS[1], 1_000))
    assert found["ptwiki depicts"].severity == "ERROR"
    # What is held of one wiki is nothing to another.
    assert [key for key, _ in found["arwiki depicts"].history] == list(WEEKS[:3])
    keep_gate(lake, WEEKS[2], {"ptwiki": "released", "arwiki": "published"})
    assert found_of(lake, WEEKS[3])["ptwiki depicts"].history[-1] == (WEEKS[2], 10)


def test_a_snapshot_that_no_gate_has_seen_is_no_history(lake: Lake) -> None:
    for week in WEEKS[:3]:
        kept(lake, week, ptwiki={"depicts": 1_000})
    keep_manifest(lake, WEEKS[3], ["ptwiki"])
    keep(
        lake,
        "filtered_suggestions",
        snapshot=WEEKS[3],
        counts={SUGGESTIONS_BY_KIND: {"ptwiki": {"depicts": 5}}},
    )
    kept(lake, WEEKS[4], ptwiki={"depicts": 1_000})
    found = found_of(lake, WEEKS[4])["ptwiki depicts"]
    assert [key for key, _ in found.history] == list(WEEKS[:3])


def test_a_wiki_that_is_left_out_is_not_judged(lake: Lake) -> None:
    for week in WEEKS[:3]:
        kept(lake, week, ptwiki={"depicts": 1_000}, arwiki={"depicts": 1_000})
    kept(
        lake,
        WEEKS[3],
        left_out={"arwiki": "late"},
        states={"arwiki": "left out"},
        ptwiki={"depicts": 1_000},
    )
    assert set(found_of(lake, WEEKS[3])) == {"ptwiki depicts"}
    # It comes back as if it had never been away.
    kept(lake, WEEKS[4], ptwiki={"depicts": 1_000}, arwiki={"depicts": 1_000})
    found = found_of(lake, WEEKS[4])["arwiki depicts"]
    assert [key for key, _ in found.history] == list(WEEKS[:3])
    assert found.severity is None


def test_a_kind_that_is_gone_is_found_though_nothing_counts_it_any_more(lake: Lake) -> None:
    for week in WEEKS[:2]:
        kept(lake, week, ptwiki={"depicts": 900, "p18": 2})
    kept(lake, WEEKS[2], ptwiki={"depicts": 900})
    found = found_of(lake, WEEKS[2])
    assert found["ptwiki p18"].found == 0
    assert found["ptwiki p18"].severity == "ERROR"
    assert found["ptwiki depicts"].severity is None


def test_a_wiki_that_has_nothing_at_all_any_more_is_found(lake: Lake) -> None:
    for week in WEEKS[:2]:
        kept(lake, week, ptwiki={"depicts": 2}, arwiki={"depicts": 3})
    kept(lake, WEEKS[2], ptwiki={"depicts": 2}, arwiki={})
    assert found_of(lake, WEEKS[2])["arwiki depicts"].severity == "ERROR"


def test_a_kind_that_is_new_is_compared_with_none_of_it(lake: Lake) -> None:
    for week in WEEKS[:2]:
        kept(lake, week, ptwiki={"depicts": 900})
    kept(lake, WEEKS[2], ptwiki={"depicts": 900, "p18": 3, "p373": 300})
    found = found_of(lake, WEEKS[2])
    assert found["ptwiki p18"].history == ((WEEKS[0], 0), (WEEKS[1], 0))
    assert found["ptwiki p18"].severity is None
    assert found["ptwiki p373"].severity == "ERROR"


def test_a_wiki_that_is_new_has_no_history(lake: Lake) -> None:
    for week in WEEKS[:2]:
        kept(lake, week, ptwiki={"depicts": 900})
    kept(lake, WEEKS[2], ptwiki={"depicts": 900}, newwiki={"depicts": 5_000})
    assert found_of(lake, WEEKS[2])["newwiki depicts"].severity is None
    assert found_of(lake, WEEKS[2])["newwiki depicts"].warn is None


def test_a_snapshot_from_before_something_was_counted_is_no_history_of_it(lake: Lake) -> None:
    for week in WEEKS[:3]:
        kept(lake, week, ptwiki={"depicts": 900})
    keep(lake, "filtered_suggestions", snapshot=WEEKS[0])
    kept(lake, WEEKS[3], ptwiki={"depicts": 900})
    found = found_of(lake, WEEKS[3])["ptwiki depicts"]
    assert [key for key, _ in found.history] == list(WEEKS[1:3])


def test_a_partition_that_was_not_counted_is_an_error_and_not_a_pass(lake: Lake) -> None:
    keep_manifest(lake, WEEKS[0], ["ptwiki"])
    for _ in range(2):
        with pytest.raises(UserError, match="has no suggestions by wiki and kind; materialize it"):
            found_of(lake, WEEKS[0])
        keep(lake, "filtered_suggestions", snapshot=WEEKS[0])


@pytest.mark.parametrize(
    ("measure", "wiki", "name"),
    [
        (TAGS, "commonswiki", "image.linked.from.wikidata.p18"),
        (WEIGHT, "commonswiki", "image.linked.from.wikidata.p18"),
        (CANDIDATES, "", "istype-depicts"),
        (ARTICLES, "ptwiki", ""),
        (SUGGESTIONS, "ptwiki", ""),
        (SUGGESTIONS_BY_KIND, "ptwiki", "istype-depicts"),
        (FLAGS, "ptwiki", ""),
    ],
)
def test_each_measure_is_judged_with_the_history_of_what_it_belongs_to(
    lake: Lake, measure: str, wiki: str, name: str
) -> None:
    (dataset,) = (each for each, measures in MEASURES.items() if measure in measures)
    for week, value in zip(WEEKS, (1_000, 1_000, 500), strict=False):
        counts: dict[str, dict[str, dict[str, int]]] = {each: {} for each in MEASURES[dataset]} | {
            measure: {wiki: {name: value}}
        }
        keep_manifest(lake, week, ["ptwiki"])
        keep(lake, dataset, snapshot=week, counts=counts)
        keep_gate(lake, week, {"ptwiki": "published", "commonswiki": "published"})
    failed = [count for count in judge_dataset(lake, dataset, WEEKS[2], Rules()) if count.severity]
    assert [(count.measure, count.wiki, count.name) for count in failed] == [(measure, wiki, name)]
    assert failed[0].severity == "ERROR"


def test_candidates_have_a_history_unless_nothing_at_all_went_out(lake: Lake) -> None:
    for week, states in zip(
        WEEKS,
        (
            {"ptwiki": "held", "commonswiki": "published"},
            {"ptwiki": "held", "commonswiki": "held"},
            {"ptwiki": "published", "commonswiki": "held"},
            {},
        ),
        strict=False,
    ):
        keep_manifest(lake, week, ["ptwiki"])
        keep(lake, "candidate_images", snapshot=week, counts={CANDIDATES: {"": {"depicts": 9}}})
        keep_gate(lake, week, states)
    (found,) = judge_dataset(lake, "candidate_images", WEEKS[3], Rules())
    assert [key for key, _ in found.history] == [WEEKS[0], WEEKS[2]]


def counts_of(*founds: int, history: Sequence[int] = (10_000, 10_000)) -> list[Count]:
    """Judge several wikis."""
    return [
        judged(found, *history, wiki=f"w{number}wiki")
        for number, found in zip(numbers(1), founds, strict=False)
    ]


def test_a_result_tells_the_worst_and_shows_what_was_compared_with_what() -> None:
    result = anomaly_result(counts_of(5_000, 12_000, 10_001))
    assert not result.passed
    assert result.severity == ERROR
    assert result.description == (
        "w1wiki: 5,000 suggestions, expected 9,000 to 11,000, 50% fewer than the median of 2 "
        "snapshots, 10,000; w2wiki: 12,000 suggestions, expected 9,000 to 11,000, 20% more than "
        "the median of 2 snapshots, 10,000"
    )
    assert [row["verdict"] for row in shown(result, "compared")] == ["ERROR", "WARN", "as expected"]
    assert shown(result, "compared")[0] == {
        "measure": SUGGESTIONS,
        "wiki": "w1wiki",
        "name": "",
        "found": "5,000",
        "expected": "9,000 to 11,000",
        "median": "10,000",
        "deviation": "-50.0%",
        "history": "10,000 10,000",
        "verdict": "ERROR",
    }
    first, second = problems_of(result)
    assert first == {
        "wiki": "w1wiki",
        "severity": "ERROR",
        "says": counts_of(5_000)[0].sentence(),
        "weight": 0.5,
    }
    assert (second["wiki"], second["severity"]) == ("w2wiki", "WARN")
    (row, *_) = shown(result, "history")
    assert row == {
        "count": "w1wiki (suggestions by wiki)",
        WEEKS[0]: "10,000",
        WEEKS[1]: "10,000",
        "now": "5,000",
    }
    assert "plot of the history" in result.metadata


def test_warnings_alone_warn() -> None:
    result = anomaly_result(counts_of(12_000, 10_000))
    assert not result.passed
    assert result.severity == WARN


def test_a_result_without_history_passes_and_says_so() -> None:
    result = anomaly_result(counts_of(5, 0, history=()))
    assert result.passed
    assert result.description == "no history to compare 2 counts with yet"
    assert problems_of(result) == []
    assert "history" not in result.metadata
    assert result.metadata["counts without enough history"].value == 2


def test_a_result_says_how_many_are_as_before_and_how_many_are_new() -> None:
    new = replace(judged(5), wiki="newwiki")
    result = anomaly_result([*counts_of(10_000, 10_000), new])
    assert result.passed
    assert result.description == "2 counts are as in the snapshots before; 1 have no history yet"


def test_of_very_many_the_pager_still_hears_of_each_that_fails() -> None:
    result = anomaly_result(counts_of(*[5_000] * (SHOWN + 50)))
    assert len(shown(result, "compared")) == SHOWN
    assert len(problems_of(result)) == SHOWN + 50
    assert str(result.description).endswith("; and 247 more")
