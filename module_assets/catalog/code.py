"""The group `code`: MODULES.md section 3, what the text of each module is."""

from graph.schema import Agreement, Column, Dataset
from module_assets.catalog.columns import (
    CODE_HASH,
    COMPARED_BY,
    KIND,
    MODULE,
    SHAPE,
    SHINGLES,
    TEXT_HASH,
    TITLE,
    count,
)
from module_assets.catalog.inputs import OF_MODULE, ONE_A_MODULE

REFERENCE_KINDS = ("require", "loadData", "loadJsonData", "mention")
COMPARED = ("code", "data")
"""The kinds of modules that have copies."""
OF_COMPARED = Agreement(("shape",), "module_names")
DECLARED = (
    Dataset(
        name="module_code",
        group="code",
        meaning="What the code of each module is.",
        columns=(
            *MODULE,
            KIND,
            count("tokens", "tokens"),
            count("functions", "the keyword `function`, so often"),
            Column(
                "literal_share",
                "float64",
                "tokens in tables outside of functions, of all",
                minimum=0,
                maximum=1,
            ),
            COMPARED_BY,
            SHINGLES,
            TEXT_HASH,
            CODE_HASH,
            SHAPE,
            Column("is_broken", "boolean", "whether a block is not closed, or closed twice"),
        ),
        key=("wiki_db", "page_id"),
        agreement=ONE_A_MODULE,
        wiki_column="wiki_db",
    ),
    Dataset(
        name="module_functions",
        group="code",
        meaning="The functions of each module that are inside no other, from a size on.",
        columns=(
            *MODULE,
            count("ordinal", "its place among those of the module", minimum=1),
            Column("name", "string", "its name, '' for one without"),
            count("line", "the line that it begins on", minimum=1),
            count("tokens", "from its parameters to its end"),
            CODE_HASH,
            SHAPE,
        ),
        key=("wiki_db", "page_id", "ordinal"),
        references=(OF_MODULE,),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="module_references",
        group="code",
        meaning="The modules that each module names in its strings.",
        columns=(
            *MODULE,
            Column("kind", "string", "what loads it, if anything", values=REFERENCE_KINDS),
            TITLE,
            Column(
                "target_page_id",
                "int64",
                "the module of that title on the wiki",
                nullable=True,
                minimum=1,
            ),
        ),
        key=("wiki_db", "page_id", "kind", "title"),
        references=(OF_MODULE,),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="shape_sketches",
        group="code",
        meaning="What stands for the shingles of each shape where shapes are compared.",
        columns=(
            SHAPE,
            Column("sketch", "array<int64>", "the 512 smallest shingles", may_be_empty=True),
            Column("band_keys", "array<int64>", "the keys of its 64 bands", may_be_empty=True),
        ),
        key=("shape",),
        agreement=OF_COMPARED,
    ),
    Dataset(
        name="module_names",
        group="code",
        meaning="What modules of each shape are called.",
        columns=(*MODULE, SHAPE, Column("name", "string", "the title, beginning with a capital")),
        key=("wiki_db", "page_id"),
        agreement=Agreement(("wiki_db", "page_id"), "module_code", only=("kind", COMPARED)),
        wiki_column="wiki_db",
    ),
)
