"""The group `families`: MODULES.md section 5, modules and functions of one origin."""

from graph.schema import Agreement, Column, Dataset, Reference
from module_assets.catalog.columns import (
    FAMILY,
    MODULE,
    SHAPE,
    SIMILARITY,
    TITLE,
    count,
)

RELATIONS = ("exact", "formatting", "localised", "near")
DECLARED = (
    Dataset(
        name="module_families",
        group="families",
        meaning="The family of every module of code or data.",
        columns=(
            *MODULE,
            FAMILY,
            Column("relation", "string", "what of it is the representative's", values=RELATIONS),
            SIMILARITY,
        ),
        key=("wiki_db", "page_id"),
        agreement=Agreement(("wiki_db", "page_id"), "module_names"),
        wiki_column="wiki_db",
        best=("family_id", "-similarity", "wiki_db", "page_id"),
    ),
    Dataset(
        name="families",
        group="families",
        meaning="Families that are on two wikis or more, without drafts.",
        columns=(
            FAMILY,
            TITLE,
            Column("kind", "string", "what its representative is", values=("data", "code")),
            count("modules", "modules", minimum=2),
            count("wikis", "wikis", minimum=2),
            count("copies", "wikis, but one", minimum=1),
            count("versions", "distinct codes, but one"),
            count("languages", "languages of its wikis, but one"),
            count("transclusions", "pages that use them, of all", nullable=True),
            count("readers", "views of the articles that use them, of all", nullable=True),
            count("dependents", "other modules that refer to them, of all", nullable=True),
            Column(
                "independence",
                "float64",
                "1 / (1 + titles that the representative refers to)",
                minimum=0,
                maximum=1,
            ),
        ),
        key=("family_id",),
        references=(Reference(("family_id",), "module_families", ("family_id",)),),
        best=("-wikis", "-modules", "family_id"),
    ),
    Dataset(
        name="function_families",
        group="families",
        meaning="Functions of one shape on two wikis or more: what Wikifunctions can hold.",
        columns=(
            SHAPE,
            Column("name", "string", "what most of them are called"),
            count("tokens", "tokens of each"),
            count("functions", "functions", minimum=2),
            count("modules", "modules that have one", minimum=2),
            count("wikis", "wikis", minimum=2),
            count("versions", "distinct codes, but one"),
            count("families", "families that its modules are of"),
        ),
        key=("shape",),
        best=("-wikis", "-families", "-functions", "shape"),
    ),
)
