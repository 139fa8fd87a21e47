"""Lets pages of other sites read some addresses (CORS). Nobody's cookie is ever looked at there."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN = (b"access-control-allow-origin", b"*")


class Shared:
    """Opens what begins with one of ``prefixes``, also where the answer is an error."""

    def __init__(self, app: ASGIApp, prefixes: tuple[str, ...]) -> None:
        self._app = app
        self._prefixes = prefixes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefixes):
            await self._app(scope, receive, send)
            return

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append(OPEN)
            await send(message)

        await self._app(scope, receive, opened)
