"""What a search index was last sent of each wiki: the ledger's files, laid over each other.

A wiki's files hold rows (wikiid, page_id, page_namespace, tag, values). The first is what was
there before; of each later one, a **part** that was sent since, the rows win over those of the
files before it. ``values`` are those that the server acknowledged, DELETE_GROUPING where the tag
went, NULL where nobody knows; a row without a tag says that its page is not in the index at all.

Before them, where there are any, stands a file of the feedback events that were known when the
wiki was last shipped whole: no date tells that, and nothing shorter than the events does.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from resources.lake_paths import LakePath
from resources.ledger import Ledger, Shipped
from resources.search.multilist import DELETE_GROUPING
from resources.sources.feedback import Feedback

SCHEMA = pa.schema(
    [
        ("wikiid", pa.string()),
        ("page_id", pa.int64()),
        ("page_namespace", pa.int64()),
        ("tag", pa.string()),
        ("values", pa.list_(pa.string())),
    ]
)
COMPLETE = "complete"
"""In the details of a shipment: whether all of it was acknowledged."""
DELTA = "delta"
"""In the details: which delta was last sent, whole or in part."""
ACKNOWLEDGED = "acknowledged files"
"""In the details of a shipment that is not complete: which of its files were."""
KNOWN = "feedback events known"
"""In the details: how many the wiki's last complete shipment knew. Ledgers of before they were
remembered do not have it: to them all are new."""

_LAID = """
WITH
parts AS (
    SELECT * EXCLUDE (filename), list_position($parts, filename) AS part
    FROM read_parquet($parts, filename = true, hive_partitioning = false)
),
absent AS (
    SELECT page_id, page_namespace, max(part) AS part FROM parts WHERE tag IS NULL GROUP BY ALL
),
latest AS (
    SELECT wikiid, page_id, page_namespace, tag,
        arg_max(struct_pack(v := "values"), part).v AS "values", max(part) AS part
    FROM parts WHERE tag IS NOT NULL GROUP BY ALL
),
doubtful AS (
    SELECT DISTINCT wikiid, page_id, page_namespace, tag, NULL::VARCHAR[] AS "values"
    FROM read_parquet($pending, hive_partitioning = false)
),
laid AS (
    SELECT base.* FROM read_parquet($base, hive_partitioning = false) AS base
    ANTI JOIN latest USING (page_id, page_namespace, tag)
    ANTI JOIN absent USING (page_id, page_namespace)
    UNION ALL BY NAME
    SELECT latest.* EXCLUDE (part) FROM latest
    ANTI JOIN absent ON latest.page_id = absent.page_id
        AND latest.page_namespace = absent.page_namespace AND latest.part <= absent.part
)
SELECT * FROM laid ANTI JOIN doubtful USING (page_id, page_namespace, tag)
WHERE "values" IS NULL OR "values" != [$gone]
UNION ALL BY NAME SELECT * FROM doubtful
"""
_LEARNT = """
SELECT * FROM read_parquet($known, hive_partitioning = false)
UNION BY NAME
SELECT * FROM read_parquet($feedback, hive_partitioning = false) WHERE wiki_db = $wiki
ORDER BY page_id
"""
_PART = """
SELECT wikiid, page_id, page_namespace, tag,
    CASE WHEN page_id IN (SELECT unnest($failed::BIGINT[])) THEN NULL ELSE "values" END AS "values"
FROM read_parquet($delta, hive_partitioning = false)
WHERE wikiid = $wiki AND page_namespace = $namespace AND page_id BETWEEN $first AND $last
    AND page_id NOT IN (SELECT unnest($missing::BIGINT[]))
UNION ALL BY NAME
SELECT $wiki AS wikiid, unnest($missing::BIGINT[]) AS page_id, $namespace AS page_namespace,
    NULL::VARCHAR AS tag, NULL::VARCHAR[] AS "values"
