"""How two texts differ: as written, without comments and layout, or by structure alone."""

import difflib
from collections.abc import Sequence
from typing import Literal, get_args

from module_assets.code.tokens import KEYWORDS, pieces_of, structure_of, token_of

View = Literal["written", "code", "structure"]
VIEWS: tuple[View, ...] = get_args(View)
_BEGIN = frozenset(
    {"local", "function", "if", "for", "while", "repeat", "return", "break", "do", "end", "until"}
    | {"else", "elseif"}
)
"""Keywords that a line begins with."""
_AFTER = frozenset({"then", "do", "else", "repeat"})
"""Keywords after which a line ends."""
_VALUE_ENDS = frozenset({")", "]", "}", "end", "nil", "true", "false", "..."})
_OPEN, _CLOSE = frozenset({"function", "if", "do", "repeat"}), frozenset({"end", "until"})
_BETWEEN = frozenset({"else", "elseif"})
_LOOPS = frozenset({"for", "while"})
_BRACKETS = frozenset("([{"), frozenset(")]}")
_STATEMENT_ENDS = frozenset({"", "then", "do", "else", "repeat", ";", "local"})
_INDENT = "    "


def difference(first: str, second: str, names: tuple[str, str], view: View) -> list[str]:
    """Give a unified diff of two texts, line by line; none where they are the same in this view."""
    one, other = (lines_of(text, view) for text in (first, second))
    return list(difflib.unified_diff(one, other, *names, lineterm=""))


def lines_of(text: str, view: View) -> list[str]:
    """Give the lines of a text in a view. Without its own layout, code is laid out in one way: a
    statement a line, with an indent for each block.
    """
    if view == "written":
        return text.splitlines()
    pieces = [piece for piece in pieces_of(text) if piece.strip() and not piece.startswith("--")]
    tokens = [token_of(piece) for piece in pieces]
    shown = map(structure_of, tokens) if view == "structure" else map(_as_shown, tokens)
    return _laid_out(tokens, list(shown))


def _as_shown(token: str) -> str:
    """Write a token alike however it was quoted, in one line."""
    return token.replace("\n", "\\n") + '"' if token.startswith('"') else token


def _laid_out(tokens: Sequence[str], shown: Sequence[str]) -> list[str]:
    lines: list[str] = []
    line: list[str] = []
    # What brackets were open where each block began: within a function, statements count again.
    blocks: list[int] = []
    brackets = indent = 0
    before = ""

    def end_line() -> None:
        if line:
            lines.append(_INDENT * indent + " ".join(line))
            line.clear()

    for word, text in zip(tokens, shown, strict=True):
        if not brackets and before != "local" and _begins(line, before, word):
            end_line()
        if word in _CLOSE and blocks:
            brackets = blocks.pop()
        if not line:
            indent = max(len(blocks) - (word in _BETWEEN), 0)
        line.append(text)
        if word in _OPEN:
            blocks.append(brackets)
            brackets = 0
        brackets = max(brackets + (word in _BRACKETS[0]) - (word in _BRACKETS[1]), 0)
        if word in _AFTER and not brackets:
            end_line()
        before = word
    end_line()
    return lines


def _begins(line: Sequence[str], before: str, word: str) -> bool:
    """Tell whether a token begins a line, after ``before`` on one that is begun already."""
    if word == "do":
        return not line or line[0] not in _LOOPS
    if word == "function":
        return before in _STATEMENT_ENDS or _ends_value(before)
    is_name = word[:1].isidentifier() and word not in KEYWORDS
    return word in _BEGIN or (is_name and _ends_value(before))


def _ends_value(token: str) -> bool:
    """Tell whether a value can end with a token: what stands right after it is a statement."""
    is_name = token[:1].isidentifier() and token not in KEYWORDS
    return token in _VALUE_ENDS or token[:1] in tuple('"0123456789') or is_name
