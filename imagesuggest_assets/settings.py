"""What a deployment sets: environment variables, read here and nowhere else."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, get_args

from resources.addresses import folder_named, is_address, quoted, shown
from resources.checkout import checkout
from resources.errors import UserError
from resources.metastore import DATABASE, PREFIX, MetastoreSettings
from resources.sources.hive.names import HIVE, Names
from resources.sources.places import CONNECTIONS
from resources.storage import lake_named
from resources.stores.settings import CassandraSettings

if TYPE_CHECKING:
    from resources.search.resource import Search

Engine = Literal["duckdb", "spark"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
TICK_SECONDS = 30
"""How often sensors look and pages are sent, at most."""
HISTORY_SNAPSHOTS = 8
"""Snapshots whose runs Dagster shows; two months of weekly ones."""
KEEP_DAYS = 45
"""How long the lake keeps what nobody needs any more: as long as upstream's."""


@dataclass(frozen=True)
class Settings:
    """Where things are and what computes; each field is an environment variable."""

    dumps: str = field(default="", repr=False)
    hive: Names = field(default_factory=Names)
    wikis: str = ""
    lake: str = "data/lake"
    scratch: str = ""
    engine: Engine = "duckdb"
    memory: str = ""
    rules: str = ""
    spark: dict[str, str] = field(default_factory=dict, repr=False)
    cache: str = "data/cache"
    cache_limit: str = ""
    connections: int = CONNECTIONS
    contact: str = ""
    pages: str = field(default="", repr=False)
    ui: str = "http://127.0.0.1:3000"
    tick_seconds: int = TICK_SECONDS
    history_snapshots: int = HISTORY_SNAPSHOTS
    keep_days: int = KEEP_DAYS
    search: "Search" = field(default_factory=lambda: _search(lambda _, default="": default))
    store: str = ""
    cassandra: CassandraSettings | None = None
    metastore: MetastoreSettings | None = None
    judgements: str = ""

    @classmethod
    def from_environment(cls, **given: str) -> "Settings":
        """Read IMAGESUGGEST_DUMPS, _HIVE_TABLES, _HIVE_MARKER, _WIKIS, _LAKE, _SCRATCH, _ENGINE,
        _MEMORY, _RULES, _SPARK, _CACHE, _CACHE_LIMIT, _CONNECTIONS, _CONTACT, _PAGES, _UI,
        _TICK_SECONDS, _HISTORY_SNAPSHOTS, _KEEP_DAYS, _STORE, _JUDGEMENTS, _CASSANDRA and what
        begins with IMAGESUGGEST_CASSANDRA_, IMAGESUGGEST_SEARCH or IMAGESUGGEST_METASTORE.

        ``given`` settings win where they are not empty. IMAGESUGGEST_SPARK holds Spark's own
        settings as ``name=value`` with white space between them, for instance
        ``spark.master=yarn spark.executor.memory=8g``. Raises UserError for what is not understood,
        and for Spark where it is not installed; tells no secret, whichever setting it was put in.
        """

        def setting(name: str, default: str = "") -> str:
            return given.get(name) or os.environ.get(f"IMAGESUGGEST_{name.upper()}") or default

        def place(name: str, default: str = "") -> str:
            return folder_named(f"IMAGESUGGEST_{name.upper()}", setting(name, default))

        engine = setting("engine", "duckdb")
        if engine not in ENGINES:
            raise UserError(f"IMAGESUGGEST_ENGINE is {quoted(engine)}; choose duckdb or spark")
        if engine == "spark" and find_spec("pyspark") is None:
            raise UserError("the engine spark needs PySpark, which is not here; run `make install`")
        dumps = setting("dumps")
        if dumps == HIVE and engine != "spark":
            raise UserError(
                f"IMAGESUGGEST_DUMPS is hive, and tables of a catalog are read by Spark alone; set "
                f"IMAGESUGGEST_ENGINE=spark (it is {engine}), or name a folder or a mirror of dumps"
            )
        return cls(
            dumps=dumps,
            hive=Names.of(setting("hive_tables"), setting("hive_marker")),
            wikis=_wikis(setting("wikis")),
            lake=lake_named(setting("lake", str(checkout() / "data" / "lake"))),
            scratch=place("scratch"),
            engine=engine,
            memory=_size("MEMORY", setting("memory")),
            rules=place("rules"),
            spark=dict(_pair(*each) for each in enumerate(setting("spark").split(), 1)),
            cache=place("cache", str(checkout() / "data" / "cache")),
            cache_limit=_size("CACHE_LIMIT", setting("cache_limit")),
            connections=_number("CONNECTIONS", setting("connections", str(CONNECTIONS))),
            contact=_contact(setting("contact")),
            pages=setting("pages"),
            ui=_ui(setting("ui", "http://127.0.0.1:3000")),
            tick_seconds=_number("TICK_SECONDS", setting("tick_seconds", str(TICK_SECONDS))),
            history_snapshots=_number(
                "HISTORY_SNAPSHOTS", setting("history_snapshots", str(HISTORY_SNAPSHOTS)), least=0
            ),
            keep_days=_number("KEEP_DAYS", setting("keep_days", str(KEEP_DAYS)), least=0),
            search=_search(setting),
            store=place("store"),
            cassandra=_cassandra(setting),
            metastore=_metastore(setting),
            judgements=place("judgements", str(checkout() / "data" / "judgements")),
        )


