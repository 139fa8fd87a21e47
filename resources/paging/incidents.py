"""Which incidents begin, last and end with what was judged. Who is told of it is not here."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from resources.paging.problems import Incident, Judgement, Problem, Severity, worst, worst_first


@dataclass
class Changes:
    """What judgements changed: the incidents that people are to be told of, by their ids.

    ``opened`` has those that have become an ERROR, too; ``over`` has none that goes on in a newer
    snapshot.
    """

    opened: dict[int, Incident] = field(default_factory=dict)
    over: dict[int, Incident] = field(default_factory=dict)


def judge(
    connection: sqlite3.Connection, judgements: Iterable[Judgement], now: datetime
) -> Changes:
    """Bring the incidents up to what was judged."""
    changes = Changes()
    for judgement in judgements:
        _judge(connection, judgement, now, changes)
    return changes


def _judge(
    connection: sqlite3.Connection, judgement: Judgement, now: datetime, changes: Changes
) -> None:
    found: dict[str, list[Problem]] = {}
    for problem in judgement.problems:
        found.setdefault(problem.wiki, []).append(problem)
    known = connection.execute(
        "SELECT * FROM incidents WHERE closed IS NULL"
        " AND check_name = ? AND dataset = ? AND snapshot <= ?",
        [judgement.check, judgement.dataset, judgement.snapshot],
    ).fetchall()
    lasting = set()
    for incident in map(_incident, known):
        if not judgement.judges(incident.wiki):
            continue
        if incident.wiki not in found:
            _close(connection, incident, now)
            changes.over[incident.id] = incident
        elif incident.snapshot < judgement.snapshot:
            # It goes on as the newer snapshot's incident.
            _close(connection, incident, now)
        else:
            lasting.add(incident.wiki)
            lasts = _update(connection, incident, found[incident.wiki], judgement.link)
            if lasts.severity != incident.severity:
                changes.opened[lasts.id] = lasts
    for wiki in sorted(found.keys() - lasting):
        opened = _open(connection, judgement, wiki, found[wiki], now)
        changes.opened[opened.id] = opened


def open_incidents(connection: sqlite3.Connection) -> list[Incident]:
    """List what is open, oldest first."""
    rows = connection.execute("SELECT * FROM incidents WHERE closed IS NULL ORDER BY id")
    return [_incident(row) for row in rows]


def told(
    connection: sqlite3.Connection, incidents: Sequence[Incident], severity: Severity, now: datetime
) -> None:
    """Remember that a page of a severity speaks of incidents."""
    connection.executemany(
        "UPDATE incidents SET told_at = ?, told = trim(replace(told, ?, '') || ' ' || ?)"
        " WHERE id = ?",
        [(now.timestamp(), severity, severity, incident.id) for incident in incidents],
    )


def severities_told(
    connection: sqlite3.Connection, incidents: Sequence[Incident]
) -> frozenset[Severity]:
    """Give the severities of all pages that spoke of incidents, those just written among them."""
    rows = [
        connection.execute("SELECT told FROM incidents WHERE id = ?", [incident.id]).fetchone()
        for incident in incidents
    ]
    return frozenset(severity for (told,) in rows for severity in told.split())


def _open(
    connection: sqlite3.Connection,
    judgement: Judgement,
    wiki: str,
    problems: Sequence[Problem],
    now: datetime,
) -> Incident:
    row = connection.execute(
        "INSERT INTO incidents(check_name, dataset, snapshot, wiki, severity, problems, link,"
        " opened, told_at, told) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '') RETURNING *",
        [
            judgement.check,
            judgement.dataset,
            judgement.snapshot,
            wiki,
            worst(problem.severity for problem in problems),
            _text(problems),
            judgement.link,
            now.timestamp(),
            now.timestamp(),
        ],
    ).fetchone()
    return _incident(row)


def _update(
    connection: sqlite3.Connection, incident: Incident, problems: Sequence[Problem], link: str
) -> Incident:
    severity = worst([incident.severity, *(problem.severity for problem in problems)])
    row = connection.execute(
        "UPDATE incidents SET severity = ?, problems = ?, link = ? WHERE id = ? RETURNING *",
        [severity, _text(problems), link, incident.id],
    ).fetchone()
    return _incident(row)


def _close(connection: sqlite3.Connection, incident: Incident, now: datetime) -> None:
    connection.execute(
        "UPDATE incidents SET closed = ? WHERE id = ?", [now.timestamp(), incident.id]
    )


def _text(problems: Sequence[Problem]) -> str:
    return json.dumps([asdict(problem) for problem in worst_first(problems)], ensure_ascii=False)


def _incident(row: sqlite3.Row) -> Incident:
    return Incident(
        id=row["id"],
        check=row["check_name"],
        dataset=row["dataset"],
        snapshot=row["snapshot"],
        wiki=row["wiki"],
        severity=row["severity"],
        problems=tuple(Problem(**problem) for problem in json.loads(row["problems"])),
        link=row["link"],
        opened=datetime.fromtimestamp(row["opened"], UTC),
        told_at=datetime.fromtimestamp(row["told_at"], UTC),
    )
