"""Families and functions that are listed, where a reader would doubt it."""

from typing import Any

import pyarrow as pa

from module_assets.datasets.families import families, function_families
from tests.tables import Tables

WIKIS = ("awiki", "bwiki", "cwiki")
REFERENCES = pa.schema(
    [
        ("wiki_db", pa.string()),
        ("page_id", pa.int64()),
        ("title", pa.string()),
        ("target_page_id", pa.int64()),
    ]
)


def listed(
    small: Tables, *references: tuple[str, int, str, int | None], drafts: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The family of page 1 of each wiki, which that of `awiki` represents; page 2 is of none.

    References have wiki, page, title and target; readers are known of `bwiki` alone.
    """
    pages = [{"wiki_db": wiki, "page_id": page} for page in (1, 2) for wiki in WIKIS]
    rows: dict[str, list[dict[str, Any]]] = {
        "module_families": [{**page, "family_id": "awiki/1"} for page in pages[: len(WIKIS)]],
        "modules": [
            {**page, "title": f"Of {page['wiki_db']}", "is_draft": page["wiki_db"] in drafts}
            for page in pages
        ],
        "module_code": [{**page, "kind": "code", "code_hash": page["wiki_db"]} for page in pages],
        "module_use": [
            {**page, "transclusions": 10, "readers": 5 if page["wiki_db"] == "bwiki" else None}
            for page in pages
        ],
        "wikis": [{"wiki_db": wiki, "language": wiki[:1]} for wiki in WIKIS],
    }
    made = {name: small.of(pa.Table.from_pylist(each)) for name, each in rows.items()}
    refers = [dict(zip(REFERENCES.names, each, strict=True)) for each in references]
    made["module_references"] = small.of(pa.Table.from_pylist(refers, REFERENCES))
    return next(iter(small.engine.rows(families(**made))), {})


def test_a_family_adds_up_what_is_known_of_its_modules(small: Tables) -> None:
    assert listed(small) == {
        "family_id": "awiki/1",
        "title": "Of awiki",
        "kind": "code",
        "modules": 3,
        "wikis": 3,
        "copies": 2,
        "versions": 2,
        "languages": 2,
        "transclusions": 30,
        "readers": 5,
        "dependents": 0,
        "independence": 1.0,
    }


def test_drafts_count_in_no_family(small: Tables) -> None:
    found = listed(small, drafts=("bwiki",))
    assert (found["modules"], found["wikis"], found["versions"]) == (2, 2, 1)
    assert found["readers"] is None
    assert listed(small, drafts=("bwiki", "cwiki")) == {}


def test_a_representative_that_is_a_draft_still_gives_its_title(small: Tables) -> None:
    assert listed(small, drafts=("awiki",))["title"] == "Of awiki"


def test_dependents_are_other_modules_of_the_wiki_and_no_drafts(small: Tables) -> None:
    to_itself, twice = ("awiki", 1, "Of_awiki", 1), ("awiki", 2, "Of_awiki", 1)
    assert listed(small, to_itself, twice, twice)["dependents"] == 1
    of_a_draft = ("cwiki", 2, "Of_cwiki", 1)
    assert listed(small, of_a_draft, drafts=("cwiki",))["dependents"] == 0


def test_independence_counts_titles_whether_they_are_there_or_not(small: Tables) -> None:
    """One that is required and mentioned is one; what other modules refer to does not count."""
    found = listed(
        small,
        ("awiki", 1, "B", 2),
        ("awiki", 1, "B", 2),
        ("awiki", 1, "Missing", None),
        ("bwiki", 1, "C", None),
    )
    assert found["independence"] == 1 / 3


def functions_of(small: Tables, *rows: tuple[str, int, str, str]) -> list[dict[str, Any]]:
    """The families of functions, of which each has wiki, page, name and code; page 9 is a draft,
    and only page 1 is of a family."""
    names = ("wiki_db", "page_id", "name", "code_hash")
    functions = [dict(zip(names, row, strict=True)) | {"shape": "s", "tokens": 50} for row in rows]
    modules = [
        {"wiki_db": wiki, "page_id": page, "is_draft": page == 9}
        for wiki in WIKIS
        for page in (1, 2, 9)
    ]
    of_families = [{"wiki_db": wiki, "page_id": 1, "family_id": "awiki/1"} for wiki in WIKIS]
    made = (small.of(pa.Table.from_pylist(each)) for each in (functions, modules, of_families))
    return small.engine.rows(function_families(*made))


def test_a_function_is_called_as_most_call_it_and_of_equals_by_the_first(small: Tables) -> None:
    rows = [("awiki", 1, "trim", "x"), ("awiki", 1, "trim", "x"), ("bwiki", 1, "strip", "x")]
    [found] = functions_of(small, *rows, ("cwiki", 1, "Trim", "y"))
    assert found == {
        "shape": "s",
        "name": "trim",
        "tokens": 50,
        "functions": 4,
        "modules": 3,
        "wikis": 3,
        "versions": 1,
        "families": 1,
    }
    assert functions_of(small, *rows[1:])[0]["name"] == "strip"


def test_a_function_that_mostly_has_no_name_has_none(small: Tables) -> None:
    rows = [("awiki", 1, "", "x"), ("bwiki", 1, "", "x"), ("cwiki", 1, "trim", "x")]
    assert functions_of(small, *rows)[0]["name"] == ""
    assert functions_of(small, *rows[1:])[0]["name"] == ""


def test_a_function_of_drafts_alone_or_of_one_wiki_is_not_listed(small: Tables) -> None:
    assert functions_of(small, ("awiki", 1, "f", "x"), ("awiki", 2, "f", "x")) == []
    assert functions_of(small, ("awiki", 1, "f", "x"), ("bwiki", 9, "f", "x")) == []
    [found] = functions_of(small, ("awiki", 2, "f", "x"), ("bwiki", 2, "f", "x"))
    assert found["families"] == 0
