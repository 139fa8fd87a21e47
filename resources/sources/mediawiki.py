"""The tables of MediaWiki that are read from its SQL dumps: which columns, and which rows.

Columns are in no order here; the reader takes it from each file. What the rows mean is decided by
the rules, not here.
"""

import pyarrow as pa
import pyarrow.compute as pc

from resources.sources.names import NS_FILE, NS_MAIN
from resources.sources.sql_dump import SqlColumn, SqlTable

_PROPERTIES = pa.array(
    [b"wikibase_item", b"page_image_free", b"page_image", b"disambiguation"], pa.binary()
)


def _number(name: str, *, optional: bool = False) -> SqlColumn:
    return SqlColumn(name, pa.int64(), optional=optional)


def _text(name: str) -> SqlColumn:
    return SqlColumn(name, pa.string())


def _name(name: str, *, optional: bool = False, unless: str = "") -> SqlColumn:
    return SqlColumn(name, pa.string(), optional=optional, is_name=True, unless=unless)


def _title(name: str, namespace: str, *, optional: bool = False, unless: str = "") -> SqlColumn:
    return SqlColumn(name, pa.string(), optional=optional, namespace=namespace, unless=unless)


def _articles_and_files(rows: pa.RecordBatch) -> pa.BooleanArray:
    namespace = rows["page_namespace"]
    return pc.or_(pc.equal(namespace, NS_MAIN), pc.equal(namespace, NS_FILE))


PAGE = SqlTable(
    "page",
    (
        _number("page_id"),
        _number("page_namespace"),
        _title("page_title", "page_namespace"),
        SqlColumn("page_is_redirect", pa.bool_()),
        _number("page_latest"),
    ),
    keep=_articles_and_files,
    keep_columns=("page_namespace",),
)
"""Articles, files, and the redirects among them."""

PAGE_PROPS = SqlTable(
    "page_props",
    (_number("pp_page"), _text("pp_propname"), _name("pp_value")),
    keep=lambda rows: pc.is_in(rows["pp_propname"], value_set=_PROPERTIES),
    keep_columns=("pp_propname",),
)
"""The item of a page, its lead image, and that it is a disambiguation; the values of other
properties can be any bytes.
"""

PAGELINKS = SqlTable(
    "pagelinks",
    (
        _number("pl_from"),
        _number("pl_from_namespace"),
        _number("pl_namespace", optional=True),
        _title("pl_title", "pl_namespace", optional=True, unless="pl_target_id"),
        _number("pl_target_id", optional=True),
    ),
    one_of=(("pl_target_id",), ("pl_title", "pl_namespace")),
    keep=lambda rows: pc.equal(rows["pl_from_namespace"], NS_MAIN),
    keep_columns=("pl_from_namespace",),
)
"""Links from articles, in the old, the new or the mixed schema, where the target id wins."""

LINKTARGET = SqlTable(
    "linktarget",
    (_number("lt_id"), _number("lt_namespace"), _title("lt_title", "lt_namespace")),
)
"""What the target ids of the other tables stand for."""

IMAGELINKS = SqlTable(
    "imagelinks",
    (
        _number("il_from"),
        _number("il_from_namespace"),
        _name("il_to", optional=True, unless="il_target_id"),
        _number("il_target_id", optional=True),
    ),
    one_of=(("il_target_id",), ("il_to",)),
    keep=lambda rows: pc.equal(rows["il_from_namespace"], NS_MAIN),
    keep_columns=("il_from_namespace",),
)
"""Uses of files in articles, in the old, the new or the mixed schema."""

IMAGE = SqlTable("image", (_name("img_name"), _text("img_media_type"), _number("img_width")))
"""Files of the wiki itself."""

CATEGORYLINKS = SqlTable(
    "categorylinks",
    (
        _number("cl_from"),
        _text("cl_type"),
        _name("cl_to", optional=True, unless="cl_target_id"),
        _number("cl_target_id", optional=True),
    ),
    one_of=(("cl_target_id",), ("cl_to",)),
    keep=lambda rows: pc.equal(rows["cl_type"], pa.scalar(b"file", pa.binary())),
    keep_columns=("cl_type",),
)
"""Files in categories, in the old, the new or the mixed schema."""

CATEGORY = SqlTable("category", (_name("cat_title"), _number("cat_files")))
"""How many files a category says it has."""

REDIRECT = SqlTable(
    "redirect",
    (
        _number("rd_from"),
        _number("rd_namespace"),
        _title("rd_title", "rd_namespace"),
        SqlColumn("rd_interwiki", pa.string(), optional=True),
    ),
    keep=lambda rows: pc.equal(rows["rd_namespace"], NS_FILE),
    keep_columns=("rd_namespace",),
)
"""Redirects to files, of pages of any namespace."""

TABLES: dict[str, SqlTable] = {
    table.name: table
    for table in (
        PAGE,
        PAGE_PROPS,
        PAGELINKS,
        LINKTARGET,
        IMAGELINKS,
        IMAGE,
        CATEGORYLINKS,
        CATEGORY,
        REDIRECT,
    )
}
"""All of them by name."""
