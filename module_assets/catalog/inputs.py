"""The group `inputs`: MODULES.md section 2, wikis and their modules."""

from dataclasses import replace

from graph.schema import Agreement, Column, Dataset, Reference, Type
from module_assets.catalog.columns import EXPORTED, ITEM, MODULE, WIKI, count

OF_MODULE = Reference(("wiki_db", "page_id"), "modules", ("wiki_db", "page_id"))
ONE_A_MODULE = Agreement(("wiki_db", "page_id"), "modules")
_MOMENT: Type = "timestamp('UTC')"
DECLARED = (
    Dataset(
        name="wikis",
        group="inputs",
        meaning="The wikis: language, project, size.",
        columns=(
            WIKI,
            Column("language", "string", "the code of its language"),
            Column("project", "string", "such as `wiktionary`; or `commons`, which is one itself"),
            Column("domain", "string", "where it is on the web"),
            count("articles", "articles, as MediaWiki counts them"),
        ),
        key=("wiki_db",),
        rows_when=("modules",),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="modules",
        group="inputs",
        meaning="Every Lua module of every wiki.",
        columns=(
            *MODULE,
            *EXPORTED,
            Column("is_draft", "boolean", "whether its title says that it is a draft"),
            replace(ITEM, nullable=True),
        ),
        key=("wiki_db", "page_id"),
        rows_when=("exported_modules",),
        references=(Reference(("wiki_db",), "wikis", ("wiki_db",)),),
        wiki_column="wiki_db",
        best=("wiki_db", "title"),
    ),
    Dataset(
        name="module_text",
        group="inputs",
        meaning="The text of each module, its line ends LF.",
        columns=(*MODULE, Column("text", "string", "the text")),
        key=("wiki_db", "page_id"),
        agreement=Agreement(("wiki_db", "page_id"), "exported_modules"),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="module_use",
        group="inputs",
        meaning="How much each module is used.",
        columns=(
            *MODULE,
            count("transclusions", "pages that use it, directly or not"),
            count("articles", "of these, articles"),
            count("readers", "views of these articles in the month", nullable=True),
        ),
        key=("wiki_db", "page_id"),
        agreement=ONE_A_MODULE,
        wiki_column="wiki_db",
        best=("-transclusions", "wiki_db", "page_id"),
    ),
    Dataset(
        name="module_links",
        group="inputs",
        meaning="Languages that each module's page is linked to, and how it is protected.",
        columns=(
            *MODULE,
            count("languages", "languages linked to", nullable=True),
            Column("edit_level", "string", "who may edit it, where not all may", nullable=True),
            Column("move_level", "string", "who may move it, where not all may", nullable=True),
        ),
        key=("wiki_db", "page_id"),
        agreement=ONE_A_MODULE,
        wiki_column="wiki_db",
    ),
    Dataset(
        name="module_history",
        group="inputs",
        meaning="How each module was edited.",
        columns=(
            *MODULE,
            count("edits", "edits in all its time", nullable=True),
            count("minor_edits", "of these, minor ones", nullable=True),
            count("anonymous_edits", "of these, by nobody who is registered", nullable=True),
            count("recent_edits", "of these, in the 365 days before the snapshot", nullable=True),
            count("editors", "registered users who edited it", nullable=True),
            Column("first_edit", _MOMENT, "when it was first edited", nullable=True),
            Column("last_edit", _MOMENT, "when it was last edited", nullable=True),
        ),
        key=("wiki_db", "page_id"),
        agreement=ONE_A_MODULE,
        wiki_column="wiki_db",
    ),
)
