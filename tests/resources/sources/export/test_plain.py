"""Exports without an index: every namespace in one stream, of which one namespace is read."""

import bz2
import gzip
import json
from pathlib import Path

import pytest

from resources.errors import InputError
from resources.sources.export.plain import PlainExport
from resources.sources.export.siteinfo import read_names
from tests.resources.sources.export.exports import FOOTER, SITEINFO, page


def write(folder: Path, name: str, *pages: str) -> Path:
    path = folder / f"bgwiki-2026-01-01-{name}.xml.bz2"
    path.write_bytes(bz2.compress((SITEINFO + "".join(pages) + FOOTER).encode()))
    return path


def test_the_pages_of_the_namespace_are_read_from_all_files(tmp_path: Path) -> None:
    first = write(tmp_path, "p1p5", page(1, "A", namespace=0), page(2, "Модул:B"))
    second = write(tmp_path, "p6p9", page(6, "Модул:C", model="sanitized-css"), page(7, "Модул:D"))
    passed: list[int] = []
    found = PlainExport([first, second], 828, passed.append)
    assert found.siteinfo.wiki_db == "bgwiki"
    assert [(each.page_id, each.model) for each in found] == [
        (2, "Scribunto"),
        (6, "sanitized-css"),
        (7, "Scribunto"),
    ]
    assert found.counts.pages == 3
    held = sum(len(bz2.decompress(each.read_bytes())) for each in (first, second))
    assert found.counts.bytes == held
    assert sum(passed) == first.stat().st_size + second.stat().st_size


def test_an_export_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "p1p5", page(2, "Модул:B"))
    path.write_bytes(bz2.compress(bz2.decompress(path.read_bytes())[:-5]))
    with pytest.raises(InputError, match=r"p1p5.xml.bz2.*no whole XML"):
        list(PlainExport([path], 828))


def siteinfo(folder: Path, told: object) -> Path:
    path = folder / "bgwiki-20260101-siteinfo-namespaces.json.gz"
    path.write_bytes(gzip.compress(json.dumps(told).encode()))
    return path


@pytest.mark.parametrize(("name", "alias"), [("*", "*"), ("name", "alias")])
def test_a_namespace_has_its_local_name_and_aliases_and_not_what_all_wikis_call_it(
    tmp_path: Path, name: str, alias: str
) -> None:
    modules = {"id": 828, "case": "first-letter", "canonical": "Module", name: "Модул"}
    query = {
        "general": {"lang": "bg"},
        "namespaces": {"0": {"id": 0, name: "", "content": True}, "828": modules},
        "namespacealiases": [{"id": 828, alias: "М"}, {"id": 10, alias: "Ш"}],
    }
    path = siteinfo(tmp_path, {"query": query})
    assert read_names(path, 828) == {"Модул", "М"}
    assert read_names(path, 8) == set()


@pytest.mark.parametrize("told", [[], {"query": {}}, {"query": {"namespaces": {"828": {}}}}])
def test_what_says_nothing_of_namespaces_is_refused(tmp_path: Path, told: object) -> None:
    with pytest.raises(InputError, match=r"namespaces.json.gz: not what a wiki says"):
        read_names(siteinfo(tmp_path, told), 828)
