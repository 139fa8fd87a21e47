"""What any address may be asked with: parameters that are known, and whole numbers; all else is
refused with what was expected (400).
"""

import re
from collections.abc import Iterable, Set

from resources.web.problems import refused

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
