"""What those who run a service ask it: whether it lives, and what it offers."""

from collections.abc import Callable
from functools import cached_property

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from resources.web.answers import answer
from resources.web.description import Node


class Operation:
    """The answers; ``description`` gives what the service offers."""

    def __init__(self, description: Callable[[], Node]) -> None:
        self._description = description

    async def healthz(self, request: Request) -> Response:
        """Answer that the process lives."""
        return answer(request, b'{"status":"lives"}')

    async def openapi(self, request: Request) -> Response:
        """Answer with the description of all addresses."""
        return answer(request, self._described)

    @cached_property
    def _described(self) -> bytes:
        return msgspec.json.encode(self._description())
