"""Pages for people, from templates/ and static/. What is on them is decided elsewhere."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from imagesuggest_assets.server import words
from imagesuggest_assets.server.pictures import HOSTS
from imagesuggest_assets.server.rating import REASONS
from imagesuggest_assets.server.source import OutOfReachError
from resources.web.answers import answer

HERE = Path(__file__).resolve().parent
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        f"img-src 'self' {' '.join(HOSTS)}",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
Handler = Callable[[Request], Awaitable[Response]]


def page(name: str, status: int = 200, **what: Any) -> Response:
    """Answer with a page. What is the same on most pages need not be given."""
    given = {"direction": "ltr", "wiki": None, "judge": None, "log_in": False, **what}
    return HTMLResponse(_templates().get_template(name).render(given), status, HEADERS)


def told_on_a_page(handler: Handler) -> Handler:
    """Let errors be told to people on a page, and to programs as they are anywhere else."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except (HTTPException, OutOfReachError) as error:
            if "text/html" not in request.headers.get("accept", ""):
                raise
            status, detail = 503, str(error)
            if isinstance(error, HTTPException):
                status, detail = error.status_code, error.detail
            told = page("error.html", status, code=status, detail=detail)
            told.headers.update(getattr(error, "headers", None) or {})
            return told

    return answered


async def static(request: Request) -> Response:
    """Answer with a file that pages use."""
    name = request.path_params["name"]
    files = _static()
    if name not in files:
        raise HTTPException(404)
    return answer(request, files[name], guess_type(name)[0] or "text/plain")


@cache
def _static() -> Mapping[str, bytes]:
    return {file.name: file.read_bytes() for file in (HERE / "static").iterdir()}


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"words": words, "REASONS": REASONS}
    made.filters["spaced"] = words.spaced
    return made
