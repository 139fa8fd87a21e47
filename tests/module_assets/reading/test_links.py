"""What is said of modules is read, and nothing of the other pages."""

from pathlib import Path

import pyarrow as pa
import pytest

from module_assets.reading.jobs import Sources
from module_assets.reading.links import page_ids_of
from module_assets.reading.readers import job_of
from module_assets.reading.tables import EXPORTED_MODULES
from resources.sources.parquet import write_parquet
from tests.module_assets.reading.read import read, sql

MODULES = [3, 100_000, 5]


def test_the_items_of_modules_are_read_and_no_other_property(tmp_path: Path) -> None:
    rows = [
        (3, "wikibase_item", "Q7"),
        (4, "wikibase_item", "Q8"),
        (5, "page_image", "Q9"),
        (100_000, "wikibase_item", "q10"),
        (5, "wikibase_item", "P5"),
        (5, "wikibase_item", "Q"),
    ]
    path = sql(tmp_path, "page_props", ["pp_page", "pp_propname", "pp_value"], rows)
    found, counts = read("module_items", {"page_props": path}, tmp_path, page_ids=MODULES)
    assert found == [
        {"wiki_db": "bgwiki", "page_id": 3, "item_id": "Q7"},
        {"wiki_db": "bgwiki", "page_id": 100_000, "item_id": "Q10"},
    ]
    assert (counts["rows in the dump"], counts["rows kept"]) == (6, 2)
    assert counts["rows dropped, of another form"] == 2


def test_the_languages_of_modules_are_read(tmp_path: Path) -> None:
    rows = [(3, "de", "Modul:A"), (3, "pt-br", ""), (4, "de", ""), (5, "de", "")]
    path = sql(tmp_path, "langlinks", ["ll_from", "ll_lang", "ll_title"], rows)
    found, _ = read("module_languages", {"langlinks": path}, tmp_path, page_ids=MODULES)
    assert [(row["page_id"], row["language"]) for row in found] == [
        *((3, "de"), (3, "pt-br")),
        (5, "de"),
    ]


def test_who_may_edit_modules_is_read_with_the_end_as_it_is_written(tmp_path: Path) -> None:
    columns = ["pr_page", "pr_type", "pr_level", "pr_cascade", "pr_expiry", "pr_id"]
    expiries = [None, "infinity", "20200101000000"]
    rows = [(3, "edit", "sysop", 0, expiry, n) for n, expiry in enumerate(expiries)]
    path = sql(tmp_path, "page_restrictions", columns, [*rows, (4, "move", "sysop", 0, None, 9)])
    files = {"page_restrictions": path}
    found, _ = read("module_restrictions", files, tmp_path, page_ids=MODULES)
    assert [row["expiry"] for row in found] == expiries
    assert {(row["page_id"], row["type"], row["level"]) for row in found} == {(3, "edit", "sysop")}


@pytest.mark.parametrize("table", ["module_items", "module_languages", "module_restrictions"])
def test_a_wiki_that_lacks_a_table_has_no_job_and_one_without_modules_no_row(
    tmp_path: Path, table: str
) -> None:
    assert job_of(table, "bgwiki", Sources({}), tmp_path / "x") is None
    path = sql(tmp_path, "langlinks", ["ll_from", "ll_lang", "ll_title"], [(3, "de", "")])
    assert read("module_languages", {"langlinks": path}, tmp_path, page_ids=[])[0] == []


def test_the_ids_of_modules_are_found_in_the_file_of_a_wiki(tmp_path: Path) -> None:
    schema = pa.schema([EXPORTED_MODULES.field("page_id")])
    files = {wiki: tmp_path / f"{wiki}.parquet" for wiki in ("bgwiki", "arwiki", "ptwiki")}
    for file, ids in zip(files.values(), ([3, 1], [4], []), strict=True):
        batches = [pa.record_batch([pa.array(ids, pa.int64())], schema=schema)]
        write_parquet(batches, schema, file, {"wiki_db": file.stem})
    found = {wiki: page_ids_of(file).tolist() for wiki, file in files.items()}
    assert found == {"bgwiki": [3, 1], "arwiki": [4], "ptwiki": []}
