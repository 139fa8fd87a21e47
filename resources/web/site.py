"""Pages for people, in the house's one look: made of a site's own templates and static files, and
of those beside this module, which all sites have. What is on a page is decided elsewhere.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from resources.web.answers import answer
from resources.web.problems import OutOfReachError

HERE = Path(__file__).resolve().parent
HEADERS = {
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
Handler = Callable[[Request], Awaitable[Response]]


class Site:
    """What makes the pages of one site from the folders ``templates`` and ``static`` of ``folder``.

    ``known`` is what all of its templates know, and what a page may be given anew. Nothing runs
    on a page, and nothing is shown, that is not of the site, but for pictures from the hosts
    ``pictures_of``.
    """

    def __init__(
        self,
        folder: Path,
        known: Mapping[str, Any],
        filters: Mapping[str, Callable[..., Any]],
        pictures_of: Sequence[str] = (),
    ) -> None:
        self._folders = (folder, HERE)
        self._known, self._filters = known, filters
        self._headers = {**HEADERS, "Content-Security-Policy": policy(pictures_of)}

    def page(self, name: str, status: int = 200, **what: Any) -> Response:
        """Answer with a page. What is the same on most pages need not be given."""
        made = self._templates.get_template(name).render({**self._known, **what})
        return HTMLResponse(made, status, self._headers)

    def told_on_a_page(self, handler: Handler) -> Handler:
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
                root = request.scope.get("root_path", "")
                told = self.page("error.html", status, code=status, detail=detail, root=root)
                told.headers.update(getattr(error, "headers", None) or {})
                return told

        return answered

    async def static(self, request: Request) -> Response:
        """Answer with a file that pages use."""
        name = request.path_params["name"]
        if name not in self._static:
            raise HTTPException(404)
        return answer(request, self._static[name], guess_type(name)[0] or "text/plain")

    @cached_property
    def _static(self) -> Mapping[str, bytes]:
        files = (file for folder in self._folders for file in (folder / "static").iterdir())
        return {file.name: file.read_bytes() for file in files}

    @cached_property
    def _templates(self) -> Environment:
        made = Environment(
            loader=FileSystemLoader([folder / "templates" for folder in self._folders]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.filters.update(self._filters)
        return made


def policy(pictures_of: Sequence[str]) -> str:
    """Give the Content-Security-Policy of pages: all is of the site, and nothing is inline."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            " ".join(("img-src 'self'", *pictures_of)),
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
