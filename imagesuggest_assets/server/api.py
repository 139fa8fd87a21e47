"""The API's answers: rows of the readers' tables as Wikimedia's clients read them, and lists of
pages with their suggestions (SPEC.md section 11). Which address leads where is in application.py.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from imagesuggest_assets.server.asked import page_id_of, snapshot_of, wanted_of
from imagesuggest_assets.server.limits import LIMIT, MOST, SEED_MOST
from imagesuggest_assets.server.source import NotKeptError, Source
from resources.stores.kinds import strongest_first
from resources.stores.reading import Row, of_newest_id
from resources.web.answers import answer, etag, has, headers, unchanged
from resources.web.asked import whole_number
from resources.web.problems import Problem

BODIES = 16_000_000
"""Bytes of pages' bodies that are kept; a page has about a thousand."""
NDJSON = "application/x-ndjson"
_encode = msgspec.json.encode
_encode_lines = msgspec.json.Encoder().encode_lines


class Api:
    """The answers, from one source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._bodies: dict[tuple[str, int], bytes] = {}
        self._kept = 0
        self._version: object = None

    async def suggestions(self, request: Request) -> Response:
        """Answer with the suggestions of a page."""
        page_id = page_id_of("page_id", request.path_params["page_id"])
        return answer(request, await self.suggested(request.path_params["wiki"], page_id))

    async def suggested(self, wiki: str, page_id: int | str) -> bytes:
        """Give the body of a page's suggestions, best first: the one that was given before, where
        nothing of the store has changed since.
        """
        page = wiki, int(page_id)
        version = self._source.version()
        if version is None:
            return await self._read(*page)
        if version != self._version or self._kept >= BODIES:
            self._bodies, self._kept, self._version = {}, 0, version
        # Others may begin anew with a newer version meanwhile.
        bodies = self._bodies
        if page not in bodies:
            # This may be newer than the version, which is another then when it is next asked for.
            bodies[page] = await self._read(*page)
            self._kept += len(bodies[page])
        return bodies[page]

    async def _read(self, wiki: str, page_id: int) -> bytes:
        rows = of_newest_id(await self._source.rows("suggestions", wiki, page_id))
        for row in rows:
            if row.kind:
                row.kind = strongest_first(row.kind)
        return _encode({"rows": best_first(rows)})

    async def instanceof_cache(self, request: Request) -> Response:
        """Answer with the classes of a page."""
        return answer(request, _encode({"rows": await self._of_page(request, "instanceof_cache")}))

    async def feedback(self, request: Request) -> Response:
        """Answer with what is known of feedback on a page."""
        return answer(request, _encode({"rows": await self._of_page(request, "feedback")}))

    async def title_cache(self, request: Request) -> Response:
        """Answer with the page of a title."""
        # It comes with columns of names, which take long to import.
        from resources.sources.names import normalize_title

        wiki, title = request.path_params["wiki"], normalize_title(request.path_params["title"])
        rows = await self._source.rows("title_cache", wiki, title)
        return answer(request, _encode({"rows": rows}))

    async def wikis(self, request: Request) -> Response:
        """Answer with what is served of each wiki, and what became of its newest snapshot."""
        return answer(request, _encode({"wikis": await self._source.described()}))

    async def pages(self, request: Request) -> Response:
        """Answer with a part of a wiki's pages."""
        wiki, query = request.path_params["wiki"], request.query_params
        wanted = wanted_of(wiki, query, {"id", "seed", "limit", "after"})
        default = LIMIT if wanted.ids is None else max(1, len(wanted.ids))
        limit = whole_number(query, "limit", 1, MOST, default)
        seed = whole_number(query, "seed", 0, SEED_MOST, 0)
        after = page_id_of("after", query["after"]) if "after" in query else None
        pages, last = await self._source.part(wanted, seed=seed, after=after, limit=limit)
        following = None
        if last is not None:
            others = [(name, value) for name, value in query.multi_items() if name != "after"]
            following = f"{request.url.path}?{urlencode([*others, ('after', last)])}"
        return answer(request, _encode({"pages": pages, "next": following}))

    async def all_pages(self, request: Request) -> Response:
        """Answer with all of a wiki's pages, one a line, as they are read."""
        wanted = wanted_of(request.path_params["wiki"], request.query_params, set())
        files = await self._source.files(wanted.wiki)
        # Files never change, so that what is made of them is known by their names.
        tag = etag(repr((wanted, [str(file) for file in files])).encode())
        if has(request, tag):
            return unchanged(tag)
        parts = self._source.all(files, wanted) if request.method == "GET" else iter(())
        return StreamingResponse(_lines(parts), 200, headers(tag), NDJSON)

    async def explanation_of_title(self, request: Request) -> Response:
        """Answer why the page of a title has its suggestions, or none."""
        from resources.sources.names import normalize_title

        return await self._explanation(request, normalize_title(request.path_params["title"]), ())

    async def explanation_of_page(self, request: Request) -> Response:
        """Answer the same for a page's id."""
        text = request.query_params.get("page_id", "")
        return await self._explanation(request, page_id_of("page_id", text), ("page_id",))

    async def _explanation(
        self, request: Request, asked: str | int, more: Sequence[str]
    ) -> Response:
        wiki, snapshot = request.path_params["wiki"], snapshot_of(request.query_params, more)
        try:
            explained = await self._source.explained(wiki, asked, snapshot)
        except NotKeptError as error:
            raise Problem(404, str(error)) from error
        if explained is None:
            raise Problem(404, f"{wiki} is no wiki that is known here; GET /v1/wikis lists them")
        return answer(request, _encode(explained))

    async def _of_page(self, request: Request, table: str) -> list[Row]:
        page_id = page_id_of("page_id", request.path_params["page_id"])
        return await self._source.rows(table, request.path_params["wiki"], page_id)


def best_first(rows: list[Row]) -> list[Row]:
    """Sort the suggestions of a page as SPEC.md section 5 ranks them."""
    return sorted(rows, key=_rank)


def _rank(row: Row) -> tuple[Any, ...]:
    kinds, wikis = row.kind or (), row.found_on or ()
    return -(row.confidence or 0), -len(kinds), -len(wikis), row.image


def _lines(parts: Iterator[Sequence[dict[str, Any]]]) -> Iterator[bytes]:
    for pages in parts:
        yield _encode_lines(pages)
