"""The group `dump_tables`: what is read of the dumps, as far as it is needed, before any rule."""

from graph.schema import Column, Dataset, Reference
from module_assets.catalog.columns import EXPORTED, ITEM, MODULE, PAGE, TITLE, WIKI, count

SOURCES = ("langlinks", "page_props", "page_restrictions", "history", "pageviews")
"""What a wiki can be without: what they tell is NULL then."""
OF_MODULE = Reference(("wiki_db", "page_id"), "exported_modules", ("wiki_db", "page_id"))
DECLARED = (
    Dataset(
        name="exported_modules",
        group="dump_tables",
        meaning="Pages of the module namespace whose model is Scribunto and whose text is there.",
        columns=(*MODULE, *EXPORTED),
        key=("wiki_db", "page_id"),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="wiki_sites",
        group="dump_tables",
        meaning="What each wiki says of itself.",
        columns=(
            WIKI,
            Column("language", "string", "the code of its language"),
            Column("host", "string", "where it is on the web"),
            count("articles", "articles, as MediaWiki counts them"),
            Column(
                "names",
                "array<string>",
                "the module namespace's local name and aliases, sorted",
                nullable=True,
            ),
            Column("is_first_letter", "boolean", "whether a title begins with a capital"),
        ),
        key=("wiki_db",),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="module_transclusions",
        group="dump_tables",
        meaning="Which pages use which title of the module namespace, in whatever way.",
        columns=(
            WIKI,
            Column("from_page", "int64", "the page that uses it", minimum=0),
            Column("from_namespace", "int64", "that page's namespace"),
            TITLE,
        ),
        key=(),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="module_items",
        group="dump_tables",
        meaning="The Wikidata items of modules.",
        columns=(*MODULE, ITEM),
        key=("wiki_db", "page_id"),
        references=(OF_MODULE,),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="module_languages",
        group="dump_tables",
        meaning="Languages that the pages of modules are linked to.",
        columns=(*MODULE, Column("language", "string", "the other wiki's language, or prefix")),
        key=(),
        references=(OF_MODULE,),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="module_restrictions",
        group="dump_tables",
        meaning="What one must be to edit or move a module, also where that is past.",
        columns=(
            *MODULE,
            Column("type", "string", "what is restricted"),
            Column("level", "string", "who may do it"),
            Column("expiry", "string", "until when, as the dump has it", nullable=True),
        ),
        key=(),
        references=(OF_MODULE,),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="module_edits",
        group="dump_tables",
        meaning="Edits of pages that are in the module namespace now.",
        columns=(
            WIKI,
            PAGE,
            Column("time", "timestamp('UTC')", "when", nullable=True),
            Column("is_minor", "boolean", "whether the editor called it minor", nullable=True),
            Column("is_anonymous", "boolean", "whether by an IP address or temporary user"),
            Column("editor", "string", "one key for each registered user", nullable=True),
        ),
        key=(),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="article_views",
        group="dump_tables",
        meaning="How often pages were read in the month, in one row or several.",
        columns=(WIKI, PAGE, count("views", "views by people")),
        key=(),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="known_sources",
        group="dump_tables",
        meaning="Which of the inputs that a wiki can be without were there.",
        columns=(WIKI, Column("source", "string", "the input", values=SOURCES)),
        key=("wiki_db", "source"),
        wiki_column="wiki_db",
    ),
)
