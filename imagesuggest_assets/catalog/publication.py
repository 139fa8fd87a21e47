"""The group `publication`: what may be published, and what the search index has yet to be told."""

from graph.declared import gate_dataset
from graph.schema import Column, Dataset
from imagesuggest_assets.catalog import columns

DECLARED = (
    gate_dataset(
        "What of the snapshot may be published: each target wiki, and Commons' tags.", "pages"
    ),
    Dataset(
        name="search_index_delta",
        group="publication",
        meaning="What the search index has yet to be told: tags with their values, or to go.",
        columns=(
            *columns.TAG_COLUMNS[:-1],
            Column(
                "values",
                "array<string>",
                "`<name>|<weight>`, sorted, distinct; `__DELETE_GROUPING__` alone: the tag goes",
            ),
        ),
        key=("wikiid", "page_id", "tag"),
        wiki_column="wikiid",
        best=("wikiid", "page_id", "tag"),
    ),
)
