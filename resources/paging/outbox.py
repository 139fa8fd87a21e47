"""Pages that are written and not yet with everybody. What they say, and sending, is not here."""

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from resources.paging.destinations import Destination
from resources.paging.problems import Page, Severity

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=30)
"""How long to wait after a page's first failure; twice as long after each, up to the longest."""
PATIENCE = 5
"""How often a page may fail before younger ones are tried, lest one that is refused holds them."""
KEPT = 1000
"""How many pages are kept that everybody has."""
NOBODY = ""
"""Whom pages wait for while no destination is configured: the first that is."""


@dataclass(frozen=True)
class Due:
    """A page that waits for a destination."""

    id: int
    page: Page
    attempts: int
    next_try: datetime
    overtaken: bool


@dataclass(frozen=True)
class Waiting:
    """What a destination has not got: how many pages, since when, and why the last try failed.

    ``repeats`` counts pages whose sender was killed while sending: they may have come twice.
    """

    destination: str
    pages: int
    oldest: datetime | None
    error: str
    repeats: int


@lru_cache
def fingerprint(url: str, salt: bytes) -> str:
    """Know a destination again without keeping its URL; a new password makes it another.

    Slow on purpose: from the memory alone nobody should find a password by trying.
    """
    return hashlib.scrypt(url.encode(), salt=salt, n=2**12, r=8, p=1).hex()[:32]


def write(
    connection: sqlite3.Connection,
    page: Page,
    incidents: Sequence[int],
    destinations: dict[str, Destination],
) -> None:
    """Put a page out for every destination that takes it.

    ``incidents`` are the ids of those it speaks of.
    """
    number = connection.execute(
        "INSERT INTO pages(key, kind, severity, routed, title, body, written)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            page.key,
            page.kind,
            page.severity,
            " ".join(sorted(page.routed)),
            page.title,
            page.body,
            page.written.timestamp(),
        ],
    ).lastrowid
    connection.executemany(
        "INSERT INTO page_incidents VALUES (?, ?)", [(number, incident) for incident in incidents]
    )
    _owe(connection, number, page.routed, destinations)
    if not destinations:
        connection.execute(
            "INSERT INTO deliveries(page, destination) VALUES (?, ?)", [number, NOBODY]
        )


def know(connection: sqlite3.Connection, destinations: dict[str, Destination]) -> None:
    """Keep the names of destinations."""
    connection.executemany(
        "INSERT INTO destinations(fingerprint, label) VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET label = excluded.label WHERE label <> excluded.label",
        [(key, destination.label) for key, destination in destinations.items()],
    )


def pass_on(connection: sqlite3.Connection, destinations: dict[str, Destination]) -> None:
    """Pass on what waits for destinations that are not there any more to those that are.

    So a page outlives a change of its receiver's password.
    """
    waiting = connection.execute(
        "SELECT page, destination, routed FROM deliveries JOIN pages ON pages.id = page"
        " WHERE undelivered ORDER BY page"
    ).fetchall()
    for row in waiting:
        if destinations and row["destination"] not in destinations:
            _owe(connection, row["page"], frozenset(row["routed"].split()), destinations)
            _mark(connection, row["page"], row["destination"], "passed on")


def due(connection: sqlite3.Connection, destination: str) -> list[Due]:
    """List what waits for a destination, oldest first, without what comes after such a page.

    A page that tells of the same incident as one that waits comes after it.
    """
    rows = connection.execute(
        """
        SELECT pages.*, attempts, next_try, overtaken FROM deliveries AS mine
        JOIN pages ON pages.id = page
        WHERE mine.destination = ? AND mine.undelivered AND NOT EXISTS (
            SELECT 1 FROM page_incidents AS here
            JOIN page_incidents AS there
                ON there.incident = here.incident AND there.page < here.page
            JOIN deliveries AS before
                ON before.page = there.page AND before.destination = mine.destination
            WHERE here.page = mine.page AND before.undelivered)
        ORDER BY page
        """,
        [destination],
    )
    return [
        Due(
            row["id"],
            _page(row),
            row["attempts"],
            datetime.fromtimestamp(row["next_try"], UTC),
            bool(row["overtaken"]),
        )
        for row in rows
    ]


def begin(connection: sqlite3.Connection, page: int, destination: str) -> None:
    """Note that a page is being sent; where that was so already, its sender was killed."""
    connection.execute(
        "UPDATE deliveries SET repeats = repeats + (state = 'sending'), state = 'sending'"
        " WHERE page = ? AND destination = ?",
        [page, destination],
    )


