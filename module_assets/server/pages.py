"""Pages for people (MODULES.md section 7). How they look is in templates/ and static/."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from module_assets.answers import modules
from module_assets.answers.lists import Wanted
from module_assets.answers.modules import history_of, page_of
from module_assets.answers.published import Published
from module_assets.scores import FAMILY_FEATURES, MODULE_FEATURES, default_weights
from module_assets.server.address import WEIGHT, Address, neighbours, of_form
from module_assets.server.asked import LIMIT, list_asked, module_asked, view_asked, weights_asked
from module_assets.server.bars import bar_of
from module_assets.server.description import BASE
from module_assets.server.kinds import FAMILIES, FUNCTIONS, MODULES, Kind
from module_assets.server.rendering import SITE
from module_assets.server.source import Source
from module_assets.server.told import (
    Told,
    difference_told,
    family_found,
    family_told,
    found_at,
    module_told,
)
from resources.web.asked import refuse_unknown
from resources.web.problems import Problem

MEMBERS_MOST = 500
"""Members of a family, or modules that have a function, that a page shows."""
SIMILAR_MOST = 50


class Pages:
    """The pages, from one source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def families(self, request: Request) -> Response:
        """Show the families that are worth most."""
        return await self._list(request, FAMILIES)

    async def modules(self, request: Request) -> Response:
        """Show the modules that are worth most."""
        return await self._list(request, MODULES)

    async def functions(self, request: Request) -> Response:
        """Show the functions that are on the most wikis."""
        return await self._list(request, FUNCTIONS)

    async def family(self, request: Request) -> Response:
        """Show a family, and how two of its modules differ, if so is asked."""
        address, query = Address.of(request), request.query_params
        refuse_unknown(query, {"weights", "a", "b", "view"})
        weights, view = weights_asked(query, FAMILY_FEATURES), view_asked(query)
        wiki, page_id = module_asked(request)
        pair = query.get("a", ""), query.get("b", "")

        def tell(there: Published) -> tuple[str, Told, Told | None]:
            family_id = family_found(there, wiki, page_id)
            if family_id != f"{wiki}/{page_id}":
                return family_id, {}, None
            told = family_told(there, family_id, weights)
            compared = difference_told(there, *pair, view) if all(pair) else None
            return family_id, {**told, "held": there.held}, compared

        family_id, told, compared = await self._source.ask(tell)
        root = request.scope["root_path"]
        if not told:
            return RedirectResponse(str(address.at(f"{root}/family/{family_id}")), 307)
        return _page(
            request,
            "family.html",
            address=address,
            compared=compared,
            view=view,
            members_most=MEMBERS_MOST,
            wiki=wiki,
            page_id=page_id,
            **told,
        )

    async def module(self, request: Request) -> Response:
        """Show a module."""
        query = request.query_params
        refuse_unknown(query, {"weights"})
        weights = weights_asked(query, MODULE_FEATURES)
        wiki, page_id = module_asked(request)

        def tell(there: Published) -> Told:
            named = found_at(there, wiki, page_id)
            similar = modules.similar_to(there, *named, SIMILAR_MOST, 0)
            return {**module_told(there, *named, weights), "similar": similar, "held": there.held}

        told = await self._source.ask(tell)
        addresses = {"page": page_of(told), "history": history_of(told)}
        return _page(request, "module.html", module=told, **addresses, **_shown(told))

    async def function(self, request: Request) -> Response:
        """Show the modules that have a function."""
        refuse_unknown(request.query_params, set())
        shape = request.path_params["shape"]

        def tell(there: Published) -> Told:
            rows = modules.having(there, shape, MEMBERS_MOST)
            if not rows:
                raise Problem(404, "no function has this shape; the list of functions has those")
            return {"rows": rows, "snapshot": there.key, "held": there.held}

        told = await self._source.ask(tell)
        return _page(request, "function.html", shape=shape, members_most=MEMBERS_MOST, **told)

    async def _list(self, request: Request, kind: Kind) -> Response:
        """Show a list. Who sends its form is led to the address that it means."""
        address = Address.of(request)
        meant = of_form(address, kind.features)
        if meant != address:
            return RedirectResponse(str(meant), 303)
        asked = list_asked(request.query_params, kind.features)

        def tell(there: Published) -> Told:
            return {
                "rows": kind.rows(there, asked),
                "sites": there.sites,
                "snapshot": there.key,
                "snapshot_before": there.before,
                "held": there.held,
            }

        told = await self._source.ask(tell)
        wanted, rows = asked.wanted, told.pop("rows")
        before, after = neighbours(address, wanted.limit, wanted.offset, len(rows) == wanted.limit)
        return _page(
            request,
            f"{kind.name}.html",
            at=kind.name,
            address=address,
            api=address.at(f"{request.scope['root_path']}{BASE}/{kind.name}"),
            rows=[(row, bar_of(row, kind.features)) for row in rows],
            features=kind.features,
            weights=asked.weights,
            weight=WEIGHT,
            wanted=wanted,
            is_filtered=wanted != Wanted(limit=wanted.limit, offset=wanted.offset),
            is_weighed=asked.weights != default_weights(kind.features),
            limit=LIMIT,
            before=before,
            after=after,
            **told,
        )


def _page(request: Request, name: str, **what: Any) -> Response:
    return SITE.page(name, root=request.scope["root_path"], base=BASE, **what)


def _shown(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in ("snapshot", "held", "code", "similar")}
