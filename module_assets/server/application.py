"""Which address leads where, and what goes with every answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from module_assets.answers.lists import Wanted, families
from module_assets.answers.published import Published
from module_assets.scores import FAMILY_FEATURES, default_weights
from module_assets.server.api import Api
from module_assets.server.description import BASE, description
from module_assets.server.pages import Pages
from module_assets.server.rendering import SITE
from module_assets.server.source import Source
from resources.web.operation import Operation
from resources.web.parts import Encoded
from resources.web.prefix import Prefixed
from resources.web.problems import handlers
from resources.web.shared import Shared
from resources.web.warming import warming

DESCRIBED = "/openapi.json"
MODULE = "{wiki:part}/{page_id:part}"


def application(source: Source, root_path: str = "") -> ASGIApp:
    """Make the application that answers from a source, which is closed with it, behind a prefix."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        # What the first list would wait for is read while the server answers already.
        async with warming(lambda: source.ask(_first_list)):
            yield
        source.close()

    routes = [*_api(Api(source), Operation(description)), *_pages(Pages(source))]
    inner = Starlette(routes=routes, exception_handlers=handlers(DESCRIBED), lifespan=lifespan)
    inner.router.redirect_slashes = False
    open_to_all = (f"{BASE}/", f"{root_path}{BASE}/")
    return Encoded(Shared(Prefixed(inner, root_path), open_to_all))


def _api(api: Api, operation: Operation) -> list[Route]:
    addresses = {
        f"{BASE}/families": api.families,
        f"{BASE}/modules": api.modules,
        f"{BASE}/functions": api.functions,
        f"{BASE}/families/{MODULE}": api.family,
        f"{BASE}/families/{MODULE}/similar": api.similar_families,
        f"/family/{MODULE}/archive.zip": api.archive,
        f"{BASE}/modules/{MODULE}": api.module,
        f"{BASE}/modules/{MODULE}/similar": api.similar_modules,
        f"{BASE}/modules/{MODULE}/text": api.text,
        f"{BASE}/functions/{{shape:part}}": api.having,
        f"{BASE}/diff": api.diff,
        f"{BASE}/weights": api.weights,
        f"{BASE}/snapshots": api.snapshots,
        "/healthz": operation.healthz,
        DESCRIBED: operation.openapi,
    }
    return [Route(address, handler) for address, handler in addresses.items()]


def _pages(pages: Pages) -> list[Route]:
    addresses = {
        "/": pages.families,
        "/modules": pages.modules,
        "/functions": pages.functions,
        f"/family/{MODULE}": pages.family,
        f"/module/{MODULE}": pages.module,
        "/function/{shape:part}": pages.function,
        "/static/{name:part}": SITE.static,
    }
    return [Route(path, SITE.told_on_a_page(handler)) for path, handler in addresses.items()]


def _first_list(there: Published) -> object:
    return families(there, Wanted(limit=1), default_weights(FAMILY_FEATURES))
