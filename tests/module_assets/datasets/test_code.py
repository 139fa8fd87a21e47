"""The rows of what was analysed, on each engine."""

from typing import Any

import pyarrow as pa

from module_assets.code.analysis import analyse
from module_assets.datasets.code import (
    MODULE_CODE,
    module_code,
    module_functions,
    module_references,
)
from tests.module_assets import reference
from tests.tables import Tables

TEXTS = {
    1: "local b = require('Module:B') function b.c(d) return mw.loadData 'Module:d' end",
    2: "",
    3: "function a() end function b() end",
}


def test_each_function_and_reference_of_a_module_is_a_row(tables: Tables) -> None:
    modules: list[dict[str, Any]] = [
        {
            "wiki_db": wiki,
            "page_id": page,
            "title": title,
            "text": text,
            "is_redirect": False,
            "revision_id": page,
        }
        for wiki, title in (("awiki", "B"), ("bwiki", "b"))
        for page, text in TEXTS.items()
        if wiki == "awiki" or page == 1
    ]
    for place, title in enumerate("ABC"):
        modules[place]["title"] = title
    batch = pa.RecordBatch.from_pylist(modules)
    analysed = tables.of(pa.Table.from_batches(analyse([batch], {}, function_tokens=3)))

    def rows(table: Any) -> list[tuple[Any, ...]]:
        found = (tuple(row.values()) for row in tables.engine.rows(table))
        return sorted(found, key=str)

    code = {row[1]: row for row in rows(module_code(analysed)) if row[0] == "awiki"}
    expected = {page: reference.analyse(text, least=3) for page, text in TEXTS.items()}
    assert code == {
        page: ("awiki", page, *(of_page[name] for name in MODULE_CODE[2:]))
        for page, of_page in expected.items()
    }
    assert rows(module_functions(analysed)) == [
        (wiki, page, *function.values())
        for wiki, page in (("awiki", 1), ("awiki", 3), ("bwiki", 1))
        for function in expected[page]["own_functions"]
    ]
    # Another page of the title B, which was moved.
    known = [*modules, {**modules[1], "page_id": 9, "revision_id": 0}]
    assert rows(module_references(analysed, tables.of(pa.Table.from_pylist(known)))) == [
        ("awiki", 1, "loadData", "D", None),
        ("awiki", 1, "require", "B", 2),
        ("bwiki", 1, "loadData", "D", None),
        ("bwiki", 1, "require", "B", None),
    ]
