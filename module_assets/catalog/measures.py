"""What is counted of each dataset, to be compared with other snapshots (MODULES.md section 8)."""

from collections.abc import Mapping

import ibis
from ibis import Table

from resources.io_manager import Measure

MODULES = "modules by wiki"
KINDS = "modules by wiki and kind"
USES = "uses by wiki"
FAMILIES = "families by kind"


def _modules(modules: Table) -> Table:
    rows = modules.select("wiki_db", name=ibis.literal(""))
    return rows.group_by("wiki_db", "name").agg(count=rows.count())


def _kinds(module_code: Table) -> Table:
    rows = module_code.select("wiki_db", name="kind")
    return rows.group_by("wiki_db", "name").agg(count=rows.count())


def _uses(module_use: Table) -> Table:
    rows = module_use.select("wiki_db", "transclusions", name=ibis.literal(""))
    return rows.group_by("wiki_db", "name").agg(count=rows.transclusions.sum().cast("int64"))


def _families(families: Table) -> Table:
    rows = families.select(wiki_db=ibis.literal(""), name="kind")
    return rows.group_by("wiki_db", "name").agg(count=rows.count())


MEASURES: Mapping[str, Mapping[str, Measure]] = {
    "modules": {MODULES: _modules},
    "module_code": {KINDS: _kinds},
    "module_use": {USES: _uses},
    "families": {FAMILIES: _families},
}
"""What is counted, by dataset; each gives columns wiki_db, name and count."""
OF_ALL = frozenset({FAMILIES})
"""What is counted of no wiki."""
