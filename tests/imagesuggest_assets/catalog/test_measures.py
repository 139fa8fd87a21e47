"""What is counted of each dataset, the same on both engines; what follows of it is not here."""

from typing import Any

import pytest

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
from tests.tables import Tables

Rows = list[tuple[Any, ...]]
P18, LEAD = "image.linked.from.wikidata.p18", "image.linked.from.wikipedia.lead_image"
DEPICTS, ITEM_IMAGE = "istype-depicts", "istype-wikidata-image"
FLAG = "recommendation.image"

TAG_ROWS: Rows = [
    ("commonswiki", 1, 6, P18, ["Q1|1000", "Q2|1000"]),
    ("commonswiki", 1, 6, LEAD, ["Q1|999"]),
    ("commonswiki", 2, 6, LEAD, ["Q3|400", "Q4|600"]),
]
CANDIDATE_ROWS: Rows = [
    ("Q1", "A.jpg", [DEPICTS, ITEM_IMAGE], 90, None),
    ("Q2", "B.jpg", [DEPICTS], 70, None),
]
ARTICLE_ROWS: Rows = [
    ("ptwiki", 1, 1, "A", "Q1"),
    ("ptwiki", 2, 1, "B", "Q2"),
    ("arwiki", 1, 1, "C", "Q1"),
]
SUGGESTION_ROWS: Rows = [
    ("ptwiki", 1, 1, "A", "Q1", "A.jpg", 90, [DEPICTS, ITEM_IMAGE], None, 1),
    ("ptwiki", 1, 1, "A", "Q1", "B.jpg", 70, [DEPICTS], None, 2),
    ("arwiki", 1, 1, "C", "Q1", "A.jpg", 90, [DEPICTS, ITEM_IMAGE], None, 1),
]
FLAG_ROWS: Rows = [
    ("ptwiki", 1, 0, FLAG, ["exists|1"]),
    ("arwiki", 1, 0, FLAG, ["exists|1"]),
]

CASES: dict[tuple[str, str], tuple[Rows, Rows]] = {
    ("commons_weighted_tags", TAGS): (
        TAG_ROWS,
        [("commonswiki", P18, 1), ("commonswiki", LEAD, 2)],
    ),
    # 1999 thousandths are one whole tag of the highest score.
    ("commons_weighted_tags", WEIGHT): (
        TAG_ROWS,
        [("commonswiki", P18, 2), ("commonswiki", LEAD, 1)],
    ),
    ("candidate_images", CANDIDATES): (CANDIDATE_ROWS, [("", DEPICTS, 2), ("", ITEM_IMAGE, 1)]),
    ("unillustrated_articles", ARTICLES): (ARTICLE_ROWS, [("ptwiki", "", 2), ("arwiki", "", 1)]),
    ("filtered_suggestions", SUGGESTIONS): (
        SUGGESTION_ROWS,
        [("ptwiki", "", 2), ("arwiki", "", 1)],
    ),
    ("filtered_suggestions", SUGGESTIONS_BY_KIND): (
        SUGGESTION_ROWS,
        [
            ("ptwiki", DEPICTS, 2),
            ("ptwiki", ITEM_IMAGE, 1),
            ("arwiki", DEPICTS, 1),
            ("arwiki", ITEM_IMAGE, 1),
        ],
    ),
    ("wiki_flags", FLAGS): (FLAG_ROWS, [("ptwiki", "", 1), ("arwiki", "", 1)]),
}


def counted(tables: Tables, dataset: str, measure: str, rows: Rows) -> Rows:
    """Count rows, and give what was counted in some order."""
    found = tables.engine.rows(MEASURES[dataset][measure](tables.make(dataset, rows)))
    return sorted((row["wiki_db"], row["name"], row["count"]) for row in found)


@pytest.mark.parametrize(("dataset", "measure"), CASES)
def test_both_engines_count_alike(tables: Tables, dataset: str, measure: str) -> None:
    rows, expected = CASES[dataset, measure]
    assert counted(tables, dataset, measure, rows) == sorted(expected)
    assert counted(tables, dataset, measure, []) == []


def test_every_measure_has_its_case() -> None:
    declared = {(dataset, measure) for dataset in MEASURES for measure in MEASURES[dataset]}
    assert declared == CASES.keys()
