"""Where the server's answers come from: single pages from the readers' store, all else from the
lake. What is out of reach is told once to whoever reads the log, and is asked again next time.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from imagesuggest_assets.server.wanted import Wanted
from resources.errors import UserError
from resources.ledger import target_of
from resources.stores.reading import Reader, Row
from resources.web.problems import OutOfReachError
from resources.web.reach import Reach

if TYPE_CHECKING:
    from imagesuggest_assets.server.lists import Lists
    from imagesuggest_assets.server.pages import Page
    from resources.lake_paths import LakePath

STORE, LAKE = "the readers' store", "the lake"
T = TypeVar("T")


class NotKeptError(Exception):
    """What explains a snapshot is not kept; the text says of which it is."""


class Source:
    """A readers' store and a lake. Every method may raise OutOfReachError."""

    def __init__(self, reader: Reader, lake: str, scratch: str) -> None:
        self._reader = reader
        self._where = lake, scratch
        self._opening = asyncio.Lock()
        self._lists: Lists | None = None
        self._target = ""
        self._reach = Reach(logging.getLogger("imagesuggest"))

    async def rows(self, table: str, wiki: str, key: int | str) -> list[Row]:
        """Read a page, or a title, from the readers' store."""
        try:
            rows = await self._reader.rows(table, wiki, key)
        except UserError as error:
            raise self._reach.away(STORE, error) from error
        self._reach.back(STORE)
        return rows

    def version(self) -> object:
        """See Reader.version."""
        try:
            version = self._reader.version()
        except UserError as error:
            raise self._reach.away(STORE, error) from error
        if version is not None:
            self._reach.back(STORE)
        return version

    async def part(
        self, wanted: Wanted, *, seed: int, after: int | None, limit: int
    ) -> "tuple[list[Page], int | None]":
        """See Lists.part."""
        return await self._listed(
            lambda lists: lists.part(self._target, wanted, seed=seed, after=after, limit=limit)
        )

    async def files(self, wiki: str) -> "Sequence[LakePath]":
        """See Lists.files."""
        return await self._listed(lambda lists: lists.files(self._target, wiki))

    def all(self, files: "Sequence[LakePath]", wanted: Wanted) -> "Iterator[list[Page]]":
        """See Lists.all. Whoever has files has opened it."""
        return iter(()) if self._lists is None else self._lists.all(files, wanted)

    async def explained(self, wiki: str, asked: str | int, snapshot: str) -> dict[str, Any] | None:
        """See Lists.explained, whose NotKeptError it raises as well."""
        return await self._listed(
            lambda lists: lists.explained(self._target, wiki, asked, snapshot)
        )

    async def sample(self, wiki: str) -> list[tuple[int, str]]:
        """See Lists.sample."""
        return await self._listed(lambda lists: lists.sample(self._target, wiki))

    async def described(self) -> list[dict[str, Any]]:
        """See Lists.described."""
        return await self._listed(lambda lists: lists.described(self._target))

    async def check(self) -> None:
        """See that both answer now."""
        with self._reaching(STORE):
            await self._reader.identity()
        await self._listed(lambda lists: lists.look(self._target))

    async def close(self) -> None:
        """Let go of both."""
        await self._reader.close()
        if self._lists is not None:
            await asyncio.to_thread(self._lists.close)

    async def _listed(self, ask: "Callable[[Lists], T]") -> T:
        """Ask for a list in another thread. What was shipped to a store is known by its name, which
        is remembered when the store itself goes away.
        """
        try:
            with self._reaching(STORE):
                self._target = target_of(self._reader.kind, await self._reader.identity())
        except OutOfReachError:
            if not self._target:
                raise
        with self._reaching(LAKE):
            async with self._opening:
                if self._lists is None:
                    self._lists = await asyncio.to_thread(_opened, *self._where)
            return await asyncio.to_thread(ask, self._lists)

    @contextmanager
    def _reaching(self, what: str) -> Iterator[None]:
        try:
            yield
        except (UserError, OSError) as error:
            raise self._reach.away(what, error) from error
        self._reach.back(what)


def _opened(lake: str, scratch: str) -> "Lists":
    # It brings a database and columns, which take longer to import than a server to start.
    from imagesuggest_assets.server.lists import Lists

    return Lists(lake, scratch)
