"""The tables of a dump: their columns in the old, the new and the mixed link schema."""

from typing import Literal, TypeAlias

from resources.sample.columns import stream
from resources.sample.sql import Table

Schema: TypeAlias = Literal["old", "new", "mixed"]
SCHEMAS: tuple[Schema, ...] = ("new", "mixed", "old")

_ID = "int(8) unsigned NOT NULL DEFAULT 0"
_BIG = "bigint(20) unsigned NOT NULL"
_NUMBER = "int(11) NOT NULL DEFAULT 0"
_TITLE = "varbinary(255) NOT NULL DEFAULT ''"
_TITLE_OR_NULL = "varbinary(255) DEFAULT NULL"
_STAMP = "binary(14) NOT NULL"

PAGE = Table(
    "page",
    {
        "page_id": "int(8) unsigned NOT NULL AUTO_INCREMENT",
        "page_namespace": _NUMBER,
        "page_title": _TITLE,
        "page_is_redirect": "tinyint(1) unsigned NOT NULL DEFAULT 0",
        "page_is_new": "tinyint(1) unsigned NOT NULL DEFAULT 0",
        "page_random": "double unsigned NOT NULL DEFAULT 0",
        "page_touched": _STAMP,
        "page_links_updated": "varbinary(14) DEFAULT NULL",
        "page_latest": _ID,
        "page_len": _ID,
        "page_content_model": "varbinary(32) DEFAULT NULL",
        "page_lang": "varbinary(35) DEFAULT NULL",
    },
    ("PRIMARY KEY (`page_id`)", "UNIQUE KEY `page_name_title` (`page_namespace`,`page_title`)"),
)
PAGE_PROPS = Table(
    "page_props",
    {
        "pp_page": "int(10) unsigned NOT NULL",
        "pp_propname": "varbinary(60) NOT NULL DEFAULT ''",
        "pp_value": "blob NOT NULL",
        "pp_sortkey": "float DEFAULT NULL",
    },
    ("PRIMARY KEY (`pp_page`,`pp_propname`)",),
)
LINKTARGET = Table(
    "linktarget",
    {
        "lt_id": "bigint(20) unsigned NOT NULL AUTO_INCREMENT",
        "lt_namespace": "int(11) NOT NULL",
        "lt_title": "varbinary(255) NOT NULL",
    },
    ("PRIMARY KEY (`lt_id`)", "UNIQUE KEY `lt_namespace_title` (`lt_namespace`,`lt_title`)"),
)
IMAGE = Table(
    "image",
    {
        "img_name": _TITLE,
        "img_size": "bigint(20) unsigned NOT NULL DEFAULT 0",
        "img_width": _NUMBER,
        "img_height": _NUMBER,
        "img_metadata": "mediumblob NOT NULL",
        "img_bits": _NUMBER,
        "img_media_type": (
            "enum('UNKNOWN','BITMAP','DRAWING','AUDIO','VIDEO','MULTIMEDIA','OFFICE','TEXT',"
            "'EXECUTABLE','ARCHIVE','3D') DEFAULT NULL"
        ),
        "img_major_mime": (
            "enum('unknown','application','audio','image','text','video','message','model',"
            "'multipart','chemical') NOT NULL DEFAULT 'unknown'"
        ),
        "img_minor_mime": "varbinary(100) NOT NULL DEFAULT 'unknown'",
        "img_description_id": _BIG,
        "img_actor": _BIG,
        "img_timestamp": _STAMP,
        "img_sha1": "varbinary(32) NOT NULL DEFAULT ''",
    },
    ("PRIMARY KEY (`img_name`)", "KEY `img_media_mime` (`img_media_type`,`img_major_mime`)"),
)
CATEGORY = Table(
    "category",
    {
        "cat_id": "int(10) unsigned NOT NULL AUTO_INCREMENT",
        "cat_title": _TITLE,
        "cat_pages": _NUMBER,
        "cat_subcats": _NUMBER,
        "cat_files": _NUMBER,
    },
    ("PRIMARY KEY (`cat_id`)", "UNIQUE KEY `cat_title` (`cat_title`)"),
)

REDIRECT = Table(
    "redirect",
    {
        "rd_from": _ID,
        "rd_namespace": _NUMBER,
        "rd_title": _TITLE,
        "rd_interwiki": "varbinary(32) DEFAULT NULL",
        "rd_fragment": "varbinary(255) DEFAULT NULL",
    },
    ("PRIMARY KEY (`rd_from`)", "KEY `rd_ns_title` (`rd_namespace`,`rd_title`,`rd_from`)"),
)


def pagelinks(schema: Schema) -> Table:
    """Page links: by title, by target id, or by both."""
    columns = {"pl_from": _ID}
    if schema != "new":
        title = _TITLE if schema == "old" else _TITLE_OR_NULL
        columns |= {"pl_namespace": _NUMBER, "pl_title": title}
    columns["pl_from_namespace"] = _NUMBER
    if schema != "old":
        columns["pl_target_id"] = _BIG
    key = "`pl_namespace`,`pl_title`" if schema == "old" else "`pl_target_id`"
    return Table("pagelinks", columns, (f"PRIMARY KEY (`pl_from`,{key})",))


def imagelinks(schema: Schema) -> Table:
    """Image links: by name, by target id, or by both."""
    columns = {"il_from": _ID}
    if schema != "new":
        columns["il_to"] = _TITLE if schema == "old" else _TITLE_OR_NULL
    columns["il_from_namespace"] = _NUMBER
    if schema != "old":
        columns["il_target_id"] = _BIG
    key = "`il_to`" if schema == "old" else "`il_target_id`"
    return Table("imagelinks", columns, (f"PRIMARY KEY (`il_from`,{key})",))


def categorylinks(schema: Schema) -> Table:
    """Category links: by title, by target id, or by both."""
    columns = {"cl_from": _ID}
    if schema != "new":
        columns["cl_to"] = _TITLE if schema == "old" else _TITLE_OR_NULL
    columns |= {
        "cl_sortkey": "varbinary(230) NOT NULL DEFAULT ''",
        "cl_timestamp": "timestamp NOT NULL DEFAULT current_timestamp()",
        "cl_sortkey_prefix": _TITLE,
        "cl_type": "enum('page','subcat','file') NOT NULL DEFAULT 'page'",
    }
    if schema != "old":
        columns |= {"cl_collation_id": "smallint(5) unsigned NOT NULL", "cl_target_id": _BIG}
    else:
        columns["cl_collation"] = "varbinary(32) NOT NULL DEFAULT ''"
    key = "`cl_to`" if schema == "old" else "`cl_target_id`"
    return Table("categorylinks", columns, (f"PRIMARY KEY (`cl_from`,{key})",))


def link_schemas(index: int) -> tuple[Schema, Schema]:
    """How the wiki of this index has its pagelinks and its imagelinks; the first three differ."""
    second = index if index < len(SCHEMAS) else index + 1 + index // len(SCHEMAS)
    return SCHEMAS[index % len(SCHEMAS)], SCHEMAS[second % len(SCHEMAS)]


def as_on(wiki: str, index: int, table: Table) -> Table:
    """The table with the column order of this wiki: usual on the first, grown apart on others."""
    if index == 0:
        return table
    names = list(table.columns)
    order = stream(index, "columns", wiki, table.name).permutation(len(names))
    return Table(table.name, {names[i]: table.columns[names[i]] for i in order}, table.keys)
