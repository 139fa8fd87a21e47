"""Modules that strings name, trap by trap."""

import pytest

from module_assets.code.analysis import Code
from module_assets.code.references import ModuleNamespace
from module_assets.code.tokens import Vocabulary

VOCABULARY = Vocabulary()
POLISH = ModuleNamespace(["Moduł", "Mô đun"])


def found(text: str, namespace: ModuleNamespace = POLISH) -> list[tuple[str, str]]:
    facts = Code(text, VOCABULARY).facts(False, namespace, 50)
    return [(each["kind"], each["title"]) for each in facts["own_references"]]


CASES = {
    "by require": ("require('Module:A b')", [("require", "A_b")]),
    "without a parenthesis": ("require 'Module:A'", [("require", "A")]),
    "in long brackets": ("require[[Module:A]]", [("require", "A")]),
    "by loadData": ("mw.loadData('Module:A')", [("loadData", "A")]),
    "by loadJsonData": ("mw.loadJsonData 'Module:A'", [("loadJsonData", "A")]),
    "of another function": ("mw.load('Module:A')", [("mention", "A")]),
    "two parentheses are too many": ("require(('Module:A'))", [("mention", "A")]),
    "an argument after another": ("pcall(require, 'Module:A')", [("mention", "A")]),
    "in a variable first": ("local a = 'Module:A'", [("mention", "A")]),
    "a string alone": ("'Module:A'", [("mention", "A")]),
    "the same one twice": ("require 'Module:A' require 'module:a'", [("require", "A")]),
    "of two kinds": ("f 'Module:A' require 'Module:A'", [("mention", "A"), ("require", "A")]),
    "the wiki's name of any case": ("f 'MODUŁ:a'", [("mention", "A")]),
    "a name of two words": ("f 'Mô_đun:a' f 'mô đun:b'", [("mention", "A"), ("mention", "B")]),
    "another wiki's name": ("f 'Модул:A'", []),
    "a name before `..`": ("f('Module:A' .. b)", []),
    "a name after `..`": ("f(b .. 'Module:A')", []),
    "three dots are not two": ("... 'Module:A' ...", [("mention", "A")]),
    "in a comment": ("-- 'Module:A'", []),
    "a name alone": ("f 'Module'", []),
    "no title": ("f 'Module:' f 'Module:_ '", []),
    "a colon in the title": ("f 'Module:A:b/c'", [("mention", "A:b/c")]),
    "a colon before": ("f ':Module:A'", []),
    "a text that ends so": ("f 'See Module:A'", []),
    "blanks of any kind": ("f 'Module: a  b_ _c '", [("mention", "A_b_c")]),
    "a letter in two parts": ("f 'Module:e\u0301'", [("mention", "É")]),
    **{f"no title has {each}": (f"f 'Module:A{each}'", []) for each in "#<>[]|{}"},
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_a_string_refers_by_the_contract(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_the_first_letter_stays_where_the_wiki_tells_titles_by_it() -> None:
    text = "require 'Module:languages' require 'Module:Languages'"
    assert found(text, ModuleNamespace(first_letter=False)) == [
        ("require", "Languages"),
        ("require", "languages"),
    ]
    assert found(text) == [("require", "Languages")]


def test_words_are_looked_at_for_each_wiki() -> None:
    """What is known of a word does not depend on the wiki that it was met in first."""
    assert found("f 'Модул:a'") == []
    assert found("f 'Модул:a'", ModuleNamespace(["Модул"])) == [("mention", "A")]
