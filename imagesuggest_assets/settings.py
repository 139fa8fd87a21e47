"""What a deployment sets: environment variables, read here and nowhere else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal, get_args

from graph.settings import CommonSettings, Environment, common
from resources.addresses import quoted
from resources.checkout import checkout
from resources.errors import UserError
from resources.metastore import DATABASE, PREFIX, MetastoreSettings
from resources.sources.hive.names import HIVE, Names
from resources.stores.settings import CassandraSettings

if TYPE_CHECKING:
    from resources.search.resource import Search

PREFIXES = ("IMAGESUGGEST",)
"""What the names of the variables begin with."""
TICK_SECONDS = 30
"""How often sensors look and pages are sent, at most."""
HISTORY_SNAPSHOTS = 8
"""Snapshots whose runs Dagster shows; two months of weekly ones."""
SEAL_MINUTES = 60
"""After which judgements are given to the pipeline."""
TOKEN_LEAST = 16
"""Characters of a judge's token, which nobody shall guess."""
Pictures = Literal["commons", "drawn"]
PICTURES: tuple[Pictures, ...] = get_args(Pictures)
KEEP_DAYS = 45
"""How long the lake keeps what nobody needs any more: as long as upstream's."""


@dataclass(frozen=True)
class Proxy:
    """Who logs judges in: its address, and the header in which it names them."""

    address: str
    header: str


@dataclass(frozen=True)
class Settings(CommonSettings):
    """What the image suggestions are told; each field is an environment variable."""

    hive: Names = field(default_factory=Names)
    tick_seconds: int = TICK_SECONDS
    history_snapshots: int = HISTORY_SNAPSHOTS
    keep_days: int = KEEP_DAYS
    search: "Search" = field(default_factory=lambda: _search(Environment(("UNSET",))))
    store: str = ""
    cassandra: CassandraSettings | None = None
    metastore: MetastoreSettings | None = None
    judgements: str = ""
    seal_minutes: int = SEAL_MINUTES
    judges: Mapping[str, int] = field(default_factory=dict, repr=False)
    judges_proxy: Proxy | None = None
    pictures: Pictures = "commons"

    @classmethod
    def from_environment(cls, **given: str) -> "Settings":
        """Read IMAGESUGGEST_DUMPS, _HIVE_TABLES, _HIVE_MARKER, _WIKIS, _LAKE, _SCRATCH, _ENGINE,
        _MEMORY, _RULES, _SPARK, _CACHE, _CACHE_LIMIT, _CONNECTIONS, _CONTACT, _PAGES, _UI,
        _TICK_SECONDS, _HISTORY_SNAPSHOTS, _KEEP_DAYS, _STORE, _JUDGEMENTS, _SEAL_MINUTES, _JUDGES,
        _JUDGES_PROXY, _PICTURES, _CASSANDRA and what begins with IMAGESUGGEST_CASSANDRA_,
        IMAGESUGGEST_SEARCH or IMAGESUGGEST_METASTORE.

        ``given`` settings win where they are not empty. IMAGESUGGEST_SPARK holds Spark's own
        settings as ``name=value`` with white space between them, for instance
        ``spark.master=yarn spark.executor.memory=8g``. Raises UserError for what is not understood,
        and for Spark where it is not installed; tells no secret, whichever setting it was put in.
        """

        setting = Environment(PREFIXES, given)
        shared = common(setting, setting, "lake")
        pictures = setting("pictures", "commons")
        if pictures not in PICTURES:
            raise UserError(f"IMAGESUGGEST_PICTURES is {quoted(pictures)}; choose commons or drawn")
        if shared["dumps"] == HIVE and shared["engine"] != "spark":
            raise UserError(
                f"IMAGESUGGEST_DUMPS is hive, and tables of a catalog are read by Spark alone; set "
                f"IMAGESUGGEST_ENGINE=spark (it is {shared['engine']}), or name a folder or a "
                "mirror of dumps"
            )
        return cls(
            **shared,
            hive=Names.of(setting("hive_tables"), setting("hive_marker")),
            tick_seconds=setting.number("tick_seconds", TICK_SECONDS),
            history_snapshots=setting.number("history_snapshots", HISTORY_SNAPSHOTS, least=0),
            keep_days=setting.number("keep_days", KEEP_DAYS, least=0),
            search=_search(setting),
            store=setting.place("store"),
            cassandra=_cassandra(setting),
            metastore=_metastore(setting),
            judgements=setting.place("judgements", str(checkout() / "data" / "judgements")),
            seal_minutes=setting.number("seal_minutes", SEAL_MINUTES),
            judges=dict(_judge(*each) for each in enumerate(setting("judges").split(), 1)),
            judges_proxy=_judges_proxy(setting("judges_proxy")),
            pictures=pictures,
        )


