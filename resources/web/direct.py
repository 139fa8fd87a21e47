"""One address of an application that is asked for far more than all others together, answered
without what an application does for every address.
"""

import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from resources.web.answers import ALWAYS_ASK, JSON, etag

Read = Callable[..., Awaitable[bytes]]
"""Gives the body of an address from the parts of it that ``address`` has as groups."""
_ALIKE = [(b"cache-control", ALWAYS_ASK.encode()), (b"content-type", JSON.encode())]
Failed = Callable[[Request, Exception], Awaitable[Response]]


class Direct:
    """Answers GET of ``address`` with what ``read`` gives, as the application's ``endpoint`` would.

    No route is looked for, no Request and no Response made. Everything else is left to the
    application: other methods, conditions, and what the pattern does not take. ``expected`` is what
    ``read`` may raise, ``failed`` answers that.
    """

    def __init__(
        self,
        app: ASGIApp,
        address: str,
        endpoint: object,
        read: Read,
        expected: type[Exception],
        failed: Failed,
    ) -> None:
        self._app = app
        self._match = re.compile(address).fullmatch
        self._endpoint = endpoint
        self._read = read
        self._expected = expected
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        found = self._match(scope["path"]) if scope.get("method") == "GET" else None
        if found is None or any(name == b"if-none-match" for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return
        scope["endpoint"] = self._endpoint
        try:
            body = await self._read(*found.groups())
        except self._expected as error:
            answer = await self._failed(Request(scope), error)
            await answer(scope, receive, send)
            return
        own = [(b"etag", etag(body).encode()), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": own + _ALIKE})
        await send({"type": "http.response.body", "body": body})
