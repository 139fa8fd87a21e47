"""What is asked for in an address, read and refused with what was expected (400)."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import QueryParams
from starlette.requests import Request

from module_assets.answers.differences import VIEWS, View
from module_assets.answers.lists import Wanted
from module_assets.scores import Feature, weights_of
from resources.errors import UserError
from resources.web.asked import one_of, refuse_unknown, whole, whole_number
from resources.web.problems import Problem, refused

LIMIT, MOST = 50, 5_000
"""Rows of a part of a list, and how many can be asked for."""
OFFSET_MOST = 10_000_000
WIKIS_MOST = 10_000
TEXT_MOST = 255
PAGE_MOST = 2**63 - 1
KINDS = ("code", "data")
FORMS = ("json", "csv")
FILTERS = ("project", "language", "wiki", "kind", "min_wikis", "new", "q")
PART = ("limit", "offset")


@dataclass(frozen=True)
class Asked:
    """Which rows of a list are wanted, how they are weighed, and in which form."""

    wanted: Wanted
    weights: dict[str, float]
    form: str


def list_asked(query: QueryParams, features: Sequence[Feature]) -> Asked:
    """Read what is asked of a list. One without ``features`` is not weighed."""
    weighed = ("weights",) if features else ()
    refuse_unknown(query, {*FILTERS, *PART, *weighed, "format"})
    limit, offset = part_asked(query)
    kind = one_of("kind", query.get("kind", ""), ("", *KINDS))
    wanted = Wanted(
        project=_text(query, "project"),
        language=_text(query, "language"),
        wiki=_text(query, "wiki"),
        kind=kind,
        title=_text(query, "q"),
        least_wikis=whole_number(query, "min_wikis", 0, WIKIS_MOST, 0),
        new=one_of("new", query.get("new", ""), ("", "1")) == "1",
        limit=limit,
        offset=offset,
    )
    return Asked(wanted, weights_asked(query, features), form_asked(query))


def part_asked(query: QueryParams) -> tuple[int, int]:
    """Read which part of a list is wanted: so many rows, after so many."""
    limit = whole_number(query, "limit", 1, MOST, LIMIT)
    return limit, whole_number(query, "offset", 0, OFFSET_MOST, 0)


def weights_asked(query: QueryParams, features: Sequence[Feature]) -> dict[str, float]:
    """Read weights; others than the given ones are the usual ones."""
    try:
        return weights_of(query.get("weights", ""), features) if features else {}
    except UserError as error:
        raise Problem(400, str(error)) from error


def form_asked(query: QueryParams) -> str:
    """Read the form of an answer."""
    return one_of("format", query.get("format", FORMS[0]), FORMS)


def view_asked(query: QueryParams) -> View:
    """Read how two texts are compared."""
    return one_of("view", query.get("view", VIEWS[0]), VIEWS)


def module_asked(request: Request) -> tuple[str, int]:
    """Read of which module the address is."""
    parts = request.path_params
    return parts["wiki"], whole("page_id", parts["page_id"], 1, PAGE_MOST)


def _text(query: QueryParams, name: str) -> str:
    text = query.get(name, "")
    if len(text) > TEXT_MOST:
        raise refused(name, text, f"{TEXT_MOST} characters at most")
    return text
