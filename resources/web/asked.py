"""What any address may be asked with: parameters that are known, whole numbers, and one of some
words; all else is refused with what was expected (400).
"""

import re
from collections.abc import Iterable, Sequence, Set
from typing import TypeVar

from starlette.datastructures import QueryParams

from resources.web.problems import refused

T = TypeVar("T", bound=str)
_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)


def refuse_unknown(query: Iterable[str], known: Set[str]) -> None:
    """Raise Problem for a parameter that nobody knows: a filter that is mistyped would let all
    through.
    """
    for name in query:
        if name not in known:
            raise refused("a parameter", name, f"one of {', '.join(sorted(known))}")


def whole(name: str, text: str, least: int, most: int) -> int:
    """Read a whole number."""
    number = int(text) if _DIGITS.fullmatch(text) else -1
    if not least <= number <= most:
        raise refused(name, text, f"a whole number from {least} to {most}")
    return number


def whole_number(query: QueryParams, name: str, least: int, most: int, default: int) -> int:
    """Read a parameter that is a whole number."""
    return whole(name, query[name], least, most) if name in query else default


def one_of(name: str, text: str, allowed: Sequence[T]) -> T:
    """Read one of some words. Whoever is refused is told those that are not empty."""
    for each in allowed:
        if each == text:
            return each
    raise refused(name, text, f"one of {', '.join(filter(None, allowed))}")
