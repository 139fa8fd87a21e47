"""The group `search`: what the search index should hold."""

from graph.schema import Dataset, Reference
from imagesuggest_assets.catalog import columns

DECLARED = (
    Dataset(
        name="wiki_flags",
        group="search",
        meaning="The flag by which search finds the articles that have a suggestion.",
        columns=columns.TAG_COLUMNS,
        key=("wikiid", "page_id", "tag"),
        references=(
            Reference(("wikiid", "page_id"), "filtered_suggestions", ("wiki_db", "page_id")),
        ),
        rows_when=("filtered_suggestions",),
        wiki_column="wikiid",
        best=("wikiid", "page_id"),
    ),
    Dataset(
        name="search_index_full",
        group="search",
        meaning="All that the search index should hold: Commons' tags and the wikis' flags.",
        columns=columns.TAG_COLUMNS,
        key=("wikiid", "page_id", "tag"),
        rows_when=("commons_weighted_tags", "wiki_flags"),
        wiki_column="wikiid",
        best=("wikiid", "page_id", "tag"),
    ),
)
