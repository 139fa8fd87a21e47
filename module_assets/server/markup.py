"""What others wrote, as markup that shows it and can do nothing: titles, code, differences.

Characters that would change the order in which text is read, or that nobody sees, are shown by
their numbers.
"""

import re
import unicodedata
from collections.abc import Iterable

from markupsafe import Markup, escape

from module_assets.code.tokens import KEPT_NAMES, KEYWORDS, pieces_of

SHOWN_MOST = 100_000
"""Characters of a text that a page shows."""
_ODD = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Controls but tab and line end, direction marks and isolates, and what has no width."""
_END = Markup("</span>")
_AROUND = {
    kind: (Markup('<span class="{}">').format(kind), _END)
    for kind in ("comment", "string", "number", "keyword", "known")
} | {"": (Markup(""), Markup(""))}
"""What stands around a token of a kind."""


def titled(title: str) -> Markup:
    """Write a title as people read it, apart from the direction of what is around it."""
    return Markup("<bdi>{}</bdi>").format(visible(title.replace("_", " ")))


def visible(text: str) -> Markup:
    """Write a text of which nothing is markup, and every character is seen."""
    if not _ODD.search(text):
        return escape(text)
    plain = _ODD.split(text)
    odd = [*map(_numbered, _ODD.findall(text)), Markup("")]
    return Markup("").join(each for pair in zip(plain, odd, strict=True) for each in pair)


def highlighted(text: str) -> Markup:
    """Write the lines of Lua, `L1` and so on, each token in the class of its kind. What is beyond
    SHOWN_MOST is left to whoever reads the text itself.
    """
    parts = [_line(1)]
    line = 1
    for piece in pieces_of(text[:SHOWN_MOST]):
        begin, end = _AROUND[_kind_of(piece)]
        for number, part in enumerate(piece.split("\n")):
            if number:
                line += 1
                parts += [_END, _line(line)]
            if part:
                parts += [begin, visible(part), end]
    # All parts are markup: to escape each once more takes a second where there are many.
    return Markup("".join([*parts, _END]))  # noqa: S704


def compared(lines: Iterable[str]) -> Markup:
    """Write the lines of a unified diff, each in the class of what became of it."""
    return Markup("").join(
        Markup('<span class="line {}">{}</span>').format(_fate_of(number, line), visible(line))
        for number, line in enumerate(lines)
    )


def _numbered(odd: str) -> Markup:
    name = unicodedata.name(odd, "a control character").lower()
    return Markup('<span class="odd" title="{}">U+{:04X}</span>').format(name, ord(odd))


def _line(number: int) -> Markup:
    return Markup('<span class="line" id="L{}">').format(number)


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
