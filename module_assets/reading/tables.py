"""The tables that reading gives, before any rule: the columns of their datasets. Times are UTC."""

import pyarrow as pa

from graph.arrow import schema_of
from module_assets.catalog.datasets import DATASETS

EXPORTED_MODULES = schema_of(DATASETS["exported_modules"]).append(pa.field("text", pa.string()))
"""Modules whose text is there, with it, which is a dataset of its own; ``bytes`` are those of the
text as exported, before its line ends and what stands around it are brought to form.
"""
WIKI_SITES = schema_of(DATASETS["wiki_sites"])
"""One row a wiki. ``names`` are the local name of the modules' namespace and its aliases, NULL
where the wiki has no modules; ``is_first_letter``: a module's title begins with a capital.
"""
MODULE_TRANSCLUSIONS = schema_of(DATASETS["module_transclusions"])
MODULE_ITEMS = schema_of(DATASETS["module_items"])
MODULE_LANGUAGES = schema_of(DATASETS["module_languages"])
MODULE_RESTRICTIONS = schema_of(DATASETS["module_restrictions"])
MODULE_EDITS = schema_of(DATASETS["module_edits"])
ARTICLE_VIEWS = schema_of(DATASETS["article_views"])
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