def delivered(connection: sqlite3.Connection, page: int, destination: str, now: datetime) -> None:
    """Note that a destination has a page, and so takes pages: those after it may come at once.

    Those before it were refused themselves, and keep their waits.
    """
    _mark(connection, page, destination, "delivered")
    connection.execute("UPDATE destinations SET error = '' WHERE fingerprint = ?", [destination])
    connection.execute(
        "UPDATE deliveries SET overtaken = 1"
        " WHERE destination = ? AND page < ? AND attempts > 0 AND undelivered",
        [destination, page],
    )
    connection.execute(
        "UPDATE deliveries SET next_try = ?"
        " WHERE destination = ? AND NOT overtaken AND undelivered",
        [now.timestamp(), destination],
    )


def failed(
    connection: sqlite3.Connection, page: int, destination: str, why: str, now: datetime
) -> None:
    """Note why a destination did not take a page, and when to try again."""
    (attempts,) = connection.execute(
        "UPDATE deliveries SET attempts = attempts + 1, state = 'waiting'"
        " WHERE page = ? AND destination = ? RETURNING attempts",
        [page, destination],
    ).fetchone()
    connection.execute(
        "UPDATE deliveries SET next_try = ? WHERE page = ? AND destination = ?",
        [(now + wait(attempts)).timestamp(), page, destination],
    )
    connection.execute(
        "UPDATE destinations SET error = ? WHERE fingerprint = ?", [why, destination]
    )


def wait(attempts: int) -> timedelta:
    """Give how long to wait after so many failures, at least one."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts - 1, 16))


def waiting(connection: sqlite3.Connection, destinations: dict[str, Destination]) -> list[Waiting]:
    """Tell what these destinations have not got, and others that pages still wait for."""
    rows = connection.execute(
        """
        SELECT fingerprint, coalesce(label, 'no destination was configured') AS name,
            coalesce(error, '') AS why, count(*) FILTER (WHERE undelivered) AS pages,
            min(written) FILTER (WHERE undelivered) AS oldest,
            coalesce(sum(repeats), 0) AS repeats
        FROM (SELECT fingerprint FROM destinations UNION SELECT destination FROM deliveries)
        LEFT JOIN destinations USING (fingerprint)
        LEFT JOIN deliveries ON destination = fingerprint
        LEFT JOIN pages ON pages.id = page
        GROUP BY fingerprint ORDER BY name
        """
    )
    return [
        Waiting(
            row["name"],
            row["pages"],
            None if row["oldest"] is None else datetime.fromtimestamp(row["oldest"], UTC),
            row["why"],
            row["repeats"],
        )
        for row in rows
        if row["pages"] or row["fingerprint"] in destinations
    ]


def newest(connection: sqlite3.Connection, limit: int) -> list[Page]:
    """Give the newest pages, the newest first."""
    rows = connection.execute("SELECT * FROM pages ORDER BY id DESC LIMIT ?", [limit])
    return [_page(row) for row in rows]


def prune(connection: sqlite3.Connection) -> None:
    """Forget old pages that nobody waits for, and the incidents that were over with them."""
    connection.execute(
        "DELETE FROM pages WHERE id <= (SELECT max(id) FROM pages) - ? AND id NOT IN"
        " (SELECT page FROM deliveries WHERE undelivered AND destination <> ?)",
        [KEPT, NOBODY],
    )
    connection.execute(
        "DELETE FROM incidents WHERE closed IS NOT NULL"
        " AND id NOT IN (SELECT incident FROM page_incidents)"
    )


def _owe(
    connection: sqlite3.Connection,
    page: int | None,
    routed: frozenset[Severity] | frozenset[str],
    destinations: dict[str, Destination],
) -> None:
    connection.executemany(
        "INSERT INTO deliveries(page, destination) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(page, key) for key, to in destinations.items() if to.severities & routed],
    )


def _mark(connection: sqlite3.Connection, page: int, destination: str, state: str) -> None:
    connection.execute(
        "UPDATE deliveries SET state = ? WHERE page = ? AND destination = ?",
        [state, page, destination],
    )


def _page(row: sqlite3.Row) -> Page:
    return Page(
        key=row["key"],
        kind=row["kind"],
        severity=row["severity"],
        routed=frozenset(row["routed"].split()),
        title=row["title"],
        body=row["body"],
        written=datetime.fromtimestamp(row["written"], UTC),
    )
