"""The group `commons`: why files belong to items, and the tags of Commons search."""

from dataclasses import replace

from graph.schema import Column, Dataset, Reference
from imagesuggest_assets.catalog import columns

SIGNALS = ("p18", "p373", "lead_image", "depicts")
"""Why a file belongs to an item."""
LEFT_OUT = (
    "not_on_commons",
    "category_too_large",
    "category_of_many_items",
    "file_of_many_items",
)
"""What leaves a signal out."""

DECLARED = (
    Dataset(
        name="signals",
        group="commons",
        meaning="Why a Commons file belongs to an item, and what SPEC.md section 3 leaves out.",
        columns=(
            replace(columns.COMMONS_PAGE, nullable=True),
            replace(columns.FILE, nullable=True),
            columns.ITEM,
            Column("signal", "string", "the reason", values=SIGNALS),
            Column(
                "score",
                "int64",
                "the weight of the tag; 0 gives no tag, NULL for depicts, which never gives one",
                nullable=True,
                minimum=0,
                maximum=1000,
            ),
            columns.FOUND_ON,
            Column(
                "left_out",
                "string",
                "what leaves it out; NULL: nothing does",
                nullable=True,
                values=LEFT_OUT,
            ),
            Column(
                "value",
                "string",
                "the file's name, `M` and a page id, or the category, where there is no such file "
                "or none was looked at",
                nullable=True,
            ),
            Column("count", "int64", "how many files or items are too many", nullable=True),
            Column("limit", "int64", "how many may be, or from how many on none", nullable=True),
        ),
        key=("page_id", "item_id", "signal", "value", "left_out"),
        null_in_key=("page_id", "value", "left_out"),
        references=(Reference(("page_id",), "commons_files", ("page_id",), null_is_none=True),),
        best=("item_id", "-score", "page_id"),
    ),
    Dataset(
        name="commons_weighted_tags",
        group="commons",
        meaning="The tags that rank files in Commons search: which item, how strongly.",
        columns=columns.TAG_COLUMNS,
        key=("wikiid", "page_id", "tag"),
        wiki_column="wikiid",
        best=("page_id", "tag"),
    ),
)
