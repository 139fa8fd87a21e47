"""Of a multistream export only the streams that hold a page of the namespace are decompressed."""

import bz2
from pathlib import Path

import pytest

from resources.errors import InputError
from resources.sources.export import multistream
from resources.sources.export.multistream import Multistream, Part
from resources.sources.export.siteinfo import Namespace, read_siteinfo
from tests.resources.sources.export.exports import FOOTER, SITEINFO, page, stream_of, write_part

STREAMS = [
    stream_of((1, "Модул"), (2, "A:Модул:B")),
    stream_of((3, "Модул:One: two"), (4, "Other")),
    stream_of((5, "Nothing here")),
    stream_of((6, "Модул:Three"), (7, "Модул:Four")),
]


def read(*parts: Part) -> tuple[list[int], Multistream]:
    found = Multistream(parts, 828)
    return [each.page_id for each in found], found


def test_the_wiki_and_its_namespaces_are_read_from_the_first_stream(tmp_path: Path) -> None:
    siteinfo = Multistream([write_part(tmp_path, STREAMS)], 828).siteinfo
    assert (siteinfo.wiki_db, siteinfo.language, siteinfo.host) == (
        "bgwiki",
        "bg",
        "bg.wikipedia.org",
    )
    assert siteinfo.namespaces[828] == Namespace("Модул", is_case_sensitive=True)
    assert siteinfo.namespaces[0] == Namespace("", is_case_sensitive=False)


def test_only_streams_that_hold_a_module_are_decompressed(tmp_path: Path) -> None:
    part = write_part(tmp_path, STREAMS)
    passed: list[int] = []
    found = Multistream([part], 828, passed.append)
    assert [each.page_id for each in found] == [3, 6, 7]
    held = sum(len("".join(xml for *_, xml in STREAMS[n]).encode()) for n in (1, 3))
    assert (found.counts.streams, found.counts.bytes) == (2, held)
    assert (found.counts.listed, found.counts.pages, found.counts.missing) == (3, 3, 0)
    assert sum(passed) == part.dump.stat().st_size + part.index.stat().st_size


def test_several_parts_are_read_one_after_the_other(tmp_path: Path) -> None:
    folders = [tmp_path / "1", tmp_path / "2"]
    for folder in folders:
        folder.mkdir()
    parts = [write_part(folders[0], STREAMS[:2]), write_part(folders[1], STREAMS[2:])]
    assert read(*parts)[0] == [3, 6, 7]


def test_a_title_that_the_stream_lacks_is_counted_and_named(tmp_path: Path) -> None:
    lacking = [*STREAMS[1], (9, "Модул:Gone", "")]
    ids, found = read(write_part(tmp_path, [lacking]))
    assert ids == [3]
    assert (found.counts.missing, found.counts.examples) == (1, ["Модул:Gone"])


def test_a_wiki_without_the_namespace_has_no_page(tmp_path: Path) -> None:
    part = write_part(tmp_path, STREAMS)
    plain = SITEINFO.replace(
        '      <namespace key="828" case="case-sensitive">Модул</namespace>\n', ""
    )
    part.dump.write_bytes(bz2.compress(plain.encode()) + bz2.compress(FOOTER.encode()))
    assert read(part)[0] == []


def test_an_index_of_another_date_is_refused(tmp_path: Path) -> None:
    part, other = write_part(tmp_path, STREAMS), write_part(tmp_path, STREAMS, date="20260201")
    with pytest.raises(InputError, match=r"it is of 20260201, and bgwiki-20260101.*of one date"):
        read(Part(part.dump, other.index))


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda data: data[:-60] + b"x" * 60, r"byte \d+: "),
        (lambda data: data[: len(data) - len(bz2.compress(FOOTER.encode())) - 20], "cut off"),
        (lambda data: bz2.compress(SITEINFO.encode() + b" " * 9999) + data, "no bz2 stream begins"),
    ],
)
def test_a_stream_that_is_none_or_cut_off_is_named_by_its_place(
    tmp_path: Path, damage: object, problem: str
) -> None:
    part = write_part(tmp_path, STREAMS)
    part.dump.write_bytes(damage(part.dump.read_bytes()))  # type: ignore[operator]
    with pytest.raises(InputError, match=problem):
        read(part)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<mediawiki><page></page>", "does not begin with a <siteinfo>"),
        ("<!DOCTYPE a><mediawiki>", "declares a document type"),
        ("<mediawiki><<", "no XML"),
    ],
)
def test_an_export_without_siteinfo_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_siteinfo(Path("x.xml"), [text.encode()])


def test_an_index_that_is_none_is_refused_by_its_first_line(tmp_path: Path) -> None:
    part = write_part(tmp_path, [[(3, "Модул:A", page(3, "Модул:A"))]])
    part.index.write_bytes(bz2.compress(b"<html>not found</html>\n"))
    with pytest.raises(InputError, match="line 1: the line is b'<html>not"):
        read(part)


def test_a_damaged_line_is_refused_wherever_it_stands(tmp_path: Path) -> None:
    part = write_part(tmp_path, STREAMS)
    lines = bz2.decompress(part.index.read_bytes()).splitlines(keepends=True)
    lines[3] = lines[3].replace(b":", b"x:", 1)
    part.index.write_bytes(bz2.compress(b"".join(lines)))
    with pytest.raises(InputError, match="line 4: the line is"):
        read(part)


def test_lines_are_counted_over_the_pieces_in_which_an_index_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = write_part(tmp_path, STREAMS)
    lines = bz2.decompress(part.index.read_bytes())
    for size in (1, 7, 64):
        monkeypatch.setattr(multistream, "_PIECE_BYTES", size)
        part.index.write_bytes(bz2.compress(lines))
        assert read(part)[0] == [3, 6, 7]
        part.index.write_bytes(bz2.compress(lines + b"no line"))
        with pytest.raises(InputError, match="line 8: the line is b'no line'"):
            read(part)


def test_an_empty_index_is_refused_where_the_export_has_pages(tmp_path: Path) -> None:
    part = write_part(tmp_path, STREAMS)
    part.index.write_bytes(bz2.compress(b""))
    with pytest.raises(InputError, match=r"it is empty, and bgwiki-.* has pages"):
        read(part)
    part.dump.write_bytes(bz2.compress(SITEINFO.encode()) + bz2.compress(FOOTER.encode()))
    assert read(part)[0] == []
