"""What must come out of a made-up or real Wikimedia, in the form of the files `expected.json`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Rows = Callable[[str], list[Row]]
"""Gives the rows of a dataset."""

_OF_CANDIDATE = ("kinds", "confidence", "found_on")


def _tags(rows: Rows) -> Any:
    found = rows("commons_weighted_tags")
    return {f"{row['page_id']}|{row['tag']}": row["values"] for row in found}


def _overused(rows: Rows) -> Any:
    return {row["file_name"]: [row["pages"], row["limit"]] for row in rows("overused_files")}


def _candidates(rows: Rows) -> Any:
    return {
        f"{row['item_id']}|{row['image']}": {name: row[name] for name in _OF_CANDIDATE}
        for row in rows("candidate_images")
    }


def _articles(rows: Rows) -> Any:
    found = rows("unillustrated_articles")
    return {f"{row['wiki_db']}|{row['page_id']}": row["item_id"] for row in found}


def _suggestions(rows: Rows) -> Any:
    return {
        f"{row['wiki_db']}|{row['page_id']}|{row['image']}": {
            "item": row["item_id"],
            **{name: row[name] for name in (*_OF_CANDIDATE, "rank")},
        }
        for row in rows("filtered_suggestions")
    }


def _flags(rows: Rows) -> Any:
    found = rows("wiki_flags")
    assert all(row["values"] == ["exists|1"] for row in found)
    return sorted(f"{row['wikiid']}|{row['page_id']}" for row in found)


EXPECTED: dict[str, Callable[[Rows], Any]] = {
    "commons_weighted_tags": _tags,
    "overused_files": _overused,
    "candidate_images": _candidates,
    "unillustrated_articles": _articles,
    "filtered_suggestions": _suggestions,
    "wiki_flags": _flags,
}
"""What is compared, by the dataset's name."""


def expected_in(folder: Path) -> dict[str, Any]:
    """Read what must come out of a folder's dumps."""
    found: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return found
