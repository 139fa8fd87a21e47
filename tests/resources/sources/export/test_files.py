"""Of all the files of a wiki's export one whole set is read, or the file that it lacks is named."""

import pytest

from resources.errors import InputError
from resources.sources.export.files import (
    ExportFiles,
    content_current,
    multistream,
    plain,
)
from resources.sources.sums import sha256_sums

STEM = "bgwiki-20260101"
MULTI = f"{STEM}-pages-articles-multistream"
WHOLE = [f"{MULTI}.xml.bz2", f"{MULTI}-index.txt.bz2"]
RANGES = ("1", "p1p90"), ("2", "p91p200"), ("2", "p201p1000"), ("3", "p1001p1002")
DUMPS = [f"{MULTI}{number}.xml-{pages}.bz2" for number, pages in RANGES]
INDEXES = [f"{MULTI}-index{number}.txt-{pages}.bz2" for number, pages in RANGES]
OTHERS = [
    f"{STEM}-pages-articles-multistream1.xml-p1p90.bz2.tmp",
    f"{STEM}-pages-articles-multistream.xml.bz2-rss.xml",
    f"{STEM}-page.sql.gz",
    "enwiki-20260101-pages-articles-multistream.xml.bz2",
]


def test_the_whole_is_read_with_its_index_and_parts_beside_it_are_not() -> None:
    whole = ExportFiles((WHOLE[0],), (WHOLE[1],))
    assert multistream(MULTI, [*WHOLE, *OTHERS]) == whole
    assert multistream(MULTI, [*WHOLE, *DUMPS, *INDEXES]) == whole


def test_parts_are_read_in_the_order_of_their_pages() -> None:
    parts = ExportFiles(tuple(DUMPS), tuple(INDEXES))
    assert multistream(MULTI, [*reversed(DUMPS), *OTHERS, *INDEXES]) == parts
    # The whole without its index is of no use.
    assert multistream(MULTI, [*DUMPS, *INDEXES, WHOLE[0]]) == parts


def test_parts_that_lack_their_indexes_are_no_harm_beside_the_whole() -> None:
    assert multistream(MULTI, [*WHOLE, *DUMPS]) == ExportFiles((WHOLE[0],), (WHOLE[1],))


def test_parts_may_have_numbers_alone() -> None:
    names = [f"{STEM}-pages-articles{number}.xml.bz2" for number in (1, 2, 3)]
    assert plain(STEM, names) == ExportFiles(tuple(names))


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ([WHOLE[0]], WHOLE[1]),
        ([WHOLE[1]], WHOLE[0]),
        ([*DUMPS, *INDEXES[1:]], INDEXES[0]),
        ([*DUMPS[:-1], *INDEXES], DUMPS[-1]),
    ],
)
def test_a_part_or_an_index_that_is_missing_is_named(there: list[str], missing: str) -> None:
    with pytest.raises(InputError) as raised:
        multistream(MULTI, there)
    assert raised.value.path == missing


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        (["1.xml-p1p90", "2.xml-p201p300"], "no part of it has the pages 91 to 200"),
        (["2.xml-p91p200"], "no part of it has the pages 1 to 90"),
        (["1.xml-p1p90", "2.xml-p51p200"], "two parts of it have the pages 51 to 90"),
        (["1.xml", "3.xml"], "there is no part 2 of it"),
    ],
)
def test_a_part_that_is_missing_between_others_is_told(parts: list[str], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        plain(STEM, [f"{STEM}-pages-articles{part}.bz2" for part in parts])


def test_of_plain_exports_the_smaller_one_is_read() -> None:
    articles, meta = (f"{STEM}-pages-{kind}.xml.bz2" for kind in ("articles", "meta-current"))
    assert plain(STEM, [meta, articles, *OTHERS]) == ExportFiles((articles,))
    assert plain(STEM, [meta]) == ExportFiles((meta,))
    assert plain(STEM, OTHERS) is None


CURRENT = [f"bgwiki-2026-01-01-{pages}.xml.bz2" for pages in ("p5p900", "p902p1000", "p1007p9999")]
SUMS = sha256_sums("".join(f"{'aB' * 32}  {name}\n" for name in CURRENT))


def test_current_content_is_read_when_it_says_that_it_is_whole_whatever_ids_are_between() -> None:
    names = [*reversed(CURRENT), "SHA256SUMS"]
    assert content_current(names, SUMS) is None
    assert content_current([*names, "_SUCCESS"], SUMS) == ExportFiles(tuple(CURRENT))
    assert content_current(["_SUCCESS"], {}) is None
    assert SUMS[CURRENT[0]] == "ab" * 32


def test_a_file_of_the_current_content_that_only_its_sums_name_is_missing() -> None:
    with pytest.raises(
        InputError, match=r"p902p1000\.xml\.bz2: it is not there, though SHA256SUMS"
    ):
        content_current([CURRENT[0], CURRENT[2], "_SUCCESS"], SUMS)
