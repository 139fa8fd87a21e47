"""The canonical tables made from the wikis' tables: SPEC.md section 2, on both engines."""

from imagesuggest_assets.datasets.inputs import (
    commons_category_files,
    commons_category_sizes,
    commons_files,
    disambiguations,
    file_redirects,
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


def test_redirects_of_files_are_those_of_commons_to_a_file_of_the_same_site(
    tables: Tables,
) -> None:
    pages = {
        1: ("commonswiki", 6, "Old.jpg", True),
        2: ("commonswiki", 6, "Empty_interwiki.jpg", True),
        3: ("commonswiki", 6, "Elsewhere.jpg", True),
        4: ("commonswiki", 0, "Gallery", True),
        5: ("commonswiki", 6, "No_redirect_any_more.jpg", False),
        6: ("commonswiki", 6, "To_nothing.jpg", True),
        7: ("commonswiki", 6, "Loop.jpg", True),
        8: ("commonswiki", 6, "Twice.jpg", True),
        9: ("commonswiki", 6, "Twice.jpg", True),
        10: ("commonswiki", 6, "No_row.jpg", True),
    }
    redirects = {
        1: ("New.jpg", None),
        2: ("New.jpg", ""),
        3: ("New.jpg", "de"),
        4: ("New.jpg", None),
        5: ("New.jpg", None),
        6: ("Nowhere.jpg", None),
        7: ("Loop.jpg", None),
        8: ("B.jpg", None),
        9: ("A.jpg", None),
        11: ("New.jpg", None),
    }
    found = tables.compute(
        file_redirects,
        pages=[
            *(
                (wiki, page, space, title, is_redirect, 1)
                for page, (wiki, space, title, is_redirect) in pages.items()
            ),
            ("chwiki", 11, 0, "Of_another_wiki", True, 1),
        ],
        mediawiki_redirect=[("commonswiki", page, *row) for page, row in redirects.items()],
    )
    assert found == [
        ("Empty_interwiki.jpg", "New.jpg"),
        ("Loop.jpg", "Loop.jpg"),
        ("Old.jpg", "New.jpg"),
        ("To_nothing.jpg", "Nowhere.jpg"),
        ("Twice.jpg", "A.jpg"),
    ]


REDIRECTS = [
    ("Old.jpg", "New.jpg"),
    ("First.jpg", "Second.jpg"),
    ("Second.jpg", "Third.jpg"),
    ("Loop_a.jpg", "Loop_b.jpg"),
    ("Loop_b.jpg", "Loop_a.jpg"),
    ("Broken.jpg", "Nowhere.jpg"),
    ("To_local.jpg", "Local.jpg"),
    ("Hidden.jpg", "New.jpg"),
]
MEANT = {
    "Old.jpg": "New.jpg",
    "New.jpg": "New.jpg",
    # Once, not to the end.
    "First.jpg": "Second.jpg",
    "Loop_a.jpg": "Loop_b.jpg",
    "Broken.jpg": "Nowhere.jpg",
    # The wiki's own file of the target's name is meant then.
    "To_local.jpg": "Local.jpg",
    # The wiki's own file of the name itself.
    "Hidden.jpg": "Hidden.jpg",
    "Plain.jpg": "Plain.jpg",
}
LOCAL = [("chwiki", "Local.jpg"), ("chwiki", "Hidden.jpg"), ("arwiki", "Old.jpg")]


def test_image_links_hold_what_a_redirect_of_commons_leads_to(tables: Tables) -> None:
    found = tables.compute(
        image_links,
        mediawiki_imagelinks=[
            *(("chwiki", page, name, None) for page, name in enumerate(MEANT, 1)),
            ("arwiki", 1, "Hidden.jpg", None),
            ("arwiki", 1, "New.jpg", None),
            ("arwiki", 2, None, 7),
        ],
        mediawiki_linktarget=[("arwiki", 7, 6, "First.jpg")],
        file_redirects=REDIRECTS,
        local_files=LOCAL,
    )
    assert found == [
        ("arwiki", 1, "New.jpg"),
        ("arwiki", 2, "Second.jpg"),
        *(("chwiki", page, meant) for page, meant in enumerate(MEANT.values(), 1)),
    ]


def test_lead_images_hold_what_a_redirect_of_commons_leads_to(tables: Tables) -> None:
    found = tables.compute(
        lead_images,
        pages=[("chwiki", page, 0, name, False, 1) for page, name in enumerate(MEANT, 1)],
        mediawiki_page_props=[
            ("chwiki", page, "page_image_free", name) for page, name in enumerate(MEANT, 1)
        ],
        file_redirects=REDIRECTS,
        local_files=LOCAL,
    )
    assert found == [("chwiki", page, meant) for page, meant in enumerate(MEANT.values(), 1)]


def test_only_articles_are_disambiguations(tables: Tables) -> None:
    found = tables.compute(
        disambiguations,
        pages=[*PAGES, ("commonswiki", 1, 0, "Gallery", False, 1)],
        mediawiki_page_props=[
            ("chwiki", 1, "disambiguation", ""),
            ("chwiki", 1, "wikibase_item", "Q1"),
            ("chwiki", 2, "disambiguation", ""),
            ("chwiki", 3, "page_image", "Disambiguation.jpg"),
            ("chwiki", 4, "disambiguation", ""),
            ("commonswiki", 1, "disambiguation", ""),
        ],
    )
    assert found == [("chwiki", 1)]


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
            # Two spellings of one name.
            ("commonswiki", 6, 6, "Twice.jpg", False, 1),
            ("commonswiki", 5, 6, "Twice.jpg", False, 1),
        ],
        mediawiki_image=[
            ("commonswiki", "A.jpg", "BITMAP", 10),
            ("chwiki", "B.jpg", "BITMAP", 20),
            ("commonswiki", "Without_page.jpg", "BITMAP", 10),
            ("commonswiki", "Twice.jpg", "BITMAP", 10),
            ("commonswiki", "Twice.jpg", None, 20),
        ],
    )
    assert found == [
        (1, "A.jpg", "BITMAP", 10),
        (2, "B.jpg", None, None),
        (5, "Twice.jpg", "BITMAP", 20),
    ]


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
