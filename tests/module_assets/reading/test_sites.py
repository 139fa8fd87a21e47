"""What a wiki says of itself, from the beginning of its export and the files beside it."""

import bz2
import gzip
import json
from pathlib import Path

import pytest

from module_assets.reading.jobs import Files
from module_assets.reading.sites import hosts_of
from resources.errors import InputError
from tests.module_assets.reading.read import read, sql
from tests.resources.sources.export.exports import FOOTER, SITEINFO
from tests.resources.sources.sql_writer import Value

ALIASES = {
    "namespaces": {"828": {"id": 828, "canonical": "Module", "*": "Модул"}},
    "namespacealiases": [{"id": 828, "*": "Я"}, {"id": 828, "*": "А"}, {"id": 10, "*": "Ш"}],
}


def files_of(
    folder: Path, articles: list[tuple[Value, ...]], siteinfo: str = SITEINFO, told: object = None
) -> Files:
    export = folder / "bgwiki-20260101-pages-articles.xml.bz2"
    export.write_bytes(bz2.compress((siteinfo + FOOTER).encode()))
    stats = sql(folder, "site_stats", ["ss_row_id", "ss_good_articles"], articles)
    if told is None:
        return {"text 1": export, "site_stats": stats}
    namespaces = folder / "bgwiki-20260101-siteinfo-namespaces.json.gz"
    namespaces.write_bytes(gzip.compress(json.dumps(told).encode()))
    return {"text 1": export, "site_stats": stats, "siteinfo-namespaces": namespaces}


def test_a_wiki_has_its_language_its_host_and_all_names_of_the_namespace(tmp_path: Path) -> None:
    files = files_of(tmp_path, [(1, 300_000)], told={"query": ALIASES})
    found, counts = read("wiki_sites", files, tmp_path)
    assert found == [
        {
            "wiki_db": "bgwiki",
            "language": "bg",
            "host": "bg.wikipedia.org",
            "articles": 300_000,
            "names": ["А", "Модул", "Я"],
            "is_first_letter": False,
        }
    ]
    assert counts["articles"] == 300_000
    assert hosts_of([tmp_path / "wiki_sites.parquet"]) == {"bgwiki": "bg.wikipedia.org"}


def test_without_the_list_of_namespaces_the_local_name_alone_is_known(tmp_path: Path) -> None:
    siteinfo = SITEINFO.replace("case-sensitive", "first-letter")
    ((row,), _) = read("wiki_sites", files_of(tmp_path, [(1, 5)], siteinfo), tmp_path)
    assert (row["names"], row["is_first_letter"]) == (["Модул"], True)


def test_a_wiki_without_modules_is_a_wiki(tmp_path: Path) -> None:
    namespace = '      <namespace key="828" case="case-sensitive">Модул</namespace>\n'
    siteinfo = SITEINFO.replace(namespace, "")
    ((row,), _) = read("wiki_sites", files_of(tmp_path, [(1, 5)], siteinfo), tmp_path)
    assert (row["host"], row["names"]) == ("bg.wikipedia.org", None)


def test_statistics_in_several_rows_add_up(tmp_path: Path) -> None:
    ((row,), _) = read("wiki_sites", files_of(tmp_path, [(1, 5), (2, 7), (3, None)]), tmp_path)
    assert row["articles"] == 12


@pytest.mark.parametrize("rows", [[], [(1, None)]])
def test_statistics_that_say_nothing_are_an_error(
    tmp_path: Path, rows: list[tuple[Value, ...]]
) -> None:
    with pytest.raises(InputError, match=f"site_stats.sql.gz: {len(rows)} rows, expected one that"):
        read("wiki_sites", files_of(tmp_path, rows), tmp_path)


@pytest.mark.parametrize("lacking", [' xml:lang="bg"', "https://bg.wikipedia.org/wiki/X"])
def test_a_wiki_that_does_not_say_where_it_is_is_an_error(tmp_path: Path, lacking: str) -> None:
    files = files_of(tmp_path, [(1, 5)], SITEINFO.replace(lacking, ""))
    with pytest.raises(InputError, match="lacks the language or the address of the wiki"):
        read("wiki_sites", files, tmp_path)


def test_a_list_of_namespaces_that_is_damaged_is_an_error(tmp_path: Path) -> None:
    files = files_of(tmp_path, [(1, 5)], told={"query": ALIASES})
    whole = files["siteinfo-namespaces"].read_bytes()
    files["siteinfo-namespaces"].write_bytes(whole[:-12])
    with pytest.raises(InputError, match=r"siteinfo-namespaces.json.gz.*cut off"):
        read("wiki_sites", files, tmp_path)
    files["siteinfo-namespaces"].write_bytes(gzip.compress(gzip.decompress(whole)[:-3]))
    with pytest.raises(InputError, match=r"not what a wiki says of its namespaces"):
        read("wiki_sites", files, tmp_path)
