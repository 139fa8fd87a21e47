"""Writes what became of a snapshot, as the gate does, without computing it."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from graph.history import PUBLISHED_AT
from resources.lake import Lake
from resources.versions import Statistics


def publish(lake: Path, snapshot: str, at: datetime | None = None, **states: str) -> None:
    """Write the states of wikis; those that go out do so since ``at``, now if that is None."""
    rows = [
        {"wiki_db": wiki, "state": state, "reason": "", "checks": None}
        for wiki, state in states.items()
    ]
    schema = pa.schema(
        [
            *((name, pa.string()) for name in ("wiki_db", "state", "reason")),
            ("checks", pa.list_(pa.string())),
        ]
    )
    since = (at or datetime.now(UTC)).isoformat(timespec="seconds")
    out = {wiki: since for wiki, state in states.items() if state in ("published", "released")}
    here = Lake(lake)
    statistics = Statistics(len(rows), 0, 0.0, details={PUBLISHED_AT: out})
    with here.replacing("publishable", snapshot, statistics) as folder:
        folder.mkdir()
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / "part.parquet")
    here.close()
