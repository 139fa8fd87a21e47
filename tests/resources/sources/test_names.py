"""The one form of names: examples in many scripts, and that every way to it gives the same."""

import unicodedata
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.sources.names import (
    normalize_file_name,
    normalize_file_names,
    normalize_name,
    normalize_names,
)

PAIRS = [(normalize_name, normalize_names), (normalize_file_name, normalize_file_names)]
Scalar = Callable[[str], str]
Columns = Callable[[pa.Array], pa.Array]

# What trips a normaliser: edges, separators, marks that compose, letters with odd upper cases.
TRAPS = st.sampled_from(
    [
        *"aZ_ \t\n\u00a0\u2003\u3000\u0085:ßŉǰıiſǆǅδаІўыაႠჿᾳᾈⅷⓐ中が가ไ้िक्👍𐐨𖹠",
        *"\u0301\u0307\u0323\u0345\u3099\u1161\u11a8\u1100\u212b",
        *"\U0002f800\u0958\u0f71\u200e\ufeff",
        *("File:", "image :", "FILE"),
    ]
)
TEXTS = st.one_of(st.text(max_size=12), st.lists(TRAPS, max_size=8).map("".join))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Johann Sebastian Bach.jpg", "Johann_Sebastian_Bach.jpg"),
        ("johann.jpg", "Johann.jpg"),
        ("  _ a  b __\t\n", "A__b"),
        ("\u00a0\u3000x\u2028\u0085", "X"),
        ("", ""),
        ("_ _", ""),
        ("42.png", "42.png"),
        ("éclair", "Éclair"),
        ("e\u0301clair", "Éclair"),
        ("Cafe\u0301.jpg", "Café.jpg"),
        ("ангстрем.jpg", "Ангстрем.jpg"),
        ("ёж", "Ёж"),
        ("ἀθήνα", "Ἀθήνα"),
        ("αθήνα", "Αθήνα"),
        ("երևան", "Երևան"),
        ("თბილისი", "თბილისი"),
        ("北京", "北京"),
        ("か\u3099", "が"),
        ("\u1112\u1161\u11ab", "한"),
        ("القاهرة", "القاهرة"),
        ("हिन्दी", "हिन्दी"),
        ("\u0958", "\u0915\u093c"),
        ("\u212bngström", "Ångström"),
        ("𐐨𐐩", "𐐀𐐩"),
        ("👍 yes", "👍_yes"),
    ],
)
def test_names_of_many_scripts_come_to_their_form(text: str, name: str) -> None:
    assert normalize_name(text) == name
    assert normalize_names(pa.array([text])).to_pylist() == [name]


@pytest.mark.parametrize("letter", [*"ßŉǰΐﬁևẖὐᾲⅷⓐǅა\u10ff𖹠", "\u0345"])
def test_a_letter_without_a_single_upper_case_at_wikimedia_stays(letter: str) -> None:
    assert normalize_name(f"{letter}x") == f"{letter}x"


@pytest.mark.parametrize(("letter", "upper"), ["ǆǄ", "ᾳᾼ", "ᾀᾈ", "ÿŸ", "ıI", "ſS", "µΜ"])
def test_a_letter_with_one_upper_case_of_one_letter_takes_it(letter: str, upper: str) -> None:
    assert normalize_name(f"{letter}x") == f"{upper}x"


def test_only_the_first_letter_changes() -> None:
    assert normalize_name("iPhone and iPad.jpg") == "IPhone_and_iPad.jpg"


def test_a_capital_that_composes_with_the_mark_after_it_is_composed() -> None:
    assert normalize_name("i\u0307stanbul") == "\u0130stanbul"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("File:foo bar.jpg", "Foo_bar.jpg"),
        ("image:Foo.jpg", "Foo.jpg"),
        (" FILE : foo.jpg ", "Foo.jpg"),
        ("_iMaGe_:_foo.jpg", "Foo.jpg"),
        ("File:", ""),
        ("File:Image:foo.jpg", "Foo.jpg"),
        ("\u0131mage:Foo.jpg", "Foo.jpg"),
        ("Files:foo.jpg", "Files:foo.jpg"),
        ("A File:foo.jpg", "A_File:foo.jpg"),
        ("Filefoo.jpg", "Filefoo.jpg"),
        ("Datei:foo.jpg", "Datei:foo.jpg"),
        ("foo.jpg", "Foo.jpg"),
    ],
)
def test_the_file_namespace_is_taken_away_from_file_names_only(text: str, name: str) -> None:
    assert normalize_file_name(text) == name
    assert normalize_file_names(pa.array([text])).to_pylist() == [name]
    assert ":" not in text or ":" in normalize_name(text)


@pytest.mark.parametrize("scalar", [normalize_name, normalize_file_name])
@given(text=TEXTS)
def test_a_name_in_form_stays_as_it_is(scalar: Scalar, text: str) -> None:
    name = scalar(text)
    assert scalar(name) == name
    assert name == name.strip().strip("_")
    assert " " not in name
    assert unicodedata.is_normalized("NFC", name)


@pytest.mark.parametrize(("scalar", "columns"), PAIRS)
@given(texts=st.lists(st.one_of(st.none(), TEXTS), max_size=20), data=st.data())
def test_columns_and_single_values_agree(
    scalar: Scalar, columns: Columns, texts: list[str | None], data: st.DataObject
) -> None:
    expected = [text if text is None else scalar(text) for text in texts]
    array = pa.array(texts, pa.string())
    assert columns(array).to_pylist() == expected
    begin = data.draw(st.integers(0, len(texts)))
    end = data.draw(st.integers(begin, len(texts)))
    assert columns(array[begin:end]).to_pylist() == expected[begin:end]
    chunks = pa.chunked_array([array[:begin], array[begin:]], pa.string())
    assert columns(chunks).to_pylist() == expected


@pytest.mark.parametrize(("scalar", "columns"), PAIRS)
@pytest.mark.parametrize("template", ["{}", "A{}", "_{}\u0307"])
def test_columns_and_single_values_agree_on_every_character_but_ideographs(
    scalar: Scalar, columns: Columns, template: str
) -> None:
    points = [*range(0xD800), *range(0xE000, 0x20000), *range(0x2F000, 0x30000)]
    for begin in range(0, len(points), 1000):
        # Small pieces, so that one piece may need no work while another does.
        texts = [template.format(chr(point)) for point in points[begin : begin + 1000]]
        assert columns(pa.array(texts)).to_pylist() == [scalar(text) for text in texts]


def test_a_column_in_form_is_given_back_untouched() -> None:
    column = pa.array(["Berlin", "Łódź", "Ангстрем", "北京", "", None, "თბილისი"])
    assert normalize_names(column) is column


def test_a_column_of_nothing_stays_one() -> None:
    assert normalize_names(pa.array([], pa.string())).to_pylist() == []
    assert normalize_names(pa.array([None, None], pa.string())).to_pylist() == [None, None]
    assert normalize_names(pa.array(["", "_"])).to_pylist() == ["", ""]
    assert normalize_names(pa.chunked_array([], pa.string())).to_pylist() == []


def test_a_value_behind_a_null_is_not_brought_to_light() -> None:
    offsets, text = pa.array(["hidden", "seen"]).buffers()[1:]
    column = pa.Array.from_buffers(pa.string(), 2, [pa.py_buffer(b"\x02"), offsets, text])
    assert normalize_names(column).to_pylist() == [None, "Seen"]


def test_a_column_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match="binary"):
        normalize_names(pa.array([b"a"]))