def _number(name: str, text: str, least: int = 1) -> int:
    number = int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else -1
    if number < least:
        raise UserError(f"IMAGESUGGEST_{name} is {quoted(text)}; write a number of {least} or more")
    return number


def _size(name: str, text: str) -> str:
    """Refuse what is nothing like a size; whoever needs one reads it."""
    if not re.fullmatch(r"[\w.\s-]*", text, re.ASCII):
        raise UserError(f"IMAGESUGGEST_{name} is {quoted(text)}; write a size such as 4GB or 512MB")
    return text


def _wikis(text: str) -> str:
    for place, wiki in enumerate(text.split(","), 1):
        if not re.fullmatch(r"\s*\w*\s*", wiki, re.ASCII):
            raise UserError(
                f"IMAGESUGGEST_WIKIS: wiki {place}, {quoted(wiki)}, is none; write database names "
                "such as ptwiki,chwiki"
            )
    return text


def _contact(text: str) -> str:
    told = text.removeprefix("mailto:")
    if re.search(r"[:/].*@", told) or (
        is_address(told) and "@" not in told and told != shown(told)
    ):
        raise UserError(
            f"IMAGESUGGEST_CONTACT: {shown(text)} is told to mirrors; write it without a user, a "
            "password or a key"
        )
    return text


def _ui(text: str) -> str:
    if not re.fullmatch(r"https?://[^/\s]+(/\S*)?", text, re.IGNORECASE) or text != shown(text):
        raise UserError(
            f"IMAGESUGGEST_UI: {quoted(text)} is in every page; write where people find the UI, "
            "such as https://suggestions.example.org, without a user, a password or a key"
        )
    return text.rstrip("/")


def _cassandra(setting: Callable[..., str]) -> CassandraSettings | None:
    """Read how a Cassandra is reached; None where no contact point is set."""
    points = tuple(point for point in re.split(r"[\s,]+", setting("cassandra")) if point)
    if not points:
        return None

    def number(name: str, default: float) -> int:
        return _number(f"CASSANDRA_{name.upper()}", setting(f"cassandra_{name}", str(int(default))))

    return CassandraSettings(
        points=points,
        keyspace=setting("cassandra_keyspace", CassandraSettings.keyspace),
        consistency=setting("cassandra_consistency", CassandraSettings.consistency).upper(),
        user=setting("cassandra_user"),
        password=setting("cassandra_password"),
        authority=folder_named("IMAGESUGGEST_CASSANDRA_TLS", setting("cassandra_tls")),
        datacenter=setting("cassandra_datacenter"),
        timeout=number("timeout", CassandraSettings.timeout),
        in_flight=number("in_flight", CassandraSettings.in_flight),
        processes=number("processes", CassandraSettings.processes),
        patience=number("patience", CassandraSettings.patience),
        replication=setting("cassandra_replication", CassandraSettings.replication),
    )


def _metastore(setting: Callable[..., str]) -> MetastoreSettings | None:
    """Read where a metastore is; None where none is set."""
    address = setting("metastore")
    if not address:
        return None
    return MetastoreSettings(
        address,
        database=setting("metastore_database", DATABASE),
        prefix=setting("metastore_prefix", PREFIX),
    )


def _search(setting: Callable[..., str]) -> "Search":
    """Read where the search index is: IMAGESUGGEST_SEARCH and what begins with it."""
    # Not at the top: what only looks for help need not wait for its libraries.
    from resources.search.resource import Search
    from resources.search.sending import Bounds

    usual = str(Bounds.concurrency)
    return Search.of(
        setting("search"),
        ca=folder_named("IMAGESUGGEST_SEARCH_CA", setting("search_ca")),
        user=setting("search_user"),
        password=setting("search_password"),
        api_key=setting("search_api_key"),
        indexes=setting("search_indexes"),
        bulk_files=setting("search_bulk_files"),
        bounds=Bounds(
            concurrency=_number("SEARCH_CONCURRENCY", setting("search_concurrency", usual))
        ),
    )


def _pair(place: int, setting: str) -> tuple[str, str]:
    name, equals, value = setting.partition("=")
    if not (equals and re.fullmatch(r"spark\.[\w.-]+", name, re.ASCII)):
        # Not shown: it may be the rest of a password with a space in it.
        raise UserError(
            f"IMAGESUGGEST_SPARK: word {place} is no setting such as spark.master=yarn, with white "
            "space between two and none in one"
        )
    return name, value
