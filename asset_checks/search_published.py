"""Reads back what the search index was sent: counts by wiki and tag, and pages chosen at random,
group by group.

What is in the index may be less than what was sent without anything being wrong: pages get
deleted, and the editing tools clear the flag of an article that somebody judges.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pyarrow.parquet as pq

from graph import shown
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.catalog.sinks import SEARCH_UPDATE
from imagesuggest_assets.datasets.search_index import FLAG
from resources.errors import UserError
from resources.io_manager import LakeResource, table_metadata
from resources.lake import Lake
from resources.ledger import Ledger, Shipped
from resources.search.bulk import index_of, read_manifest, read_pairs
from resources.search.multilist import groups_of
from resources.search.places import Place
from resources.search.resource import AS_FILES, Search
from resources.search.sending import Log, persist
from resources.search.server import Document, Server, UnavailableError
from resources.search.shipped import COMPLETE, DELTA, ShippedTags
from resources.wording import several

SAMPLED = 100
"""Pages of each wiki that are read back."""
CLEARED = 0.1
"""Of a wiki's sample, the share of pages that may be gone or have no flag any more."""
_TOLD = 3
_COUNTS = """
SELECT page_namespace, tag, count("values") AS known, count(*) - count("values") AS doubtful
FROM read_parquet($file, hive_partitioning = false) WHERE tag IS NOT NULL GROUP BY ALL ORDER BY ALL
"""
_PAGES = """
SELECT page_id, page_namespace, list(tag) AS tags, list("values") AS all_values
FROM read_parquet($file, hive_partitioning = false)
WHERE "values" IS NOT NULL AND page_id IN (
    SELECT page_id FROM read_parquet($file, hive_partitioning = false)
    GROUP BY page_id ORDER BY hash(page_id + $seed), page_id LIMIT $most
)
GROUP BY ALL ORDER BY page_id
"""

Sent = Mapping[str, Sequence[str]]
"""The values of a page's tags."""


@dataclass(frozen=True)
class Counted:
    """Pages that have a tag: sent (of ``doubtful`` ones nobody knows whether they were), and found.

    ``why`` says why the index can not count them.
    """

    tag: str
    sent: int
    doubtful: int
    found: int = 0
    why: str = ""

    def problem(self, wiki: str) -> dict[str, Any] | None:
        """Say what is wrong, if anything is."""
        if self.why:
            says = f"{wiki}: pages with {self.tag} can not be counted in the index: {self.why}"
            return shown.problem(wiki, says, error=False)
        least = self.sent - CLEARED * self.sent - 1
        if least <= self.found <= self.sent + self.doubtful:
            return None
        missing = self.found < least
        advice = "was the index put back, or lost" if missing else "who else writes there"
        says = (
            f"{wiki}: {self.found:,} pages have {self.tag} in the index, expected the "
            f"{self.sent:,} that were sent; find out: {advice}? then materialize "
            "search_index_delta with `full`"
        )
        return shown.problem(wiki, says, error=True, weight=abs(self.found - self.sent))


@dataclass
class ReadBack:
    """What was found of a wiki: pages as sent, without what may go, and with something else."""

    counted: list[Counted] = field(default_factory=list)
    shipped: int = 0
    sampled: int = 0
    same: int = 0
    gone: list[int] = field(default_factory=list)
    different: dict[int, str] = field(default_factory=dict)

    def problems(self, wiki: str) -> Iterator[dict[str, Any]]:
        """Say what is wrong."""
        yield from filter(None, (each.problem(wiki) for each in self.counted))
        for page, says in [*self.different.items()][:_TOLD]:
            yield shown.problem(wiki, f"{wiki}: page {page}: {says}", error=True)
        if len(self.gone) > CLEARED * self.sampled + 1:
            yield shown.problem(
                wiki,
                f"{wiki}: of {self.sampled:,} pages read back {len(self.gone):,} are not in the "
                f"index or have no flag there, such as {self.gone[0]}; if the index was lost, "
                "materialize search_index_delta with `full`",
                error=True,
                weight=len(self.gone),
            )


