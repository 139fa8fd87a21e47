"""What is said of one text: to the bit as an independent reading of the contract says it."""

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from module_assets.code.analysis import ANALYSED, Code, analyse
from module_assets.code.hashes import mix
from module_assets.code.references import ModuleNamespace
from module_assets.code.sketches import band_keys
from module_assets.code.tokens import Vocabulary
from tests.module_assets import reference
from tests.module_assets.lua import Module, texts

seeds = st.integers(0, 10**6)
VOCABULARY = Vocabulary()
POLISH = ModuleNamespace(["Moduł"], True)


def facts(text: str, is_redirect: bool = False, function_tokens: int = 10) -> dict[str, object]:
    found = Code(text, VOCABULARY).facts(is_redirect, POLISH, function_tokens)
    for name in ("sketch", "band_keys"):
        if found[name] is not None:
            found[name] = found[name].tolist()
    return found


@given(texts, st.booleans())
@settings(max_examples=150)
def test_any_text_gives_what_the_contract_says(text: str, is_redirect: bool) -> None:
    assert facts(text, is_redirect) == reference.analyse(text, is_redirect, ["Moduł"], least=10)


@given(seeds)
@settings(max_examples=5)
def test_a_module_gives_what_the_contract_says(seed: int) -> None:
    text = Module(seed, functions=2).written(seed)
    assert facts(text) == reference.analyse(text, False, ["Moduł"], least=10)


@given(seeds, seeds)
@settings(max_examples=20)
def test_layout_and_comments_change_neither_code_hash_nor_shape(seed: int, layout: int) -> None:
    one, other = (facts(Module(seed).written(each)) for each in (0, layout))
    same = set(one) - {"text_hash", "own_functions"}
    assert {name: one[name] for name in same} == {name: other[name] for name in same}


@given(seeds)
@settings(max_examples=20)
def test_other_names_and_strings_change_no_shape(seed: int) -> None:
    module = Module(seed, functions=4)
    one, other = facts(module.written()), facts(module.written(names="x", strings="ж"))
    assert one["compared_by"] == "structure"
    assert one["code_hash"] != other["code_hash"]
    if one["shingles"] >= 40:
        assert one["shape"] == other["shape"]
    assert (one["sketch"], one["band_keys"]) == (other["sketch"], other["band_keys"])


@given(seeds)
@settings(max_examples=20)
def test_a_text_that_has_lost_what_opens_or_closes_a_block_is_broken(seed: int) -> None:
    dice, module = random.Random(seed), Module(seed)
    blocks = {*"()[]{}", "function", "do", "if", "repeat", "until", "end"}
    places = [place for place, word in enumerate(module.words) if word[1] in blocks]
    assert facts(module.written())["is_broken"] is False
    del module.words[dice.choice(places)]
    assert facts(module.written())["is_broken"] is True


KINDS = {
    "nothing but comments is empty": (" -- a\n", False, "empty"),
    "an empty redirect is empty": ("", True, "empty"),
    "a redirect is an alias, whatever it has": ("function f() end", True, "alias"),
    "a short text that refers is an alias": ("return require 'Module:A'", False, "alias"),
    "a mention is a reference, too": ("return { 'Moduł:A' }", False, "alias"),
    "a function makes it code": ("require 'Module:A' function f() end", False, "code"),
    "30 tokens are no alias": ("return {'Module:A'" + ", 1" * 13 + "}", False, "data"),
    "29 tokens are one": ("return {'Module:A'" + ", 1" * 12 + ", }", False, "alias"),
    "a table is data": ("return { a = 1, ['b'] = 'c' }", False, "data"),
    "one call of 20 tokens is data": ("return f(" + "1," * 8 + ")", False, "data"),
    "one call of 19 is code": ("return f(" + "1," * 7 + "1)", False, "code"),
    "a keyword calls nothing": ("return {1}", False, "data"),
    "a call by a string or a table is one": ("f{} f'' a[1]'' (g)''", False, "code"),
    "a goto is no keyword": ("goto{}", False, "code"),
}


@pytest.mark.parametrize(("text", "is_redirect", "kind"), KINDS.values(), ids=KINDS)
def test_a_kind_is_chosen_by_the_contract(text: str, is_redirect: bool, kind: str) -> None:
    assert facts(text, is_redirect)["kind"] == kind


BROKEN = {
    "what does not fit is passed over": ("( ] )", True),
    "end closes no parenthesis": ("( end )", True),
    "until closes repeat alone": ("repeat if a then until b end", True),
    "what is left open": ("function f(", True),
    "a while is closed by its do": ("while a do end", False),
    "elseif opens nothing": ("if a then elseif b then else end", False),
    "words in strings and comments are none": ("'if' -- (\n [[{]]", False),
}


@pytest.mark.parametrize(("text", "is_broken"), BROKEN.values(), ids=BROKEN)
def test_a_text_is_broken_by_what_does_not_fit(text: str, is_broken: bool) -> None:
    assert facts(text)["is_broken"] is is_broken


SHARES = {
    "braces are literal": ("return {1, 2}", 5 / 6),
    "braces in braces are one": ("{ { } }", 1.0),
    "a function in braces is not": ("{ 1, function() end }", 4 / 8),
    "braces in a function are not": ("function f() return { 1 } end", 0.0),
    "braces that are left open go to the end": ("a { b c", 3 / 4),
    "braces in a function that is left open are not": ("{ function {", 1 / 3),
    "no tokens have no share": ("", 0.0),
}


