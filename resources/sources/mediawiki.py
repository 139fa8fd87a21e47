"""The tables of MediaWiki that are read from its SQL dumps: which columns, and which rows.

Columns are in no order here; the reader takes it from each file. What the rows mean is decided by
the rules, not here.
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from resources.sources.names import NS_FILE, NS_MAIN
from resources.sources.sql_dump import SqlColumn, SqlTable

KEPT: dict[str, tuple[str, tuple[int | str, ...]]] = {
    "page": ("page_namespace", (NS_MAIN, NS_FILE)),
    "page_props": (
        "pp_propname",
        ("wikibase_item", "page_image_free", "page_image", "disambiguation"),
    ),
    "pagelinks": ("pl_from_namespace", (NS_MAIN,)),
    "imagelinks": ("il_from_namespace", (NS_MAIN,)),
    "categorylinks": ("cl_type", ("file",)),
    "redirect": ("rd_namespace", (NS_FILE,)),
}
"""Which rows are read, where not all are: by table, a column and the values that it may have."""


def _id(name: str, minimum: int = 0) -> SqlColumn:
    return SqlColumn(name, pa.int64(), never_null=True, minimum=minimum)


def _number(name: str, *, optional: bool = False) -> SqlColumn:
    return SqlColumn(name, pa.int64(), optional=optional, never_null=not optional)


def _text(name: str, *, never_null: bool = False) -> SqlColumn:
    return SqlColumn(name, pa.string(), never_null=never_null)


def _name(name: str, *, optional: bool = False, unless: str = "") -> SqlColumn:
    return SqlColumn(
        name,
        pa.string(),
        optional=optional,
        is_name=True,
        unless=unless,
        never_null=not optional,
    )


def _title(name: str, namespace: str, *, optional: bool = False, unless: str = "") -> SqlColumn:
    return SqlColumn(
        name,
        pa.string(),
        optional=optional,
        namespace=namespace,
        unless=unless,
        never_null=not optional,
    )


def _kept(table: str) -> dict[str, Any]:
    """Say of a SqlTable which of its rows are read."""
    column, values = KEPT[table]
    wanted = [value.encode() if isinstance(value, str) else value for value in values]
    return {
        "keep": lambda rows: pc.is_in(rows[column], value_set=pa.array(wanted, rows[column].type)),
        "keep_columns": (column,),
    }


PAGE = SqlTable(
    "page",
    (
        _id("page_id", 1),
        _number("page_namespace"),
        _title("page_title", "page_namespace"),
        SqlColumn("page_is_redirect", pa.bool_(), never_null=True),
        _id("page_latest"),
    ),
    **_kept("page"),
)
"""Articles, files, and the redirects among them."""

PAGE_PROPS = SqlTable(
    "page_props",
    (_id("pp_page"), _text("pp_propname", never_null=True), _name("pp_value")),
    **_kept("page_props"),
)
"""The item of a page, its lead image, and that it is a disambiguation; the values of other
properties can be any bytes.
"""

PAGELINKS = SqlTable(
    "pagelinks",
    (
        _id("pl_from"),
        _number("pl_from_namespace"),
        _number("pl_namespace", optional=True),
        _title("pl_title", "pl_namespace", optional=True, unless="pl_target_id"),
        _number("pl_target_id", optional=True),
    ),
    one_of=(("pl_target_id",), ("pl_title", "pl_namespace")),
    **_kept("pagelinks"),
)
"""Links from articles, in the old, the new or the mixed schema, where the target id wins."""

LINKTARGET = SqlTable(
    "linktarget",
    (_id("lt_id"), _number("lt_namespace"), _title("lt_title", "lt_namespace")),
)
"""What the target ids of the other tables stand for."""

IMAGELINKS = SqlTable(
    "imagelinks",
    (
        _id("il_from"),
        _number("il_from_namespace"),
        _name("il_to", optional=True, unless="il_target_id"),
        _number("il_target_id", optional=True),
    ),
    one_of=(("il_target_id",), ("il_to",)),
    **_kept("imagelinks"),
)
"""Uses of files in articles, in the old, the new or the mixed schema."""

IMAGE = SqlTable(
    "image",
    (_name("img_name"), _text("img_media_type"), SqlColumn("img_width", pa.int64())),
)
"""Files of the wiki itself."""

CATEGORYLINKS = SqlTable(
    "categorylinks",
    (
        _id("cl_from"),
        _text("cl_type", never_null=True),
        _name("cl_to", optional=True, unless="cl_target_id"),
        _number("cl_target_id", optional=True),
    ),
    one_of=(("cl_target_id",), ("cl_to",)),
    **_kept("categorylinks"),
)
"""Files in categories, in the old, the new or the mixed schema."""

CATEGORY = SqlTable("category", (_name("cat_title"), _number("cat_files")))
"""How many files a category says it has."""

REDIRECT = SqlTable(
    "redirect",
    (
        _id("rd_from"),
        _number("rd_namespace"),
        _title("rd_title", "rd_namespace"),
        SqlColumn("rd_interwiki", pa.string(), optional=True),
    ),
    **_kept("redirect"),
)
"""Redirects to files, of pages of any namespace."""

TEMPLATELINKS = SqlTable(
    "templatelinks",
    (
        _id("tl_from"),
        _number("tl_from_namespace"),
        _number("tl_namespace", optional=True),
        _title("tl_title", "tl_namespace", optional=True, unless="tl_target_id"),
        _number("tl_target_id", optional=True),
    ),
    one_of=(("tl_target_id",), ("tl_title", "tl_namespace")),
)
"""Uses of templates and modules, in the old, the new or the mixed schema."""

LANGLINKS = SqlTable("langlinks", (_id("ll_from"), _text("ll_lang", never_null=True)))
"""In which languages there are pages of the same."""

PAGE_RESTRICTIONS = SqlTable(
    "page_restrictions",
    (
        _id("pr_page"),
        _text("pr_type", never_null=True),
        _text("pr_level", never_null=True),
        _text("pr_expiry"),
    ),
)
"""Who may do what with a page, and until when."""

SITE_STATS = SqlTable("site_stats", (SqlColumn("ss_good_articles", pa.int64()),))
"""How many articles there are."""

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
"""By name, those that suggestions are made of."""