"""


@dataclass(frozen=True)
class Pages:
    """Rows of a delta that are sent together: pages of one wiki, both ends included."""

    wiki: str
    page_namespace: int
    first_page: int
    last_page: int


@dataclass(frozen=True)
class Shipment:
    """What is being sent: which delta of which snapshot, its Parquet files, what it knew.

    ``feedback`` are Parquet files of that, of all wikis; none where it is not there any more.
    ``since`` is from when on what is sent could be, ISO 8601, where that is an older snapshot.
    """

    snapshot: str
    delta: str
    files: Sequence[LakePath]
    feedback: Sequence[LakePath] = ()
    since: str = ""


class ShippedTags:
    """Reads and moves the ledger; who moves it is in the ledger's ``shipping()``."""

    def __init__(self, ledger: Ledger, scratch: Path, memory: str) -> None:
        """``scratch`` is a folder of the lake; ``memory`` such as ``1GB`` is DuckDB's."""
        self.ledger = ledger
        self._scratch, self._memory = scratch, memory

    def read(self, wiki: str) -> Path:
        """Write to a new Parquet file what the index holds of a wiki, as far as is known.

        ``values`` are NULL where that is in doubt. Nothing is there where nothing was shipped.
        """
        pending = self.ledger.pending(wiki)
        _, files = _apart(self.ledger.state(wiki))
        if len(files) == 1 and not pending:
            return self._link(files[0])
        nothing = self.nothing()
        return self._write(
            _LAID,
            base=[os.fspath(file) for file in files[:1] or [nothing]],
            parts=[os.fspath(file) for file in files[1:] or [nothing]],
            pending=[os.fspath(file) for file in pending or [nothing]],
            gone=DELETE_GROUPING,
        )

    def nothing(self) -> Path:
        """Write a new Parquet file without rows."""
        file = self._new()
        pq.write_table(SCHEMA.empty_table(), file)
        return file

    def known(self, wiki: str) -> Path:
        """Give a Parquet file of the feedback that the last complete shipment of a wiki knew."""
        known, _ = _apart(self.ledger.state(wiki))
        return self._link(known[0]) if known else self.nothing_known()

    def nothing_known(self) -> Path:
        """Write a new Parquet file of no feedback."""
        file = self._new()
        pq.write_table(Feedback.schema.empty_table(), file)
        return file

    def begin(self, wiki: str, shipment: Shipment) -> Shipped:
        """Lay what was sent before in one file, with what is in doubt. Gives the state."""
        before = self.ledger.state(wiki)
        details = dict(before.details) if before is not None else {}
        if details.get(DELTA) != shipment.delta:
            details.pop(ACKNOWLEDGED, None)
        details |= {COMPLETE: False, DELTA: shipment.delta}
        # What is sent first knows its feedback at once: all there is, is sent.
        return self._lay(wiki, shipment, details, learn=before is None)

    def unchanged(self, wiki: str, shipment: Shipment) -> None:
        """Remember that a shipment has nothing for a wiki: what is there is as it should be."""
        self.begin(wiki, shipment)
        self.finish(wiki, shipment, complete=True)

    def sending(self, pages: Pages, shipment: Shipment) -> None:
        """Write down that the pages of a part are in doubt from now on."""
        part = self._part(pages, shipment, (), ())
        self.ledger.begin(pages.wiki, [part], snapshot=shipment.snapshot)

    def sent(
        self,
        pages: Pages,
        shipment: Shipment,
        name: str = "",
        missing: Sequence[int] = (),
        failed: Sequence[int] = (),
    ) -> None:
        """Move the ledger by a part: ``missing`` pages are not in the index, ``failed`` in doubt.

        ``name`` is the file that was acknowledged, all but its failed pages.
        """
        before = self.ledger.state(pages.wiki)
        assert before is not None  # noqa: S101 - begin() has committed
        details = dict(before.details)
        if not failed:
            details[ACKNOWLEDGED] = [*details.get(ACKNOWLEDGED, ()), name]
        part = self._part(pages, shipment, missing, failed)
        self.ledger.commit(
            pages.wiki, [part], shipment.snapshot, _now(), details, kept=before.files
        )

    def finish(self, wiki: str, shipment: Shipment, *, complete: bool) -> None:
        """Lay all that was sent in one file; ``complete`` where nothing of it failed."""
        before = self.ledger.state(wiki)
        assert before is not None  # noqa: S101 - begin() has committed
        details = {**before.details, COMPLETE: complete}
        if complete:
            details.pop(ACKNOWLEDGED, None)
        self._lay(wiki, shipment, details, learn=complete)

    def _lay(
        self, wiki: str, shipment: Shipment, details: dict[str, Any], *, learn: bool
    ) -> Shipped:
        """Lay all that was sent in one file; ``learn`` the feedback that the shipment knew."""
        before = self.ledger.state(wiki)
        known, files = _apart(before)[0], [self.read(wiki)]
        if learn and shipment.feedback:
            learnt = self._learnt(wiki, known, shipment)
            details[KNOWN] = pq.read_metadata(learnt).num_rows
            known, files = (), [learnt, *files]
        at = shipment.since or _now()
        return self.ledger.commit(wiki, files, shipment.snapshot, at, details, known)

    def _learnt(self, wiki: str, known: Sequence[LakePath], shipment: Shipment) -> Path:
        return self._write(
            _LEARNT,
            known=[os.fspath(file) for file in known or [self.nothing_known()]],
            feedback=[os.fspath(file) for file in shipment.feedback],
            wiki=wiki,
        )

    def _part(
        self, pages: Pages, shipment: Shipment, missing: Sequence[int], failed: Sequence[int]
    ) -> Path:
        return self._write(
            _PART,
            delta=[os.fspath(file) for file in shipment.files],
            wiki=pages.wiki,
            namespace=pages.page_namespace,
            first=pages.first_page,
            last=pages.last_page,
            missing=list(missing),
            failed=list(failed),
        )

    def _write(self, query: str, **parameters: Any) -> Path:
        target = self._new()
        rows = self._connection.sql(query, params=parameters)
        rows.write_parquet(str(target), compression="zstd")
        return target

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        """One for all wikis: to begin one takes as long as what most of them have to be asked."""
        connection = duckdb.connect()
        connection.execute("SET memory_limit = $1", [self._memory])
        connection.execute("SET temp_directory = $1", [str(self._scratch)])
        connection.execute("SET preserve_insertion_order = false")
        return connection

    def _link(self, file: LakePath) -> Path:
        """Give a file of the ledger another name, under which commit() can move it."""
        to = self._new()
        try:
            to.hardlink_to(file)
        except OSError:
            shutil.copyfile(file, to)
        return to

    def _new(self) -> Path:
        return self._scratch / f"shipped-{uuid4().hex}.parquet"


def _apart(shipped: Shipped | None) -> tuple[Sequence[LakePath], Sequence[LakePath]]:
    """Tell the file of known feedback, if there is one, from those of tags."""
    if shipped is None:
        return (), ()
    tags_from = 1 if KNOWN in shipped.details else 0
    return shipped.files[:tags_from], shipped.files[tags_from:]


def tags_in(shipped: Shipped) -> int:
    """Count the tags of a shipment that is complete."""
    footers = (pq.read_metadata(file) for file in shipped.files)
    return sum(each.num_rows for each in footers if "tag" in each.schema.names)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
