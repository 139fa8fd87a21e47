"""Makes Lua up: functions of random statements, which can be written in any layout and language,
edited, and made longer. What is made up is always whole Lua 5.1.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from resources.sample.names import CONSONANTS, VOWELS, syllables

_OPERATORS = ("+", "-", "*", "/", "%", "..", "==", "~=", "<", ">", "<=", ">=", "and", "or")
_LIBRARY = ("mw.text.split", "string.format", "table.concat", "tonumber", "mw.ustring.gsub", "type")
_NAMES, _STRINGS = 40, 30
_PLACEHOLDER = re.compile(r"([@$])(\d+)")
_INDENTS = ("\t", "    ", "  ", "")
_QUOTES = ('"{}"', "'{}'", "[[{}]]", "[=[{}]=]")


@dataclass(frozen=True)
class Line:
    """A line with `@1` for names and `$1` for strings; a ``simple`` one opens and closes no block
    and ends nothing, so that others may come before or in place of it.
    """

    depth: int
    text: str
    simple: bool = True


Function = tuple[Line, ...]


@dataclass(frozen=True)
class Code:
    """What a module does, in no layout and no language."""

    functions: tuple[Function, ...]

    def edited(self, dice: random.Random, share: float) -> "Code":
        """Change a share of the simple lines: others in their place, one more, or none."""
        return Code(tuple(_edited(function, dice, share) for function in self.functions))

    def grown(self, dice: random.Random, more: int) -> "Code":
        """Add functions at the end."""
        return Code(self.functions + make_code(dice, more).functions)


@dataclass(frozen=True)
class Voice:
    """How somebody writes: a language's names and strings, and a layout."""

    script: str
    language: int
    layout: int = 0

    def laid_out(self, layout: int) -> "Voice":
        """Give the same language in another layout."""
        return replace(self, layout=layout)

    @cached_property
    def _words(self) -> list[str]:
        known = syllables(self.script).to_pylist()
        return [word.decode() for word in known[1 : len(known) // 2]]

    def name(self, number: int) -> str:
        """Give a name of Lua, always of the same letters, whatever the script."""
        place = number * 31 + self.language * 7
        letters = (
            CONSONANTS[place % len(CONSONANTS)] + VOWELS[place // 3 % len(VOWELS)]
            for place in (place, place // 5 + self.language)
        )
        return f"{''.join(letters)}{number}"

    def string(self, number: int) -> str:
        """Give some words of the language."""
        first = number * 17 + self.language * 5
        return " ".join(self._words[(first + 3 * n) % len(self._words)] * 2 for n in range(3))


def dice_of(seed: int, purpose: str) -> random.Random:
    """Give the random numbers of one purpose; the same on every machine and in every order."""
    return random.Random(f"{seed} {purpose}")  # noqa: S311 - nothing here is secret


def make_code(dice: random.Random, functions: int) -> Code:
    """Make functions of 60 to 250 tokens each."""
    return Code(tuple(_function(dice, number) for number in range(functions)))


def written(code: Code, voice: Voice, requires: Sequence[str] = ()) -> str:
    """Write a module, with what it requires by full title."""
    indent = _INDENTS[voice.layout % len(_INDENTS)]
    quote = _QUOTES[voice.layout // 4 % len(_QUOTES)]
    gap = "\n" * (1 + voice.layout % 3)

    def word(found: re.Match[str]) -> str:
        number = int(found[2])
        return voice.name(number) if found[1] == "@" else quote.format(voice.string(number))

    lines = [f"-- {voice.string(0)}", "local p = {}"]
    lines += [f"local {voice.name(n)} = require('{title}')" for n, title in enumerate(requires)]
    for function in code.functions:
        lines += [gap + f"-- {voice.string(voice.layout)}"] if voice.layout % 2 else [gap]
        lines += [indent * line.depth + _PLACEHOLDER.sub(word, line.text) for line in function]
    return "\n".join([*lines, "return p"])


def table(dice: random.Random, rows: int, voice: Voice) -> str:
    """Write a module of data: a table of strings by names."""
    lines = (
        f'\t["{voice.string(dice.randrange(900))}"] = {{ {dice.randrange(10**6)}, '
        f'"{voice.string(dice.randrange(900))}" }},'
        for _ in range(rows)
    )
    return "\n".join(["return {", *lines, "}"])


def _function(dice: random.Random, number: int) -> Function:
    inside = [line for _ in range(dice.randint(4, 8)) for line in _statement(dice, 1)]
    head = Line(0, f"function p.@{number}({_name(dice)}, {_name(dice)})", simple=False)
    result = Line(1, f"return {_expression(dice, 2)}", simple=False)
    return (head, *inside, result, Line(0, "end", simple=False))


def _edited(function: Function, dice: random.Random, share: float) -> Function:
    places = [place for place, line in enumerate(function) if line.simple]
    chosen = {*dice.sample(places, round(share * len(places)))}
    lines: list[Line] = []
    for place, line in enumerate(function):
        if place not in chosen:
            lines.append(line)
            continue
        kind = dice.randrange(4)
        if kind:
            lines.append(Line(line.depth, _simple(dice)))
        if kind == 1:
            lines.append(line)
    return tuple(lines)


def _statement(dice: random.Random, depth: int) -> list[Line]:
    if depth > 3 or dice.random() < 0.6:
        return [Line(depth, _simple(dice))]
    head, end = dice.choice(
        (
            (f"if {_expression(dice, 2)} then", "end"),
            (f"for {_name(dice)} = {_expression(dice, 0)}, #{_name(dice)} do", "end"),
            (f"for {_name(dice)}, {_name(dice)} in pairs({_expression(dice, 1)}) do", "end"),
            (f"for {_name(dice)} in mw.text.gsplit({_expression(dice, 1)}) do", "end"),
            (f"while {_expression(dice, 1)} do", "end"),
            ("repeat", f"until {_expression(dice, 1)}"),
            (f"local function {_name(dice)}(...)", "end"),
        )
    )
    inside = [line for _ in range(dice.randint(1, 3)) for line in _statement(dice, depth + 1)]
    if head.startswith("if") and dice.random() < 0.4:
        inside += [Line(depth, "else", simple=False), *_statement(dice, depth + 1)]
    return [Line(depth, head, simple=False), *inside, Line(depth, end, simple=False)]


def _simple(dice: random.Random) -> str:
    return dice.choice(
        (
            f"local {_name(dice)} = {_expression(dice, 2)}",
            f"{_name(dice)}.{_name(dice)} = {_expression(dice, 2)}",
            f"{_name(dice)}[ {_expression(dice, 1)} ] = {_expression(dice, 2)}",
            f"local {_name(dice)}, {_name(dice)} = {_expression(dice, 1)}, {_expression(dice, 1)}",
            f"{_name(dice)}:{_name(dice)}({_expression(dice, 1)})",
            f"table.insert({_name(dice)}, {_expression(dice, 2)})",
        )
    )


def _expression(dice: random.Random, depth: int) -> str:
    # Blanks within brackets: a string may be in brackets, too.
    def inner() -> str:
        return _expression(dice, depth - 1)

    simple = (
        lambda: _name(dice),
        lambda: f"${dice.randrange(_STRINGS)}",
        lambda: dice.choice(("0", "1", "2.5", "0x1F", "1e3", "nil", "true", "false")),
        lambda: f"{_name(dice)}.{_name(dice)}",
    )
    nested = (
        lambda: f"{inner()} {dice.choice(_OPERATORS)} {inner()}",
        lambda: f"({inner()} {dice.choice(_OPERATORS)} {inner()})",
        lambda: f"{dice.choice(_LIBRARY)}({inner()}, {inner()})",
        lambda: f"{_name(dice)}({inner()})",
        lambda: f"{{ {_name(dice)} = {inner()}, [ {inner()} ] = {inner()} }}",
        lambda: f"not {_name(dice)}[ {inner()} ]",
        lambda: f"#{_name(dice)} {dice.choice(_OPERATORS)} {inner()}",
    )
    return dice.choice((*simple, *nested) if depth else simple)()


def _name(dice: random.Random) -> str:
    return f"@{dice.randrange(_NAMES)}"
