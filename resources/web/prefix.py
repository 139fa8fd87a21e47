"""An application behind a path prefix, whether the proxy before it takes the prefix off or not."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send


class Prefixed:
    """Tells an application its ``prefix`` (`/tool`, or empty), which links have to begin with."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            scope["root_path"] = self._prefix
            if scope["path"] == self._prefix:
                scope["path"] += "/"
        await self._app(scope, receive, send)


def path_of(request: Request) -> str:
    """Give the path of a request as whoever sent it knows it, with the prefix."""
    prefix: str = request.scope.get("root_path", "")
    path: str = request.scope["path"]
    return path if path.startswith(f"{prefix}/") else f"{prefix}{path}"
