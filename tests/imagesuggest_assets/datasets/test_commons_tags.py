"""Signals and tags at the edges of SPEC.md section 3, on both engines."""

from typing import Any

from imagesuggest_assets.datasets.commons_tags import commons_weighted_tags, signals
from imagesuggest_assets.rules import Rules
from tests.tables import Tables

KEPT = (None,) * 4
"""What leaves a signal out: nothing."""


def signals_kept(tables: Tables, **rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The signals that nothing leaves out, up to found_on."""
    return [row[:6] for row in tables.compute(signals, **rows) if row[6] is None]


def commons(*names: str) -> list[tuple[object, ...]]:
    """Files of Commons with page ids from 1 on."""
    return [(number, name, "BITMAP", 800) for number, name in enumerate(names, 1)]


def test_a_p18_value_that_is_on_commons_is_a_signal_with_the_highest_score(tables: Tables) -> None:
    found = signals_kept(
        tables,
        commons_files=commons("Cat.jpg"),
        item_claims=[("Q1", "P18", "Cat.jpg"), ("Q1", "P18", "Gone.jpg"), ("Q1", "P31", "Q5")],
    )
    assert found == [(1, "Cat.jpg", "Q1", "p18", 1000, None)]


def test_a_p18_value_that_is_a_redirect_means_its_target_once(tables: Tables) -> None:
    found = signals_kept(
        tables,
        commons_files=commons("New.jpg", "Other.jpg"),
        item_claims=[
            ("Q1", "P18", "Old.jpg"),
            # By both names: one signal.
            ("Q2", "P18", "Old.jpg"),
            ("Q2", "P18", "New.jpg"),
            ("Q3", "P18", "Older.jpg"),
            ("Q4", "P18", "Loop.jpg"),
            ("Q5", "P18", "Broken.jpg"),
            ("Q6", "P18", "Other.jpg"),
        ],
        file_redirects=[
            ("Old.jpg", "New.jpg"),
            ("Older.jpg", "Old.jpg"),
            ("Loop.jpg", "Loop.jpg"),
            ("Broken.jpg", "Nowhere.jpg"),
        ],
        # What a wiki hides is not hidden on Wikidata.
        local_files=[("chwiki", "Old.jpg"), ("chwiki", "New.jpg")],
    )
    assert [(row[1], row[2]) for row in found] == [
        ("New.jpg", "Q1"),
        ("New.jpg", "Q2"),
        ("Other.jpg", "Q6"),
    ]


SCORE_OF_CATEGORY = {
    -3: 1000,
    0: 1000,
    1: 1000,
    2: 631,
    3: 500,
    65_534: 63,
    65_535: 63,  # 62.5 exactly: halves go up
    65_536: 62,
    99_999: 60,
    100_000: None,
}


def test_the_score_of_a_category_falls_with_the_logarithm_of_its_size_up_to_100_000(
    tables: Tables,
) -> None:
    sizes = list(enumerate(SCORE_OF_CATEGORY, 1))
    found = signals_kept(
        tables,
        commons_files=commons(*(f"{page}.jpg" for page, _ in sizes)),
        item_claims=[(f"Q{page}", "P373", f"Of_{files}") for page, files in sizes],
        commons_category_files=[(f"Of_{files}", page) for page, files in sizes],
        commons_category_sizes=[(f"Of_{files}", files) for _, files in sizes],
    )
    scores = {row[0]: row[4] for row in found}
    assert {files: scores.get(page) for page, files in sizes} == SCORE_OF_CATEGORY


def test_of_several_categories_of_an_item_the_highest_score_counts(tables: Tables) -> None:
    found = signals_kept(
        tables,
        commons_files=commons("Cat.jpg"),
        item_claims=[("Q1", "P373", "Cats"), ("Q1", "P373", "Black_cats")],
        commons_category_files=[("Cats", 1), ("Black_cats", 1)],
        commons_category_sizes=[("Cats", 5000), ("Black_cats", 2)],
    )
    assert [row[4] for row in found] == [631]


def test_a_category_of_more_than_99_items_is_a_collection(tables: Tables) -> None:
    # Two files, so that no file is left out for its own number of items.
    found = signals_kept(
        tables,
        commons_files=commons("Of_99.jpg", "Of_100.jpg"),
        item_claims=[
            *((f"Q{number}", "P373", "Of_99") for number in range(1, 100)),
            *((f"Q{number}", "P373", "Of_100") for number in range(1, 101)),
        ],
        commons_category_files=[("Of_99", 1), ("Of_100", 2)],
        commons_category_sizes=[("Of_99", 1), ("Of_100", 1)],
    )
    assert [row[0] for row in found] == [1] * 99


def test_a_file_of_more_than_99_items_is_left_out_of_that_signal_only(tables: Tables) -> None:
    found = signals_kept(
        tables,
        commons_files=commons("Of_99.jpg", "Of_100.jpg"),
        item_claims=[
            *((f"Q{number}", "P18", "Of_99.jpg") for number in range(1, 100)),
            *((f"Q{number}", "P18", "Of_100.jpg") for number in range(1, 101)),
        ],
        depicts=[(2, "Q1", "P180")],
    )
    assert [row[0] for row in found if row[3] == "p18"] == [1] * 99
    assert [row[:4] for row in found if row[3] == "depicts"] == [(2, "Of_100.jpg", "Q1", "depicts")]


def test_statements_and_categories_are_counted_as_items_not_as_rows(tables: Tables) -> None:
    found = signals_kept(
        tables,
        commons_files=commons("Cat.jpg"),
        depicts=[
            *((1, f"Q{number}", "P180") for number in range(1, 60)),
            *((1, f"Q{number}", "P921") for number in range(1, 60)),
        ],
        item_claims=[
            *((f"Q{number}", "P373", "Cats") for number in range(1, 60)),
            *((f"Q{number}", "P373", "Black_cats") for number in range(1, 60)),
        ],
        commons_category_files=[("Cats", 1), ("Black_cats", 1)],
        commons_category_sizes=[("Cats", 1), ("Black_cats", 1)],
    )
    assert [row[3] for row in found].count("depicts") == 59
    assert [row[3] for row in found].count("p373") == 59


SCORE_OF_LINKS = {
    0: 0,
    2: 0,
    3: 1,
    12: 2,
    13: 3,
    4997: 999,
    4998: 1000,
    4999: 1000,
    5000: 1000,
    10_000_000: 1000,
}


def test_a_lead_image_scores_a_fifth_of_the_incoming_links(tables: Tables) -> None:
    links = list(enumerate(SCORE_OF_LINKS, 1))
    found = signals_kept(
        tables,
        commons_files=commons(*(f"{page}.jpg" for page, _ in links)),
        lead_images=[("chwiki", page, f"{page}.jpg") for page, _ in links],
        page_items=[("chwiki", page, f"Q{page}") for page, _ in links],
        pages=[("chwiki", page, 0, f"Page_{page}", False, 1) for page, _ in links],
        incoming_links=[("chwiki", f"Page_{page}", count) for page, count in links if count],
    )
    scores = {row[0]: row[4] for row in found}
    assert {count: scores[page] for page, count in links} == SCORE_OF_LINKS
    assert {tuple(row[5]) for row in found} == {("chwiki",)}


def test_a_file_hidden_on_one_wiki_still_stands_for_the_item_on_others(tables: Tables) -> None:
    found = signals_kept(
        tables,
        commons_files=commons("Cat.jpg"),
        lead_images=[("chwiki", 5, "Cat.jpg"), ("arwiki", 5, "Cat.jpg")],
        local_files=[("chwiki", "Cat.jpg")],
        page_items=[("chwiki", 5, "Q1"), ("arwiki", 5, "Q1")],
        pages=[("chwiki", 5, 0, "Cat", False, 1), ("arwiki", 5, 0, "قط", False, 1)],
        incoming_links=[("chwiki", "Cat", 500), ("arwiki", "قط", 5)],
    )
    assert found == [(1, "Cat.jpg", "Q1", "lead_image", 1, ["arwiki"])]


def test_incoming_links_of_a_lead_image_add_up_over_articles_and_wikis(tables: Tables) -> None:
    found = signals_kept(
        tables,
        commons_files=commons("Cat.jpg"),
        lead_images=[("chwiki", 5, "Cat.jpg"), ("chwiki", 6, "Cat.jpg"), ("arwiki", 5, "Cat.jpg")],
        page_items=[("chwiki", 5, "Q1"), ("chwiki", 6, "Q1"), ("arwiki", 5, "Q1")],
        pages=[
            ("chwiki", 5, 0, "Cat", False, 1),
            ("chwiki", 6, 0, "Cats", False, 1),
            ("arwiki", 5, 0, "قط", False, 1),
        ],
        incoming_links=[("chwiki", "Cat", 3), ("chwiki", "Cats", 4), ("arwiki", "قط", 5)],
    )
    assert found == [(1, "Cat.jpg", "Q1", "lead_image", 2, ["arwiki", "chwiki"])]


def test_a_lead_image_hidden_by_a_local_file_is_not_the_file_of_commons(tables: Tables) -> None:
    found = signals_kept(
        tables,
        commons_files=commons("Cat.jpg"),
        lead_images=[("chwiki", 5, "Cat.jpg"), ("arwiki", 5, "Cat.jpg")],
        local_files=[("chwiki", "Cat.jpg")],
        page_items=[("chwiki", 5, "Q1"), ("arwiki", 5, "Q2")],
        pages=[("chwiki", 5, 0, "Cat", False, 1), ("arwiki", 5, 0, "قط", False, 1)],
    )
    assert [row[2] for row in found] == ["Q2"]


def test_tags_collect_the_sorted_values_of_a_file_and_leave_out_scores_of_zero(
    tables: Tables,
) -> None:
    found = tables.compute(
        commons_weighted_tags,
        signals=[
            (1, "Cat.jpg", "Q9", "p18", 1000, None, *KEPT),
            (1, "Cat.jpg", "Q10", "p18", 1000, None, *KEPT),
            (1, "Cat.jpg", "Q9", "lead_image", 0, ["chwiki"], *KEPT),
            (1, "Cat.jpg", "Q9", "depicts", None, None, *KEPT),
            (1, "Cat.jpg", "Q11", "p18", 1000, None, "file_of_many_items", None, 100, 99),
        ],
    )
    assert found == [
        (
            "commonswiki",
            1,
            6,
            "image.linked.from.wikidata.p18",
            ["Q10|1000", "Q9|1000"],
        )
    ]


def test_what_leaves_a_signal_out_is_kept_with_its_value_its_count_and_the_limit(
    tables: Tables,
) -> None:
    found = tables.compute(
        signals,
        Rules(category_files_below=8, category_items_most=2, file_items_most=1),
        commons_files=commons("Cat.jpg", "Twice.jpg", "Hidden.jpg"),
        item_claims=[
            ("Q1", "P18", "Old.jpg"),
            ("Q1", "P18", "Cat.jpg"),
            ("Q2", "P18", "Twice.jpg"),
            ("Q3", "P18", "Twice.jpg"),
            *((item, "P373", "Cats") for item in ("Q1", "Q2", "Q3")),
            ("Q1", "P373", "Nobody's"),
        ],
        file_redirects=[("Old.jpg", "Gone.jpg")],
        commons_category_files=[("Cats", 1)],
        commons_category_sizes=[("Cats", 8)],
        lead_images=[
            ("chwiki", 5, "Hidden.jpg"),
            ("arwiki", 5, "Nowhere.jpg"),
            ("chwiki", 6, "Nowhere.jpg"),
        ],
        local_files=[("chwiki", "Hidden.jpg")],
        page_items=[("chwiki", 5, "Q4"), ("arwiki", 5, "Q4"), ("chwiki", 6, "Q4")],
        depicts=[(99, "Q1", "P180"), (1, "Q5", "P180")],
    )
    kept = [row[:4] for row in found if row[6] is None]
    assert kept == [(1, "Cat.jpg", "Q1", "p18"), (1, "Cat.jpg", "Q5", "depicts")]
    left = [(row[1], *row[2:4], *row[5:]) for row in found if row[6] is not None]
    large = ("p373", None, "category_too_large", "Cats", 8, 8)
    shared = ("p373", None, "category_of_many_items", "Cats", 3, 2)
    gone = (None, "not_on_commons")
    assert sorted(left, key=str) == sorted(
        [
            *(
                ("Twice.jpg", item, "p18", None, "file_of_many_items", None, 2, 1)
                for item in ("Q2", "Q3")
            ),
            *((None, item, *why) for item in ("Q1", "Q2", "Q3") for why in (large, shared)),
            (None, "Q1", "p18", *gone, "Gone.jpg", None, None),
            (None, "Q1", "depicts", *gone, "M99", None, None),
            (None, "Q4", "lead_image", ["chwiki"], gone[1], "Hidden.jpg", None, None),
            (None, "Q4", "lead_image", ["arwiki", "chwiki"], gone[1], "Nowhere.jpg", None, None),
        ],
        key=str,
    )
