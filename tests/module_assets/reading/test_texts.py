"""The modules of an export: which pages are, what they are called, and the form of their text."""

import bz2
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from module_assets.reading import texts
from module_assets.reading.jobs import Files
from module_assets.reading.texts import WHITE_SPACE, as_text
from resources.errors import InputError
from resources.sources.reading import Counts
from tests.module_assets.reading.read import Rows, read
from tests.resources.sources.export.exports import FOOTER, SITEINFO, page, write_part

DELETED = ' deleted="deleted"'


def plain(folder: Path, *exports: Sequence[str], siteinfo: str = SITEINFO) -> Files:
    """Write exports without an index."""
    files = {}
    for number, pages in enumerate(exports, 1):
        path = folder / f"bgwiki-2026-01-01-p{number}p{number}.xml.bz2"
        path.write_bytes(bz2.compress((siteinfo + "".join(pages) + FOOTER).encode()))
        files[f"text {number}"] = path
    return files


def modules(folder: Path, *exports: Sequence[str], **options: str) -> tuple[Rows, Counts]:
    return read("exported_modules", plain(folder, *exports, **options), folder)


def test_a_module_has_its_revision_its_time_its_bytes_and_its_text(tmp_path: Path) -> None:
    exported = page(5, "Модул:A", "-- ü", revision=9, more='<redirect title="Модул:B" />')
    found, _ = modules(tmp_path, [exported])
    assert found == [
        {
            "wiki_db": "bgwiki",
            "page_id": 5,
            "title": "A",
            "revision_id": 9,
            "revised_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "bytes": 5,
            "is_redirect": True,
            "text": "-- ü",
        }
    ]


@pytest.mark.parametrize(
    ("exported", "sensitive", "capital"),
    [
        ("Модул:one: two / three", "one:_two_/_three", "One:_two_/_three"),
        ("Модул:e\u0301a", "éa", "Éa"),
        ("Модул:тест", "тест", "Тест"),
        ("Модул:Модул:A", "Модул:A", "Модул:A"),
    ],
)
def test_a_title_is_without_namespace_and_begins_as_its_wiki_has_it(
    tmp_path: Path, exported: str, sensitive: str, capital: str
) -> None:
    pages = [page(1, exported)]
    (row,), _ = modules(tmp_path, pages)
    assert row["title"] == sensitive
    first_letter = SITEINFO.replace("case-sensitive", "first-letter")
    (row,), _ = modules(tmp_path, pages, siteinfo=first_letter)
    assert row["title"] == capital


@pytest.mark.parametrize(
    ("exported", "text"),
    [
        ("a\r\nb\rc\n", "a\nb\nc"),
        ("\ufeff\ufeffa \ufeff", "a \ufeff"),
        (" \n\ta \t\v\f\r\n", " \n\ta"),
        ("a\xa0", "a\xa0"),
        (" \r\n", ""),
        ("\ufeff", ""),
    ],
)
def test_a_text_has_one_kind_of_line_end_and_nothing_around_it(exported: str, text: str) -> None:
    assert as_text(exported) == text


@given(st.text(alphabet=st.sampled_from(f"a{WHITE_SPACE}\r\ufeff\xa0")))
def test_what_has_the_form_of_a_text_keeps_it(exported: str) -> None:
    text = as_text(exported)
    assert as_text(text) == text
    assert "\r" not in text
    assert text.split() == exported.lstrip("\ufeff").split()


def test_a_carriage_return_is_a_line_end_where_the_export_can_hold_it(tmp_path: Path) -> None:
    exported = page(1, "Модул:A", "a#13b#13\nc").replace("#13", "&#13;")
    (row,), _ = modules(tmp_path, [exported])
    assert (row["text"], row["bytes"]) == ("a\nb\nc", 6)


def test_a_character_that_no_xml_has_is_an_error(tmp_path: Path) -> None:
    exported = page(1, "Модул:A", "a#0b").replace("#0", "&#0;")
    with pytest.raises(InputError, match="no whole XML: reference to invalid character number"):
        modules(tmp_path, [exported])
    assert not [*tmp_path.glob("*.parquet")]


def test_what_is_no_module_is_counted_by_its_kind(tmp_path: Path) -> None:
    slot = "<content><role>doc</role><model>wikitext</model><text>other</text></content>"
    exported = [
        page(1, "Модул:A", slots=slot),
        page(2, "Модул:A/doc", model="wikitext"),
        page(3, "Модул:A/s.css", model="sanitized-css"),
        page(4, "Модул:D", "", attributes=DELETED),
        page(5, "Модул:E", ""),
        page(6, "Модул:W", " \n"),
        page(7, "Модул:L", "x" * 10_000_000),
        page(8, "Модул:A", namespace=0),
    ]
    found, counts = modules(tmp_path, exported)
    assert [(row["page_id"], row["text"]) for row in found] == [(1, "return {}"), (5, ""), (6, "")]
    assert {name: counts[name] for name in list(counts)[3:10]} == {
        "pages of the namespace": 7,
        "pages that are there twice": 0,
        "modules": 3,
        "modules with an empty text": 2,
        "pages of other content models": 2,
        "deleted texts": 1,
        "texts that are too long": 1,
    }


