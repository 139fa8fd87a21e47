"""What is asked for in an address, read and refused with what was expected (400)."""

import re
from collections.abc import Iterator, Sequence

from starlette.datastructures import QueryParams

from imagesuggest_assets.server.limits import IDS_MOST
from imagesuggest_assets.server.wanted import Wanted
from resources.stores.kinds import KINDS
from resources.stores.store import INT_MAX
from resources.web.asked import one_of, refuse_unknown, whole
from resources.web.problems import Problem, refused

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?", re.ASCII)


def page_id_of(name: str, text: str) -> int:
    """Read a page id."""
    return whole(name, text, 1, INT_MAX)


def snapshot_of(query: QueryParams, others: Sequence[str]) -> str:
    """Read which snapshot is meant; empty: the one that is published."""
    refuse_unknown(query, {"snapshot", *others})
    text = query.get("snapshot", "")
    if text and not _DATE.fullmatch(text):
        raise refused("snapshot", text, "a date, YYYY-MM-DD")
    return text


def wanted_of(wiki: str, query: QueryParams, others: set[str]) -> Wanted:
    """Read which suggestions of a wiki are wanted; ``others`` are known parameters, too."""
    refuse_unknown(query, others | {"kind", "confidence"})
    kinds = [one_of("kind", each, KINDS) for each in _values(query, "kind")]
    confidence = query.get("confidence", "0")
    if not _NUMBER.fullmatch(confidence) or float(confidence) > 100:
        raise refused("confidence", confidence, "a number from 0 to 100")
    ids = list(dict.fromkeys(page_id_of("id", each) for each in _values(query, "id")))
    if len(ids) > IDS_MOST:
        raise Problem(400, f"{len(ids)} ids were asked for; expected {IDS_MOST} at most at once")
    return Wanted(wiki, kinds or None, float(confidence), ids if "id" in query else None)


def _values(query: QueryParams, name: str) -> Iterator[str]:
    """Give the values of a parameter that may come several times, or have commas."""
    for value in query.getlist(name):
        yield from value.split(",")
