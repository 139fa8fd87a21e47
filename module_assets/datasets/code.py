"""The datasets of MODULES.md section 3, from ``analysis`` (ANALYSED: one row a module), and small
tables of it that similarity is computed from.
"""

from ibis import Table

from module_assets.catalog.code import COMPARED
from module_assets.catalog.datasets import DATASETS
from module_assets.datasets.rows import MODULE, TITLE, by_title, looked_up

MODULE_CODE = DATASETS["module_code"].column_names
_FUNCTION = ("ordinal", "name", "line", "tokens", "code_hash", "shape")


def module_code(analysis: Table) -> Table:
    """Give one row a module."""
    return analysis.select(*MODULE_CODE)


def module_functions(analysis: Table) -> Table:
    """Give one row for each function that is long enough."""
    rows = analysis.select(*MODULE, own=analysis.own_functions.unnest())
    return rows.select(*MODULE, *(rows.own[field].name(field) for field in _FUNCTION))


def module_references(analysis: Table, modules: Table) -> Table:
    """Give what modules refer to; target_page_id is NULL where the wiki has no such module."""
    rows = analysis.select(*MODULE, own=analysis.own_references.unnest())
    rows = rows.select(*MODULE, kind=rows.own["kind"], title=rows.own["title"])
    targets = by_title(modules).rename(target_page_id="page_id")
    return looked_up(rows, targets, TITLE)


def shape_sketches(analysis: Table) -> Table:
    """Give the sketch and the keys of the bands of each shape of kinds code and data."""
    rows = analysis.filter(analysis.kind.isin(COMPARED))
    # These are the same in all modules of one shape.
    return rows.group_by("shape").agg(sketch=rows.sketch.first(), band_keys=rows.band_keys.first())


def module_names(analysis: Table) -> Table:
    """Give shape and name of each module of kind code or data."""
    rows = analysis.filter(analysis.kind.isin(COMPARED))
    return rows.select(*MODULE, "shape", "name")
