"""The group `suggestions`: articles without a picture, and what is suggested for them."""

from imagesuggest_assets.catalog import columns
from imagesuggest_assets.catalog.schema import Column, Dataset, Reference

DECLARED = (
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
