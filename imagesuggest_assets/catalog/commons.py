"""The group `commons`: why files belong to items, and the tags of Commons search."""

from imagesuggest_assets.catalog import columns
from imagesuggest_assets.catalog.schema import Column, Dataset, Reference

SIGNALS = ("p18", "p373", "lead_image", "depicts")
"""Why a file belongs to an item."""

DECLARED = (
    Dataset(
        name="signals",
        group="commons",
        meaning="Why a Commons file belongs to an item, after what SPEC.md section 3 leaves out.",
        columns=(
            columns.COMMONS_PAGE,
            columns.FILE,
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
        ),
        key=("page_id", "item_id", "signal"),
        references=(Reference(("page_id",), "commons_files", ("page_id",)),),
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
