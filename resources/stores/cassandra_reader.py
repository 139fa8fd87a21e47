"""Reads pages from the readers' Cassandra for many at once, and waits for none of them.

Once it was reached, the driver itself finds its way back to nodes that went away.
"""

import asyncio
import threading
import time
from dataclasses import replace
from typing import Any

from cassandra.cluster import Cluster, ResponseFuture, Session
from cassandra.query import PreparedStatement

from resources.stores.cassandra_columns import Handler
from resources.stores.cassandra_connection import connected, failures
from resources.stores.cassandra_on_loop import on_loop
from resources.stores.reading import Row, conversions, made, selects
from resources.stores.settings import CassandraSettings
from resources.stores.store import StoreError

LONGEST = 5.0
"""Seconds that a reader is let wait for an answer at most."""
AGAIN = 1.0
"""Seconds after which a cluster that could not be reached is tried again."""
_CONVERTED = conversions({"timeuuid": str, "set<text>": lambda texts: tuple(sorted(texts)) or None})
_IDENTITY = "SELECT id FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?"


class CassandraReader:
    """The keyspace of ``settings``, connected to when it is first read."""

    kind = "cassandra"

    def __init__(self, settings: CassandraSettings) -> None:
        self._settings = replace(settings, timeout=min(settings.timeout, LONGEST))
        self._where = f"{', '.join(settings.points)}, keyspace {settings.keyspace}"
        self._selects = selects(f"{settings.keyspace}.")
        self._cluster: Cluster | None = None
        self._session: Session | None = None
        self._statements: dict[str, PreparedStatement] = {}
        self._connecting = asyncio.Lock()
        self._failed: tuple[float, StoreError] | None = None

    async def rows(self, table: str, wiki: str, key: int | str) -> list[Row]:
        """See Reader."""
        found = await self._asked(self._selects[table], (wiki, key))
        return made(table, found, _CONVERTED)

    def version(self) -> object:
        """See Reader; each of its nodes would have to be asked."""
        return None

    async def identity(self) -> str:
        """See Reader."""
        ((found,),) = await self._asked(_IDENTITY, (self._settings.keyspace, "suggestions"))
        return str(found)

    async def close(self) -> None:
        """See Reader."""
        if self._cluster is not None:
            await asyncio.to_thread(self._cluster.shutdown)

    async def _asked(self, text: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        session = self._session or await self._connected()
        with failures(self._where):
            if text not in self._statements:
                prepared: PreparedStatement = await asyncio.to_thread(session.prepare, text)
                prepared.is_idempotent = True
                self._statements[text] = prepared
            return await _answer(session.execute_async(self._statements[text].bind(values)))

    async def _connected(self) -> Session:
        """Connect, one for all who wait; who comes soon after that failed hears how."""
        async with self._connecting:
            if self._failed and time.monotonic() - self._failed[0] < AGAIN:
                raise self._failed[1]
            if self._session is None:
                try:
                    self._cluster, session = await asyncio.to_thread(
                        connected, self._settings, on_loop(asyncio.get_running_loop())
                    )
                    session.client_protocol_handler = Handler
                    self._session = session
                except StoreError as error:
                    self._failed = time.monotonic(), error
                    raise
            return self._session


def _answer(asked: ResponseFuture) -> "asyncio.Future[list[tuple[Any, ...]]]":
    """Let the event loop hear what the driver hears, mostly on the loop itself."""
    loop, here = asyncio.get_running_loop(), threading.get_ident()
    future: asyncio.Future[list[tuple[Any, ...]]] = loop.create_future()

    def heard(rows: Any, error: BaseException | None) -> None:
        if not future.done():
            future.set_result(rows or []) if error is None else future.set_exception(error)

    def tell(rows: Any = None, error: BaseException | None = None) -> None:
        if threading.get_ident() == here:
            heard(rows, error)
        else:
            loop.call_soon_threadsafe(heard, rows, error)

    asked.add_callbacks(tell, lambda error: tell(None, error))
    return future
