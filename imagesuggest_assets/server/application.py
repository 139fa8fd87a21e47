"""Which address leads where, and what goes with every answer."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from imagesuggest_assets.server.api import Api
from imagesuggest_assets.server.judgements import Judgements
from imagesuggest_assets.server.operation import Operation
from imagesuggest_assets.server.sealing import sealed
from imagesuggest_assets.server.source import Source
from resources.web.direct import Direct
from resources.web.metrics import Measured, metrics
from resources.web.parts import Encoded
from resources.web.problems import handlers
from resources.web.shared import Shared
from resources.web.warming import warming

OPEN = ("/public/", "/v1/")
"""What pages of other sites may read."""
PAGE = "/public/image_suggestions/suggestions/([^/%]+)/([1-9][0-9]{0,8})"
"""The suggestions of a page, as nearly all ask for them: more than all that is answered else."""


def application(
    source: Source, more: Sequence[Route] = (), judgements: Judgements | None = None
) -> ASGIApp:
    """Make the application that answers from a source, which is closed with it. ``judgements`` are
    sealed as long as it lasts.
    """
    api = Api(source)
    routes = [*_routes(api, Operation(source)), *more]
    told = handlers("/openapi")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        # What the first list would wait for is imported while the server answers already.
        sealing = sealed(judgements) if judgements else nullcontext()
        async with warming(source.described), sealing:
            yield
        await source.close()

    inner = Starlette(routes=routes, exception_handlers=told, lifespan=lifespan)
    inner.router.redirect_slashes = False
    named: dict[object, str] = {route.endpoint: route.path.replace(":part", "") for route in routes}
    every = Encoded(Shared(inner, OPEN))
    return Measured(Direct(every, PAGE, api.suggestions, api.suggested, told), named)


def _routes(api: Api, operation: Operation) -> list[Route]:
    public, private = "/public/image_suggestions", "/private/image_suggestions"
    return [
        Route(f"{public}/suggestions/{{wiki:part}}/{{page_id:part}}", api.suggestions),
        Route(f"{private}/title_cache/{{wiki:part}}/{{title:part}}", api.title_cache),
        Route(f"{private}/instanceof_cache/{{wiki:part}}/{{page_id:part}}", api.instanceof_cache),
        Route(f"{private}/feedback/{{wiki:part}}/{{page_id:part}}", api.feedback),
        Route("/v1/wikis", api.wikis),
        Route("/v1/suggestions/{wiki:part}.ndjson", api.all_pages),
        Route("/v1/suggestions/{wiki:part}", api.pages),
        Route("/v1/explain/{wiki:part}/{title:part}", api.explanation_of_title),
        Route("/v1/explain/{wiki:part}", api.explanation_of_page),
        Route("/healthz", operation.healthz),
        Route("/readyz", operation.readyz),
        Route("/metrics", metrics),
        Route("/openapi", operation.openapi),
    ]
