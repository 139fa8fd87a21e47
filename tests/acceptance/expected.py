"""What came out of a run, in the form of `expected.json` of the Wikimedias beside the checkout."""

from pathlib import Path
from typing import Any

from tests.acceptance.command import rows_of


def found(lake: Path, snapshot: str) -> dict[str, Any]:
    """Read what is expected of a snapshot, dataset by dataset."""

    def rows(dataset: str) -> list[dict[str, Any]]:
        return rows_of(lake, dataset, snapshot)

    def some(row: dict[str, Any], *names: str) -> dict[str, Any]:
        return {name: row[name] for name in names}

    shown = ("kinds", "confidence", "found_on")
    return {
        "commons_weighted_tags": {
            f"{row['page_id']}|{row['tag']}": row["values"] for row in rows("commons_weighted_tags")
        },
        "overused_files": {
            row["file_name"]: [row["pages"], row["limit"]] for row in rows("overused_files")
        },
        "candidate_images": {
            f"{row['item_id']}|{row['image']}": some(row, *shown)
            for row in rows("candidate_images")
        },
        "unillustrated_articles": {
            f"{row['wiki_db']}|{row['page_id']}": row["item_id"]
            for row in rows("unillustrated_articles")
        },
        "filtered_suggestions": {
            f"{row['wiki_db']}|{row['page_id']}|{row['image']}": {
                "item": row["item_id"],
                **some(row, *shown, "rank"),
            }
            for row in rows("filtered_suggestions")
        },
        "wiki_flags": sorted(f"{row['wikiid']}|{row['page_id']}" for row in rows("wiki_flags")),
    }
