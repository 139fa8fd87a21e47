"""The datasets of MODULES.md section 3, from what was analysed (ANALYSED)."""

from ibis import Table

MODULE_CODE = (
    "wiki_db",
    "page_id",
    "kind",
    "tokens",
    "functions",
    "literal_share",
    "compared_by",
    "shingles",
    "text_hash",
    "code_hash",
    "shape",
    "is_broken",
)


def module_code(analysed: Table) -> Table:
    """Give one row a module."""
    return analysed.select(*MODULE_CODE)


def module_functions(analysed: Table) -> Table:
    """Give one row for each function that is long enough."""
    rows = analysed.select("wiki_db", "page_id", own=analysed.own_functions.unnest())
    return rows.select(
        "wiki_db",
        "page_id",
        *(
            rows.own[field].name(field)
            for field in ("ordinal", "name", "line", "tokens", "code_hash", "shape")
        ),
    )


def module_references(analysed: Table, modules: Table) -> Table:
    """Give what modules refer to; target_page_id is NULL where the wiki has no such module."""
    rows = analysed.select("wiki_db", "page_id", own=analysed.own_references.unnest())
    rows = rows.select("wiki_db", "page_id", kind=rows.own["kind"], title=rows.own["title"])
    targets = modules.select("wiki_db", "title", target_page_id="page_id")
    return rows.left_join(targets, ["wiki_db", "title"]).select(
        "wiki_db", "page_id", "kind", "title", "target_page_id"
    )
