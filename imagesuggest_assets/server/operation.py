"""What those who run the server ask it, with whether it can answer."""

from starlette.requests import Request
from starlette.responses import Response

from imagesuggest_assets.server.description import description
from imagesuggest_assets.server.source import Source
from resources.web import operation
from resources.web.answers import answer


class Operation(operation.Operation):
    """The answers, about one source."""

    def __init__(self, source: Source) -> None:
        super().__init__(description)
        self._source = source

    async def readyz(self, request: Request) -> Response:
        """Answer that the store and the lake answer; 503 where one of them does not."""
        await self._source.check()
        return answer(request, b'{"status":"ready"}')
