"""What the first who asks would wait for is asked for as a server starts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from resources.web.problems import OutOfReachError


@asynccontextmanager
async def warming(ask: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Ask while the server answers already; at the end, wait until that is answered."""
    asking = asyncio.create_task(_asked(ask))
    yield
    await asking


async def _asked(ask: Callable[[], Awaitable[object]]) -> None:
    try:
        await ask()
    except OutOfReachError:
        # It is written down, and asked again by whoever wants something.
        return
