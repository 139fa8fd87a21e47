"""The canonical tables made from the wikis' tables: SPEC.md section 2, on both engines."""

from imagesuggest_assets.datasets.inputs import (
    commons_category_files,
    commons_category_sizes,
    commons_files,
    image_links,
    incoming_links,
    lead_images,
    local_files,
    page_items,
    pages,
)
from tests.tables import Tables

PAGES = [
    ("chwiki", 1, 0, "Article", False, 11),
    ("chwiki", 2, 0, "Redirect", True, 12),
    ("chwiki", 3, 0, "Other", False, 13),
]


def test_pages_are_those_of_namespace_0_and_the_files_of_commons(tables: Tables) -> None:
    found = tables.compute(
        pages,
        mediawiki_page=[
            ("chwiki", 1, 0, "A", False, 11),
            ("chwiki", 2, 6, "Local.jpg", False, 12),
            ("commonswiki", 1, 0, "Gallery", False, 13),
            ("commonswiki", 2, 6, "Cat.jpg", False, 14),
        ],
    )
    assert [(row[0], row[1]) for row in found] == [
        ("chwiki", 1),
        ("commonswiki", 1),
        ("commonswiki", 2),
    ]


def test_links_are_counted_by_distinct_page_whatever_schema_they_are_written_in(
    tables: Tables,
) -> None:
    found = tables.compute(
        incoming_links,
        mediawiki_linktarget=[
            ("chwiki", 7, 0, "A"),
            ("chwiki", 8, 14, "A"),
            ("arwiki", 9, 0, "Of_another_wiki"),
        ],
        mediawiki_pagelinks=[
            ("chwiki", 1, None, None, 7),  # new
            ("chwiki", 2, 0, "A", None),  # old
            ("chwiki", 3, 0, "B", 7),  # both: the id wins
            ("chwiki", 1, 0, "A", None),  # the same page again
            ("chwiki", 4, None, None, 8),  # a category
            ("chwiki", 4, 14, "A", None),  # a category
            ("chwiki", 5, 0, "A", 9),  # an id that this wiki does not have, the title is not asked
            ("chwiki", 6, 0, "", None),  # the empty title is a title
        ],
    )
    assert found == [("chwiki", "", 1), ("chwiki", "A", 3)]


def test_image_links_are_distinct_and_lead_to_files(tables: Tables) -> None:
    found = tables.compute(
        image_links,
        mediawiki_linktarget=[("chwiki", 7, 6, "A.jpg"), ("chwiki", 8, 0, "B.jpg")],
        mediawiki_imagelinks=[
            ("chwiki", 1, None, 7),
            ("chwiki", 1, "A.jpg", None),
            ("chwiki", 2, "Z.jpg", 7),
            ("chwiki", 3, None, 8),
            ("chwiki", 4, None, 99),
            ("chwiki", 5, None, None),
        ],
    )
    assert found == [("chwiki", 1, "A.jpg"), ("chwiki", 2, "A.jpg")]


def test_a_free_lead_image_wins_and_only_articles_have_one(tables: Tables) -> None:
    found = tables.compute(
        lead_images,
        pages=PAGES,
        mediawiki_page_props=[
            ("chwiki", 1, "page_image", "Unfree.jpg"),
            ("chwiki", 1, "page_image_free", "Free.jpg"),
            ("chwiki", 1, "wikibase_item", "Q1"),
            ("chwiki", 2, "page_image_free", "Redirect.jpg"),
            ("chwiki", 3, "page_image", "Only.jpg"),
            ("chwiki", 3, "page_image_free", ""),
            ("chwiki", 4, "page_image", "Gone.jpg"),
        ],
    )
    assert found == [("chwiki", 1, "Free.jpg"), ("chwiki", 3, "Only.jpg")]


def test_only_articles_have_items(tables: Tables) -> None:
    found = tables.compute(
        page_items,
        pages=[*PAGES, ("commonswiki", 1, 0, "Gallery", False, 1)],
        mediawiki_page_props=[
            ("chwiki", 1, "wikibase_item", "Q1"),
            ("chwiki", 2, "wikibase_item", "Q2"),
            ("commonswiki", 1, "wikibase_item", "Q3"),
        ],
    )
    assert found == [("chwiki", 1, "Q1")]


def test_local_files_are_those_of_target_wikis(tables: Tables) -> None:
    found = tables.compute(
        local_files,
        mediawiki_image=[
            ("chwiki", "A.jpg", "BITMAP", 10),
            ("chwiki", "A.jpg", "BITMAP", 20),
            ("commonswiki", "B.jpg", "BITMAP", 10),
        ],
    )
    assert found == [("chwiki", "A.jpg")]


def test_commons_files_know_their_medium_where_the_image_table_does(tables: Tables) -> None:
    found = tables.compute(
        commons_files,
        pages=[
            ("commonswiki", 1, 6, "A.jpg", False, 1),
            ("commonswiki", 2, 6, "B.jpg", False, 1),
            ("commonswiki", 3, 6, "Moved.jpg", True, 1),
            ("commonswiki", 4, 0, "Gallery", False, 1),
        ],
        mediawiki_image=[
            ("commonswiki", "A.jpg", "BITMAP", 10),
            ("chwiki", "B.jpg", "BITMAP", 20),
        ],
    )
    assert found == [(1, "A.jpg", "BITMAP", 10), (2, "B.jpg", None, None)]


def test_category_files_are_files_of_commons(tables: Tables) -> None:
    found = tables.compute(
        commons_category_files,
        commons_files=[(1, "A.jpg", None, None)],
        mediawiki_linktarget=[("commonswiki", 7, 14, "Cats"), ("commonswiki", 8, 0, "Dogs")],
        mediawiki_categorylinks=[
            ("commonswiki", 1, "Cats", None),
            ("commonswiki", 1, None, 7),
            ("commonswiki", 1, "Dogs", 7),
            ("commonswiki", 1, None, 8),
            ("commonswiki", 2, "Cats", None),
            ("commonswiki", 1, "Cats", 99),
        ],
    )
    assert found == [("Cats", 1)]


def test_the_category_table_tells_the_size_and_else_the_files_do(tables: Tables) -> None:
    found = tables.compute(
        commons_category_sizes,
        mediawiki_category=[("commonswiki", "Cats", 7), ("commonswiki", "Empty", 0)],
        commons_category_files=[("Cats", 1), ("Dogs", 1), ("Dogs", 2)],
    )
    assert found == [("Cats", 7), ("Dogs", 2), ("Empty", 0)]
