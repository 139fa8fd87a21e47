"""The group `inputs`: the canonical tables of SPEC.md section 2."""

from graph.schema import Column, Dataset, Reference
from imagesuggest_assets.catalog import columns

FEEDBACK_FILES = "feedback files"
"""In the details of the statistics of `feedback`: the version of each file read, by path."""
FEEDBACK_DROPPED = "events dropped"
"""Likewise: how many events could not be understood, and of how many, by path."""
FEEDBACK_DAMAGED = "damaged files"
"""Likewise: where the damage of a file begins, and what it is, by path."""
FEEDBACK_GONE = "files that are gone"
"""Likewise: the paths of those that were read before and are not there any more."""
ARTICLES = "articles by wiki"
"""In the counts of `pages`."""
VALUES = "values by column"
"""In the counts of `commons_files`: how many rows have one, of each column that may be NULL."""

DECLARED = (
    Dataset(
        name="pages",
        group="inputs",
        meaning="Pages of namespace 0 of all wikis, and of namespace 6 of Commons.",
        columns=(
            columns.WIKI,
            columns.PAGE,
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
            columns.WIKI,
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
        meaning="Which page of namespace 0 uses which file, distinct; of a redirect, its target.",
        # Broken rows of wikis' own tables speak of a page 0, which is no article.
        columns=(
            columns.WIKI,
            Column("page_id", "int64", "the page's id on its wiki", minimum=0),
            columns.FILE,
        ),
        key=("wiki_db", "page_id", "file_name"),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="local_files",
        group="inputs",
        meaning="Files uploaded to a target wiki itself; each hides the Commons file of its name.",
        columns=(columns.WIKI, columns.FILE),
        key=("wiki_db", "file_name"),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="lead_images",
        group="inputs",
        meaning="The image that stands for an article: `page_image_free`, else `page_image`; of a "
        "redirect, its target.",
        columns=(columns.WIKI, columns.PAGE, columns.FILE),
        key=("wiki_db", "page_id"),
        references=(Reference(("wiki_db", "page_id"), "pages", ("wiki_db", "page_id")),),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="disambiguations",
        group="inputs",
        meaning="Articles that their wiki calls a disambiguation.",
        columns=(columns.WIKI, columns.PAGE),
        key=("wiki_db", "page_id"),
        references=(Reference(("wiki_db", "page_id"), "pages", ("wiki_db", "page_id")),),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="file_redirects",
        group="inputs",
        meaning="Which file name of Commons redirects to which other; followed once.",
        columns=(
            columns.FILE,
            Column("target", "string", "the name that is meant, be there a file or not"),
        ),
        key=("file_name",),
    ),
    Dataset(
        name="page_items",
        group="inputs",
        meaning="The Wikidata item of an article.",
        columns=(columns.WIKI, columns.PAGE, columns.ITEM),
        key=("wiki_db", "page_id"),
        references=(Reference(("wiki_db", "page_id"), "pages", ("wiki_db", "page_id")),),
        wiki_column="wiki_db",
    ),
    Dataset(
        name="commons_files",
        group="inputs",
        meaning="The files of Commons: pages of namespace 6 that are no redirects.",
        columns=(
            columns.COMMONS_PAGE,
            columns.FILE,
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
        columns=(
            Column("category", "string", "the category, without `Category:`"),
            columns.COMMONS_PAGE,
        ),
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
        meaning="Truthy images (P18), Commons categories (P373), classes (P31) and superclasses "
        "(P279) of items.",
        columns=(
            columns.ITEM,
            Column("property", "string", "the property", values=("P18", "P373", "P31", "P279")),
            Column(
                "value",
                "string",
                "a file name, a category name, or an item; no redirect is followed",
            ),
        ),
        key=("item_id", "property", "value"),
    ),
    Dataset(
        name="depicts",
        group="inputs",
        meaning="What a file of Commons shows: statements of structured data not deprecated.",
        columns=(
            columns.COMMONS_PAGE,
            columns.ITEM,
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
        meaning="What editors said of suggestions, all events so far, and for good: also those "
        "whose files are gone.",
        columns=(
            columns.WIKI,
            columns.PAGE,
            Column(
                "file_name",
                "string",
                "the file's name, without `File:`; of a redirect its target; empty where none is",
            ),
            Column(
                "outcome",
                "string",
                "what was decided",
                values=("accepted", "rejected", "undecided"),
            ),
            Column(
                "about",
                "string",
                "of what: only what is said of the article takes a suggestion out",
                values=("article", "section", "page"),
            ),
            Column("dt", "timestamp('UTC')", "when, where that is known", nullable=True),
        ),
        key=("wiki_db", "page_id", "file_name", "outcome", "about", "dt"),
        null_in_key=("dt",),
        wiki_column="wiki_db",
        best=("-dt", "wiki_db", "page_id", "file_name"),
    ),
)
