"""The group `publication`: what may be published, and the names of what publishes it."""

from imagesuggest_assets.catalog import columns
from imagesuggest_assets.catalog.schema import Column, Dataset

GATE = "publishable"
"""The asset that decides what of a snapshot goes out; what has come to it is computed."""
PUBLISHED, HELD, RELEASED, LEFT_OUT, RETIRED = STATES = (
    "published",
    "held",
    "released",
    "left out",
    "retired",
)
"""What can become of a wiki of a snapshot at its gate."""

DECLARED = (
    Dataset(
        name="publishable",
        group="publication",
        meaning="What of the snapshot may be published: each target wiki, and Commons' tags.",
        columns=(
            columns.WIKI,
            Column(
                "state",
                "string",
                "`published` and `released` (by a person) go out; the last good data stays for "
                "what is `held` back or was `left out` of the snapshot; what is `retired` was "
                "withdrawn",
                values=STATES,
            ),
            Column("reason", "string", "why it is not simply published, in a sentence"),
            Column("checks", "array<string>", "the checks that hold it, or held it", nullable=True),
        ),
        key=("wiki_db",),
        rows_when=("pages",),
        wiki_column="wiki_db",
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
