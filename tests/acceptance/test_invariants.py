"""What holds of any Wikimedia, however odd: the rules' invariants on random small ones."""

import inspect
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imagesuggest_assets.datasets.candidates import (
    candidate_images,
    considered_files,
    overused_files,
)
from imagesuggest_assets.datasets.commons_tags import commons_weighted_tags, signals
from imagesuggest_assets.datasets.search_index import wiki_flags
from imagesuggest_assets.datasets.suggestions import (
    considered_articles,
    filtered_suggestions,
    unillustrated_articles,
)
from imagesuggest_assets.rules import Rules
from resources.engine import Engine
from tests.tables import NOW, Tables

Row = tuple[Any, ...]
Rows = list[Row]

WIKIS = ("awiki", "bwiki")
ITEMS = ("Q1", "Q2", "Q10")
NAMES = ("Cat.jpg", "cat.JPG", "Flag.svg", "Кот.png", "\U0001f408.gif", "Song.ogg", "Icon.svg")
OLD_NAMES = ("Old_cat.jpg", "Кот.png", "Song.ogg")
"""Names that may redirect; some are files of Commons on other worlds."""
CATEGORIES = ("Cats", "Image_placeholders")
CONFIDENCE = {
    "istype-wikidata-image": 90,
    "istype-commons-category": 80,
    "istype-lead-image": 80,
    "istype-depicts": 70,
}


def some(*columns: st.SearchStrategy[Any], most: int = 8) -> st.SearchStrategy[Rows]:
    """A few distinct rows of such columns."""
    return st.lists(st.tuples(*columns), unique=True, max_size=most)


def one_each(
    key: st.SearchStrategy[Any], *columns: st.SearchStrategy[Any], most: int = 12
) -> st.SearchStrategy[Rows]:
    """A few rows, one for each key."""
    rows = st.dictionaries(key, st.tuples(*columns), max_size=most)
    return rows.map(lambda found: [(*flat(each), *rest) for each, rest in found.items()])


def flat(key: Any) -> Row:
    """A key of one column or of several."""
    return key if isinstance(key, tuple) else (key,)


CLASSES = ("Q5", "Q577", "Q900", "Q901")
"""Of which one is excluded, and others may be below it."""
PICTURES = (".jpg", ".svg", ".png", ".gif")

wiki = st.sampled_from(WIKIS)
item = st.sampled_from(ITEMS)
name = st.sampled_from(NAMES)
page = st.integers(1, 7)
article = st.tuples(wiki, page)
commons_page = st.integers(1, len(NAMES))

wikimedias = st.fixed_dictionaries(
    {
        "commons_files": st.lists(st.sampled_from(range(len(NAMES))), unique=True).flatmap(
            lambda chosen: st.tuples(
                *(
                    st.tuples(
                        st.just(number + 1),
                        st.just(NAMES[number]),
                        st.sampled_from(["BITMAP", "DRAWING", "AUDIO", "UNKNOWN", None]),
                        st.sampled_from([None, 99, 100]),
                    )
                    for number in chosen
                )
            ).map(list)
        ),
        "pages": one_each(
            article, st.just(0), st.sampled_from(["A", "B"]), st.booleans(), st.just(1)
        ),
        "page_items": one_each(article, item),
        "lead_images": one_each(article, name),
        "disambiguations": some(wiki, page, most=2),
        "file_redirects": one_each(
            st.sampled_from(OLD_NAMES), st.sampled_from([*NAMES, *OLD_NAMES]), most=3
        ),
        "image_links": some(wiki, page, name, most=14),
        "local_files": some(wiki, name, most=2),
        "incoming_links": one_each(
            st.tuples(wiki, st.sampled_from(["A", "B"])), st.sampled_from([1, 3, 5000])
        ),
        "item_claims": st.tuples(
            some(item, st.just("P18"), st.sampled_from([*NAMES, *OLD_NAMES])),
            some(item, st.just("P373"), st.sampled_from(CATEGORIES)),
            some(item, st.just("P31"), st.sampled_from(CLASSES), most=2),
            some(st.sampled_from(CLASSES), st.just("P279"), st.sampled_from(CLASSES), most=3),
        ).map(lambda claims: [row for rows in claims for row in rows]),
        "commons_category_files": some(st.sampled_from(CATEGORIES), commons_page),
        "commons_category_sizes": one_each(
            st.sampled_from(CATEGORIES), st.sampled_from([-1, 1, 7, 65_535, 100_000])
        ),
        "depicts": some(commons_page, item, st.sampled_from(["P180", "P921"])),
        "feedback": some(
            wiki,
            page,
            name,
            st.sampled_from(["accepted", "rejected", "undecided"]),
            st.sampled_from(["article", "article", "section", "page"]),
            st.sampled_from([NOW, None]),
            most=8,
        ),
    }
)


def derive(tables: Tables, world: dict[str, Rows], rules: Rules | None = None) -> dict[str, Rows]:
    """Compute everything from signals to flags, as the graph does."""
    known = dict(world)
    for asset in (
        signals,
        commons_weighted_tags,
        overused_files,
        considered_articles,
        considered_files,
        candidate_images,
        unillustrated_articles,
        filtered_suggestions,
        wiki_flags,
    ):
        function = asset.op.compute_fn.decorated_fn  # type: ignore[union-attr]
        needed = inspect.signature(function).parameters
        given_rows = {name: rows for name, rows in known.items() if name in needed}
        known[asset.key.path[-1]] = tables.compute(asset, rules, **given_rows)
    return known


