"""The lexer: what the contract says of it, word by word, and a real Lua 5.1 as a judge."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lupa import lua51

from module_assets.code.analysis import Code
from module_assets.code.tokens import Vocabulary, pieces_of, structure_of
from tests.module_assets import reference
from tests.module_assets.lua import Module, blanked, texts

seeds = st.integers(0, 10**6)
VOCABULARY = Vocabulary()


def tokens(text: str) -> list[str]:
    return Code(text, VOCABULARY).tokens


CASES = {
    "white space and comments go": ("a \t\n\f\vb -- c\n--[[ d\n ]]e", ["a", "b", "e"]),
    "a line end that is CR alone is a token": ("a\rb", ["a", "\r", "b"]),
    "a long comment ends at its own level": ("--[==[ ]] ]=] \n ]==]a", ["a"]),
    "what only looks like a long comment ends with its line": ("--[==x ]==]\na", ["a"]),
    "a blank makes a long comment a short one": ("-- [[ a\nb ]]", ["b", "]", "]"]),
    "a long comment that is not closed ends with the text": ("a --[[ b\n c ]=]", ["a"]),
    "a long string ends at its own level": ("[=[a]]b]=]c", ['"a]]b', "c"]),
    "a long string of another text's level": ("[==[a]=]b]==]", ['"a]=]b']),
    "after [[ one line end is left out": ("[[\n\na\n]]", ['"\na\n']),
    "in a long string a backslash is itself": ("[[a\\]]b", ['"a\\', "b"]),
    "a long string that is not closed ends with the text": ("[[\na\n]b", ['"a\n]b']),
    "brackets of an index are no long string": ("a[b[1]]", ["a", "[", "b", "[", "1", "]", "]"]),
    "[[ begins a string wherever it is": ("a[[[b]]]", ["a", '"[b', "]"]),
    "[= without its bracket is no string": ("[==a", ["[", "==", "a"]),
    "strings have one form": ("'a' \"a\" [[a]]", ['"a', '"a', '"a']),
    "an empty string is a token": ("''", ['"']),
    "a backslash takes the next character with it": ("'a\\'b\\\\'c", ["\"a\\'b\\\\", "c"]),
    "a backslash takes a line end with it": ('"a\\\nb"', ['"a\\\nb']),
    "the other quote is a character": ("'a\"b'", ['"a"b']),
    "a short string that is not closed ends with its line": ("'a b\nc", ['"a b', "c"]),
    "one that ends with an escaped quote is not closed": ('"a\\"', ['"a\\"']),
    "a backslash at the end of the text": ("'a\\", ['"a\\']),
    "numbers are in lower case": ("0XFf 1E+5 .5 3. 1.5e-3", ["0xff", "1e+5", ".5", "3.", "1.5e-3"]),
    "a number takes one dot": ("3..2", ["3.", ".2"]),
    "dots between names": ("a..b...c.d", ["a", "..", "b", "...", "c", ".", "d"]),
    "two dots come before a number": ("a..5", ["a", "..", "5"]),
    "an exponent without digits is a name": ("1e 2e+", ["1", "e", "2", "e", "+"]),
    "0x without digits is a number and a name": ("0xg", ["0", "xg"]),
    "a name may follow a number": ("1a a1", ["1", "a", "a1"]),
    "operators are as long as they can be": ("==~=<=>= = <", ["==", "~=", "<=", ">=", "=", "<"]),
    "operators may touch": ("===...", ["==", "=", "..."]),
    "a character that begins no token is one": ("~ é!$", ["~", "é", "!", "$"]),
    "names and digits are those of ASCII": ("ñandú ١", ["ñ", "and", "ú", "١"]),
    "NUL is a token": ("\0", ["\0"]),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_a_text_is_cut_by_the_rules_of_the_lexer(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_structure_keeps_keywords_and_names_that_all_modules_know() -> None:
    written = ["local", "mw", "goto", "self", "'", "1", ".5", "..", "..", "require", "é", '"mw']
    kept = ["local", "mw", "ID", "ID", "'", "NUM", "NUM", "..", "..", "require", "é", "STR"]
    assert [structure_of(token) for token in written] == kept


@given(texts)
@settings(max_examples=100)
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(pieces_of(text)) == text


@given(texts)
@settings(max_examples=100)
def test_tokens_joined_by_blanks_give_the_same_tokens(text: str) -> None:
    assert tokens(blanked(tokens(text))) == tokens(text)


@given(st.text(st.sampled_from("-[]=\"'\\\n.0eExa~ "), max_size=30))
@settings(max_examples=300)
def test_tokens_are_those_of_a_lexer_that_reads_letter_by_letter(text: str) -> None:
    assert tokens(text) == [token.text for token in reference.lex(text)]


def test_a_vocabulary_that_is_full_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("module_assets.code.tokens._MOST_CHARACTERS", 1000)
    vocabulary = Vocabulary()
    for number in range(5000):
        assert Code(f"a {number}", vocabulary).tokens == ["a", str(number)]
    assert len(vocabulary) < 10


def test_a_text_of_more_words_than_there_is_room_for() -> None:
    words = [f"w{number}" for number in range(10_000)]
    assert Code(" ".join(words), Vocabulary()).tokens == words


@pytest.fixture(scope="module")
def lua() -> lua51.LuaRuntime:
    return lua51.LuaRuntime()


def accepts(lua: lua51.LuaRuntime, text: str) -> bool:
    try:
        lua.compile(text)
    except lua51.LuaSyntaxError:
        return False
    return True


@given(seeds, seeds)
@settings(max_examples=25)
def test_what_lua_loads_is_not_broken(lua: lua51.LuaRuntime, seed: int, layout: int) -> None:
    module = Module(seed)
    text = module.written(layout)
    assert accepts(lua, text)
    code = Code(text, VOCABULARY)
    assert code.tokens == [token.text for token in reference.lex(text)]
    assert len(code.tokens) == len(module.words)
    assert not code.blocks.is_broken