@pytest.mark.parametrize("rows", [1, 1 << 12])
def test_of_a_page_twice_the_higher_revision_counts_wherever_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(texts, "_BATCH_ROWS", rows)
    monkeypatch.setattr(texts, "_READ_ROWS", 2)

    def module(page_id: int, revision: int, **options: Any) -> str:
        return page(page_id, f"Модул:P{page_id}", f"r{revision}", revision=revision, **options)

    first = [module(1, 10), module(2, 21), module(3, 30), module(4, 40), module(5, 50)]
    second = [
        *(module(6, 60), module(1, 11), module(2, 20), module(3, 31, attributes=DELETED)),
        *(module(4, 41, model="wikitext"), module(1, 12), module(5, 49, model="wikitext")),
    ]
    found, counts = modules(tmp_path, first, second)
    texts_by_page = [(row["page_id"], row["text"]) for row in found]
    assert texts_by_page == [(2, "r21"), (5, "r50"), (6, "r60"), (1, "r12")]
    assert (counts["pages that are there twice"], counts["modules"]) == (6, 4)
    assert (counts["deleted texts"], counts["pages of other content models"]) == (1, 1)
    assert [path.name for path in tmp_path.iterdir() if "parquet" in path.name] == [
        "exported_modules.parquet"
    ]


def test_many_texts_are_written_in_groups_as_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "_BATCH_CHARACTERS", 1000)
    monkeypatch.setattr(texts, "_READ_ROWS", 10)
    monkeypatch.setattr(texts, "_GROUP_BYTES", 4000)
    pages = [page(number, f"Модул:P{number}", "x" * 400) for number in range(1, 100)]
    found, _ = modules(tmp_path, [*pages, page(7, "Модул:P7", "new", revision=8)])
    assert [row["page_id"] for row in found] == [*range(1, 7), *range(8, 100), 7]
    assert pq.ParquetFile(tmp_path / "exported_modules.parquet").num_row_groups > 5


def test_a_revision_without_a_time_is_kept_and_counted(tmp_path: Path) -> None:
    exported = page(1, "Модул:A").replace("2026-01-02T03:04:05Z", "never")
    (row,), counts = modules(tmp_path, [exported])
    assert (row["revised_at"], counts["revisions without a time"]) == (None, 1)


def test_a_wiki_without_modules_has_a_file_without_rows(tmp_path: Path) -> None:
    namespace = '      <namespace key="828" case="case-sensitive">Модул</namespace>\n'
    exported = [page(1, "Модул:A", namespace=0)]
    found, counts = modules(tmp_path, exported, siteinfo=SITEINFO.replace(namespace, ""))
    assert (found, counts["modules"]) == ([], 0)


def test_an_export_of_another_wiki_is_refused(tmp_path: Path) -> None:
    files = plain(tmp_path, [page(1, "Модул:A")])
    with pytest.raises(InputError, match="it is an export of bgwiki, expected one of ptwiki"):
        read("exported_modules", files, tmp_path, "ptwiki")


def test_an_export_without_siteinfo_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not begin with a <siteinfo>"):
        modules(tmp_path, [page(1, "Модул:A")], siteinfo="<mediawiki>\n")


def test_titles_of_the_index_that_their_stream_lacks_are_counted_and_named(tmp_path: Path) -> None:
    streams = [[(3, "Модул:A", page(3, "Модул:A")), (9, "Модул:Gone", "")]]
    part = write_part(tmp_path, streams)
    files = {"text 1": part.dump, "index 1": part.index}
    found, counts = read("exported_modules", files, tmp_path)
    assert [row["title"] for row in found] == ["A"]
    assert {name: counts[name] for name in list(counts)[:3]} == {
        "titles in the index": 2,
        "titles that their stream lacks": 1,
        "of these": ["Модул:Gone"],
    }


def test_of_a_stream_that_is_cut_off_nothing_is_left(tmp_path: Path) -> None:
    part = write_part(tmp_path, [[(3, "Модул:A", page(3, "Модул:A"))]])
    data = part.dump.read_bytes()
    part.dump.write_bytes(data[: len(data) - len(bz2.compress(FOOTER.encode())) - 20])
    with pytest.raises(InputError, match="cut off"):
        read("exported_modules", {"text 1": part.dump, "index 1": part.index}, tmp_path)
    assert not [*tmp_path.glob("*parquet*")]
