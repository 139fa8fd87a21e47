"""What a deployment of the module finder sets: environment variables, read here alone."""

from dataclasses import dataclass, field

from graph.settings import Engine, Environment
from resources.checkout import checkout
from resources.sources.places import CONNECTIONS
from resources.storage import lake_named

PREFIXES = ("MODULES", "IMAGESUGGEST")
"""What the names of the variables begin with: what both systems share may be set once for both."""
OWN = PREFIXES[:1]
"""The lake, the wikis and the rules are never those of the other system."""
TICK_SECONDS = 300
"""How often the sensor looks, at most: dumps of texts come once or twice a month."""
KEEP_SNAPSHOTS = 12
"""How many stay in the lake: twice as many as counts are compared with."""


@dataclass(frozen=True)
class Settings:
    """Where things are and what computes; each field is an environment variable."""

    dumps: str = field(default="", repr=False)
    wikis: str = ""
    lake: str = "data/modules"
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
    keep_snapshots: int = KEEP_SNAPSHOTS

    @classmethod
    def from_environment(cls, **given: str) -> "Settings":
        """Read MODULES_LAKE, _WIKIS, _RULES, _TICK_SECONDS and _KEEP_SNAPSHOTS; and MODULES_DUMPS,
        _SCRATCH, _ENGINE, _MEMORY, _SPARK, _CACHE, _CACHE_LIMIT, _CONNECTIONS, _CONTACT, _PAGES and
        _UI, or where one is not set, the variable of the image suggestions, IMAGESUGGEST_DUMPS and
        the like.

        ``given`` settings win where they are not empty. Raises UserError for what is not
        understood, and for Spark where it is not installed.
        """
        setting, own = Environment(PREFIXES, given), Environment(OWN, given)
        return cls(
            dumps=setting("dumps"),
            wikis=own.wikis(),
            lake=lake_named(own("lake", str(checkout() / "data" / "modules"))),
            scratch=setting.place("scratch"),
            engine=setting.engine(),
            memory=setting.size("memory"),
            rules=own.place("rules"),
            spark=setting.spark(),
            cache=setting.place("cache", str(checkout() / "data" / "cache")),
            cache_limit=setting.size("cache_limit"),
            connections=setting.number("connections", CONNECTIONS),
            contact=setting.contact(),
            pages=setting("pages"),
            ui=setting.ui(),
            tick_seconds=own.number("tick_seconds", TICK_SECONDS),
            keep_snapshots=own.number("keep_snapshots", KEEP_SNAPSHOTS, least=0),
        )
