"""The tables that reading gives, before any rule: their columns. Times are UTC."""

import pyarrow as pa

_TIME = pa.timestamp("us", tz="UTC")


def _table(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([("wiki_db", pa.string()), *columns.items()])


EXPORTED_MODULES = _table(
    page_id=pa.int64(),
    title=pa.string(),
    revision_id=pa.int64(),
    revised_at=_TIME,
    bytes=pa.int64(),
    is_redirect=pa.bool_(),
    text=pa.string(),
)
"""Modules whose text is there; ``bytes`` are those of the text as exported, before its line ends
and what stands around it are brought to form.
"""

WIKI_SITES = _table(
    language=pa.string(),
    host=pa.string(),
    articles=pa.int64(),
    names=pa.list_(pa.string()),
    is_first_letter=pa.bool_(),
)
"""One row a wiki. ``names`` are the local name of the modules' namespace and its aliases, NULL
where the wiki has no modules; ``is_first_letter``: a module's title begins with a capital.
"""

MODULE_TRANSCLUSIONS = _table(from_page=pa.int64(), from_namespace=pa.int64(), title=pa.string())
MODULE_ITEMS = _table(page_id=pa.int64(), item_id=pa.string())
MODULE_LANGUAGES = _table(page_id=pa.int64(), language=pa.string())
MODULE_RESTRICTIONS = _table(
    page_id=pa.int64(), type=pa.string(), level=pa.string(), expiry=pa.string()
)
MODULE_EDITS = _table(
    page_id=pa.int64(),
    time=_TIME,
    is_minor=pa.bool_(),
    is_anonymous=pa.bool_(),
    editor=pa.string(),
)
ARTICLE_VIEWS = _table(page_id=pa.int64(), views=pa.int64())
"""Several rows for one page: they add up."""

TABLES: dict[str, pa.Schema] = {
    "exported_modules": EXPORTED_MODULES,
    "wiki_sites": WIKI_SITES,
    "module_transclusions": MODULE_TRANSCLUSIONS,
    "module_items": MODULE_ITEMS,
    "module_languages": MODULE_LANGUAGES,
    "module_restrictions": MODULE_RESTRICTIONS,
    "module_edits": MODULE_EDITS,
    "article_views": ARTICLE_VIEWS,
}
"""All of them by name."""


def of_one_wiki(table: pa.Schema) -> pa.Schema:
    """Give the columns of a table without the wiki, which is the same in all rows of a file."""
    return table.remove(table.get_field_index("wiki_db"))
