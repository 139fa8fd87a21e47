"""How a Cassandra is reached. Passwords are here and are never shown."""

import re
from dataclasses import dataclass, field

from resources.addresses import quoted
from resources.errors import UserError

PORT = 9042
KEYSPACE = "image_suggestions"
CONSISTENCY = "LOCAL_QUORUM"
REPLICATION = "3"
_HOST = re.compile(r"[\w.:%-]+", re.ASCII)
CONSISTENCIES = (
    *("ANY", "ONE", "TWO", "THREE", "QUORUM", "ALL"),
    *("LOCAL_QUORUM", "EACH_QUORUM", "LOCAL_ONE"),
)


@dataclass(frozen=True)
class CassandraSettings:
    """Where and as whom; ``repr`` shows neither user nor password.

    ``points`` are contact points ``host`` or ``host:port``, all of one port; ``authority`` is a
    file of certificates that the server's must be signed by, which turns TLS on. ``timeout`` is
    the seconds that one request may take, ``in_flight`` how many a process has open at once,
    ``patience`` the seconds that a request which fails in passing is tried again. ``replication``
    is a number of copies, or one for each data centre: ``eqiad=3,codfw=3``.
    """

    points: tuple[str, ...]
    keyspace: str = KEYSPACE
    consistency: str = CONSISTENCY
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    authority: str = ""
    datacenter: str = ""
    timeout: float = 10.0
    in_flight: int = 64
    processes: int = 2
    patience: float = 120.0
    replication: str = REPLICATION

    def __post_init__(self) -> None:
        """Raise UserError for what can not be meant."""
        _ = self.replication_map
        for place, (host, _port) in enumerate(self.hosts, 1):
            if not _HOST.fullmatch(host):
                raise UserError(
                    f"IMAGESUGGEST_CASSANDRA: contact point {place}, {quoted(host)}, is none; "
                    "write a host and a port such as cassandra1:9042; who comes is set by "
                    "IMAGESUGGEST_CASSANDRA_USER and _PASSWORD"
                )
        if len({port for _, port in self.hosts}) > 1:
            raise UserError("IMAGESUGGEST_CASSANDRA: all contact points must have the same port")
        if not re.fullmatch(r"[\w.-]*", self.datacenter, re.ASCII):
            raise UserError(
                f"IMAGESUGGEST_CASSANDRA_DATACENTER is {quoted(self.datacenter)}; write a name "
                "such as eqiad"
            )
        if self.consistency not in CONSISTENCIES:
            raise UserError(
                f"IMAGESUGGEST_CASSANDRA_CONSISTENCY is {quoted(self.consistency)}; choose one of "
                f"{', '.join(CONSISTENCIES)}"
            )
        if not self.keyspace.isidentifier() or not self.keyspace.isascii():
            raise UserError(
                f"IMAGESUGGEST_CASSANDRA_KEYSPACE is {quoted(self.keyspace)}; write a name "
                f"such as {KEYSPACE}"
            )

    @property
    def hosts(self) -> list[tuple[str, int]]:
        """The contact points with their ports."""
        return [_host(point) for point in self.points]

    @property
    def replication_map(self) -> dict[str, str]:
        """The replication of the keyspace, as Cassandra wants it."""
        parts = [part.strip() for part in self.replication.split(",")]
        named = [part if "=" in part else f"replication_factor={part}" for part in parts]
        for part in named:
            if not re.fullmatch(r"[\w.-]+=[1-9]\d*", part, re.ASCII):
                raise UserError(
                    f"IMAGESUGGEST_CASSANDRA_REPLICATION is {quoted(self.replication)}; write a "
                    "number of copies such as 3, or one for each data centre such as "
                    "eqiad=3,codfw=3"
                )
        return {"class": "NetworkTopologyStrategy", **dict(part.split("=") for part in named)}


def _host(point: str) -> tuple[str, int]:
    host, colon, port = point.rpartition(":")
    if not colon or "]" in port or (host.count(":") and not host.endswith("]")):
        # No port; an IPv6 address has colons of its own, unless it stands in brackets.
        return point.strip("[]"), PORT
    if not port.isdecimal():
        raise UserError(
            f"IMAGESUGGEST_CASSANDRA: {quoted(point)} is no contact point such as cassandra1:9042"
        )
    return host.strip("[]"), int(port)
