"""Addresses in which each part between two slashes is one value, percent-encoded: `%2F` is a slash
of the value.

An ASGI server gives the path decoded, in which such a slash is like any other.
"""

from urllib.parse import unquote

from starlette.convertors import Convertor, register_url_convertor
from starlette.types import ASGIApp, Receive, Scope, Send

from resources.web.problems import refused


class PartConvertor(Convertor[str]):
    """``{name:part}`` of a route: what is between two slashes, decoded."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        """Decode it. Raises Problem for bytes that are no UTF-8."""
        try:
            return unquote(value, errors="strict") if "%" in value else value
        except UnicodeDecodeError:
            raise refused("a part of the address", value, "percent-encoded UTF-8") from None

    def to_string(self, value: str) -> str:
        """See Convertor; addresses are written by nobody here."""
        raise NotImplementedError


register_url_convertor("part", PartConvertor())


class Encoded:
    """Lets an application find its routes by the path as it was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            scope["path"] = scope["raw_path"].decode("ascii")
        await self._app(scope, receive, send)
