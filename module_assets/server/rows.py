"""The columns of what the server lists, as the catalog declares them; descriptions and CSV have
these, in this order.
"""

from collections.abc import Iterable, Mapping

from graph.schema import Column, Dataset
from module_assets.answers.lists import CONTRIBUTION
from module_assets.catalog.datasets import DATASETS
from module_assets.datasets.rows import MODULE
from module_assets.scores import FAMILY_FEATURES, MODULE_FEATURES, Feature
from resources.web.description import Node, or_null

_TYPES: dict[str, Node] = {
    "int64": {"type": "integer"},
    "float64": {"type": "number"},
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "timestamp('UTC')": {"type": "string", "format": "date-time"},
}
Columns = Mapping[str, Node]


def _of(dataset: str, *names: str) -> Columns:
    """Take columns of a dataset; all, if none are named."""
    declared = DATASETS[dataset]
    nodes = {column.name: _node(declared, column) for column in declared.columns}
    return {name: nodes[name] for name in names or nodes}


def _node(dataset: Dataset, column: Column) -> Node:
    node = _TYPES[column.type]
    return or_null(node) if dataset.may_be_null(column) else node


def _contributions(features: Iterable[Feature]) -> Columns:
    return {f"{CONTRIBUTION}{each.name}": or_null(_TYPES["float64"]) for each in features}


def _without(columns: Columns, *names: str) -> Columns:
    return {name: node for name, node in columns.items() if name not in names}


def _maybe(columns: Columns) -> Columns:
    """Let columns be null: not every module has them."""
    return {name: or_null(node) for name, node in columns.items()}


FAMILIES: Columns = {
    **_of("family_scores", "rank", "rank_best", "rank_worst", "score"),
    **_without(_of("families"), "independence"),
    **_contributions(FAMILY_FEATURES),
    "is_new": _TYPES["boolean"],
}
MODULES: Columns = {
    **_of("family_scores", "rank"),
    **_of("module_scores", "score", *MODULE),
    **_of("modules", "title", "item_id"),
    **_of("wikis", "language", "project"),
    **_of("module_code", "kind", "tokens"),
    **_of("module_use", "transclusions", "readers"),
    **_of("module_families", "family_id", "relation"),
    **_maybe(_of("families", "wikis")),
    **_contributions(MODULE_FEATURES),
    "is_new": _TYPES["boolean"],
}
FUNCTIONS = _of("function_families")
FAMILY: Columns = {
    **_of("families"),
    **_of("family_scores", "rank", "rank_best", "rank_worst", "score"),
}
FACTS: Columns = {
    **_of("modules"),
    **_without(_of("module_code"), *MODULE),
    **_without(_of("module_use"), *MODULE),
    **_without(_of("module_links"), *MODULE),
    **_without(_of("module_history"), *MODULE),
    **_maybe(_of("module_families", "family_id", "relation", "similarity")),
    **_of("module_scores", "score"),
    **_of("wikis", "language", "project", "domain"),
}
MEMBERS: Columns = {
    **_of("module_families", *MODULE, "relation", "similarity"),
    **_of("modules", "title", "is_draft", "revision_id"),
    **_of("module_code", "tokens"),
    **_of("module_use", "transclusions", "readers"),
    **_of("module_history", "last_edit"),
    "version": _TYPES["string"],
}
RELATED: Columns = {
    **_of("families", "family_id", "title", "wikis"),
    **_of("similar_shapes", "similarity"),
}
SAME_ITEM: Columns = {
    **_of("modules", *MODULE, "title", "item_id"),
    **_of("module_families", "family_id"),
}
SIMILAR: Columns = {
    **_of("modules", *MODULE, "title"),
    **_of("similar_shapes", "similarity", "akin"),
    **_of("module_families", "family_id"),
}
REFERS_TO = _of("module_references", "kind", "title", "target_page_id")
REFERRED_BY: Columns = {
    **_of("modules", "page_id", "title", "is_draft"),
    **_of("module_references", "kind"),
}
OWN_FUNCTIONS: Columns = {
    **_without(_of("module_functions"), *MODULE),
    **_maybe(_of("function_families", "wikis", "families")),
}
HAVING: Columns = {
    **_of("modules", *MODULE, "title"),
    **_of("module_functions", "name", "line", "code_hash"),
    **_of("module_use", "transclusions"),
    **_maybe(_of("module_families", "family_id")),
}
REASON: Columns = {
    "feature": _TYPES["string"],
    "meaning": _TYPES["string"],
    "value": or_null(_TYPES["float64"]),
    "scaled": or_null(_TYPES["float64"]),
    "weight": _TYPES["float64"],
    "contribution": or_null(_TYPES["float64"]),
}