@pytest.mark.parametrize(("text", "share"), SHARES.values(), ids=SHARES)
def test_literal_is_what_is_in_braces_outside_functions(text: str, share: float) -> None:
    assert facts(text)["literal_share"] == share


def test_from_four_fifths_of_literals_on_code_is_compared_by_text() -> None:
    below, at = (facts("f() function g() end return {" + "a," * n + "}") for n in (16, 17))
    assert (below["literal_share"], below["compared_by"]) == (34 / 43, "structure")
    assert (at["literal_share"], at["compared_by"]) == (0.8, "text")
    assert at["shape"] == at["code_hash"]


def test_a_shape_of_less_than_40_shingles_is_its_code() -> None:
    letters = [chr(0x4E00 + number) for number in range(42)]
    few, enough = (" ".join(["function", "a", *letters[:count]]) for count in (41, 42))
    assert (facts(few)["shingles"], facts(few)["band_keys"]) == (39, [])
    assert facts(few)["shape"] == facts(few)["code_hash"]
    assert facts(enough)["shingles"] == len(facts(enough)["sketch"]) == 40
    assert facts(enough)["shape"] != facts(enough)["code_hash"]
    assert facts(enough)["shape"] == facts(enough.replace(" a ", " b "))["shape"]


FUNCTIONS = {
    "a field has the last name": ("function p.q:r(a) end", [("r", 1, 4)]),
    "what a name is made": ("p.q = function(a) end", [("q", 1, 4)]),
    "a key of a table": ("{ a = function() end }", [("a", 1, 3)]),
    "one of no name": ("return function() end", [("", 1, 3)]),
    "a key that is a string is no name": ("p['a'] = function() end", [("", 1, 3)]),
    "equality names nothing": ("a == function() end", [("", 1, 3)]),
    "the line is that of `function`": ("-- a\n[[\n]]\nlocal f =\nfunction\n() end", [("f", 5, 3)]),
    "those inside another are part of it": ("function a() b = function() end end", [("a", 1, 9)]),
    "one that is not closed is none": ("function a() b = function() end", []),
    "one after what does not fit": ("} ) function a() end", [("a", 1, 3)]),
    "one without parameters is none": ("function a end function b() end", [("b", 1, 3)]),
    "each has its number": ("function a() end\nfunction b() end", [("a", 1, 3), ("b", 2, 3)]),
}


@pytest.mark.parametrize(("text", "expected"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions_are_found_by_the_contract(text: str, expected: list[object]) -> None:
    found = facts(text, function_tokens=1)["own_functions"]
    assert [(each["name"], each["line"], each["tokens"]) for each in found] == expected
    assert [each["ordinal"] for each in found] == list(range(1, len(found) + 1))


def test_a_function_counts_from_its_parameters_on() -> None:
    text = "function a.b(c" + ", c" * 2 + ") return 'd' end"
    own = ["(", "c", ",", "c", ",", "c", ")", "return", '"d', "end"]
    (found,) = facts(text, function_tokens=10)["own_functions"]
    assert found["code_hash"] == reference.digest(own)
    assert facts(text, function_tokens=11)["own_functions"] == []


def test_the_finalizer_is_that_of_splitmix64() -> None:
    seeded = np.array([0x9E3779B97F4A7C15, 2 * 0x9E3779B97F4A7C15 % 2**64], np.uint64)
    assert mix(seeded).tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4]


@pytest.mark.parametrize("count", [0, 4, 5, 39, 40, 1000])
def test_bands_are_those_of_all_shingles(count: int) -> None:
    values = np.unique(np.random.default_rng(count).integers(0, 1 << 63, count, np.uint64))
    assert band_keys(values).tolist() == reference.bands(set(values.tolist()))


def test_batches_give_one_row_a_module() -> None:
    columns = ("wiki_db", "page_id", "title", "text", "is_redirect")
    text = "local a = require('Модул:b_c') " + Module(1, functions=3).written()
    modules = [
        ("enwiki", 1, "string", text, False),
        ("bgwiki", 2, "String", text, False),
        ("bgwiktionary", 3, "string", text, False),
        ("enwiki", 4, "Old", "return require 'Module:string'", True),
    ]
    rows = [dict(zip(columns, module, strict=True)) for module in modules]
    batches = [pa.RecordBatch.from_pylist(rows[:3]), pa.RecordBatch.from_pylist(rows[3:])]
    namespaces = {
        "bgwiki": ModuleNamespace(["Модул"]),
        "bgwiktionary": ModuleNamespace(["Модул"], first_letter=False),
    }
    given_back = list(analyse(batches, namespaces))
    assert [batch.schema for batch in given_back] == [ANALYSED, ANALYSED]
    found = pa.Table.from_batches(given_back).to_pylist()
    assert [(row["wiki_db"], row["page_id"], row["name"]) for row in found] == [
        ("enwiki", 1, "String"),
        ("bgwiki", 2, "String"),
        ("bgwiktionary", 3, "String"),
        ("enwiki", 4, "Old"),
    ]
    assert [row["own_references"] for row in found] == [
        [],
        [{"kind": "require", "title": "B_c"}],
        [{"kind": "require", "title": "b_c"}],
        [{"kind": "require", "title": "String"}],
    ]
    assert found[0]["sketch"] == sorted(reference.shingles(structure(text)))[:512]
    assert found[3]["kind"] == "alias"
    assert (found[3]["sketch"], found[3]["band_keys"]) == (None, None)


def structure(text: str) -> list[str]:
    return [token.structure for token in reference.lex(text)]
