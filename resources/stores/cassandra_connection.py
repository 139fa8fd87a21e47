"""How a Cassandra is connected to, and what its failures mean for people. No secret is shown."""

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cassandra import (
    AuthenticationFailed,
    ConsistencyLevel,
    DriverException,
    OperationTimedOut,
    ReadFailure,
    ReadTimeout,
    Unavailable,
    WriteFailure,
    WriteTimeout,
)
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import (
    EXEC_PROFILE_DEFAULT,
    Cluster,
    ExecutionProfile,
    NoHostAvailable,
    Session,
)
from cassandra.connection import Connection, ConnectionException
from cassandra.policies import (
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    TokenAwarePolicy,
)
from cassandra.protocol import ErrorMessage, OverloadedErrorMessage
from cassandra.query import tuple_factory

from resources.errors import UserError
from resources.stores.settings import CassandraSettings
from resources.stores.store import StoreError

PASSING = (
    OperationTimedOut,
    WriteTimeout,
    ReadTimeout,
    WriteFailure,
    ReadFailure,
    Unavailable,
    OverloadedErrorMessage,
    NoHostAvailable,
    ConnectionException,
)
"""What may be gone when it is tried again."""
_UNFRAMED = {"protocol_version": 4}
"""In version 5 the driver loses bytes where what it is given ends within a segment's header."""
_FAILURES = (DriverException, NoHostAvailable, ErrorMessage, ConnectionException, OSError)
_LONGEST_WAIT = 5.0


def connected(
    settings: CassandraSettings, connections: type[Connection] | None = None
) -> tuple[Cluster, Session]:
    """Connect, by the driver's own threads or by ``connections``. Raises StoreError where nobody
    answers, or not as the settings want it.
    """
    # The driver logs what is told here, and everything that is tried again.
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)
    profile = ExecutionProfile(
        TokenAwarePolicy(DCAwareRoundRobinPolicy(settings.datacenter or "")),
        consistency_level=ConsistencyLevel.name_to_value[settings.consistency],
        request_timeout=settings.timeout,
        row_factory=tuple_factory,
    )
    own = {} if connections is None else {"connection_class": connections, **_UNFRAMED}
    hosts = settings.hosts
    cluster = Cluster(
        [host for host, _ in hosts],
        port=hosts[0][1],
        auth_provider=(
            PlainTextAuthProvider(settings.user, settings.password) if settings.user else None
        ),
        ssl_context=_tls(settings.authority) if settings.authority else None,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        reconnection_policy=ExponentialReconnectionPolicy(0.25, _LONGEST_WAIT, max_attempts=None),
        connect_timeout=settings.timeout,
        control_connection_timeout=settings.timeout,
        **own,
    )
    where = ", ".join(settings.points)
    try:
        with failures(where):
            session = cluster.connect()
    except BaseException:
        cluster.shutdown()
        raise
    # All that is written bears a time of its own.
    session.use_client_timestamp = False
    return cluster, session


@contextmanager
def failures(where: str) -> Iterator[None]:
    """Turn what the driver raises into StoreError."""
    try:
        yield
    except UserError:
        raise
    except _FAILURES as error:
        raise StoreError(f"{where}: {_told(error)}") from error


def _told(error: BaseException) -> str:
    """Say in a sentence what is wrong and what to do."""
    causes: list[Any] = [error]
    if isinstance(error, NoHostAvailable) and isinstance(error.errors, dict):
        causes = list(error.errors.values()) or [error]
    cause = causes[0]
    text = " ".join(str(cause).split())
    if isinstance(cause, AuthenticationFailed):
        return (
            "Cassandra refuses the user or the password; set IMAGESUGGEST_CASSANDRA_USER and "
            "IMAGESUGGEST_CASSANDRA_PASSWORD to those of a user that may write"
        )
    if isinstance(cause, ssl.SSLError) or "CERTIFICATE" in text or "certificate" in text:
        return (
            f"the connection is not safe: {text}; IMAGESUGGEST_CASSANDRA_TLS must be the file of "
            "the authority that signed the server's certificate, which must be for its host name"
        )
    if isinstance(cause, (*PASSING, OSError)):
        return (
            f"Cassandra does not answer: {text or type(cause).__name__}; what was written is "
            "known, and the next run does what is left to do"
        )
    return f"Cassandra refuses: {text}"


def _tls(authority: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=authority)
    except (OSError, ssl.SSLError) as error:
        raise UserError(
            f"{authority}: it is no file of certificates: {error}; set IMAGESUGGEST_CASSANDRA_TLS "
            "to the authority that signed the server's certificate, as PEM"
        ) from error
    context.check_hostname = True
    return context
