"""What others wrote, as markup that shows it and can do nothing: titles, code, differences.

Characters that would change the order in which text is read, or that nobody sees, are shown by
their numbers.
"""

import re
import unicodedata
from collections.abc import Iterable

from markupsafe import Markup, escape

from module_assets.code.tokens import KEPT_NAMES, KEYWORDS, pieces_of

SHOWN_MOST = 200_000
"""Characters of a text that a page shows."""
_ODD = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Controls but tab and line end, direction marks and isolates, and what has no width."""


def titled(title: str) -> Markup:
    """Write a title as people read it, apart from the direction of what is around it."""
    return Markup("<bdi>{}</bdi>").format(visible(title.replace("_", " ")))


def visible(text: str) -> Markup:
    """Write a text of which nothing is markup, and every character is seen."""
    parts: list[Markup] = []
    end = 0
    for found in _ODD.finditer(text):
        number = f"U+{ord(found[0]):04X}"
        name = unicodedata.name(found[0], "a control character").lower()
        parts.append(escape(text[end : found.start()]))
        parts.append(Markup('<span class="odd" title="{}">{}</span>').format(name, number))
        end = found.end()
    parts.append(escape(text[end:]))
    return Markup("").join(parts)


def highlighted(text: str) -> Markup:
    """Write the lines of Lua, `L1` and so on, each token in the class of its kind. What is beyond
    SHOWN_MOST is left to whoever reads the text itself.
    """
    lines: list[list[Markup]] = [[]]
    for piece in pieces_of(text[:SHOWN_MOST]):
        kind = _kind_of(piece)
        for number, part in enumerate(piece.split("\n")):
            if number:
                lines.append([])
            if part:
                shown = visible(part)
                within = Markup('<span class="{}">{}</span>').format(kind, shown)
                lines[-1].append(within if kind else shown)
    return Markup("").join(
        Markup('<span class="line" id="L{}">{}</span>').format(number, Markup("").join(parts))
        for number, parts in enumerate(lines, 1)
    )


def compared(lines: Iterable[str]) -> Markup:
    """Write the lines of a unified diff, each in the class of what became of it."""
    return Markup("").join(
        Markup('<span class="line {}">{}</span>').format(_fate_of(number, line), visible(line))
        for number, line in enumerate(lines)
    )


def _kind_of(piece: str) -> str:
    """Give the class of a piece; "" for one that is like all others."""
    first = piece[0]
    if piece.startswith("--"):
        return "comment"
    if first in "\"'" or (first == "[" and len(piece) > 1):
        return "string"
    if first.isdigit() or (first == "." and piece[1:2].isdigit()):
        return "number"
    if piece in KEYWORDS:
        return "keyword"
    return "known" if piece in KEPT_NAMES else ""


def _fate_of(number: int, line: str) -> str:
    if number < 2:
        return "names"
    return {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "same")
