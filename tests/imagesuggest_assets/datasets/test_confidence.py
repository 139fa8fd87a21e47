"""How sure suggestions are by what people said of them: SPEC.md section 14, both engines."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.datasets.confidence import (
    ONE_SIDED,
    TWO_SIDED,
    measure,
    needed,
    step_of,
    wilson,
)
from imagesuggest_assets.datasets.suggestions import filtered_suggestions
from imagesuggest_assets.rules import Rules
from resources.engine import Engine
from resources.stores.kinds import COMMONS_CATEGORY, DEPICTS, LEAD_IMAGE, WIKIDATA_IMAGE
from tests.tables import NOW, Tables

Row = tuple[Any, ...]
BOTH = [DEPICTS, LEAD_IMAGE]


def rated(
    page: int,
    outcome: str = "good",
    *,
    kinds: Iterable[str] = (DEPICTS,),
    judge: int | None = 1,
    wiki: str | None = "chwiki",
    mode: str = "measure",
    minutes: int = 0,
    snapshot: str = "2026-11-02",
    name: str = "A.jpg",
) -> Row:
    """A row of ratings."""
    item = f"Q{page}"
    when = NOW + timedelta(minutes=minutes)
    of_wiki = page if wiki else None
    return (wiki, of_wiki, item, name, [*kinds], 70, snapshot, outcome, judge, mode, when)


def many(good: int, bad: int, *, start: int = 1, judges: int = 3, **more: Any) -> list[Row]:
    """Ratings of different articles, by some judges in turn."""
    outcomes = ["good"] * good + ["bad"] * bad
    return [
        rated(start + number, outcome, judge=1 + number % judges, **more)
        for number, outcome in enumerate(outcomes)
    ]


def measured(tables: Tables, rows: Iterable[Row], **rules: Any) -> dict[Row, dict[str, Any]]:
    """Rows of measured_confidence, by wiki, kinds (text where it is one kind of several), scope."""
    found = tables.engine.rows(measure(tables.make("ratings", rows), Rules(**rules)))
    by_key = {
        (
            row["wiki_db"] or "all",
            tuple(row["kinds"]) if row["exact"] else row["kinds"][0],
            row["scope"],
        ): row
        for row in found
    }
    assert len(by_key) == len(found)
    return by_key


def counts(row: dict[str, Any]) -> tuple[int, int, int]:
    return row["good"], row["bad"], row["undecided"]


@pytest.fixture
def duckdb_tables(duckdb_engine: Engine, tmp_path: Path) -> Tables:
    return Tables(duckdb_engine, tmp_path)


def of_shares(engine: Engine, pairs: Iterable[tuple[int, int]]) -> list[dict[str, Any]]:
    """What is computed of good ones of so many."""
    good, n = zip(*pairs, strict=True)
    table = ibis.memtable(pa.table({"good": pa.array(good), "n": pa.array(n)}))
    return engine.rows(
        table.select(
            "good",
            "n",
            low=wilson(table.good, table.n, -TWO_SIDED),
            high=wilson(table.good, table.n, TWO_SIDED),
            one_sided=wilson(table.good, table.n, -ONE_SIDED),
            step=step_of(table.good, table.n),
            needed=needed(table.good, table.n, 100),
        )
    )


def test_the_published_shares_give_the_rules_numbers(duckdb_engine: Engine) -> None:
    published = [(46, 47), (381, 431), (214, 245), (685, 904)]
    found = {row["n"]: row["step"] for row in of_shares(duckdb_engine, published)}
    assert [found[n] for _, n in published] == [90, 80, 80, 70]


def test_known_values_of_wilsons_interval(duckdb_engine: Engine) -> None:
    (row,) = of_shares(duckdb_engine, [(8, 10)])
    assert (row["low"], row["high"]) == pytest.approx((0.49016, 0.94332), abs=1e-5)


shares = st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=10)
@given(st.lists(shares, min_size=1, max_size=100))
def test_an_interval_holds_its_share_within_0_and_1_and_is_that_of_the_bad_ones_turned_round(
    duckdb_engine: Engine, pairs: list[tuple[int, int]]
) -> None:
    turned = [(n - good, n) for good, n in pairs]
    rows = {(row["good"], row["n"]): row for row in of_shares(duckdb_engine, pairs + turned)}
    for good, n in pairs:
        row, other = rows[good, n], rows[n - good, n]
        assert 0 <= row["low"] <= good / n + 1e-9
        assert good / n - 1e-9 <= row["high"] <= 1
        assert row["low"] <= row["one_sided"] + 1e-9
        assert row["low"] == pytest.approx(1 - other["high"], abs=1e-8)
        assert row["step"] % 10 == 0
        assert 0 <= row["step"] <= 90


@settings(max_examples=10)
@given(st.lists(shares, min_size=1, max_size=100))
def test_so_many_ratings_as_are_needed_bring_the_step_to_the_share(
    duckdb_engine: Engine, pairs: list[tuple[int, int]]
) -> None:
    for row in of_shares(duckdb_engine, pairs):
        if row["needed"] is None:
            # Just on a step, which the bound never reaches.
            assert row["good"] * 10 % row["n"] == 0
            continue
        n, share = row["n"] + row["needed"], row["good"] / row["n"]
        target = min(90, row["good"] * 10 // row["n"] * 10)
        z, bound = ONE_SIDED, target / 100

        def reached(n: int) -> bool:
            return bool((share - bound) >= z * (bound * (1 - bound) / n) ** 0.5 - 1e-12)  # noqa: B023

        assert reached(n)
        assert row["needed"] == 0 or n == 100 or not reached(n - 2)


@pytest.mark.parametrize("n", [100, 300, 1_000])
def test_a_step_is_seldom_above_that_of_the_true_share(duckdb_engine: Engine, n: int) -> None:
    chance = np.random.default_rng(20261102)
    # Nearer below a step it can be 5.4 %: the bound is that of a normal distribution.
    for true in (0.55, 0.59, 0.65, 0.69, 0.75, 0.79, 0.85, 0.89, 0.95, 0.98):
        drawn = chance.binomial(n, true, 1_000).tolist()
        by_good = {
            row["good"]: row["step"] for row in of_shares(duckdb_engine, {(g, n) for g in drawn})
        }
        above = sum(by_good[good] > 10 * int(10 * true + 1e-9) for good in drawn)
        assert above <= 50, (true, above)


def test_a_pair_counts_once_by_what_each_judge_said_last_and_most_judges_say(
    tables: Tables,
) -> None:
    found = measured(
        tables,
        [
            # Judge 1 changed their mind.
            rated(1, "bad", judge=1),
            rated(1, "good", judge=1, minutes=5),
            # Two say so, one does not.
            rated(2, "good", judge=1),
            rated(2, "bad", judge=2),
            rated(2, "bad", judge=3),
            # A tie, and one whom nobody could judge.
            rated(3, "good", judge=1),
            rated(3, "bad", judge=2),
            rated(4, "undecided", judge=1),
            # Who does not know has no say.
            rated(5, "good", judge=1),
            rated(5, "undecided", judge=2),
            rated(5, "undecided", judge=3),
            # Another file of the article is another pair.
            rated(5, "bad", judge=1, name="B.jpg"),
            # Who only came by draws no sample.
            rated(6, "bad", mode="browse"),
        ],
    )
    for wiki in ("chwiki", "all"):
        for kinds in ((DEPICTS,), DEPICTS):
            row = found[wiki, kinds, "sample"]
            assert counts(row) == (2, 2, 2)
            assert (row["share"], row["from"], row["step"]) == (0.5, "rule", 70)
    assert len(found) == 4


def test_pairs_are_counted_by_exact_kinds_by_each_kind_by_wiki_and_over_all(
    tables: Tables,
) -> None:
    found = measured(
        tables,
        [
            *many(1, 0, start=1),
            *many(2, 0, start=10, kinds=BOTH),
            *many(0, 4, start=20, wiki="arwiki", kinds=BOTH),
            # An item that was rated is of no wiki.
            rated(30, "good", wiki=None),
            rated(31, "bad", wiki=None),
            rated(32, "bad", wiki=None),
        ],
    )
    assert {key[:2]: counts(row)[:2] for key, row in found.items()} == {
        ("chwiki", (DEPICTS,)): (1, 0),
        ("chwiki", (DEPICTS, LEAD_IMAGE)): (2, 0),
        ("chwiki", DEPICTS): (3, 0),
        ("chwiki", LEAD_IMAGE): (2, 0),
        ("arwiki", (DEPICTS, LEAD_IMAGE)): (0, 4),
        ("arwiki", DEPICTS): (0, 4),
        ("arwiki", LEAD_IMAGE): (0, 4),
        ("all", (DEPICTS,)): (2, 2),
        ("all", (DEPICTS, LEAD_IMAGE)): (2, 4),
        ("all", DEPICTS): (4, 6),
        ("all", LEAD_IMAGE): (2, 4),
    }


def test_a_file_counts_with_the_kinds_that_it_had_when_it_was_rated_last(
    duckdb_tables: Tables,
) -> None:
    found = measured(
        duckdb_tables,
        [
            rated(1, judge=1, snapshot="2026-11-02"),
            rated(1, judge=2, snapshot="2026-11-09", kinds=BOTH, minutes=-5),
        ],
    )
    assert ("all", (DEPICTS,), "sample") not in found
    assert counts(found["all", (DEPICTS, LEAD_IMAGE), "sample"]) == (1, 0, 0)


def test_events_are_shown_and_propose_nothing(duckdb_tables: Tables) -> None:
    outcomes = ["good"] * 95 + ["bad"] * 5
    events = [
        rated(page, outcome, judge=None, mode="use") for page, outcome in enumerate(outcomes, 1)
    ]
    # An event tells nobody, so that each is a say of its own.
    events.append(rated(1, "bad", judge=None, mode="use", minutes=1))
    found = measured(duckdb_tables, events)
    row = found["all", (DEPICTS,), "use"]
    assert counts(row) == (94, 5, 1)
    assert (row["step"], row["needed"], row["from"], row["rule"]) == (None, None, None, 70)
    assert row["share"] == pytest.approx(94 / 99)
    assert {scope for *_, scope in found} == {"use"}


def proposals() -> Iterator[Any]:
    on, off = ("chwiki", (DEPICTS,), "sample"), ("arwiki", (DEPICTS,), "sample")
    enough = many(97, 3)
    yield pytest.param(enough, on, ("wiki", 90), id="of the wiki itself")
    elsewhere = [*many(97, 3, wiki="ptwiki"), *many(1, 0, wiki="arwiki", start=500)]
    yield pytest.param(elsewhere, off, ("all", 90), id="of these kinds on all wikis")
    others = [*many(97, 3, wiki="ptwiki", kinds=BOTH), *many(1, 0, wiki="arwiki", start=500)]
    yield pytest.param(others, off, ("strongest kind", 90), id="of all files of the strongest")
    yield pytest.param(many(96, 3), on, ("rule", 70), id="too few")
    yield pytest.param(many(97, 3, judges=2), on, ("rule", 70), id="too few judges")
    most = [*many(97, 3), *many(110, 0, start=500, judges=1)]
    yield pytest.param(most, on, ("rule", 70), id="one judge has more than half")
    half = [*many(97, 3), *many(32, 0, start=500, judges=1)]
    yield pytest.param(half, on, ("wiki", 90), id="one judge has half")


@pytest.mark.parametrize(("rows", "key", "expected"), [*proposals()])
def test_a_step_is_from_the_first_that_has_enough_ratings_by_enough_judges(
    duckdb_tables: Tables, rows: list[Row], key: Row, expected: tuple[str, int]
) -> None:
    row = measured(duckdb_tables, rows)[key]
    assert (row["from"], row["step"]) == expected


def test_steps_and_their_sources_are_the_same_on_both_engines(tables: Tables) -> None:
    rows = [
        *many(97, 3, wiki="ptwiki"),
        *many(1, 1, wiki="arwiki", start=500),
        *many(70, 40, wiki="arwiki", start=600, kinds=BOTH),
        *many(2, 0, wiki="arwiki", start=800, kinds=[COMMONS_CATEGORY]),
    ]
    found = measured(tables, rows, wikis={"arwiki": {"confidence": {DEPICTS: 50}}})
    told = {key[:2]: (row["from"], row["step"], row["rule"]) for key, row in found.items()}
    assert told["arwiki", (DEPICTS,)] == ("all", 90, 50)
    assert told["arwiki", (DEPICTS, LEAD_IMAGE)] == ("wiki", 50, 80)
    assert told["arwiki", (COMMONS_CATEGORY,)] == ("rule", 80, 80)
    assert told["all", (DEPICTS,)] == ("all", 90, 70)
    assert told["all", DEPICTS] == ("strongest kind", 70, 70)
    assert told["ptwiki", DEPICTS] == ("strongest kind", 70, 70)
    assert found["ptwiki", (DEPICTS,), "sample"]["needed"] == 0
    assert found["arwiki", (COMMONS_CATEGORY,), "sample"]["needed"] == 98
    row = found["all", (DEPICTS,), "sample"]
    assert (row["low"], row["high"]) == pytest.approx((0.90347, 0.98465), abs=1e-5)


def test_how_many_ratings_are_enough_is_a_rule(duckdb_tables: Tables) -> None:
    row = measured(duckdb_tables, many(20, 0), ratings_least=20)["all", (DEPICTS,), "sample"]
    assert (row["from"], row["step"], row["needed"]) == ("all", 80, 5)


def test_without_ratings_nothing_is_measured(duckdb_tables: Tables) -> None:
    assert measured(duckdb_tables, []) == {}


def test_a_wikis_own_confidence_is_that_of_its_suggestions_of_exactly_these_kinds(
    tables: Tables,
) -> None:
    kinds = [[DEPICTS], [WIKIDATA_IMAGE], [DEPICTS, WIKIDATA_IMAGE]]
    found = tables.compute(
        filtered_suggestions,
        Rules(
            wikis={
                "chwiki": {
                    "confidence": {f"{WIKIDATA_IMAGE}+{DEPICTS}": 60, DEPICTS: 95},
                    "least_confidence": 65,
                }
            }
        ),
        unillustrated_articles=[(wiki, 1, 7, "A", "Q1") for wiki in ("chwiki", "arwiki")],
        candidate_images=[
            ("Q1", f"{number}.jpg", each, 90 if WIKIDATA_IMAGE in each else 70, None)
            for number, each in enumerate(kinds)
        ],
    )
    place = [*DATASETS["filtered_suggestions"].column_names].index
    told = {
        wiki: [
            (row[place("image")], row[place("confidence")], row[place("rank")])
            for row in found
            if row[0] == wiki
        ]
        for wiki in ("chwiki", "arwiki")
    }
    # What is less sure there is below what the wiki wants at the least.
    assert told["chwiki"] == [("0.jpg", 95, 1), ("1.jpg", 90, 2)]
    assert told["arwiki"] == [("0.jpg", 70, 3), ("1.jpg", 90, 2), ("2.jpg", 90, 1)]
