"""Errors as `application/problem+json` (RFC 9457): what is wrong, what was expected, what to do."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
_NOTHING = (
    "there is nothing at this address; GET {described} describes the addresses that there are"
)
_DETAILS = {
    405: "this address does not take the method; `Allow` says which it takes",
    500: "something went wrong here, and is written down; try again, or tell who runs this service",
}
"""What is said where nobody said more."""


Answer = Callable[[Request, Exception], Awaitable[Response]]


class OutOfReachError(Exception):
    """What an answer comes from does not answer now; the text is for whoever asked."""


class Problem(HTTPException):
    """An answer that is an error; ``detail`` says in one text what the one who asked needs."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)


def refused(what: str, found: str, expected: str) -> Problem:
    """Refuse a value that somebody sent (400)."""
    shown = found if len(found) <= 100 else f"{found[:100]}…"
    return Problem(400, f"{what} is {shown!r}; expected {expected}")


async def problem_of(request: Request, error: Exception, described: str = "/openapi") -> Response:
    """Answer with an error; of one that is not ours nothing is told. ``described`` is the address
    of the description.
    """
    status = error.status_code if isinstance(error, HTTPException) else 500
    title = HTTPStatus(status).phrase
    told = {404: _NOTHING.format(described=described), **_DETAILS}
    detail = error.detail if isinstance(error, Problem) else told.get(status, title)
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "instance": request.url.path,
        "detail": detail,
    }
    headers = dict(getattr(error, "headers", None) or {})
    if status == 405 and "Allow" in headers:
        headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
    return Response(
        msgspec.json.encode(body), status, {**headers, "Cache-Control": "no-cache"}, MEDIA_TYPE
    )


async def unavailable(request: Request, error: Exception) -> Response:
    """Answer that something is out of reach, and when to try again."""
    return await problem_of(request, Problem(503, str(error), {"Retry-After": f"{RETRY_SECONDS}"}))


def handlers(described: str) -> Mapping[type[Exception], Answer]:
    """Give for an application how it answers with errors; its description is at ``described``."""
    told = partial(problem_of, described=described)
    return {HTTPException: told, Exception: told, OutOfReachError: unavailable}
