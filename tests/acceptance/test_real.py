"""A real wiki end to end: its dumps beside the checkout give exactly what an independent program
worked out, on both engines.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.acceptance.command import rows_of, run

SNAPSHOT = "2024-05-01"


class Real(NamedTuple):
    """What must come out, and the lake with what did."""

    expected: dict[str, Any]
    lake: Path

    def rows(self, dataset: str) -> list[dict[str, Any]]:
        """Read what came out."""
        return rows_of(self.lake, dataset, SNAPSHOT)


@pytest.fixture(scope="module", params=["duckdb", "spark"])
def wiki(
    request: pytest.FixtureRequest, real: Path, tmp_path_factory: pytest.TempPathFactory
) -> Real:
    """Run the real wiki on each engine."""
    lake = tmp_path_factory.mktemp("real") / "lake"
    ended = run(real / "dumps", lake, request.param)
    assert ended.code == 0, ended.err
    expected = json.loads((real / "expected.json").read_text(encoding="utf-8"))
    return Real(expected, lake)


def test_tags(wiki: Real) -> None:
    found = {
        f"{row['page_id']}|{row['tag']}": row["values"]
        for row in wiki.rows("commons_weighted_tags")
    }
    assert found == wiki.expected["commons_weighted_tags"]


def test_overused_files(wiki: Real) -> None:
    found = {row["file_name"]: [row["pages"], row["limit"]] for row in wiki.rows("overused_files")}
    assert found == wiki.expected["overused_files"]


def test_candidates(wiki: Real) -> None:
    found = {
        f"{row['item_id']}|{row['image']}": {
            name: row[name] for name in ("kinds", "confidence", "found_on")
        }
        for row in wiki.rows("candidate_images")
    }
    assert found == wiki.expected["candidate_images"]


def test_unillustrated_articles(wiki: Real) -> None:
    rows = wiki.rows("unillustrated_articles")
    found = {f"{row['wiki_db']}|{row['page_id']}": row["item_id"] for row in rows}
    assert found == wiki.expected["unillustrated_articles"]


def test_suggestions(wiki: Real) -> None:
    found = {
        f"{row['wiki_db']}|{row['page_id']}|{row['image']}": {
            "item": row["item_id"],
            **{name: row[name] for name in ("kinds", "confidence", "found_on", "rank")},
        }
        for row in wiki.rows("filtered_suggestions")
    }
    assert found == wiki.expected["filtered_suggestions"]


def test_flags(wiki: Real) -> None:
    rows = wiki.rows("wiki_flags")
    assert (
        sorted(f"{row['wikiid']}|{row['page_id']}" for row in rows) == wiki.expected["wiki_flags"]
    )
    assert all(row["values"] == ["exists|1"] for row in rows)
