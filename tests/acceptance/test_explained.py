"""What is said of why an article has its suggestions, or none, on random small Wikimedias: it is
what the datasets say, and all that holds is named.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings

from graph.arrow import schema_of
from imagesuggest_assets.catalog.candidates import FILE_CONDITIONS
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.suggestions import ARTICLE_CONDITIONS
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.server.explanations import explain
from imagesuggest_assets.server.published import CONSIDERED
from resources.engine import Engine
from tests.acceptance.test_invariants import Rows, derive, wikimedias
from tests.tables import Tables

RULES = Rules(
    suggestions_most=2,
    category_items_most=2,
    file_items_most=2,
    wikis={
        "awiki": {
            "kinds_off": ["istype-depicts", "istype-lead-image"],
            "least_confidence": 80,
            "excluded_categories": ["Cats"],
        },
        "bwiki": {"excluded_files": ["Cat.jpg"]},
    },
)
SETTINGS = msgspec.json.encode(RULES.settings()).decode()


def as_dicts(name: str, rows: Rows) -> list[dict[str, Any]]:
    """Rows by the names of their columns."""
    return [dict(zip(DATASETS[name].column_names, row, strict=True)) for row in rows]


def explained(folder: Path, found: dict[str, Rows]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Explain every page, by its id, from files as the lake has them."""
    files = {}
    for name in CONSIDERED:
        schema = schema_of(DATASETS[name])
        file = folder / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist(as_dicts(name, found[name]), schema), file)
        files[name] = [file]
    with duckdb.connect() as database:
        for page in as_dicts("pages", found["pages"]):
            yield (
                page["wiki_db"],
                explain(database, files, SETTINGS, page["wiki_db"], page["page_id"]),
            )


def names(conditions: list[dict[str, Any]], of: str) -> set[str]:
    """The names of the conditions of something."""
    return {each["name"] for each in conditions if each["of"] == of}


class Said:
    """What the datasets say of each article and file."""

    def __init__(self, found: dict[str, Rows]) -> None:
        rows = {name: as_dicts(name, found[name]) for name in found if name in DATASETS}
        self.out = {
            (r["wiki_db"], r["page_id"]): {name for name in ARTICLE_CONDITIONS if r[name]}
            for r in rows["considered_articles"]
        }
        self.files_out = {
            (r["item_id"], r["image"]): {name for name in FILE_CONDITIONS if r[name]}
            for r in rows["considered_files"]
        }
        self.redirects = {(r["wiki_db"], r["page_id"]) for r in rows["pages"] if r["is_redirect"]}
        self.unillustrated = {(r["wiki_db"], r["page_id"]) for r in rows["unillustrated_articles"]}
        self.candidates = {(r["item_id"], r["image"]): r for r in rows["candidate_images"]}
        self.suggested: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
        for row in rows["filtered_suggestions"]:
            self.suggested[row["wiki_db"], row["page_id"]].append(row)
        self.local = set(found["local_files"])
        self.categories = set(found["commons_category_files"])
        self.pages = {row["file_name"]: row["page_id"] for row in rows["commons_files"]}
        self.judged = {
            (r["wiki_db"], r["page_id"], r["file_name"])
            for r in rows["feedback"]
            if r["about"] == "article" and r["outcome"] != "undecided"
        }

    def against(self, wiki: str, page: int, candidate: dict[str, Any]) -> set[str]:
        """What is to be named of an article and one of its candidates."""
        image, kinds = candidate["image"], set(candidate["kinds"])
        own = RULES.wikis[wiki]
        found = {
            "judged": (wiki, page, image) in self.judged,
            "hidden": (wiki, image) in self.local,
            "kind_off": kinds <= set(own.kinds_off),
            "low_confidence": candidate["confidence"] < own.least_confidence,
            "excluded_file": image in own.excluded_files,
            "excluded_category": any(
                (category, self.pages[image]) in self.categories
                for category in own.excluded_categories
            ),
        }
        return {name for name, holds in found.items() if holds}


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=wikimedias)
def test_every_explanation_is_what_the_datasets_say_and_names_all_that_holds(
    duckdb_engine: Engine, tmp_path: Path, world: dict[str, Rows]
) -> None:
    found = derive(Tables(duckdb_engine, tmp_path), world, RULES)
    said = Said(found)
    for wiki, told in explained(tmp_path, found):
        page = (wiki, told["page_id"])
        if page in said.redirects:
            assert names(told["conditions"], "page") == {"redirect"}
            continue
        rows = said.suggested[page]
        assert told["verdict"] == ("suggested" if rows else "not suggested")
        own = names(told["conditions"], "article")
        # Without those that are named nothing speaks against it, and it would be in the dataset.
        assert own - {"no_candidate", "no_file_left"} == said.out[page]
        assert (own <= {"no_candidate", "no_file_left"}) == (page in said.unillustrated)
        assert bool(own) == (not rows)
        shown = [each for each in told["files"] if each["verdict"] == "suggested"]
        assert [(each["file_name"], each["rank"]) for each in shown] == [
            (row["image"], row["rank"]) for row in sorted(rows, key=lambda row: row["rank"])
        ]
        files = {each["file_name"]: each for each in told["files"]}
        candidates = {
            image: row for (item, image), row in said.candidates.items() if item == told["item_id"]
        }
        assert candidates.keys() <= files.keys()
        for name, file in files.items():
            of_file = names(file["conditions"], "file")
            assert of_file == said.files_out.get((told["item_id"], name), set())
            if name in candidates:
                assert not of_file
                against = names(file["conditions"], "pair") - {"beyond_most"}
                assert against == said.against(*page, candidates[name])
            else:
                assert of_file or not file["signals"]
            if page in said.unillustrated:
                assert bool(file["conditions"]) or file["verdict"] == "suggested" or file["judged"]
                assert file["verdict"] != "would be suggested"
