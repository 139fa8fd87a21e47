"""Every dataset of the graph, declared once. Graph, checks, command line and docs read it here."""

from imagesuggest_assets.schema import Column, Dataset, Reference

ITEM = r"Q[1-9][0-9]*"
SIGNALS = ("p18", "p373", "lead_image", "depicts")
KINDS = (
    "istype-wikidata-image",
    "istype-commons-category",
    "istype-lead-image",
    "istype-depicts",
)

PUBLISHED, HELD, RELEASED, LEFT_OUT = STATES = ("published", "held", "released", "left out")

_wiki = Column("wiki_db", "string", "the wiki's database name", pattern=r"[a-z0-9_]+")
_wikiid = Column("wikiid", "string", "the wiki's database name", pattern=r"[a-z0-9_]+")
_page = Column("page_id", "int64", "the page's id on its wiki", minimum=1)
_commons_page = Column("page_id", "int64", "the file's page id on Commons", minimum=1)
_file = Column("file_name", "string", "the file's name, without `File:`")
_item = Column("item_id", "string", "the Wikidata item", pattern=ITEM)
_kinds = Column("kinds", "array<string>", "why the file belongs to the item, sorted")
_confidence = Column(
    "confidence",
    "int64",
    "how sure the strongest of the kinds is, in percent",
    minimum=0,
    maximum=100,
)
_found_on = Column(
    "found_on",
    "array<string>",
    "the wikis where it is the lead image of an article of the item, sorted",
    nullable=True,
)
_tag_columns = (
    _wikiid,
    _page,
    Column("page_namespace", "int64", "0 for articles, 6 for files", minimum=0, maximum=6),
    Column("tag", "string", "the name of the weighted tag", pattern=r"[a-z0-9_.]+"),
    Column("values", "array<string>", "`<name>|<weight>`, sorted, distinct"),
)

_snapshot = (
    Dataset(
        name="manifest",
        group="snapshot",
        meaning="Which files make up the snapshot, as they were when it was begun.",
        columns=(
            Column("source", "string", "the wiki, or which entities"),
            Column("table", "string", "the table of the wiki; empty for entities"),
            Column("dump_date", "string", "the date of the dump", pattern=r"\d{4}-\d{2}-\d{2}"),
            Column("path", "string", "the file, below the folder or mirror of the dumps"),
            Column("bytes", "int64", "its size", minimum=0),
            Column("version", "string", "what tells it from another file of its name"),
            Column("sha1", "string", "its checksum, where one is known", nullable=True),
            Column("fingerprint", "string", "a checksum of its size and of parts of it"),
        ),
        key=("source", "table"),
    ),
)

