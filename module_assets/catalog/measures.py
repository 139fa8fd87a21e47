"""What is counted of each dataset, to be compared with other snapshots (MODULES.md section 8)."""

from collections.abc import Mapping

import ibis
from ibis import Table

from graph.measures import rows_by
from resources.io_manager import Measure

MODULES = "modules by wiki"
KINDS = "modules by wiki and kind"
USES = "uses by wiki"
FAMILIES = "families by kind"


def _uses(module_use: Table) -> Table:
    rows = module_use.select("wiki_db", "transclusions", name=ibis.literal(""))
    return rows.group_by("wiki_db", "name").agg(count=rows.transclusions.sum().cast("int64"))


MEASURES: Mapping[str, Mapping[str, Measure]] = {
    "modules": {MODULES: rows_by("wiki_db")},
    "module_code": {KINDS: rows_by("wiki_db", "kind")},
    "module_use": {USES: _uses},
    "families": {FAMILIES: rows_by(name="kind")},
}
"""What is counted, by dataset; each gives columns wiki_db, name and count."""
OF_ALL = frozenset({FAMILIES})
"""What is counted of no wiki."""
