"""Modules that a module names in its strings, and by which function it loads them.

Whether there is a module of that title is not known here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from resources.sources.names import normalize_typed_title, with_capital

LOADERS = ("require", "loadData", "loadJsonData")
MENTION = "mention"


@dataclass(frozen=True)
class ModuleNamespace:
    """Namespace 828 of one wiki: ``names`` are its local name and aliases, of any case;
    ``first_letter`` tells whether the first letter of a title is made upper-case.
    """

    names: Sequence[str] = ()
    first_letter: bool = True

    @cached_property
    def _known(self) -> frozenset[str]:
        """`Module` is understood on every wiki."""
        return frozenset(_folded(name) for name in ("Module", *self.names))

    def title_in(self, string: str) -> str | None:
        """Give the title that a string names; None where it names no module.

        Escapes are not resolved. Which characters no title has is seen to by Trait.TITLED.
        """
        namespace, _, typed = string.partition(":")
        if _folded(namespace) not in self._known:
            return None
        title = normalize_typed_title(typed)
        return (with_capital(title) if self.first_letter else title) or None


def _folded(name: str) -> str:
    return normalize_typed_title(name).lower()


def references_of(
    tokens: Sequence[str], titled: Iterable[int], namespace: ModuleNamespace
) -> list[tuple[str, str]]:
    """Give kind and title of what the strings at some places of a text name, distinct and sorted.

    A string next to `..` is part of a name only. The kind is the function whose name stands before
    the string, a `(` between them or not, else a mention.
    """
    found = set()
    for place in titled:
        before = tokens[max(place - 2, 0) : place]
        if ".." in (*before[-1:], *tokens[place + 1 : place + 2]):
            continue
        title = namespace.title_in(tokens[place][1:])
        if title is not None:
            caller = before[-2:-1] if before[-1:] == ["("] else before[-1:]
            found.add((caller[0] if caller and caller[0] in LOADERS else MENTION, title))
    return sorted(found)
