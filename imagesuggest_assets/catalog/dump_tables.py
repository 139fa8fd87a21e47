"""The group `dump_tables`: tables of the SQL dumps, as far as they are needed."""

from graph.schema import Column, Dataset
from imagesuggest_assets.catalog import columns

DECLARED = (
    Dataset(
        name="mediawiki_page",
        group="dump_tables",
        meaning="Pages of namespaces 0 and 6, of every target wiki and of Commons.",
        columns=(
            columns.WIKI,
            columns.PAGE,
            Column("page_namespace", "int64", "0 for articles, 6 for files"),
            Column("page_title", "string", "the title without its namespace"),
            Column("page_is_redirect", "boolean", "whether the page is a redirect"),
            Column("page_latest", "int64", "the id of the newest revision", minimum=0),
        ),
        key=("wiki_db", "page_id"),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="mediawiki_page_props",
        group="dump_tables",
        meaning="The page properties that name an item or a lead image, or say that a page is a "
        "disambiguation, of every target wiki.",
        columns=(
            columns.WIKI,
            Column("pp_page", "int64", "the page", minimum=0),
            Column(
                "pp_propname",
                "string",
                "which property",
                values=("wikibase_item", "page_image_free", "page_image", "disambiguation"),
            ),
            Column("pp_value", "string", "its value, in the form of a name"),
        ),
        key=("wiki_db", "pp_page", "pp_propname"),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="mediawiki_pagelinks",
        group="dump_tables",
        meaning="Links from pages of namespace 0, of every target wiki, by target id or title.",
        columns=(
            columns.WIKI,
            Column("pl_from", "int64", "the page that links", minimum=0),
            Column("pl_namespace", "int64", "the namespace linked to (old schema)", nullable=True),
            Column("pl_title", "string", "the title linked to (old schema)", nullable=True),
            Column("pl_target_id", "int64", "the link target (new schema)", nullable=True),
        ),
        key=(),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="mediawiki_linktarget",
        group="dump_tables",
        meaning="What the target ids of links stand for, of every target wiki and of Commons.",
        columns=(
            columns.WIKI,
            Column("lt_id", "int64", "the target id", minimum=0),
            Column("lt_namespace", "int64", "the namespace linked to"),
            Column("lt_title", "string", "the title linked to"),
        ),
        key=("wiki_db", "lt_id"),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="mediawiki_imagelinks",
        group="dump_tables",
        meaning="Files used on pages of namespace 0, of every target wiki, by target id or name.",
        columns=(
            columns.WIKI,
            Column("il_from", "int64", "the page that uses the file", minimum=0),
            Column("il_to", "string", "the file's name (old schema)", nullable=True),
            Column("il_target_id", "int64", "the link target (new schema)", nullable=True),
        ),
        key=(),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="mediawiki_image",
        group="dump_tables",
        meaning="Uploaded files, of every target wiki and, where the table is there, of Commons.",
        columns=(
            columns.WIKI,
            Column("img_name", "string", "the file's name"),
            Column("img_media_type", "string", "the kind of medium", nullable=True),
            Column("img_width", "int64", "the width in pixels", nullable=True),
        ),
        key=(),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="mediawiki_categorylinks",
        group="dump_tables",
        meaning="Files in categories of Commons, by target id or category name.",
        columns=(
            columns.WIKI,
            Column("cl_from", "int64", "the file's page", minimum=0),
            Column("cl_to", "string", "the category (old schema)", nullable=True),
            Column("cl_target_id", "int64", "the link target (new schema)", nullable=True),
        ),
        key=(),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="mediawiki_category",
        group="dump_tables",
        meaning="The size of Commons categories as MediaWiki counts it, where the table is there.",
        columns=(
            columns.WIKI,
            Column("cat_title", "string", "the category"),
            Column("cat_files", "int64", "files in it; a wrong count can be negative"),
        ),
        key=(),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="mediawiki_redirect",
        group="dump_tables",
        meaning="Which pages of Commons redirect to a file, where the table is there.",
        columns=(
            columns.WIKI,
            Column("rd_from", "int64", "the page that redirects", minimum=0),
            Column("rd_title", "string", "the file's name"),
            Column("rd_interwiki", "string", "the other site it leads to, if any", nullable=True),
        ),
        key=("wiki_db", "rd_from"),
        wiki_column="wiki_db",
    ),
)
