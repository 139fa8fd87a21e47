"""What is asked for in an address, read and refused with what was expected (400)."""

import re
from collections.abc import Iterator, Sequence, Set

from starlette.datastructures import QueryParams

from imagesuggest_assets.server.limits import IDS_MOST
from imagesuggest_assets.server.wanted import Wanted
from resources.stores.kinds import KINDS
from resources.stores.store import INT_MAX
from resources.web.problems import Problem, refused

_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?", re.ASCII)


def page_id_of(name: str, text: str) -> int:
    """Read a page id."""
    return _whole(name, text, 1, INT_MAX)


def whole_number(query: QueryParams, name: str, least: int, most: int, default: int) -> int:
    """Read a parameter that is a whole number."""
    return _whole(name, query[name], least, most) if name in query else default


def snapshot_of(query: QueryParams, others: Sequence[str]) -> str:
    """Read which snapshot is meant; empty: the one that is published."""
    _known(query, {"snapshot", *others})
    text = query.get("snapshot", "")
    if text and not _DATE.fullmatch(text):
        raise refused("snapshot", text, "a date, YYYY-MM-DD")
    return text


def wanted_of(wiki: str, query: QueryParams, others: set[str]) -> Wanted:
    """Read which suggestions of a wiki are wanted; ``others`` are parameters that are known, too.

    A parameter that nobody knows is refused: a filter that is mistyped would let all through.
    """
    _known(query, others | {"kind", "confidence"})
    kinds = list(_values(query, "kind"))
    for kind in kinds:
        if kind not in KINDS:
            raise refused("kind", kind, f"one of {', '.join(KINDS)}")
    confidence = query.get("confidence", "0")
    if not _NUMBER.fullmatch(confidence) or float(confidence) > 100:
        raise refused("confidence", confidence, "a number from 0 to 100")
    ids = list(dict.fromkeys(page_id_of("id", each) for each in _values(query, "id")))
    if len(ids) > IDS_MOST:
        raise Problem(400, f"{len(ids)} ids were asked for; expected {IDS_MOST} at most at once")
    return Wanted(wiki, kinds or None, float(confidence), ids if "id" in query else None)


def _known(query: QueryParams, known: Set[str]) -> None:
    for name in query:
        if name not in known:
            raise refused("a parameter", name, f"one of {', '.join(sorted(known))}")


def _values(query: QueryParams, name: str) -> Iterator[str]:
    """Give the values of a parameter that may come several times, or have commas."""
    for value in query.getlist(name):
        yield from value.split(",")


def _whole(name: str, text: str, least: int, most: int) -> int:
    number = int(text) if _DIGITS.fullmatch(text) else -1
    if not least <= number <= most:
        raise refused(name, text, f"a whole number from {least} to {most}")
    return number
