"""One address of an application that is asked for far more than all others together, answered
without what an application does for every address.
"""

import re
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from resources.web.answers import ALWAYS_ASK, JSON, etag
from resources.web.problems import Answer
from resources.web.shared import OPEN

Read = Callable[..., Awaitable[bytes]]
"""Gives the body of an address from the parts of it that ``address`` has as groups."""
_ALIKE = [(b"cache-control", ALWAYS_ASK.encode()), (b"content-type", JSON.encode()), OPEN]


class Direct:
    """Answers GET of ``address`` with what ``read`` gives, as the application's ``endpoint`` would,
    open to pages of other sites.

    No route is looked for, no Request and no Response made. Everything else is left to the
    application: other methods, conditions, and what the pattern does not take. What ``read`` raises
    is answered by ``failed``, as by the application's exception handlers; what only Exception is
    there for is raised after that, for the server's log.
    """

    def __init__(
        self,
        app: ASGIApp,
        address: str,
        endpoint: object,
        read: Read,
        failed: Mapping[type[Exception], Answer],
    ) -> None:
        self._app = app
        self._match = re.compile(address).fullmatch
        self._endpoint = endpoint
        self._read = read
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        asked = scope["raw_path"].decode("ascii") if scope.get("method") == "GET" else ""
        found = self._match(asked)
        if found is None or any(name == b"if-none-match" for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return
        scope["endpoint"] = self._endpoint
        try:
            body = await self._read(*found.groups())
        except Exception as error:
            kind = next(each for each in type(error).__mro__ if each in self._failed)
            answer = await self._failed[kind](Request(scope), error)
            answer.raw_headers.append(OPEN)
            await answer(scope, receive, send)
            if kind is Exception:
                raise
            return
        own = [(b"etag", etag(body).encode()), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": own + _ALIKE})
        await send({"type": "http.response.body", "body": body})
