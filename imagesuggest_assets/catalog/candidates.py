"""The group `candidates`: files that could illustrate articles."""

from imagesuggest_assets.catalog import columns
from imagesuggest_assets.catalog.schema import Column, Dataset

DECLARED = (
    Dataset(
        name="overused_files",
        group="candidates",
        meaning="Files used so widely that they must be icons or placeholders.",
        columns=(
            columns.FILE,
            Column("pages", "int64", "articles that use it, over all target wikis", minimum=1),
            Column("limit", "int64", "how many may, over the wikis that use it", minimum=1),
        ),
        key=("file_name",),
        best=("-pages", "file_name"),
    ),
    Dataset(
        name="candidate_images",
        group="candidates",
        meaning="Which Commons file could illustrate the articles of which item.",
        columns=(
            columns.ITEM,
            Column("image", "string", "the file's name, without `File:`"),
            columns.KINDS,
            columns.CONFIDENCE,
            columns.FOUND_ON,
        ),
        key=("item_id", "image"),
        best=("-confidence", "item_id", "image"),
    ),
)
