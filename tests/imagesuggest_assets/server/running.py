"""A server on a real port, and what was published for it."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from imagesuggest_assets.publication.store.load import Load
from imagesuggest_assets.server.application import application
from imagesuggest_assets.server.people import judgements_of, pages_for_people
from imagesuggest_assets.server.source import Source
from imagesuggest_assets.settings import Settings
from resources.engine import Engine
from resources.lake import Lake
from resources.stores.cassandra import CassandraStore
from resources.stores.reading import reader_of
from resources.stores.resource import StoreResource
from resources.stores.settings import CassandraSettings
from resources.stores.sqlite import SQLiteStore
from resources.stores.store import INT_MAX, Store
from tests.asset_checks.partitions import keep, keep_gate

FIRST, SECOND, THIRD = "2026-10-19", "2026-10-26", "2026-11-02"
P18, LEAD, P373, DEPICTS = (
    "istype-wikidata-image",
    "istype-lead-image",
    "istype-commons-category",
    "istype-depicts",
)
ODD_TITLES = (
    *("AC/DC", "What?", "C#", "100%", "%2F", "a%20b", "Ä_b", "غزال", "წყალი", "東京", "😀"),
    *("quote\"'", "semi;colon", "a+b", "a&b=c", "...", "back\\slash"),
)
Row = tuple[Any, ...]


def suggested(
    wiki: str,
    page: int,
    title: str,
    image: str,
    confidence: int = 80,
    kinds: Iterable[str] = (DEPICTS,),
    found_on: Iterable[str] | None = None,
    rank: int = 1,
) -> Row:
    """A row of filtered_suggestions."""
    found = None if found_on is None else list(found_on)
    item = f"Q{page}"
    revision = min(100 + page, INT_MAX)
    return (wiki, page, revision, title, item, image, confidence, sorted(kinds), found, rank)


ARTICLE = [
    suggested("ptwiki", 7, "Best", "Z.jpg", 90, [P18, DEPICTS, LEAD], ["arwiki"], 1),
    suggested("ptwiki", 7, "Best", "Y.jpg", 80, [P373, LEAD], ["arwiki", "kawiki"], 2),
    suggested("ptwiki", 7, "Best", "A.jpg", 80, [LEAD, DEPICTS], ["arwiki"], 3),
    suggested("ptwiki", 7, "Best", "C.jpg", 80, [LEAD], ["arwiki"], 4),
    suggested("ptwiki", 7, "Best", "B.jpg", 80, [P373], None, 5),
    suggested("ptwiki", 7, "Best", "D.jpg", 80, [P373], None, 6),
    suggested("ptwiki", 7, "Best", "E.jpg", 70, [DEPICTS], None, 7),
]
"""An article of which each file stands where it does for another reason."""
ROWS = [
    *ARTICLE,
    *(
        suggested("ptwiki", 100 + number, title, f"{number}.jpg")
        for number, title in enumerate(ODD_TITLES)
    ),
    suggested("arwiki", 2**31 - 1, "Last", "Last.jpg", 90, [P18]),
]


def publish(
    lake: Lake,
    engine: Engine,
    store: Store,
    rows: list[Row],
    snapshot: str,
    states: dict[str, str] | None = None,
) -> None:
    """Let the wikis of a snapshot through as the gate does, and load those that may go out."""
    keep(lake, "filtered_suggestions", rows, snapshot=snapshot)
    keep(lake, "item_claims", [("Q7", "P31", "Q5"), ("Q7", "P31", "Q42")], snapshot=snapshot)
    states = states or {row[0]: "published" for row in rows}
    keep_gate(lake, snapshot, states)
    tables = (
        engine.read(lake.files(name, snapshot)) for name in ("filtered_suggestions", "item_claims")
    )
    out = [wiki for wiki, state in states.items() if state == "published"]
    Load(lake, engine, store, snapshot, out).run(*tables)


@contextmanager
def opened(place: Path | CassandraSettings) -> Iterator[Store]:
    """Open a store to write to."""
    store = SQLiteStore(place) if isinstance(place, Path) else CassandraStore(place)
    with closing(store):
        store.check()
        yield store


@contextmanager
def running(
    lake: Path, place: Path | CassandraSettings, people: Settings | None = None
) -> Iterator[httpx.Client]:
    """Serve a lake and a store, to ``people``, too, if so; give what asks the server."""
    of_file = isinstance(place, Path)
    resource = StoreResource(place) if of_file else StoreResource(Path("none"), place)
    source = Source(reader_of(resource), str(lake), "")
    app = application(source)
    if people is not None:
        judgements = judgements_of(people)
        app = application(source, pages_for_people(source, judgements, people), judgements)
    config = uvicorn.Config(app, port=0, log_level="warning", lifespan="on", proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    started = threading.Event()
    begin = server.startup

    async def startup(*args: Any, **more: Any) -> None:
        await begin(*args, **more)
        started.set()

    server.startup = startup  # type: ignore[method-assign]
    thread.start()
    assert started.wait(60)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    try:
        with httpx.Client(base_url=f"http://{host}:{port}", timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
