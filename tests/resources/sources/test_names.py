"""The one form of names: examples in many scripts, and that every way to it gives the same."""

import unicodedata
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.sources.names import (
    normalize_by_namespace,
    normalize_name,
    normalize_names,
    normalize_title,
    normalize_titles,
    normalize_typed_name,
    normalize_typed_names,
    with_capital,
)

PAIRS = [
    (normalize_name, normalize_names),
    (normalize_typed_name, normalize_typed_names),
    (normalize_title, normalize_titles),
]
Scalar = Callable[[str], str]
Columns = Callable[[pa.Array], pa.Array]

# What trips a normaliser: edges, separators, marks that compose, letters with odd upper cases.
TRAPS = st.sampled_from(
    [
        *"aZ_ \t\n\u00a0\u2003\u3000\u0085:ßŉǰıiſǆǅδаІўыაႠჿᾳᾈⅷⓐ中が가ไ้िक्👍𐐨𖹠",
        *"\u0301\u0307\u0323\u0345\u3099\u1161\u11a8\u1100\u212b",
        *"\U0002f800\u0958\u0f71\ufeff",
        *"\u1680\u180e\u2000\u2001\u200a\u200b\u2028\u2029\u202f\u205f",
        *"\u200d\u200e\u200f\u202a\u202e\u2066",
        *("File:", "image :", "FILE", "__", "Category:", "category_:"),
    ]
)
TEXTS = st.one_of(st.text(max_size=12), st.lists(TRAPS, max_size=8).map("".join))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Johann Sebastian Bach.jpg", "Johann_Sebastian_Bach.jpg"),
        ("johann.jpg", "Johann.jpg"),
        ("  _ a  b __", "A_b"),
        ("Two__blanks _.jpg", "Two_blanks_.jpg"),
        ("\u00a0\u3000x\u2028\u1680", "X"),
        ("a\u00a0b\u2009c\u3000 d", "A_b_c_d"),
        ("\u180ea\u2000\u2001\u200ab\u202f\u205f", "A_b"),
        ("\u200eFoo\u200f\u202a.jp\u202eg", "Foo.jpg"),
        ("_\u200e_", ""),
        ("a_\u200f_b", "A_b"),
        ("\u200efoo", "Foo"),
        ("e\u200e\u0301", "É"),
        # A tab, a no-width space and other marks of format are neither space nor direction.
        ("\ta\t", "\ta\t"),
        ("\u200bab\u2066", "\u200bab\u2066"),
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


@pytest.mark.parametrize("letter", [*"ßŉǰΐﬁﬀﬆﬓևẖẚὐᾲᾶⅷⅿⓐⓩǅაჰ\u10ffꞹ𖹠", "\u0345"])
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
        ("Category:cats", "Cats"),
        ("CATEGORY:Category:Cats", "Category:Cats"),
        (" FILE : foo.jpg ", "Foo.jpg"),
        ("_iMaGe_:_foo.jpg", "Foo.jpg"),
        ("\u200efile\u200f:\u00a0foo.jpg", "Foo.jpg"),
        ("File:", ""),
        ("File:Image:foo.jpg", "Image:foo.jpg"),
        ("Image:file:foo.jpg", "File:foo.jpg"),
        ("File: :a", ":a"),
        ("ﬁle:Foo.jpg", "ﬁle:Foo.jpg"),
        ("\u0131mage:Foo.jpg", "Image:Foo.jpg"),
        ("Files:foo.jpg", "Files:foo.jpg"),
        ("A File:foo.jpg", "A_File:foo.jpg"),
        ("Filefoo.jpg", "Filefoo.jpg"),
        ("Datei:foo.jpg", "Datei:foo.jpg"),
        (":File:foo.jpg", ":File:foo.jpg"),
        ("foo.jpg", "Foo.jpg"),
    ],
)
def test_one_namespace_is_taken_away_from_what_was_typed_only(text: str, name: str) -> None:
    assert normalize_typed_name(text) == name
    assert normalize_typed_names(pa.array([text])).to_pylist() == [name]
    assert ":" not in text or ":" in normalize_name(text)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("turkey", "turkey"),
        ("Turkey", "Turkey"),
        ("Cafe\u0301 au lait", "Café_au_lait"),
        ("éclair", "éclair"),
        ("_a__b_", "_a__b_"),
        ("a\u00a0b\u200e", "a\u00a0b\u200e"),
        ("File:a", "File:a"),
        ("", ""),
    ],
)
def test_a_title_stays_as_its_wiki_has_it(text: str, title: str) -> None:
    assert normalize_title(text) == title
    assert normalize_titles(pa.array([text])).to_pylist() == [title]


def test_pages_of_files_and_categories_have_names_and_all_others_titles() -> None:
    text = "a__b\u200e e\u0301"
    namespaces = pa.array([6, 0, None, 14, 10, 6, 0], pa.int64())
    values = pa.array([text, text, text, text, text, None, None])
    found = normalize_by_namespace(values, namespaces).to_pylist()
    title = "a__b\u200e_é"
    assert found == ["A_b_é", title, title, "A_b_é", title, None, None]
    part = normalize_by_namespace(values[1:4], namespaces[1:4])
    assert part.to_pylist() == [title, title, "A_b_é"]


@given(values=st.lists(st.tuples(st.one_of(st.none(), TEXTS), st.sampled_from([0, 6, 14, None]))))
def test_names_and_titles_of_a_column_are_those_of_each_page(
    values: list[tuple[str | None, int | None]],
) -> None:
    texts = pa.array([text for text, _ in values], pa.string())
    namespaces = pa.array([namespace for _, namespace in values], pa.int64())
    expected = [
        text if text is None else (normalize_name if place else normalize_title)(text)
        for text, place in values
    ]
    assert normalize_by_namespace(texts, namespaces).to_pylist() == expected


def test_a_person_may_leave_the_capital_to_the_wiki() -> None:
    assert with_capital("turkey") == "Turkey"
    assert with_capital("ßharp") == "ßharp"
    assert with_capital("") == ""


@given(text=TEXTS)
def test_a_name_in_form_stays_as_it_is(text: str) -> None:
    for name in (normalize_name(text), normalize_typed_name(text)):
        assert normalize_name(name) == name
        assert name == name.strip(" _\u00a0\u3000\u2028\u200e")
        assert not set(name) & set(" \u00a0\u1680\u2003\u3000\u200e\u200f\u202d")
        assert "__" not in name
        assert unicodedata.is_normalized("NFC", name)


@given(text=TEXTS)
def test_a_title_in_form_stays_as_it_is_and_changes_no_letter(text: str) -> None:
    title = normalize_title(text)
    assert normalize_title(title) == title
    assert unicodedata.normalize("NFD", title) == unicodedata.normalize(
        "NFD", text.replace(" ", "_")
    )


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
    assert normalize_titles(column) is column


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