def read_back(
    server: Server, search: Search, tags: ShippedTags, snapshot: str, log: Log
) -> dict[str, ReadBack]:
    """Compare the counts of each wiki, and a sample of its pages, in the index with what was
    shipped.

    What was found is remembered in the ledger.
    """
    found: dict[str, ReadBack] = {}
    for wiki in tags.ledger.wikis():
        state = tags.ledger.state(wiki)
        if state is None:
            continue
        pages, shipped = _sample(tags.read(wiki), f"{snapshot} {wiki}")
        found[wiki] = ReadBack(shipped=shipped, sampled=len(pages))
        found[wiki].counted = list(_counted(server, search, tags.read(wiki), wiki, log))
        for namespace in sorted({namespace for _, namespace in pages}):
            index = index_of(wiki, namespace, search.indexes)
            wanted = {page: sent for (page, at), sent in pages.items() if at == namespace}
            there = persist(
                lambda index=index, wanted=wanted: server.read(index, list(wanted)),  # type: ignore[misc]
                search.bounds,
                log,
            )
            for page, sent in wanted.items():
                _compare(found[wiki], page, sent, there[page])
        if found[wiki].same and not any(each.found for each in found[wiki].counted):
            why = "it does not search by its field"
            found[wiki].counted = [replace(each, why=why) for each in found[wiki].counted]
        _remember(tags, wiki, state, found[wiki])
    return found


def _remember(tags: ShippedTags, wiki: str, state: Shipped, found: ReadBack) -> None:
    wrong = any(each["severity"] == "ERROR" for each in found.problems(wiki))
    well = bool(state.details.get(COMPLETE)) and not wrong
    tags.ledger.verify(wiki, state, well=well)


def _counted(server: Server, search: Search, file: Path, wiki: str, log: Log) -> Iterator[Counted]:
    with duckdb.connect() as connection:
        rows = connection.sql(_COUNTS, params={"file": str(file)}).fetchall()
    for namespace, tag, known, doubtful in rows:
        index = index_of(wiki, namespace, search.indexes)
        try:
            found = persist(
                lambda index=index, tag=tag: server.count(index, f"{tag}/"),  # type: ignore[misc]
                search.bounds,
                log,
            )
        except UserError as error:
            yield Counted(tag, known, doubtful, why=str(error))
        else:
            yield Counted(tag, known, doubtful, found)


def _sample(file: Path, seed: str) -> tuple[dict[tuple[int, int], Sent], int]:
    """Choose pages, the same for the same seed; give their tags, and the number of all tags."""
    number = random.Random(seed).getrandbits(31)  # noqa: S311 - a sample, no secret
    with duckdb.connect() as connection:
        rows = connection.sql(
            _PAGES, params={"file": str(file), "seed": number, "most": SAMPLED}
        ).fetchall()
    pages: dict[tuple[int, int], Sent] = {
        (page, namespace): dict(zip(tags, values, strict=True))
        for page, namespace, tags, values in rows
    }
    return pages, pq.read_metadata(file).num_rows


def _compare(found: ReadBack, page: int, sent: Sent, there: object) -> None:
    if not isinstance(there, Document):
        found.gone.append(page)
        return
    groups = groups_of(there.tags)
    for tag, values in sent.items():
        wanted = {f"{tag}/{value}" for value in values}
        if tag == FLAG and tag not in groups:
            found.gone.append(page)
            return
        if set(groups.get(tag, ())) != wanted:
            found.different[page] = (
                f"{tag} is {_few(groups.get(tag, ()))}, sent was {_few(sorted(wanted))}"
            )
            return
    found.same += 1


def _few(tags: Sequence[str]) -> str:
    return several(tags, _TOLD, ", ", " and ") or "not there"


