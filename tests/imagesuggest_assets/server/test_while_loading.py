"""Readers while a snapshot is loaded: each page is the old one or the new one, whole."""

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx

from resources.engine import Engine
from resources.lake import Lake
from resources.stores.settings import CassandraSettings
from resources.stores.store import snapshot_id
from tests.imagesuggest_assets.server.running import (
    FIRST,
    SECOND,
    THIRD,
    Row,
    opened,
    publish,
    running,
    suggested,
)

pytest_plugins = ["tests.servers.fixtures"]
"""Of which the other store is the fixture cassandra_server."""

PAGES = range(1, 201)
READS = 2_000
AT_ONCE = 16


def week(name: str) -> list[Row]:
    """Three suggestions of each page, which no other week has."""
    return [
        suggested("ptwiki", page, f"T{page}", f"{name}_{rank}.jpg", 90 - 10 * rank, rank=rank)
        for page in PAGES
        for rank in (1, 2, 3)
    ]


async def read(address: str, going: threading.Event, found: Counter[tuple[str, ...]]) -> None:
    """Read pages until the load is done, and thousands of times in any case."""
    # A machine that stands still makes httpx close what another reader is about to ask on.
    limits = httpx.Limits(keepalive_expiry=None)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:

        async def reader(number: int) -> None:
            while going.is_set() or found.total() < READS:
                page = PAGES[(found.total() * 7919 + number) % len(PAGES)]
                answer = await client.get(f"/public/image_suggestions/suggestions/ptwiki/{page}")
                assert answer.status_code == 200, answer.text
                rows = answer.json()["rows"]
                (made,) = {row["id"] for row in rows}
                found[made, *(row["image"] for row in rows)] += 1

        await asyncio.gather(*map(reader, range(AT_ONCE)))


def test_a_page_is_seen_old_or_new_never_empty_and_never_mixed(
    tmp_path: Path, duckdb_engine: Engine, place: Path | CassandraSettings
) -> None:
    found: Counter[tuple[str, ...]] = Counter()
    going = threading.Event()
    with closing(Lake(tmp_path / "lake")) as lake, opened(place) as store:
        publish(lake, duckdb_engine, store, week(FIRST), FIRST)
        with running(tmp_path / "lake", place) as client, ThreadPoolExecutor(1) as thread:
            going.set()
            reading = thread.submit(asyncio.run, read(str(client.base_url), going, found))
            try:
                for snapshot in (SECOND, THIRD):
                    publish(lake, duckdb_engine, store, week(snapshot), snapshot)
            finally:
                going.clear()
            reading.result()
    whole = {
        (str(snapshot_id(name)), *(f"{name}_{rank}.jpg" for rank in (1, 2, 3)))
        for name in (FIRST, SECOND, THIRD)
    }
    assert found.keys() <= whole
    assert found.total() >= READS