def _cassandra(setting: Environment) -> CassandraSettings | None:
    """Read how a Cassandra is reached; None where no contact point is set."""
    points = tuple(point for point in re.split(r"[\s,]+", setting("cassandra")) if point)
    if not points:
        return None

    def number(name: str, default: float) -> int:
        return setting.number(f"cassandra_{name}", int(default))

    return CassandraSettings(
        points=points,
        keyspace=setting("cassandra_keyspace", CassandraSettings.keyspace),
        consistency=setting("cassandra_consistency", CassandraSettings.consistency).upper(),
        user=setting("cassandra_user"),
        password=setting("cassandra_password"),
        authority=setting.place("cassandra_tls"),
        datacenter=setting("cassandra_datacenter"),
        timeout=number("timeout", CassandraSettings.timeout),
        in_flight=number("in_flight", CassandraSettings.in_flight),
        processes=number("processes", CassandraSettings.processes),
        patience=number("patience", CassandraSettings.patience),
        replication=setting("cassandra_replication", CassandraSettings.replication),
    )


def _metastore(setting: Environment) -> MetastoreSettings | None:
    """Read where a metastore is; None where none is set."""
    address = setting("metastore")
    if not address:
        return None
    return MetastoreSettings(
        address,
        database=setting("metastore_database", DATABASE),
        prefix=setting("metastore_prefix", PREFIX),
    )


def _search(setting: Environment) -> "Search":
    """Read where the search index is: IMAGESUGGEST_SEARCH and what begins with it."""
    # Not at the top: what only looks for help need not wait for its libraries.
    from resources.search.resource import Search
    from resources.search.sending import Bounds

    return Search.of(
        setting("search"),
        ca=setting.place("search_ca"),
        user=setting("search_user"),
        password=setting("search_password"),
        api_key=setting("search_api_key"),
        indexes=setting("search_indexes"),
        bulk_files=setting("search_bulk_files"),
        bounds=Bounds(concurrency=setting.number("search_concurrency", Bounds.concurrency)),
    )


def _judge(place: int, judge: str) -> tuple[str, int]:
    """Read a judge: a token and a number. Neither is shown where it is not understood."""
    token, _, number = judge.rpartition("=")
    if len(token) < TOKEN_LEAST or not re.fullmatch(r"[1-9]\d{0,8}", number, re.ASCII):
        raise UserError(
            f"IMAGESUGGEST_JUDGES: judge {place} is none; write token=number, a token of "
            f"{TOKEN_LEAST} characters or more and a number from 1 to 999999999, with white space "
            "between two judges"
        )
    return token, int(number)


def _judges_proxy(text: str) -> Proxy | None:
    """Read which proxy names judges; None where none does."""
    if not text:
        return None
    try:
        address, header = text.split()
        ip_address(address)
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", header):
            return Proxy(address, header)
    except ValueError:
        pass
    raise UserError(
        "IMAGESUGGEST_JUDGES_PROXY is not understood; write the proxy's IP address and the header "
        "in which it names the user, such as `10.0.0.5 X-Remote-User`"
    )
