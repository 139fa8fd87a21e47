"""What tests of the readers' store share: small files to apply, and stores to apply them to."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from cassandra.cluster import Session

from resources.stores.cassandra_schema import statements
from resources.stores.files import STEP_SCHEMAS
from resources.stores.settings import CassandraSettings
from resources.stores.store import Step, Store, Suggestion
from tests.servers.cassandra import CassandraServer

SNAPSHOT, NEXT = "2026-10-26", "2026-11-02"


def settings_of(server: CassandraServer, **more: Any) -> CassandraSettings:
    """Settings for a keyspace of its own on a server."""
    given: dict[str, Any] = {
        "keyspace": f"k{uuid4().hex[:12]}",
        "replication": "1",
        "timeout": 5.0,
        "patience": 30.0,
        **more,
    }
    return CassandraSettings((f"{server.host}:{server.port}",), **given)


def make_tables(session: Session, settings: CassandraSettings) -> None:
    """The keyspace and the tables."""
    for statement in statements(settings):
        session.execute(statement, timeout=60)


def file_of(folder: Path, step: Step, rows: Iterable[Sequence[Any]], group: int = 1000) -> Path:
    """The file of a step, from rows in the order of its columns."""
    schema = STEP_SCHEMAS[step]
    records = [dict(zip(schema.names, row, strict=True)) for row in rows]
    file = folder / f"{uuid4().hex}.parquet"
    pq.write_table(pa.Table.from_pylist(records, schema), file, row_group_size=group)
    return file


def put(
    store: Store,
    folder: Path,
    page: int,
    *images: str,
    snapshot: str = SNAPSHOT,
    fresh: bool = False,
) -> None:
    """Give a page of ptwiki these suggestions."""
    rows = [
        (page, fresh, 100 + page, f"Q{page}", image, 90.0, ["arwiki", "ptwiki"], ["istype-depicts"])
        for image in images
    ]
    store.apply("put_suggestions", "ptwiki", snapshot, file_of(folder, "put_suggestions", rows), ok)


def ok(rows: int) -> None:
    """Hear of rows."""


def images(rows: Iterable[Suggestion]) -> list[str]:
    """The files that a reader gets."""
    return [row.image for row in rows]
