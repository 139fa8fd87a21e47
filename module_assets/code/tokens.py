"""Lua 5.1 by its lexical rules alone: any text is cut into tokens, a broken one, too.

What tokens mean together is not known here; see blocks.py.
"""

import re
from functools import lru_cache

import numpy as np

from module_assets.code.hashes import hash_of

_KEYWORDS = (
    "and break do else elseif end false for function if in local nil not or repeat return then "
    "true until while"
)
_KEPT_NAMES = (
    "_G _VERSION assert error getfenv getmetatable ipairs math mw next os package pairs pcall "
    "rawequal rawget rawset require select setfenv setmetatable string table tonumber tostring "
    "type unpack xpcall"
)
KEYWORDS = frozenset(_KEYWORDS.split())
KEPT_NAMES = frozenset(_KEPT_NAMES.split())
"""Names that mean the same in every module, and stay among the structure tokens."""
BLOCK_ENDS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "function": "end",
    "do": "end",
    "if": "end",
    "repeat": "until",
}
"""What opens a block, and what closes it."""
_BLOCK_WORDS = frozenset(BLOCK_ENDS) | frozenset(BLOCK_ENDS.values())

_WHITE = " \t\n\f\v"
_LEVELS = re.compile(r"\[(=+)\[")
_LONG = r"\[={{{level}}}\[.*?(?:\]={{{level}}}\]|\Z)"
# What is frequent comes first, and no group is taken: either halves the time.
_PIECE = "|".join(
    [
        "[A-Za-z_][A-Za-z0-9_]*",
        f"[{_WHITE}]+",
        r"[(){},;\]]|\.(?![.0-9])|=(?!=)",
        r'"(?:[^"\\\n]|\\.?)*+"?',
        r"'(?:[^'\\\n]|\\.?)*+'?",
        "(?:--)?(?:LONG)",
        r"--[^\n]*",
        "0[xX][0-9a-fA-F]+",
        r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
        r"\.\.\.?|[=~<>]=|.",
    ]
)
_LONG_OPENED = re.compile(r"\[=*\[\n?")
_IMPOSSIBLE_IN_TITLES = re.compile(r"[#<>\[\]|{}]")

_MOST_CHARACTERS = 1 << 25
_OVERHEAD = 200
"""Bytes that a word takes beside its characters, roughly."""


class Trait:
    """What a token is, as far as anybody asks: bits of one number."""

    TOKEN = 1
    NAME = 2
    STRING = 4
    CALLER = 8
    """What stands before the `(`, `{` or string of a call."""
    CALLED = 16
    """That `(`, `{` or string."""
    BLOCK = 32
    """Opens or closes a block."""
    TITLED = 64
    """A string with a colon, that could name a page."""


def pieces_of(text: str) -> list[str]:
    """Cut a text into tokens as written, comments, and runs of white space: joined, they are it.

    `\\r` is no white space: texts have had their line ends made LF.
    """
    levels = {len(signs) for signs in _LEVELS.findall(text)}
    return _pattern(frozenset(levels)).findall(text)


@lru_cache
def _pattern(levels: frozenset[int]) -> re.Pattern[str]:
    """Give the pattern of a piece where long strings have these levels, and 0."""
    long = "|".join(_LONG.format(level=level) for level in sorted(levels | {0}))
    return re.compile(_PIECE.replace("LONG", long), re.DOTALL)


def token_of(piece: str) -> str:
    """Give the token of a piece that is neither comment nor white space.

    A string is `"` and what stands between its delimiters, escapes as written; a number is in
    lower case; all else is as written.
    """
    first = piece[0]
    if first in "\"'":
        closed = len(piece) > 1 and piece[-1] == first and not _is_escaped(piece)
        return '"' + (piece[1:-1] if closed else piece[1:])
    if first == "[" and (opened := _LONG_OPENED.match(piece)):
        closing = opened.group().rstrip("\n").replace("[", "]")
        return '"' + piece[opened.end() :].removesuffix(closing)
    return piece.lower() if _is_number(piece) else piece


def structure_of(token: str) -> str:
    """Give the structure token of a token."""
    if token[0] == '"':
        return "STR"
    if _is_number(token):
        return "NUM"
    if _is_word(token) and token not in KEYWORDS and token not in KEPT_NAMES:
        return "ID"
    return token


def _is_number(token: str) -> bool:
    return token[0] in "0123456789" or (token[0] == "." and token[-1] != ".")


def _is_word(token: str) -> bool:
    return token[0] == "_" or (token[0].isascii() and token[0].isalpha())


def _is_escaped(piece: str) -> bool:
    """Tell whether a backslash takes the last character with it."""
    before = piece[:-1]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _traits_of(token: str) -> int:
    traits = Trait.TOKEN
    if token[0] == '"':
        traits |= Trait.STRING | Trait.CALLED
        if ":" in token and not _IMPOSSIBLE_IN_TITLES.search(token):
            traits |= Trait.TITLED
    elif token in _BLOCK_WORDS:
        traits |= Trait.BLOCK
    elif _is_word(token) and token not in KEYWORDS:
        traits |= Trait.NAME | Trait.CALLER
    if token in (")", "]"):
        traits |= Trait.CALLER
    elif token in ("(", "{"):
        traits |= Trait.CALLED
    return traits


class Vocabulary(dict[str, int]):
    """Numbers for pieces, given as they are met, and what is known of each by its number.

    Modules are written in much the same words, so each is looked at and hashed once. Comments and
    white space have the number 0.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.clear()
        self.tokens, self.structures = [""], [""]
        self.traits = np.zeros(1 << 12, np.uint8)
        self.hashes = np.zeros(1 << 12, np.uint64)
        self.structure_hashes = np.zeros(1 << 12, np.uint64)
        self._characters = 0

    def numbers(self, pieces: list[str]) -> np.ndarray:
        """Give the numbers of the pieces of one text. Those of texts before may not hold any more:
        when there are too many words, all are forgotten.
        """
        if self._characters > _MOST_CHARACTERS:
            self._forget()
        return np.fromiter(map(self.__getitem__, pieces), np.int64, len(pieces))

    def __missing__(self, piece: str) -> int:
        if piece.startswith("--"):
            return 0
        self._characters += len(piece) + _OVERHEAD
        self[piece] = 0 if piece[0] in _WHITE else self._add(token_of(piece))
        return self[piece]

    def _add(self, token: str) -> int:
        number = len(self.tokens)
        if number == len(self.traits):
            for name in ("traits", "hashes", "structure_hashes"):
                values = getattr(self, name)
                setattr(self, name, np.concatenate([values, np.zeros_like(values)]))
        structure = structure_of(token)
        self.tokens.append(token)
        self.structures.append(structure)
        self.traits[number] = _traits_of(token)
        self.hashes[number] = hash_of(token)
        self.structure_hashes[number] = hash_of(structure)
        return number
