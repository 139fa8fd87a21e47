"""The group `candidates`: files that could illustrate articles."""

from dataclasses import replace

from graph.schema import Agreement, Column, Dataset
from imagesuggest_assets.catalog import columns

FILE_CONDITIONS = ("overused", "name", "placeholder_category", "not_a_picture", "too_small")
"""What takes a file out, in the order in which it is counted."""

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
        agreement=Agreement(
            ("item_id", "image"),
            "considered_files",
            ("no_signal", *FILE_CONDITIONS),
            among=(("item_id",), "considered_articles"),
        ),
        best=("-confidence", "item_id", "image"),
    ),
    Dataset(
        name="considered_files",
        group="candidates",
        meaning="Of each item of an article: the files that were considered, and what takes each "
        "out.",
        columns=(
            columns.ITEM,
            Column(
                "image",
                "string",
                "the file's name, without `File:`; NULL: what is left out names none",
                nullable=True,
            ),
            replace(columns.KINDS, nullable=True),
            replace(columns.CONFIDENCE, nullable=True),
            columns.FOUND_ON,
            Column(
                "left_out",
                "array<string>",
                "signals that were left out: `<signal>|<condition>|<count>|<limit>|<value>`",
                nullable=True,
            ),
            Column("no_signal", "boolean", "whether all signals were left out"),
            Column("overused", "boolean", "whether it is used too widely"),
            Column("name", "boolean", "whether a word in its name gives it away"),
            Column("placeholder_category", "boolean", "whether it is in a placeholder category"),
            Column("not_a_picture", "boolean", "whether its media type or extension is another"),
            Column("too_small", "boolean", "whether it is known to be too narrow"),
            Column("overused_pages", "int64", "articles that use it, if too many", nullable=True),
            Column("overused_limit", "int64", "how many may, if too many do", nullable=True),
            Column("word", "string", "the word, or the known placeholder's name", nullable=True),
            Column("placeholder", "string", "the placeholder category", nullable=True),
            Column("media_type", "string", "MediaWiki's media type", nullable=True),
            Column("width", "int64", "in pixels", nullable=True),
            Column(
                "hidden_on",
                "array<string>",
                "the wikis that have a file of their own of this name, sorted",
                nullable=True,
            ),
            Column(
                "excluded_categories",
                "array<string>",
                "its categories that any wiki excludes, sorted",
                nullable=True,
            ),
        ),
        key=("item_id", "image"),
        null_in_key=("image",),
    ),
)