def check(found: dict[str, Rows]) -> None:
    """Assert every invariant of what was derived."""
    items = {(row[0], row[1]): row[2] for row in found["page_items"]}
    linked = {*found["image_links"], *found["lead_images"]}
    candidates = {(row[0], row[1]): row for row in found["candidate_images"]}
    judged = {row[:3] for row in found["feedback"] if row[3] != "undecided" and row[4] == "article"}
    local = set(found["local_files"])
    commons = {row[1]: row[2:] for row in found["commons_files"]}
    targets = dict(found["file_redirects"])
    claims = {
        (row[0], targets.get(row[2], row[2])) for row in found["item_claims"] if row[1] == "P18"
    }
    classes = [row for row in found["item_claims"] if row[1] == "P31"]
    below = {row[0] for row in found["item_claims"] if row[1:] == ("P279", "Q577")} | {"Q577"}
    excluded = {row[0] for row in classes if row[2] in below}
    overused = {row[0] for row in found["overused_files"]}

    for tag in found["commons_weighted_tags"]:
        scores = [value.split("|") for value in tag[4]]
        assert tag[4] == sorted(set(tag[4]))
        assert all(1 <= int(score) <= 1000 for _, score in scores)
        assert len({item for item, _ in scores}) == len(scores)

    for item_id, image, kinds, confidence, found_on in candidates.values():
        assert image in commons.keys() - overused
        media_type, width = commons[image]
        assert media_type in ("BITMAP", "DRAWING", None)
        assert width is None or width >= 100
        assert image.lower().endswith(PICTURES)
        assert ("istype-wikidata-image" in kinds) == ((item_id, image) in claims)
        assert kinds == sorted(set(kinds))
        assert confidence == max(CONFIDENCE[kind] for kind in kinds)
        assert (found_on is not None) == ("istype-lead-image" in kinds)
        assert found_on is None or found_on == sorted(set(found_on)) != []

    for row in found["unillustrated_articles"]:
        used = {name for wiki, page, name in linked if (wiki, page) == row[:2]}
        assert not {(row[0], name) for name in used} & local
        assert not used & commons.keys() - overused
        assert row[:2] not in found["disambiguations"]
        assert items[row[:2]] == row[4]
        assert row[4] not in excluded

    ranks = defaultdict(list)
    for wiki_db, page_id, _, _, item_id, image, *shown, rank in found["filtered_suggestions"]:
        assert items[wiki_db, page_id] == item_id
        assert (wiki_db, page_id, image) not in linked | judged
        assert (wiki_db, image) not in local
        confidence, kinds, found_on = shown
        assert candidates[item_id, image][2:] == (kinds, confidence, found_on)
        order = (-confidence, -len(kinds), -len(found_on or []), image)
        ranks[wiki_db, page_id].append((rank, order))
    for each in ranks.values():
        each.sort()
        assert [rank for rank, _ in each] == list(range(1, len(each) + 1))
        assert len(each) <= 10
        assert [order for _, order in each] == sorted(order for _, order in each)
    assert {(row[0], row[1]) for row in found["wiki_flags"]} == set(ranks)
    assert len(found["wiki_flags"]) == len(ranks)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=wikimedias)
def test_the_invariants_hold_on_duckdb(
    duckdb_engine: Engine, tmp_path: Path, world: dict[str, Rows]
) -> None:
    check(derive(Tables(duckdb_engine, tmp_path), world))


@pytest.mark.cluster
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=wikimedias)
def test_the_invariants_hold_on_spark(
    spark_engine: Engine, tmp_path: Path, world: dict[str, Rows]
) -> None:
    check(derive(Tables(spark_engine, tmp_path), world))


def test_a_wikimedia_made_by_hand_has_every_kind_of_row(
    duckdb_engine: Engine, tmp_path: Path
) -> None:
    world: dict[str, Rows] = {
        "commons_files": [(1, "Cat.jpg", "BITMAP", None), (4, "Кот.png", None, 100)],
        "pages": [("awiki", 1, 0, "A", False, 1), ("bwiki", 2, 0, "B", False, 1)],
        "page_items": [("awiki", 1, "Q1"), ("bwiki", 2, "Q1")],
        "lead_images": [("bwiki", 2, "Кот.png")],
        "image_links": [("bwiki", 2, "Кот.png")],
        "disambiguations": [("bwiki", 1)],
        "file_redirects": [("Old_cat.jpg", "Cat.jpg")],
        "local_files": [],
        "incoming_links": [("bwiki", "B", 5000)],
        "item_claims": [("Q1", "P18", "Old_cat.jpg")],
        "commons_category_files": [],
        "commons_category_sizes": [],
        "depicts": [],
        "feedback": [],
    }
    found = derive(Tables(duckdb_engine, tmp_path), world)
    check(found)
    assert [row[5] for row in found["filtered_suggestions"]] == ["Cat.jpg", "Кот.png"]
    assert len(found["commons_weighted_tags"]) == 2
