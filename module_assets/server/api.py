"""The API's answers, as JSON or CSV (MODULES.md section 7). Which address leads where is in
application.py, what is told of one family or module in told.py.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from graph.history import History
from graph.terminal.rows import write_rows
from module_assets.answers import family, modules
from module_assets.answers.archive import write_archive
from module_assets.answers.published import Published, Row
from module_assets.scores import FAMILY_FEATURES, MODULE_FEATURES
from module_assets.server import rows as columns
from module_assets.server.address import Address, neighbours
from module_assets.server.asked import (
    FORMS,
    form_asked,
    list_asked,
    module_asked,
    part_asked,
    view_asked,
    weights_asked,
)
from module_assets.server.description import CSV
from module_assets.server.kinds import FAMILIES, FUNCTIONS, MODULES, Kind
from module_assets.server.source import Source
from module_assets.server.told import (
    difference_told,
    family_found,
    family_told,
    found_at,
    module_told,
)
from resources.web.answers import JSON, SAFE, safe_answer
from resources.web.asked import refuse_unknown
from resources.web.problems import Problem


class Api:
    """The answers, from one source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def families(self, request: Request) -> Response:
        """Answer with a part of the families."""
        return await self._list(request, FAMILIES)

    async def modules(self, request: Request) -> Response:
        """Answer with a part of the modules."""
        return await self._list(request, MODULES)

    async def functions(self, request: Request) -> Response:
        """Answer with a part of the functions that several wikis have."""
        return await self._list(request, FUNCTIONS)

    async def family(self, request: Request) -> Response:
        """Answer with a family; as CSV, with its members."""
        refuse_unknown(request.query_params, {"weights", "format"})
        form = form_asked(request.query_params)
        weights = weights_asked(request.query_params, FAMILY_FEATURES)
        module = module_asked(request)

        def tell(there: Published) -> dict[str, Any]:
            family_id = family_found(there, *module)
            if form == "csv":
                return {"members": family.members(there, family_id)}
            return family_told(there, family_id, weights)

        told = await self._source.ask(tell)
        return _given(request, told, form, told["members"], columns.MEMBERS)

    async def module(self, request: Request) -> Response:
        """Answer with a module; as CSV, with its reasons."""
        refuse_unknown(request.query_params, {"weights", "format"})
        form = form_asked(request.query_params)
        weights = weights_asked(request.query_params, MODULE_FEATURES)
        module = module_asked(request)
        told = await self._source.ask(
            lambda there: module_told(there, *found_at(there, *module), weights)
        )
        return _given(request, told, form, told["reasons"], columns.REASON)

    async def similar_families(self, request: Request) -> Response:
        """Answer with the families that are like one, and not akin."""
        refuse_unknown(request.query_params, {"format"})
        form, module = form_asked(request.query_params), module_asked(request)
        rows = await self._source.ask(
            lambda there: family.related(there, family_found(there, *module))
        )
        return _given(request, {"rows": rows}, form, rows, columns.RELATED)

    async def similar_modules(self, request: Request) -> Response:
        """Answer with the modules that are like one."""
        refuse_unknown(request.query_params, {"format", "limit", "offset"})
        form, module = form_asked(request.query_params), module_asked(request)
        limit, offset = part_asked(request.query_params)

        def tell(there: Published) -> list[Row]:
            return modules.similar_to(there, *found_at(there, *module), limit, offset)

        rows = await self._source.ask(tell)
        return _given(request, {"rows": rows}, form, rows, columns.SIMILAR)

    async def diff(self, request: Request) -> Response:
        """Answer with how two modules differ."""
        query = request.query_params
        refuse_unknown(query, {"a", "b", "view"})
        view = view_asked(query)
        for name in ("a", "b"):
            if name not in query:
                raise Problem(400, f"{name} is missing; expected a module, wiki/page_id")
        told = await self._source.ask(
            lambda there: difference_told(there, query["a"], query["b"], view)
        )
        return safe_answer(request, msgspec.json.encode(told), JSON)

    async def having(self, request: Request) -> Response:
        """Answer with the modules that have a function of a shape."""
        refuse_unknown(request.query_params, {"format", "limit"})
        form, shape = form_asked(request.query_params), request.path_params["shape"]
        limit, _ = part_asked(request.query_params)
        rows = await self._source.ask(lambda there: modules.having(there, shape, limit))
        if not rows:
            raise Problem(404, "no function has this shape; GET /api/v1/functions lists them")
        return _given(request, {"rows": rows}, form, rows, columns.HAVING)

    async def weights(self, request: Request) -> Response:
        """Answer with what scores are made of, and the usual weights."""
        refuse_unknown(request.query_params, set())
        told = {"families": FAMILY_FEATURES, "modules": MODULE_FEATURES}
        features = {name: [asdict(each) for each in given] for name, given in told.items()}
        return safe_answer(request, msgspec.json.encode(features), JSON)

    async def snapshots(self, request: Request) -> Response:
        """Answer with the snapshots that came to their gate, the newest first."""
        refuse_unknown(request.query_params, set())
        told = await self._source.ask(self._snapshots)
        return safe_answer(request, msgspec.json.encode({"snapshots": told}), JSON)

    def _snapshots(self, there: Published) -> list[dict[str, Any]]:
        return [
            {
                "snapshot": gate.snapshot,
                "is_shown": gate.snapshot == there.key,
                "wikis": len(gate.states),
                "let_through": len(gate.published),
                "reasons": dict(gate.reasons),
            }
            for gate in History(self._source.lake).gates
        ]

    async def archive(self, request: Request) -> Response:
        """Answer with the texts of a family as `.lua` files, and the credits of each."""
        refuse_unknown(request.query_params, set())
        module, folder = module_asked(request), TemporaryDirectory(prefix="modules-")
        target = Path(folder.name) / "family.zip"

        def write(there: Published) -> str:
            family_id = family_found(there, *module)
            write_archive(there, family_id, target)
            return family_id

        try:
            family_id = await self._source.ask(write)
        except BaseException:
            folder.cleanup()
            raise
        return FileResponse(
            target,
            headers=SAFE,
            media_type="application/zip",
            filename=f"{family_id.replace('/', '-')}.zip",
            background=BackgroundTask(folder.cleanup),
        )

    async def text(self, request: Request) -> Response:
        """Answer with the text of a module, as it is."""
        refuse_unknown(request.query_params, set())
        module = module_asked(request)
        text = await self._source.ask(
            lambda there: modules.text_of(there, *found_at(there, *module))
        )
        return safe_answer(request, text.encode(), "text/plain; charset=utf-8")

    async def _list(self, request: Request, kind: Kind) -> Response:
        asked = list_asked(request.query_params, kind.features)
        key, rows = await self._source.ask(lambda there: (there.key, kind.rows(there, asked)))
        limit, offset = asked.wanted.limit, asked.wanted.offset
        _, after = neighbours(Address.of(request), limit, offset, len(rows) == limit)
        told = {"snapshot": key, "rows": rows, "next": after or None}
        return _given(request, told, asked.form, rows, kind.columns)


def _given(
    request: Request,
    told: Mapping[str, Any],
    form: str,
    rows: Sequence[Row],
    shown: columns.Columns,
) -> Response:
    """Answer in a form: all that is told as JSON, or its rows as CSV."""
    if form == FORMS[0]:
        return safe_answer(request, msgspec.json.encode(told), JSON)
    to = io.StringIO()
    write_rows(rows, list(shown), "csv", to)
    return safe_answer(request, to.getvalue().encode(), CSV)
