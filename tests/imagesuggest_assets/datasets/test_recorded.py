"""What is counted of datasets for whoever judges them later, the same on both engines."""

from collections.abc import Callable
from typing import Any

import pytest
from ibis import Table

from imagesuggest_assets.datasets.inputs import articles_by_wiki, values_by_column
from imagesuggest_assets.datasets.suggestions import beyond_columns
from tests.tables import Tables

LARGEST = 2**31 - 1
Rows = list[tuple[Any, ...]]


def suggestion(wiki: str, page: int, revision: int, image: str = "A.jpg") -> tuple[Any, ...]:
    """A row of filtered_suggestions."""
    return (wiki, page, revision, "Title", "Q1", image, 90, ["istype-depicts"], None, 1)


CASES: dict[str, tuple[str, Callable[[Table], Table], Rows, Rows]] = {
    "articles are no redirects, no files and none of Commons": (
        "pages",
        articles_by_wiki,
        [
            ("chwiki", 1, 0, "One", False, 7),
            ("chwiki", 2, 0, "Two", False, 7),
            ("chwiki", 3, 0, "Three", True, 7),
            ("arwiki", 1, 0, "One", False, 7),
            ("ptwiki", 1, 0, "Redirect", True, 7),
            ("commonswiki", 1, 0, "Gallery", False, 7),
            ("commonswiki", 2, 6, "File.jpg", False, 7),
        ],
        [("arwiki", "", 1), ("chwiki", "", 2)],
    ),
    "0 is a value": (
        "commons_files",
        values_by_column,
        [(1, "A.jpg", None, 0), (2, "B.jpg", None, None)],
        [("commonswiki", "media_type", 0), ("commonswiki", "width", 1)],
    ),
    "what the readers' columns just hold is not beyond them": (
        "filtered_suggestions",
        beyond_columns,
        [suggestion("ptwiki", LARGEST, LARGEST), suggestion("arwiki", 1, 1)],
        [],
    ),
    "of each wiki the first page beyond the columns is named with its revision": (
        "filtered_suggestions",
        beyond_columns,
        [
            suggestion("ptwiki", 9, LARGEST + 2),
            suggestion("ptwiki", 7, LARGEST + 1),
            suggestion("ptwiki", 7, LARGEST + 1, "B.jpg"),
            suggestion("ptwiki", 1, 1),
            suggestion("arwiki", 2**62, 5),
            suggestion("kawiki", 1, 1),
        ],
        [("arwiki", str(2**62), 5), ("ptwiki", "7", LARGEST + 1)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_both_engines_count_alike(tables: Tables, name: str) -> None:
    dataset, measure, rows, expected = CASES[name]
    found = tables.engine.rows(measure(tables.make(dataset, rows)))
    assert sorted((row["wiki_db"], row["name"], row["count"]) for row in found) == expected
