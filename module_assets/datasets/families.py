"""The datasets of MODULES.md section 5 that are listed: families of modules, and functions of one
shape. Drafts count nowhere.
"""

import ibis
from ibis import Table

from module_assets.datasets.rows import MODULE, looked_up

LEAST_WIKIS = 2
"""What is on one wiki alone is no family."""


def families(
    module_families: Table,
    modules: Table,
    module_code: Table,
    module_use: Table,
    module_references: Table,
    wikis: Table,
) -> Table:
    """Give each family; title and kind are those of its representative. What is not known of any
    of its modules is NULL.
    """
    named = modules.select(*MODULE, "title", "is_draft")
    code = module_code.select(*MODULE, "kind", "code_hash")
    known = looked_up(named.inner_join(code, MODULE), references_of(module_references), MODULE)
    members = module_families.select(*MODULE, "family_id").inner_join(
        known.filter(~known.is_draft), MODULE
    )
    members = looked_up(members, module_use.select(*MODULE, "transclusions", "readers"), MODULE)
    members = looked_up(members, dependents_of(module_references, modules), MODULE)
    members = looked_up(members, wikis.select("wiki_db", "language"), ["wiki_db"])
    counted = members.group_by("family_id").agg(
        modules=members.count(),
        wikis=members.wiki_db.nunique(),
        versions=members.code_hash.nunique() - 1,
        languages=members.language.nunique().nullif(0) - 1,
        transclusions=members.transclusions.sum(),
        readers=members.readers.sum(),
        dependents=members.dependents.fill_null(0).sum(),
    )
    representatives = known.select(
        "title",
        "kind",
        family_id=known.wiki_db + "/" + known.page_id.cast("string"),
        independence=1.0 / (known.references.fill_null(0) + 1),
    )
    rows = counted.filter(counted.wikis >= LEAST_WIKIS).inner_join(representatives, "family_id")
    return rows.select(
        "family_id",
        "title",
        "kind",
        "modules",
        "wikis",
        "versions",
        "languages",
        "transclusions",
        "readers",
        "dependents",
        "independence",
        copies=rows.wikis - 1,
    )


def references_of(module_references: Table) -> Table:
    """Count the titles that each module refers to, however it does: ``references``."""
    return module_references.group_by(MODULE).agg(references=module_references.title.nunique())


def dependents_of(module_references: Table, modules: Table) -> Table:
    """Count the other modules of the wiki, but drafts, that refer to each: ``dependents``."""
    shown = modules.filter(~modules.is_draft)
    others = module_references.semi_join(shown, MODULE)
    others = others.filter(others.page_id != others.target_page_id)
    return others.group_by("wiki_db", page_id="target_page_id").agg(
        dependents=others.page_id.nunique()
    )


def function_families(module_functions: Table, modules: Table, module_families: Table) -> Table:
    """Give the functions of one shape that are on two wikis or more. Where most of them have no
    name, it has none.
    """
    shown = modules.filter(~modules.is_draft)
    rows = module_functions.semi_join(shown, MODULE)
    rows = looked_up(rows, module_families.select(*MODULE, "family_id"), MODULE)
    counted = rows.group_by("shape").agg(
        # These are as many in all functions of one shape.
        tokens=rows.tokens.max(),
        functions=rows.count(),
        modules=ibis.struct({name: rows[name] for name in MODULE}).nunique(),
        wikis=rows.wiki_db.nunique(),
        versions=rows.code_hash.nunique() - 1,
        families=rows.family_id.nunique(),
    )
    counted = counted.filter(counted.wikis >= LEAST_WIKIS)
    names = rows.group_by("shape", "name").agg(often=rows.count())
    order = [names.often.desc(), names.name]
    names = names.mutate(place=ibis.row_number().over(group_by="shape", order_by=order))
    names = names.filter(names.place == 0).select("shape", "name")
    return counted.inner_join(names, "shape").select(
        "shape", "name", "tokens", "functions", "modules", "wikis", "versions", "families"
    )
