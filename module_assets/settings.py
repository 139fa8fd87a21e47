"""What a deployment of the module finder sets: environment variables, read here alone."""

from dataclasses import dataclass

from graph.settings import CommonSettings, Environment, common

PREFIXES = ("MODULES", "IMAGESUGGEST")
"""What the names of the variables begin with: what both systems share may be set once for both."""
OWN = PREFIXES[:1]
"""The lake, the wikis and the rules are never those of the other system."""
TICK_SECONDS = 300
"""How often the sensor looks, at most: dumps of texts come once or twice a month."""
KEEP_SNAPSHOTS = 12
"""How many stay in the lake: twice as many as counts are compared with."""


@dataclass(frozen=True)
class Settings(CommonSettings):
    """What the module finder is told; each field is an environment variable."""

    lake: str = "data/modules"
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
            **common(setting, own, "modules"),
            tick_seconds=own.number("tick_seconds", TICK_SECONDS),
            keep_snapshots=own.number("keep_snapshots", KEEP_SNAPSHOTS, least=0),
        )
