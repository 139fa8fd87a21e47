"""Pages of MediaWiki's XML export, with every form that one of them can have."""

from pathlib import Path

import pytest

from resources.errors import InputError
from resources.sources.export.pages import LONGEST_TEXT, ExportedPage, PageReader
from tests.resources.sources.export.exports import FOOTER, SITEINFO, page


def read(*pages: str, size: int = 50) -> list[ExportedPage]:
    """Read a whole export, some bytes at a time."""
    data = (SITEINFO + "".join(pages) + FOOTER).encode()
    pieces = (data[start : start + size] for start in range(0, len(data), size))
    return list(PageReader(Path("x.xml"), 828).read(pieces, is_part=False))


def test_a_page_has_its_title_revision_model_and_text_and_nothing_of_who_wrote_it() -> None:
    (found,) = read(page(5, "Модул:A & B", 'x = "<a>" -- ü'))
    assert found == ExportedPage(
        page_id=5,
        title="Модул:A & B",
        namespace=828,
        revision_id=7,
        timestamp="2026-01-02T03:04:05Z",
        model="Scribunto",
        text='x = "<a>" -- ü',
    )


def test_pages_of_other_namespaces_are_passed_over_however_they_are_called() -> None:
    found = read(page(1, "Модул:No", namespace=0), page(2, "Модул:Yes"), page(3, "X", namespace=10))
    assert [each.page_id for each in found] == [2]


def test_redirects_deleted_and_empty_texts_are_told_apart() -> None:
    found = read(
        page(1, "Модул:R", more='<redirect title="Модул:S" />'),
        page(2, "Модул:D", "", attributes=' deleted="deleted"'),
        page(3, "Модул:E", ""),
    )
    assert [(each.is_redirect, each.text) for each in found] == [
        (True, "return {}"),
        (False, None),
        (False, ""),
    ]


def test_a_further_slot_changes_nothing_of_the_main_one() -> None:
    slot = (
        "<content><role>doc</role><origin>3</origin><model>wikitext</model>"
        "<text>other</text></content>"
    )
    (found,) = read(page(1, "Модул:S", slots=slot))
    assert (found.model, found.text) == ("Scribunto", "return {}")


def test_of_two_revisions_of_a_page_the_higher_one_counts() -> None:
    one = page(1, "Модул:A", "new", revision=9)
    older = one.replace("<id>9</id>", "<id>8</id>").replace("new", "old")
    revision = older[older.index("    <revision>") : older.index("  </page>")]
    both = one.replace("  </page>", f"{revision}  </page>")
    assert [(each.revision_id, each.text) for each in read(both)] == [(9, "new")]


def test_a_text_of_ten_megabytes_is_left_out_and_said_to_be_too_long() -> None:
    long, short = read(
        page(1, "Модул:L", "x" * 10_000_000), page(2, "Модул:S", "y" * LONGEST_TEXT), size=1 << 16
    )
    assert (long.text, long.is_too_long) == (None, True)
    assert (len(short.text or ""), short.is_too_long) == (LONGEST_TEXT, False)


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (f"{BOMB}<mediawiki><page>&b;</page></mediawiki>", "it declares a document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><mediawiki/>', "it declares a document type"),
        ("<mediawiki><page>&other;</page></mediawiki>", "no whole XML: undefined entity"),
        ("<mediawiki><page>", "no whole XML"),
        ("<mediawiki><page>\0</page></mediawiki>", "no whole XML: not well-formed"),
        ("<mediawiki><page><ns>x</ns></page></mediawiki>", "<ns> is 'x', expected a whole number"),
        (
            "<mediawiki><page><ns>828</ns><id>1</id></page></mediawiki>",
            "a page without an id or a title",
        ),
        (
            "<mediawiki><page><title>M:A</title><ns>828</ns><id>5000000000</id></page></mediawiki>",
            "5000000000 is the id of no page of a wiki",
        ),
        (
            "<mediawiki><page><title>M:A</title><ns>828</ns><id>-5</id></page></mediawiki>",
            "-5 is the id of no page of a wiki",
        ),
        (
            "<mediawiki><page><id>9999999999999999999</id></page></mediawiki>",
            "<id> is '9999999999999999999', expected a whole number",
        ),
    ],
)
def test_what_is_no_export_is_refused_with_the_file(data: str, problem: str) -> None:
    with pytest.raises(InputError, match=f"x.xml.*: {problem}"):
        list(PageReader(Path("x.xml"), 828).read([data.encode()], is_part=False))
