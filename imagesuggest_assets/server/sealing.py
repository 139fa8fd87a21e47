"""Seals judgements at the start of the server, when they are old enough, and at its end."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from imagesuggest_assets.server.judgements import Judgements

LOOKING_SECONDS = 30
"""How often it is looked for what is old enough."""
_LOG = logging.getLogger("imagesuggest")


@asynccontextmanager
async def sealed(judgements: Judgements) -> AsyncIterator[None]:
    """Seal judgements as long as this lasts."""
    task = asyncio.create_task(_keep_sealing(judgements))
    try:
        yield
    finally:
        task.cancel()
        await _seal(judgements, "", all_of_them=True)


async def _keep_sealing(judgements: Judgements) -> None:
    trouble = await _seal(judgements, "", all_of_them=True)
    while True:
        await asyncio.sleep(LOOKING_SECONDS)
        trouble = await _seal(judgements, trouble, all_of_them=False)


async def _seal(judgements: Judgements, told: str, *, all_of_them: bool) -> str:
    """Seal them; give what is in the way, which is told once, "" if nothing is."""
    try:
        await asyncio.to_thread(judgements.seal, all_of_them=all_of_them)
    except OSError as error:
        trouble = f"{judgements.folder}: judgements can not be given to the pipeline: {error}"
        if trouble != told:
            _LOG.error("%s; they are kept, and it is tried again", trouble)
        return trouble
    return ""
