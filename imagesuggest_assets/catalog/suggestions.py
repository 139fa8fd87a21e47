"""The group `suggestions`: articles without a picture, and what is suggested for them."""

from dataclasses import replace

from graph.schema import Agreement, Column, Dataset, Reference
from imagesuggest_assets.catalog import columns

ARTICLE_CONDITIONS = (
    "no_item",
    "local_image",
    "commons_image",
    "disambiguation",
    "excluded_class",
)
"""What takes an article out, in the order in which it is counted."""
DECLARED = (
    Dataset(
        name="considered_articles",
        group="suggestions",
        meaning="Every article of the target wikis, and what takes it out.",
        columns=(
            *columns.ARTICLE_COLUMNS[:-1],
            replace(columns.ITEM, nullable=True),
            Column("no_item", "boolean", "whether it has no item"),
            Column("local_image", "boolean", "whether it uses a file of the wiki's own"),
            Column("commons_image", "boolean", "whether it uses a file of Commons, no icon"),
            Column("disambiguation", "boolean", "whether it is a disambiguation page"),
            Column("excluded_class", "boolean", "whether its item is of an excluded class"),
            Column("local_images", "array<string>", "the wiki's files, sorted", nullable=True),
            Column("commons_images", "array<string>", "Commons' files, sorted", nullable=True),
            Column(
                "excluded_classes",
                "array<string>",
                "`<class>|<excluded class>`: the item's, and the one that it is or is below, "
                "sorted",
                nullable=True,
            ),
        ),
        key=("wiki_db", "page_id"),
        rows_when=("page_items",),
        wiki_column="wiki_db",
        best=("wiki_db", "title", "page_id"),
    ),
    Dataset(
        name="unillustrated_articles",
        group="suggestions",
        meaning="Articles with an item that could have a picture and have none.",
        columns=columns.ARTICLE_COLUMNS,
        key=("wiki_db", "page_id"),
        references=(
            Reference(
                ("wiki_db", "page_id", "item_id"), "page_items", ("wiki_db", "page_id", "item_id")
            ),
        ),
        agreement=Agreement(("wiki_db", "page_id"), "considered_articles", ARTICLE_CONDITIONS),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="filtered_suggestions",
        group="suggestions",
        meaning="Which file is suggested for which article, best first.",
        columns=(
            *columns.ARTICLE_COLUMNS,
            Column("image", "string", "the file's name, without `File:`"),
            columns.CONFIDENCE,
            columns.KINDS,
            columns.FOUND_ON,
            Column("rank", "int64", "1 is the best of the article", minimum=1),
        ),
        key=("wiki_db", "page_id", "image"),
        references=(
            Reference(("wiki_db", "page_id"), "unillustrated_articles", ("wiki_db", "page_id")),
            Reference(("item_id", "image"), "candidate_images", ("item_id", "image")),
        ),
        wiki_column="wiki_db",
        best=("wiki_db", "-confidence", "title", "page_id", "rank"),
    ),
)
