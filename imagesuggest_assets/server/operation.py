"""What those who run the server ask it: whether it lives, whether it can answer, what it offers."""

from functools import cached_property

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from imagesuggest_assets.server.description import description
from imagesuggest_assets.server.source import Source
from resources.web.answers import answer


class Operation:
    """The answers, about one source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def healthz(self, request: Request) -> Response:
        """Answer that the process lives."""
        return answer(request, b'{"status":"lives"}')

    async def readyz(self, request: Request) -> Response:
        """Answer that the store and the lake answer; 503 where one of them does not."""
        await self._source.check()
        return answer(request, b'{"status":"ready"}')

    async def openapi(self, request: Request) -> Response:
        """Answer with the description of all addresses."""
        return answer(request, self._description)

    @cached_property
    def _description(self) -> bytes:
        return msgspec.json.encode(description())
