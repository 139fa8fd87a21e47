"""Lines of JSON: what is taken for a line with an object, and that nothing broken goes unseen."""

import bz2
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import InputError
from resources.sources import json_lines
from resources.sources.json_lines import JsonLines


class Thing(msgspec.Struct):
    id: str
    more: list[int] = []


def read(path: Path, *, array: bool = True) -> list[str]:
    return [thing.id for thing in JsonLines(path, Thing, array=array)]


def read_text(folder: Path, text: str | bytes, *, array: bool = True) -> list[str]:
    path = folder / "things.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path, array=array)


@pytest.mark.parametrize(
    "text",
    [
        '[\n{"id":"a"},\n{"id":"b"}\n]\n',
        '[\n{"id":"a"},\n{"id":"b"},\n]',
        '[{"id":"a"},\n{"id":"b"}]',
        '[ {"id":"a"} ,\n {"id":"b"} ]',
        '[\r\n{"id":"a"},\r\n{"id":"b"}\r\n]\r\n',
        '{"id":"a"}\n{"id":"b"}\n',
        '{"id":"a"}\r\n{"id":"b"}',
        '{"id":"a"},\n{"id":"b"},\n',
        '\n\n[\n\n{"id":"a"},\n \t\n{"id":"b"}\n\n]\n\n',
        '{"id":"a"},\n{"id":"b"}\n]\n',
        '[\n{"id":"a"},\n{"id":"b"}\n',
        '\n{"id":"a"},\n{"id":"b"}',
        '{"other":{"id":["x"]},"id":"a","更":"中"}\n{"id":"b"}\n',
        '{"id":"a"}\n,\n{"id":"b"}\n',
        '[\n,\n{"id":"a"},\n , \r\n{"id":"b"}\n,\n]\n',
        '\ufeff[\n{"id":"a"},\n{"id":"b"}\n]\n',
        '\ufeff{"id":"a"}\n{"id":"b"}\n',
    ],
)
def test_brackets_commas_and_blank_lines_may_be_there_or_not(tmp_path: Path, text: str) -> None:
    assert read_text(tmp_path, text) == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    ["[\n]\n", "[]", "[\r\n\r\n]", "\n", "[", "]", " [ \n ] ", "[\n,\n]\n", "\ufeff", "\ufeff[,]"],
)
def test_a_file_of_brackets_alone_has_nothing(tmp_path: Path, text: str) -> None:
    assert read_text(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[\n{"id":"a"},\n{"id":"b","x":\n]\n', 3),
        ('[\n{"id":"a"},{"id":"b"},\n]\n', 2),
        ('{"id":"a"} {"id":"b"}\n', 1),
        ('[{"id":"a"},{"id":"b"}]', 1),
        ('{"id":"a"},,\n', 1),
        (',{"id":"a"}\n', 1),
        ('{"id":"a"}\n,,\n', 2),
        ('{"id":"a"}\n[\n{"id":"b"}\n]\n', 2),
        ('[\n[\n{"id":"a"}\n', 2),
        ('[\n{"id":"a"}\n]\n{"id":"b"}\n', 4),
        ('[\n{"id":"a"}\n]\n\n[\n{"id":"b"}\n]\n', 5),
        ('[\n{"id":"a"}\n]]\n', 3),
        ('{\n"id":"a"\n}\n', 1),
        ('{"id":"a"}\nnull\n', 2),
        ('{"id":"a"}\n"b"\n', 2),
        ('{"id":"a"}\n{"id":7}\n', 2),
        ('{"id":"a"}\n{}\n', 2),
        ('{"id":"a","x":[1,]}\n', 1),
        ('{"id":"a","x":"\t"}\n', 1),
        ('{"id":"a","x":NaN}\n', 1),
        ("{'id':'a'}\n", 1),
        ("\n\n<html>\n", 3),
        ('{"id":"a"}\n{"id":"b"' + "[" * 5000 + "\n", 2),
        ('{"id":"a"}\n{"id":"b","x":' + "[" * 5000 + "]" * 5000 + "}\n", 2),
        ('{"id":"a"}\n\x00\x00\x00', 2),
    ],
)
def test_a_line_that_is_not_one_whole_object_is_named(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(InputError) as caught:
        read_text(tmp_path, text)
    assert caught.value.where == f"line {line}"
    assert str(tmp_path / "things.json") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("field", ['"id":"b\xff"', '"id":"b","x":"\xc3"', '"id":"b","\xe9":1'])
def test_bytes_that_are_not_utf8_are_found_also_where_nothing_is_read(
    tmp_path: Path, field: str
) -> None:
    text = b'{"id":"\xc3\xa4"}\n\n{%b}\n{"id":"c"}\n' % field.encode("latin-1")
    with pytest.raises(InputError, match="UTF-8") as caught:
        read_text(tmp_path, text)
    assert caught.value.where == "line 3"


@pytest.mark.parametrize("text", ['[\n{"id":"a"}\n]\n', '{"id":"a"},\n{"id":"b"}\n', "[]"])
def test_brackets_and_commas_are_wrong_where_there_is_no_array(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_text(tmp_path, text, array=False)
    assert caught.value.where == "line 1"


def test_objects_that_are_not_as_expected_may_be_taken_by_somebody_else(tmp_path: Path) -> None:
    path = tmp_path / "things.json"
    path.write_text('{"id":"a"}\n{"id":7}\n{"id":"b","more":"x"}\n{"id":"c"}\n')
    others: list[tuple[int, bytes]] = []
    lines: JsonLines[Thing] = JsonLines(
        path, Thing, array=True, on_other=lambda line, _: others.append((lines.line, line))
    )
    assert [thing.id for thing in lines] == ["a", "c"]
    assert others == [(2, b'{"id":7}'), (3, b'{"id":"b","more":"x"}')]
    path.write_text('{"id":7,"x":\n')
    with pytest.raises(InputError, match="whole JSON object"):
        list(JsonLines(path, Thing, array=True, on_other=lambda *_: None))


def test_lines_and_bytes_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "things.json.gz"
    text = b'[\n{"id":"a"},\n\n{"id":"b"}\n]\n'
    path.write_bytes(gzip.compress(text))
    stored: list[int] = []
    lines = JsonLines(path, Thing, array=True, on_bytes=stored.append)
    assert [(thing.id, lines.line) for thing in lines] == [("a", 2), ("b", 4)]
    assert lines.json_bytes == len(text)
    assert sum(stored) == path.stat().st_size


def test_an_object_larger_than_the_blocks_is_read(tmp_path: Path) -> None:
    things = [{"id": "a"}, {"id": "b", "x": "y" * 5_000_000}, {"id": "c"}]
    assert read_text(tmp_path, ",\n".join(map(json.dumps, things))) == ["a", "b", "c"]


def test_a_file_without_line_ends_is_not_read_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_lines, "LONGEST_LINE", 1 << 20)
    with pytest.raises(InputError, match="without a line end") as caught:
        read_text(tmp_path, b'{"id":"a"}\n' + b" " * (1 << 22))
    assert caught.value.where == "line 2"


THINGS = st.lists(
    st.builds(
        lambda name, more: {"id": name, "more": more},
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        st.lists(st.integers(0, 9), max_size=9),
    ),
    max_size=8,
)
ENDS = st.sampled_from(["\n", "\r\n", "\n\n", "\n \n"])


@given(
    things=THINGS,
    end=ENDS,
    brackets=st.booleans(),
    comma=st.booleans(),
    ascii_only=st.booleans(),
    block=st.integers(1, 100),
)
def test_every_object_is_read_wherever_blocks_begin_and_end(
    tmp_path_factory: pytest.TempPathFactory,
    things: list[dict[str, object]],
    end: str,
    brackets: bool,
    comma: bool,
    ascii_only: bool,
    block: int,
) -> None:
    lines = [json.dumps(thing, ensure_ascii=ascii_only) for thing in things]
    text = f"{',' if comma else ''}{end}".join(lines)
    text = f"[{end}{text}{end}]{end}" if brackets else f"{end}{text}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lines, "BLOCK_BYTES", block)
        found = read_text(tmp_path_factory.getbasetemp(), text)
    assert found == [thing["id"] for thing in things]


PACKERS: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress}
WHOLE = '[\n{"id":"ä"},\n\n{"id":"b","more":[1,2]},\n{"id":"c"}\n]\n'.encode()


@pytest.mark.parametrize("ending", PACKERS)
def test_a_compressed_file_cut_off_anywhere_is_an_error(tmp_path: Path, ending: str) -> None:
    packed = PACKERS[ending](WHOLE)
    path = tmp_path / f"things.json{ending}"
    path.write_bytes(packed)
    assert read(path) == ["ä", "b", "c"]
    for size in range(len(packed)):
        path.write_bytes(packed[:size])
        with pytest.raises(InputError):
            read(path)


def test_a_plain_file_cut_off_is_an_error_but_at_the_end_of_an_object(tmp_path: Path) -> None:
    ends = {WHOLE.index(part) + len(part) for part in (b'"\xc3\xa4"}', b"2]}", b'"c"}', b"]\n")}
    for size in range(1, len(WHOLE) + 1):
        cut = WHOLE[:size]
        last_line = cut.split(b"\n")[-1]
        if last_line in (b"", b"[", b"]") or last_line.endswith(b"},") or size in ends:
            assert read_text(tmp_path, cut) == ["ä", "b", "c"][: cut.count(b"}")]
        else:
            with pytest.raises(InputError):
                read_text(tmp_path, cut)


def test_a_file_of_no_bytes_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="empty"):
        read_text(tmp_path, "")