_wiki_tables = (
    Dataset(
        name="mediawiki_page",
        group="dump_tables",
        meaning="Pages of namespaces 0 and 6, of every target wiki and of Commons.",
        columns=(
            _wiki,
            _page,
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
        meaning="The page properties that name an item or a lead image, of every target wiki.",
        columns=(
            _wiki,
            Column("pp_page", "int64", "the page", minimum=0),
            Column(
                "pp_propname",
                "string",
                "which property",
                values=("wikibase_item", "page_image_free", "page_image"),
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
            _wiki,
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
            _wiki,
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
            _wiki,
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
            _wiki,
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
            _wiki,
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
            _wiki,
            Column("cat_title", "string", "the category"),
            Column("cat_files", "int64", "files in it; a wrong count can be negative"),
        ),
        key=(),
        wiki_column="wiki_db",
    ),
)

_inputs = (
    Dataset(
        name="pages",
        group="inputs",
        meaning="Pages of namespace 0 of all wikis, and of namespace 6 of Commons.",
        columns=(
            _wiki,
            _page,
            Column("namespace", "int64", "0, or 6 on Commons", minimum=0, maximum=6),
            Column("title", "string", "the title without its namespace"),
            Column("is_redirect", "boolean", "whether the page is a redirect"),
            Column("revision_id", "int64", "the id of the newest revision", minimum=0),
        ),
        key=("wiki_db", "page_id"),
        rows_when=("mediawiki_page",),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="incoming_links",
        group="inputs",
        meaning="How many distinct pages of namespace 0 link to a title of namespace 0.",
        columns=(
            _wiki,
            Column("title", "string", "the title linked to, whether it has a page or not"),
            Column("links", "int64", "distinct pages that link to it", minimum=1),
        ),
        key=("wiki_db", "title"),
        wiki_column="wiki_db",
        best=("-links", "wiki_db", "title"),
    ),
    Dataset(
        name="image_links",
        group="inputs",
        meaning="Which page of namespace 0 uses which file, distinct.",
        # Broken rows of wikis' own tables speak of a page 0, which is no article.
        columns=(_wiki, Column("page_id", "int64", "the page's id on its wiki", minimum=0), _file),
        key=("wiki_db", "page_id", "file_name"),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="local_files",
        group="inputs",
        meaning="Files uploaded to a target wiki itself; each hides the Commons file of its name.",
        columns=(_wiki, _file),
        key=("wiki_db", "file_name"),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="lead_images",
        group="inputs",
        meaning="The image that stands for an article: `page_image_free`, else `page_image`.",
        columns=(_wiki, _page, _file),
        key=("wiki_db", "page_id"),
        references=(Reference(("wiki_db", "page_id"), "pages", ("wiki_db", "page_id")),),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="page_items",
        group="inputs",
        meaning="The Wikidata item of an article.",
        columns=(_wiki, _page, _item),
        key=("wiki_db", "page_id"),
        references=(Reference(("wiki_db", "page_id"), "pages", ("wiki_db", "page_id")),),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="commons_files",
        group="inputs",
        meaning="The files of Commons: pages of namespace 6 that are no redirects.",
        columns=(
            _commons_page,
            _file,
            Column(
                "media_type",
                "string",
                "the kind of medium; NULL where no image row tells it",
                nullable=True,
            ),
            Column(
                "width",
                "int64",
                "the width in pixels; NULL where no image row tells it",
                nullable=True,
                minimum=0,
            ),
        ),
        key=("page_id",),
    ),
    Dataset(
        name="commons_category_files",
        group="inputs",
        meaning="Which file of Commons is in which category, distinct.",
        columns=(Column("category", "string", "the category, without `Category:`"), _commons_page),
        key=("category", "page_id"),
        references=(Reference(("page_id",), "commons_files", ("page_id",)),),
    ),
    Dataset(
        name="commons_category_sizes",
        group="inputs",
        meaning="How many files a Commons category holds: MediaWiki's own count, else ours.",
        columns=(
            Column("category", "string", "the category, without `Category:`"),
            Column("files", "int64", "files in it; MediaWiki's count can be off, even negative"),
        ),
        key=("category",),
        rows_when=("commons_category_files",),
        best=("-files", "category"),
    ),
    Dataset(
        name="item_claims",
        group="inputs",
        meaning="Truthy images (P18), Commons categories (P373) and classes (P31) of items.",
        columns=(
            _item,
            Column("property", "string", "the property", values=("P18", "P373", "P31")),
            Column("value", "string", "a file name, a category name, or an item"),
        ),
        key=("item_id", "property", "value"),
    ),
    Dataset(
        name="depicts",
        group="inputs",
        meaning="What a file of Commons shows: statements of structured data not deprecated.",
        columns=(
            _commons_page,
            _item,
            Column(
                "property",
                "string",
                "depicts (P180), digital representation of (P6243) or main subject (P921)",
                values=("P180", "P6243", "P921"),
            ),
        ),
        key=("page_id", "item_id", "property"),
    ),
    Dataset(
        name="feedback",
        group="inputs",
        meaning="What editors said of suggestions for whole articles, all events so far.",
        columns=(
            _wiki,
            _page,
            _file,
            Column(
                "outcome",
                "string",
                "what was decided",
                values=("accepted", "rejected", "undecided"),
            ),
            Column("dt", "timestamp('UTC')", "when"),
        ),
        key=("wiki_db", "page_id", "file_name", "outcome", "dt"),
        wiki_column="wiki_db",
        best=("-dt", "wiki_db", "page_id", "file_name"),
    ),
)

_commons = (
    Dataset(
        name="signals",
        group="commons",
        meaning="Why a Commons file belongs to an item, after what SPEC.md section 3 leaves out.",
        columns=(
            _commons_page,
            _file,
            _item,
            Column("signal", "string", "the reason", values=SIGNALS),
            Column(
                "score",
                "int64",
                "the weight of the tag; 0 gives no tag, NULL for depicts, which never gives one",
                nullable=True,
                minimum=0,
                maximum=1000,
            ),
            _found_on,
        ),
        key=("page_id", "item_id", "signal"),
        references=(Reference(("page_id",), "commons_files", ("page_id",)),),
        best=("item_id", "-score", "page_id"),
    ),
    Dataset(
        name="commons_weighted_tags",
        group="commons",
        meaning="The tags that rank files in Commons search: which item, how strongly.",
        columns=_tag_columns,
        key=("wikiid", "page_id", "tag"),
        wiki_column="wikiid",
        best=("page_id", "tag"),
    ),
)

_candidates = (
    Dataset(
        name="overused_files",
        group="candidates",
        meaning="Files used so widely that they must be icons or placeholders.",
        columns=(
            _file,
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
            _item,
            Column("image", "string", "the file's name, without `File:`"),
            _kinds,
            _confidence,
            _found_on,
        ),
        key=("item_id", "image"),
        best=("-confidence", "item_id", "image"),
    ),
)

_suggestion_columns = (
    _wiki,
    _page,
    Column("revision_id", "int64", "the article's newest revision", minimum=0),
    Column("title", "string", "the article's title"),
    _item,
)

_suggestions = (
    Dataset(
        name="unillustrated_articles",
        group="suggestions",
        meaning="Articles with an item that could have a picture and have none.",
        columns=_suggestion_columns,
        key=("wiki_db", "page_id"),
        references=(
            Reference(
                ("wiki_db", "page_id", "item_id"), "page_items", ("wiki_db", "page_id", "item_id")
            ),
        ),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="filtered_suggestions",
        group="suggestions",
        meaning="Which file is suggested for which article, best first.",
        columns=(
            *_suggestion_columns,
            Column("image", "string", "the file's name, without `File:`"),
            _confidence,
            _kinds,
            _found_on,
            Column("rank", "int64", "1 is the best of the article", minimum=1),
        ),
        key=("wiki_db", "page_id", "image"),
        references=(
            Reference(("wiki_db", "page_id"), "unillustrated_articles", ("wiki_db", "page_id")),
            Reference(("item_id", "image"), "candidate_images", ("item_id", "image")),
        ),
        wiki_column="wiki_db",
        best=("wiki_db", "-confidence", "title", "page_id", "rank"),
    ),
    Dataset(
        name="wiki_flags",
        group="search",
        meaning="The flag by which search finds the articles that have a suggestion.",
        columns=_tag_columns,
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
        columns=_tag_columns,
        key=("wikiid", "page_id", "tag"),
        rows_when=("commons_weighted_tags", "wiki_flags"),
        wiki_column="wikiid",
        best=("wikiid", "page_id", "tag"),
    ),
)

_publication = (
    Dataset(
        name="publishable",
        group="publication",
        meaning="What of the snapshot may be published: each target wiki, and Commons' tags.",
        columns=(
            _wiki,
            Column(
                "state",
                "string",
                "`published` and `released` (by a person) go out; the last good data stays for "
                "what is `held` back or was `left out` of the snapshot",
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
            *_tag_columns[:-1],
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

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        *_snapshot,
        *_wiki_tables,
        *_inputs,
        *_commons,
        *_candidates,
        *_suggestions,
        *_publication,
    )
}
"""All datasets by name, inputs first."""

GROUPS: dict[str, str] = {
    "snapshot": "which files make up a snapshot",
    "dump_tables": "tables of the SQL dumps, as far as they are needed",
    "inputs": "the canonical tables, the same whatever they come from",
    "commons": "why files belong to items, and the tags of Commons search",
    "candidates": "files that could illustrate articles",
    "suggestions": "articles without a picture, and what is suggested for them",
    "search": "what the search index should hold",
    "publication": "what may be published",
}
"""The groups of the graph and what each holds."""
