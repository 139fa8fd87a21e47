"""What is absent or dropped on purpose is no error, and is told on the materialization."""

import re
import shutil
from pathlib import Path
from typing import Any

import dagster as dg

from resources.lake import Lake
from tests.acceptance.broken_dumps import (
    CATEGORY,
    FEEDBACK,
    IMAGE,
    ITEMS,
    LINKTARGET,
    MEDIAINFO,
    REDIRECT,
    SNAPSHOT,
    first_row,
    run_here,
    text,
    without_papers,
)
from tests.acceptance.reference_reading import DumpFolder


def metadata_of(dataset: str) -> dict[str, Any]:
    """Give what the newest materialization in Dagster's history says, as plain values."""
    with dg.DagsterInstance.get() as instance:
        found = instance.fetch_materializations(dg.AssetKey(dataset), limit=1).records[0]
    assert found.asset_materialization
    return {name: each.value for name, each in found.asset_materialization.metadata.items()}


def taken_out(metadata: dict[str, Any]) -> dict[str, int]:
    """Give how many rows each condition took out."""
    return {row.data["condition"]: row.data["rows"] for row in metadata["taken out"].records}


OPTIONAL = {
    "feedback": (FEEDBACK, "feedback events"),
    "mediawiki_image": (IMAGE, "commonswiki image"),
    "mediawiki_category": (CATEGORY, "commonswiki category"),
    "mediawiki_redirect": (REDIRECT, "commonswiki redirect"),
}


def test_optional_files_that_are_absent_are_no_error_and_reported(
    good: Path, dumps: Path, tmp_path: Path
) -> None:
    for dataset in OPTIONAL:
        assert "absent" not in Lake(good / "lake").statistics(dataset, SNAPSHOT).details
    for file, _ in OPTIONAL.values():
        (dumps / file).unlink()
    # A table whose job is listed is waited for.
    without_papers(dumps / IMAGE)
    shutil.rmtree((dumps / FEEDBACK).parent)
    ended = run_here(dumps, tmp_path / "lake", list(OPTIONAL))
    assert not ended.error
    lake = Lake(tmp_path / "lake")
    for dataset, (_, absent) in OPTIONAL.items():
        assert metadata_of(dataset)["absent"] == absent
        assert lake.statistics(dataset, SNAPSHOT).details["absent"] == absent
    for dataset in ("feedback", "mediawiki_category", "mediawiki_redirect"):
        assert lake.statistics(dataset, SNAPSHOT).rows == 0
    assert set(lake.statistics("mediawiki_image", SNAPSHOT).rows_by_wiki) <= {
        "arwiki",
        "ptwiki",
    }


def test_what_is_dropped_on_purpose_is_counted_on_the_materialization(
    dumps: Path, tmp_path: Path
) -> None:
    first_row(rb"\(\d+,", b"(4000000000,")(dumps / LINKTARGET)
    others = b'{"type":"property","id":"P18","claims":[]},\n{"type":"lexeme","id":"L1"},\n'
    text(lambda lines: lines.replace(b"\n", b"\n" + others, 1))(dumps / ITEMS)
    text(lambda lines: lines.replace(b"\n", b"\n" + others, 1))(dumps / MEDIAINFO)
    for file in (LINKTARGET, ITEMS, MEDIAINFO):
        without_papers(dumps / file)
    ended = run_here(
        dumps,
        tmp_path / "lake",
        [
            "mediawiki_page",
            "mediawiki_pagelinks",
            "mediawiki_linktarget",
            "incoming_links",
            "item_claims",
            "depicts",
            "feedback",
        ],
    )
    assert not ended.error
    folder = DumpFolder(dumps, SNAPSHOT)
    for wiki, counts in metadata_of("mediawiki_page")["read"].items():
        namespaces = [row["page_namespace"] for row in folder.table(wiki, "page")]
        assert counts["rows in the dump"] == len(namespaces)
        assert counts["rows kept"] == sum(each in (b"0", b"6") for each in namespaces)
        assert counts["rows kept"] < counts["rows in the dump"]
    targets = {row["lt_id"] for row in folder.table("ptwiki", "linktarget")}
    links = [row for row in folder.table("ptwiki", "pagelinks") if row["pl_from_namespace"] == b"0"]
    without = sum(row["pl_target_id"] not in targets for row in links)
    assert without > 0
    assert taken_out(metadata_of("incoming_links")) == {"no_target": without}
    items = list(folder.entities("wikidatawiki", "wikidata-{}-all.json"))
    (counts,) = metadata_of("item_claims")["read"].values()
    assert counts["entities"] == len(items)
    others = [item for item in items if item.get("type") != "item"]
    assert counts["redirects"] == sum("redirect" in item for item in others) > 0
    assert counts["others"] == len(others) - counts["redirects"] >= 2
    odd = counts["not_understood"]
    assert odd == {"claims.P18": 2, "claims.P31.mainsnak.datavalue.value": 1, "id": 1}
    assert counts["items"] == len(items) - len(others) - sum(odd.values())
    assert len(counts["examples"]) == 4
    assert all(re.match(r"line \d+: .", each) for each in counts["examples"])
    (counts,) = metadata_of("depicts")["read"].values()
    assert counts["others"] == 2
    counts = metadata_of("feedback")["read"]
    sections = sum(bool(event.get("section_title")) for event in folder.feedback())
    assert counts["sections"] == sections > 0
