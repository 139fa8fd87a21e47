"""Scores and ranks, where a reader would doubt them."""

from typing import Any

import pyarrow as pa
import pytest

from module_assets.datasets.scores import family_scores, module_scores
from tests.tables import Tables

MODULE = {"wiki_db": "awiki", "page_id": 1}
COUNTS: dict[str, Any] = {
    "copies": 2,
    "transclusions": 0,
    "readers": None,
    "dependents": 0,
    "versions": 0,
    "languages": None,
    "independence": 1.0,
}
FAMILIES = pa.schema(
    [
        ("family_id", pa.string()),
        *((name, pa.int64()) for name in COUNTS if name != "independence"),
        ("independence", pa.float64()),
    ]
)


def scored(
    small: Tables, articles: int | None = 0, sources: tuple[str, ...] = (), **known: Any
) -> dict[str, Any]:
    """The row of one module that 3 articles use, on a wiki of so many; else nothing is known."""
    given = {
        **dict.fromkeys(("languages", "editors", "edits", "recent_edits"), None),
        **{"transclusions": 0, "articles": 3, "readers": None, "edit_level": None, "tokens": 0},
        **known,
    }
    names = {
        "modules": {"is_draft": pa.bool_(), "is_redirect": pa.bool_()},
        "module_code": {"kind": pa.string(), "tokens": pa.int64()},
        "module_use": dict.fromkeys(("transclusions", "articles", "readers"), pa.int64()),
        "module_links": {"languages": pa.int64(), "edit_level": pa.string()},
        "module_history": dict.fromkeys(("editors", "edits", "recent_edits"), pa.int64()),
    }
    row = {**MODULE, "is_draft": False, "is_redirect": False, "kind": "code", **given}
    key = {"wiki_db": pa.string(), "page_id": pa.int64()}
    made = {
        name: small.of(pa.Table.from_pylist([row], pa.schema(list({**key, **columns}.items()))))
        for name, columns in names.items()
    }
    references = pa.schema([*key.items(), ("target_page_id", pa.int64())])
    made["module_references"] = small.of(pa.Table.from_pylist([], references))
    wikis = pa.schema([("wiki_db", pa.string()), ("articles", pa.int64())])
    of_wiki = {"wiki_db": "awiki", "articles": articles}
    made["wikis"] = small.of(pa.Table.from_pylist([of_wiki], wikis))
    sources_of = pa.schema([("wiki_db", pa.string()), ("source", pa.string())])
    there = [{"wiki_db": "awiki", "source": source} for source in sources]
    made["known_sources"] = small.of(pa.Table.from_pylist(there, sources_of))
    return next(iter(small.engine.rows(module_scores(**made))), {})


def test_a_thousand_articles_are_added_so_that_tiny_wikis_are_not_at_the_top(
    small: Tables,
) -> None:
    assert scored(small, articles=0)["reach_scaled"] == pytest.approx(3 / 1000)
    assert scored(small, articles=1000)["reach_scaled"] == pytest.approx(3 / 2000)


def test_what_is_not_known_is_null_and_takes_no_part_in_the_score(small: Tables) -> None:
    """Known are transclusions and dependents, of weights 4 and 2, and tokens, which weigh nothing;
    the number of articles is not."""
    found = scored(small, None, transclusions=10**7, tokens=10**4)
    assert found["score"] == pytest.approx(66.667)
    known = {name for name, value in found.items() if value is not None}
    features = {f"{name}_scaled" for name in ("transclusions", "dependents", "tokens")}
    assert known == {*MODULE, "score", *features}


@pytest.mark.parametrize(
    ("sources", "level", "expected"),
    [((), None, None), (("page_restrictions",), None, 0.0), (("page_restrictions",), "sysop", 1.0)],
)
def test_a_module_is_protected_or_not_or_nobody_knows(
    small: Tables, sources: tuple[str, ...], level: str | None, expected: float | None
) -> None:
    assert scored(small, sources=sources, edit_level=level)["is_protected_scaled"] == expected


@pytest.mark.parametrize(
    "other", [{"is_draft": True}, {"is_redirect": True}, {"kind": "alias"}, {"kind": "empty"}]
)
def test_drafts_redirects_and_what_is_no_code_have_no_score(
    small: Tables, other: dict[str, Any]
) -> None:
    assert scored(small, **other) == {}
    assert scored(small, kind="data")


def ranked(tables: Tables, *rows: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Scores of families by their ids."""
    table = pa.Table.from_pylist([{**COUNTS, **row} for row in rows], FAMILIES)
    return {row["family_id"]: row for row in tables.engine.rows(family_scores(tables.of(table)))}


def test_of_equal_scores_the_family_that_is_first_by_code_points_is_first(small: Tables) -> None:
    found = ranked(small, *({"family_id": name} for name in ("éwiki/1", "bwiki/9", "bwiki/10")))
    ranks = {row["rank"]: name for name, row in found.items()}
    assert ranks == {1: "bwiki/10", 2: "bwiki/9", 3: "éwiki/1"}


def test_ranks_have_a_range_over_weights_that_are_halved_or_doubled(small: Tables) -> None:
    """`steady` is best in all; copies alone make `copied` what it is, and versions `varied`."""
    found = ranked(
        small,
        {"family_id": "steady", "copies": 300, "versions": 100, "transclusions": 10**8},
        {"family_id": "copied", "copies": 300, "versions": 0},
        {"family_id": "varied", "copies": 16, "versions": 100},
        {"family_id": "least", "copies": 0, "independence": 0.5},
    )
    ranges = {
        name: (row["rank_best"], row["rank"], row["rank_worst"]) for name, row in found.items()
    }
    assert ranges == {
        "steady": (1, 1, 1),
        "copied": (2, 2, 3),
        "varied": (2, 3, 3),
        "least": (4, 4, 4),
    }


def test_scores_are_rounded_half_up_on_every_engine(tables: Tables) -> None:
    """Weights known are 11; independence 11 / 160000 makes 100 / 160000, or 0.000625."""
    rows = [
        {"family_id": str(half), "copies": 0, "independence": 11 * half / 200_000}
        for half in (1, 3, 5, 7, 9, 1001)
    ]
    found = ranked(tables, *rows)
    assert {int(name): row["score"] for name, row in found.items()} == {
        half: (half + 1) // 2 / 1000 for half in (1, 3, 5, 7, 9, 1001)
    }
