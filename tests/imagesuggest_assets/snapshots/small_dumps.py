"""Small complete dumps, by name and not by content: what choosing a snapshot's files looks at."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from graph.green_lights import Looker
from resources.sources.dumps import (
    COMMONS,
    COMMONS_TABLES,
    ITEMS,
    MEDIAINFO,
    OPTIONAL_COMMONS_TABLES,
    WIKI_TABLES,
    Dumps,
    Status,
)
from resources.sources.places import Folder


def tables_of(wiki: str) -> tuple[str, ...]:
    """Name all tables that a wiki's dump can have."""
    return (*COMMONS_TABLES, *OPTIONAL_COMMONS_TABLES) if wiki == COMMONS else WIKI_TABLES


def table_file(root: Path, wiki: str, date: str, table: str, ending: str = ".gz") -> Path:
    """Give where a table's file is."""
    return root / wiki / date / f"{wiki}-{date}-{table}.sql{ending}"


def status_file(root: Path, wiki: str, date: str) -> Path:
    """Give where a dump says of itself how far it is."""
    return root / wiki / date / "dumpstatus.json"


def add_dump(root: Path, wiki: str, date: str) -> None:
    """Add a whole dump of a wiki that says nothing of itself."""
    (root / wiki / date).mkdir(parents=True)
    for table in tables_of(wiki):
        file = table_file(root, wiki, date, table)
        file.write_text(f"{table} of {wiki} on {date}")


def add_entities(root: Path, date: str) -> None:
    """Add both entity dumps of a date."""
    for entities in (ITEMS, MEDIAINFO):
        folder = root / entities.folder / date
        folder.mkdir(parents=True)
        stem = entities.stem.format(date=date)
        (folder / f"{stem}.gz").write_text(f"{entities.source} of {date}")


def add_other_dumps(root: Path) -> None:
    """Add what stands between the entity dumps of Mondays on the real server: on Wednesdays and
    Fridays it has folders of other kinds."""
    for entities, other in ((ITEMS, "wikidata-{}-lexemes"), (MEDIAINFO, "commons-{}-mediainfo")):
        for day in ("1007", "1009", "1014", "1016", "1021", "1023", "1028", "1030", "1104", "1106"):
            folder = root / entities.folder / f"2026{day}"
            folder.mkdir(parents=True)
            (folder / f"{other.format(f'2026{day}')}.nt.bz2").write_text("another dump")


def files_of(root: Path) -> dict[str, bytes]:
    """Give what a mirror of a folder serves."""
    files = (file for file in root.rglob("*") if file.is_file())
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}


def say(
    root: Path, wiki: str, date: str, states: Mapping[str, str | None] | None = None
) -> dict[str, dict[str, object]]:
    """Let a dump say of itself that all is done but what ``states`` has, None is not named.

    Gives its jobs, as they were written.
    """
    jobs: dict[str, dict[str, object]] = {}
    for table in tables_of(wiki):
        state = (states or {}).get(table, "done")
        file = table_file(root, wiki, date, table)
        if state is not None:
            jobs[Status.job(table)] = {"status": state, "updated": "2026-11-02 01:00:00"}
        if state == "done" and file.exists():
            jobs[Status.job(table)]["files"] = {
                file.name: {
                    "size": file.stat().st_size,
                    "url": f"/{wiki}/{date}/{file.name}",
                    "sha1": sha1_of(file),
                }
            }
    status = {"version": "0.8", "jobs": jobs}
    status_file(root, wiki, date).write_text(json.dumps(status))
    return jobs


def sha1_of(file: Path) -> str:
    """Compute a small file's sha1."""
    return hashlib.sha1(file.read_bytes()).hexdigest()


def looker(
    root: Path,
    settling: timedelta | None = None,
    refused: Mapping[str, tuple[str, str]] | None = None,
    *,
    later: timedelta = timedelta(0),
) -> Looker:
    """Look at the dumps in a folder, as if it were ``later`` than it is."""
    return Looker(Dumps(Folder(root)), settling, refused, lambda: datetime.now(UTC) + later)
