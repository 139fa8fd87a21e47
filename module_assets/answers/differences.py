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
_INSIDE = frozenset({"function"})
"""Keywords that begin a line unless they are part of an expression."""
_BRACKETS = frozenset("([{"), frozenset(")]}")
_STATEMENT_ENDS = frozenset({"", "end", "then", "do", "else", "repeat", ";", ")", "local"})
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
    shown = [structure_of(token) for token in tokens] if view == "structure" else pieces
    return _laid_out(tokens, shown)


def _laid_out(tokens: Sequence[str], shown: Sequence[str]) -> list[str]:
    lines: list[str] = []
    line: list[str] = []
    depth = brackets = indent = 0
    before = ""

    def end_line() -> None:
        if line:
            lines.append(_INDENT * max(indent, 0) + " ".join(line))
            line.clear()

    for word, text in zip(tokens, shown, strict=True):
        begins = word in _BEGIN and (word not in _INSIDE or before in _STATEMENT_ENDS)
        if not brackets and (begins or _is_next(before, word)) and before != "local":
            end_line()
        depth -= word in _CLOSE
        if not line:
            indent = depth - (word in _BETWEEN)
        line.append(text)
        depth += word in _OPEN
        brackets = max(brackets + (word in _BRACKETS[0]) - (word in _BRACKETS[1]), 0)
        if word in _AFTER and not brackets:
            end_line()
        before = word
    end_line()
    return lines


def _is_next(before: str, token: str) -> bool:
    """Tell whether a name begins a statement: it stands right after a value."""
    is_name = token[:1].isidentifier() and token not in KEYWORDS
    ends = before in _VALUE_ENDS or before[:1] in '"0123456789'
    ends = ends or (before[:1].isidentifier() and before not in KEYWORDS)
    return is_name and bool(before) and ends