def read_back_result(found: Mapping[str, ReadBack]) -> dg.AssetCheckResult:
    """Make what Dagster shows of what was read back."""
    problems = [each for wiki, back in found.items() for each in back.problems(wiki)]
    counts = [
        {
            "wiki": wiki,
            "tag": each.tag,
            "sent": each.sent,
            "doubtful": each.doubtful,
            "in the index": each.found,
        }
        for wiki, back in found.items()
        for each in back.counted
    ]
    rows = [
        {
            "wiki": wiki,
            "tags shipped": back.shipped,
            "pages read back": back.sampled,
            "as sent": back.same,
            "gone or without flag": len(back.gone),
            "different": len(back.different),
        }
        for wiki, back in found.items()
    ]
    sampled = sum(back.sampled for back in found.values())
    wrong = any(each["severity"] == "ERROR" for each in problems)
    return dg.AssetCheckResult(
        passed=not problems,
        severity=dg.AssetCheckSeverity.ERROR if wrong else dg.AssetCheckSeverity.WARN,
        description=several([each["says"] for each in problems], _TOLD)
        or f"{sampled:,} pages read back are as sent",
        metadata={
            **({"read back": table_metadata(rows)} if rows else {}),
            **({"counts": table_metadata(counts)} if counts else {}),
            **shown.problems(problems),
        },
    )


def files_result(place: Place, ledger: Ledger, snapshot: str) -> dg.AssetCheckResult:
    """Read the bulk files of a snapshot back: each is the one that was written.

    What was found is remembered in the ledger, of the wikis whose last shipment they are.
    """
    manifest = read_manifest(place)
    files = manifest.files if manifest else ()
    for file in files:
        read_pairs(place, file)
    deltas = {file.delta for file in files}
    with ledger.shipping():
        for wiki in ledger.wikis():
            state = ledger.state(wiki)
            # What was put back is of an older snapshot, and in this one's files.
            if state is not None and (
                state.snapshot == snapshot or state.details.get(DELTA) in deltas
            ):
                complete = bool(state.details.get(COMPLETE))
                ledger.verify(wiki, state, well=complete and manifest is not None)
    return dg.AssetCheckResult(
        passed=manifest is not None,
        description=f"{len(files):,} files in {place.shown} are as they were written"
        if manifest
        else f"{place.shown} has no manifest; materialize search_bulk_files",
        metadata=shown.problems([]),
    )


def run_published(lake: Lake, search: Search, snapshot: str, log: Log) -> dg.AssetCheckResult:
    """Read back what was sent, wherever it was sent to."""
    if not search.ships:
        return dg.AssetCheckResult(
            passed=True, description="nothing is shipped", metadata=shown.problems([])
        )
    try:
        tags = search.shipped(lake.storage, lake.scratch.path, log)
        if search.where == AS_FILES:
            return files_result(search.place(lake.storage, snapshot), tags.ledger, snapshot)
        server = search.connect(log)
        with tags.ledger.shipping():
            found = read_back(server, search, tags, snapshot, log)
        server.close()
    except UnavailableError as error:
        says = f"what was sent can not be read back: {error}"
        return dg.AssetCheckResult(
            passed=False,
            description=says,
            metadata=shown.problems([shown.problem("", says, error=True)]),
        )
    return read_back_result(found)


@dg.asset_check(
    asset=SEARCH_UPDATE,
    name="published",
    partitions_def=SNAPSHOTS,
    description="As many pages of each wiki have a tag in the index as were sent, and pages chosen "
    "at random have what was sent.",
    metadata={shown.PAGES: True},
)
def published(
    context: dg.AssetCheckExecutionContext, lake: LakeResource, search: dg.ResourceParam[Search]
) -> dg.AssetCheckResult:
    """See run_published."""
    return run_published(lake.get(), search, context.partition_key, context.log.info)


SEARCH_CHECKS = [published]
"""The checks of the search index. None of them stops the run."""
