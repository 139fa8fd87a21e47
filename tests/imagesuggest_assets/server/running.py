"""A server on a real port, and what was published for it."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from imagesuggest_assets.publication.store.load import Load
from imagesuggest_assets.rules import Rules
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
from tests.serving import served
from tests.tables import NOW

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


RULES = Rules(suggestions_most=7, wikis={"ptwiki": {"excluded_files": ["Ugly.jpg"]}})
"""What snapshots are computed with."""
CONDITIONS = ("no_item", "local_image", "commons_image", "disambiguation", "excluded_class")


def considered_article(
    page: int, title: str, item: str | None, holds: Iterable[str] = (), **evidence: list[str]
) -> Row:
    """A row of considered_articles, of ptwiki."""
    found = {name: evidence.get(name) for name in ("local", "commons", "classes")}
    return ("ptwiki", page, 1, title, item, *(c in holds for c in CONDITIONS), *found.values())


def considered_file(
    item: str,
    image: str | None,
    kinds: list[str] | None,
    confidence: int | None = None,
    left_out: list[str] | None = None,
    **evidence: Any,
) -> Row:
    """A row of considered_files. A condition holds where its evidence is given."""
    names = ("pages", "limit", "word", "placeholder", "media_type", "width")
    small = (evidence.get("width") or 100) < 100
    conditions = (
        kinds is None,
        "pages" in evidence,
        "word" in evidence,
        "placeholder" in evidence,
        evidence.get("media_type") == "AUDIO",
        small,
    )
    found = (*(evidence.get(name) for name in names), evidence.get("hidden_on"), None)
    return (item, image, kinds, confidence, None, left_out, *conditions, *found)


CONSIDERED_ARTICLES = [
    considered_article(
        20,
        "Shown",
        "Q20",
        ("commons_image", "excluded_class"),
        commons=["A.jpg"],
        classes=["Q5|Q577", "Q577|Q577"],
    ),
    considered_article(21, "Nothing", None, ("no_item",)),
    considered_article(22, "Bare", "Q22"),
    considered_article(23, "Odd", "Q23"),
]
"""Articles without a suggestion."""
CONSIDERED_FILES = [
    considered_file("Q7", "F.jpg", [DEPICTS], 70),
    considered_file("Q7", "Said.jpg", [DEPICTS], 70),
    considered_file("Q7", "Ugly.jpg", [DEPICTS], 70, hidden_on=["ptwiki"]),
    considered_file("Q7", "Icon.svg", [P18], 90, pages=9, limit=4, word="icon"),
    considered_file("Q7", None, None, left_out=["p373|category_too_large|120000|100000|Things"]),
    considered_file("Q20", "A.jpg", [P18], 90),
    considered_file("Q23", "Gone.jpg", None, left_out=["p18|not_on_commons|||Gone.jpg"]),
]


def keep_considered(lake: Lake, rows: list[Row], snapshot: str) -> None:
    """Keep what explains a snapshot: of each suggestion its article and file, and some others."""
    articles = {(row[0], row[1]): (*row[:5], *(False,) * 5, None, None, None) for row in rows}
    files = {(row[4], row[5]): considered_file(row[4], row[5], row[7], row[6]) for row in rows}
    keep(lake, "considered_articles", [*articles.values(), *CONSIDERED_ARTICLES], snapshot=snapshot)
    keep(lake, "considered_files", [*files.values(), *CONSIDERED_FILES], snapshot=snapshot)
    pages: list[Row] = [("ptwiki", 24, 0, "Old", True, 1)]
    pages += [
        (row[0], row[1], 0, row[3], False, 1) for row in (*articles.values(), *CONSIDERED_ARTICLES)
    ]
    keep(lake, "pages", pages, snapshot=snapshot)
    said = [("ptwiki", 7, "Said.jpg", "rejected", "article", NOW)]
    said.append(("ptwiki", 7, "Lost.jpg", "undecided", "article", None))
    keep(lake, "feedback", said, snapshot=snapshot)


def publish(
    lake: Lake,
    engine: Engine,
    store: Store,
    rows: list[Row],
    snapshot: str,
    states: dict[str, str] | None = None,
) -> None:
    """Let the wikis of a snapshot through as the gate does, and load those that may go out."""
    details = {"rules": RULES.settings()}
    keep(lake, "filtered_suggestions", rows, snapshot=snapshot, details=details)
    keep_considered(lake, rows, snapshot)
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
    with served(app) as client:
        yield client
