"""The three lists: what the API answers and pages show a part of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from module_assets.answers import lists
from module_assets.answers.published import Published, Row
from module_assets.scores import FAMILY_FEATURES, MODULE_FEATURES, Feature
from module_assets.server import rows
from module_assets.server.asked import Asked


@dataclass(frozen=True)
class Kind:
    """One of the lists: its name in addresses, what it is weighed by, and its rows."""

    name: str
    features: Sequence[Feature]
    columns: rows.Columns
    rows: Callable[[Published, Asked], list[Row]]


FAMILIES = Kind(
    "families",
    FAMILY_FEATURES,
    rows.FAMILIES,
    lambda there, asked: lists.families(there, asked.wanted, asked.weights),
)
MODULES = Kind(
    "modules",
    MODULE_FEATURES,
    rows.MODULES,
    lambda there, asked: lists.modules(there, asked.wanted, asked.weights),
)
FUNCTIONS = Kind(
    "functions",
    (),
    rows.FUNCTIONS,
    lambda there, asked: lists.functions(there, asked.wanted),
)
