"""Brings the delta to the search index: as bulk files, and to the servers where they are named.

How pages are sent is in resources/search/; here is which of them, and what is remembered after.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import dagster as dg
from pydantic import Field

from graph.catalog import CODE_VERSION
from graph.history import read_gate
from imagesuggest_assets.catalog.asset import OWNERS
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.catalog.sinks import SEARCH_UPDATE
from imagesuggest_assets.publication.back import INDEX, Back, to_put_back
from imagesuggest_assets.publication.search.delta import BASIS, FEEDBACK, PUT_BACK
from resources.engine import EngineResource
from resources.errors import UserError
from resources.io_manager import LakeResource, table_metadata
from resources.lake import Lake
from resources.progress import Progress
from resources.search.bulk import (
    BulkFile,
    Manifest,
    read_manifest,
    read_pairs,
    write_bulk_files,
)
from resources.search.bulk_on_spark import write_bulk_files_on_spark
from resources.search.places import Place
from resources.search.resource import AS_FILES, MEMORY, Search
from resources.search.sending import Log, Sent, send
from resources.search.server import Server, UnavailableError
from resources.search.shipped import (
    ACKNOWLEDGED,
    COMPLETE,
    DELTA,
    Pages,
    Shipment,
    ShippedTags,
)
from resources.wording import several

DATASET = "search_index_delta"
_TOLD = 3


class UpdateConfig(dg.Config):
    """What may be shipped."""

    older: bool = Field(
        default=False,
        description="Ship the snapshot although a newer one was shipped already.",
    )


@dg.asset(
    group_name="publication",
    partitions_def=SNAPSHOTS,
    deps=[DATASET],
    owners=OWNERS,
    kinds={"json"},
    code_version=CODE_VERSION,
)
def search_bulk_files(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    engine: EngineResource,
    search: dg.ResourceParam[Search],
) -> dg.MaterializeResult:
    """The delta as gzip NDJSON pairs for the `_bulk` API: all tags of a page in one pair, one wiki
    a file, at most 200,000 pairs a file. `manifest.json` names the files, in the order in which
    they are to be sent; what it does not name does not count.
    """
    started = time.perf_counter()
    here, key = lake.get(), context.partition_key
    shipment = _shipment(here, key)
    place = search.place(here.storage, key)
    before: Sequence[BulkFile] = ()
    if search.where == AS_FILES and (manifest := read_manifest(place)):
        # Somebody may not have taken them yet, and the ledger says that they are shipped.
        before = [file for file in manifest.files if file.delta != shipment.delta]
    computing = engine.get(here.scratch.path)
    write: Callable[..., Manifest] = partial(
        write_bulk_files, memory=MEMORY, spill=here.scratch.path
    )
    if computing.far:
        told = here.aside("search_bulk_files", shared=True)
        write = partial(write_bulk_files_on_spark, engine=computing, aside=told)
    manifest = write(
        delta=shipment.files,
        place=place,
        snapshot=key,
        delta_id=shipment.delta,
        indexes=search.indexes,
        before=before,
    )
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": manifest.pairs,
        "seconds": round(time.perf_counter() - started, 3),
        "files": len(manifest.files),
        "bytes": sum(file.bytes for file in manifest.files),
        "place": place.shown,
    }
    if manifest.files:
        metadata["by file"] = table_metadata([vars(file) for file in manifest.files])
    return dg.MaterializeResult(metadata=metadata)


@dg.asset(
    name=SEARCH_UPDATE,
    group_name="publication",
    partitions_def=SNAPSHOTS,
    deps=[search_bulk_files, "publishable"],
    owners=OWNERS,
    kinds={"elasticsearch"},
    code_version=CODE_VERSION,
)
def search_index_update(
    context: dg.AssetExecutionContext,
    config: UpdateConfig,
    lake: LakeResource,
    search: dg.ResourceParam[Search],
    progress: dg.ResourceParam[Progress],
) -> dg.MaterializeResult:
    """Sends the bulk files to the search servers, and remembers what they acknowledged, file by
    file. What a killed run has left, or what failed, is sent by the next one.

    Without `IMAGESUGGEST_SEARCH` nothing is shipped, and the delta stays all that should be there.
    With `files` the bulk files are the shipment.
    """
    started = time.perf_counter()
    here, key = lake.get(), context.partition_key
    if not search.ships:
        says = "nothing is shipped: IMAGESUGGEST_SEARCH is not set"
        context.log.info(says)
        return _result(search, Update(), says, started)
    shipment = _shipment(here, key)
    place = search.place(here.storage, key)
    manifest = read_manifest(place)
    files = [file for file in (manifest.files if manifest else ()) if file.delta == shipment.delta]
    try:
        tags = search.shipped(here.storage, here.scratch.path, context.log.info)
    except UnavailableError as error:
        raise _unsent(error) from error
    with tags.ledger.shipping():
        published = read_gate(here, key).published
        backs = _backs(here, key, tags, published)
        update = plan(tags, shipment, _basis(here, key), published, config, backs)
        _all_there(here, key, files, update.wikis)
        if search.where == AS_FILES:
            _ship_files(tags, shipment, files, update)
        else:
            progress.start(
                SEARCH_UPDATE, sum(f.pairs for f in files if f.wiki in update.wikis), "pages"
            )
            try:
                server = search.connect(context.log.info)
                try:
                    sender = Sender(search, server, place, tags, shipment, progress)
                    sender.run(files, update, context.log.info)
                finally:
                    server.close()
            except UnavailableError as error:
                raise _unsent(error) from error
            finally:
                progress.finish(SEARCH_UPDATE)
    return _result(search, update, _told(update), started)


def _unsent(error: UnavailableError) -> UserError:
    return UserError(f"{error}; what was not acknowledged is sent when {SEARCH_UPDATE} runs again")


@dataclass
class Update:
    """What is shipped of which wikis, in order, what became of it, and why not of the others.

    ``backs`` are those of which an older snapshot, or nothing, takes the place of what is there.
    """

    wikis: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    sent: dict[str, Sent] = field(default_factory=dict)
    backs: Mapping[str, Back] = field(default_factory=dict)

    @property
    def all(self) -> Sent:
        """What became of the pages of all wikis."""
        return sum(self.sent.values(), Sent())

    def begins(self, wiki: str, shipment: Shipment) -> Shipment:
        """Give what the ledger knows of a wiki's shipment while it lasts.

        What is put back has the snapshot that is there until all of it was: it is still due then.
        """
        back = self.backs.get(wiki)
        return replace(shipment, snapshot=back.there) if back else shipment

    def ends(self, wiki: str, shipment: Shipment) -> Shipment:
        """Give what the ledger knows of it in the end."""
        back = self.backs.get(wiki)
        return replace(shipment, snapshot=back.snapshot, since=back.since) if back else shipment


def plan(
    tags: ShippedTags,
    shipment: Shipment,
    basis: Mapping[str, int | None],
    published: frozenset[str],
    config: UpdateConfig,
    backs: Mapping[str, Back] = MappingProxyType({}),
) -> Update:
    """Decide which wikis' part of the delta is to be sent now.

    ``basis`` are the shipments that the delta was compared with, ``backs`` what it puts back.
    Raises UserError for a delta that is too old: something else was shipped after it was computed.
    """
    update = Update(backs=backs)
    for wiki, number in basis.items():
        state = tags.ledger.state(wiki)
        told = state.details if state else {}
        begun = told.get(DELTA) == shipment.delta
        if begun and told.get(COMPLETE):
            update.left[wiki] = "it was shipped before"
        elif wiki not in published and wiki not in backs:
            update.left[wiki] = "it was held back after the delta was computed"
        elif state is None or begun:
            update.wikis.append(wiki)
        elif state.snapshot > shipment.snapshot and wiki not in backs and not config.older:
            update.left[wiki] = f"the snapshot {state.snapshot}, which is newer, was shipped"
        elif state.number != number:
            raise UserError(
                f"{DATASET} of {shipment.snapshot} was computed before the last shipment of "
                f"{wiki}; materialize it again, then search_bulk_files and {SEARCH_UPDATE}"
            )
        else:
            update.wikis.append(wiki)
    return update


class Sender:
    """Sends the files of one delta to a server, and moves the ledger after each."""

    def __init__(
        self,
        search: Search,
        server: Server,
        place: Place,
        tags: ShippedTags,
        shipment: Shipment,
        progress: Progress,
    ) -> None:
        self._search, self._server, self._place = search, server, place
        self._tags, self._shipment, self._progress = tags, shipment, progress

    def run(self, files: Sequence[BulkFile], update: Update, log: Log) -> None:
        """Send what is due. Raises UserError after all was sent, if some of it failed."""
        for wiki in update.wikis:
            mine = [file for file in files if file.wiki == wiki]
            begins, ends = update.begins(wiki, self._shipment), update.ends(wiki, self._shipment)
            if not mine:
                _nothing(self._tags, wiki, ends)
                continue
            begun = self._tags.begin(wiki, begins)
            update.sent[wiki] = Sent()
            for file in mine:
                if file.name not in begun.details.get(ACKNOWLEDGED, ()):
                    update.sent[wiki] += self._send(file, begins, log)
                self._progress.advance(SEARCH_UPDATE, file.pairs)
            complete = not update.sent[wiki].failed
            self._tags.finish(wiki, ends if complete else begins, complete=complete)
        failed = {wiki: sent for wiki, sent in update.sent.items() if sent.failed}
        if failed:
            raise UserError(_failed(failed))

    def _send(self, file: BulkFile, shipment: Shipment, log: Log) -> Sent:
        pairs, pages = read_pairs(self._place, file), _pages(file)
        self._tags.sending(pages, shipment)
        sent = send(self._server, file.index, pairs, self._search.bounds, log)
        self._tags.sent(pages, shipment, file.name, sent.missing, list(sent.failed))
        for reason, count in sent.reasons().items():
            log(f"{file.wiki}: {count:,} pages failed: {reason}")
        return sent


def _ship_files(
    tags: ShippedTags, shipment: Shipment, files: Sequence[BulkFile], update: Update
) -> None:
    """Remember bulk files, which are whole, as shipped."""
    for wiki in update.wikis:
        mine = [file for file in files if file.wiki == wiki]
        begins, ends = update.begins(wiki, shipment), update.ends(wiki, shipment)
        if not mine:
            _nothing(tags, wiki, ends)
            continue
        tags.begin(wiki, begins)
        for file in mine:
            tags.sent(_pages(file), begins, file.name)
        tags.finish(wiki, ends, complete=True)
        update.sent[wiki] = Sent(written=sum(file.pairs for file in mine))


def _nothing(tags: ShippedTags, wiki: str, shipment: Shipment) -> None:
    state = tags.ledger.state(wiki)
    if state is None or state.snapshot != shipment.snapshot or not state.details.get(COMPLETE):
        tags.unchanged(wiki, shipment)


def _pages(file: BulkFile) -> Pages:
    return Pages(file.wiki, file.page_namespace, file.first_page, file.last_page)


def _shipment(lake: Lake, key: str) -> Shipment:
    details: Mapping[str, Any] = lake.statistics(DATASET, key).details
    feedback = lake.files("feedback", key) if lake.has("feedback", key) else []
    if [file.name for file in feedback] != details.get(FEEDBACK):
        # It was read again since. What the delta knew is sent once more by the next one.
        feedback = []
    return Shipment(key, details[DELTA], lake.files(DATASET, key), feedback)


def _basis(lake: Lake, key: str) -> Mapping[str, int | None]:
    details: Mapping[str, Any] = lake.statistics(DATASET, key).details
    basis: Mapping[str, int | None] = details[BASIS]
    return basis


def _backs(lake: Lake, key: str, tags: ShippedTags, published: frozenset[str]) -> dict[str, Back]:
    """Give what the delta puts back, as far as that is still due."""
    details: Mapping[str, Any] = lake.statistics(DATASET, key).details
    made = {wiki: Back(**told) for wiki, told in details.get(PUT_BACK, {}).items()}
    due = to_put_back(lake, INDEX, tags.ledger, key, published)
    return {wiki: back for wiki, back in made.items() if due.get(wiki) == back}


def _all_there(lake: Lake, key: str, files: Sequence[BulkFile], wikis: Sequence[str]) -> None:
    """Raise UserError where the bulk files are of another delta than the one to be sent."""
    there = {file.wiki for file in files}
    for wiki, rows in lake.statistics(DATASET, key).rows_by_wiki.items():
        if rows and wiki in wikis and wiki not in there:
            raise UserError(
                f"the bulk files of {key} are not those of its {DATASET}; "
                "materialize search_bulk_files again"
            )


def _failed(failed: Mapping[str, Sent]) -> str:
    reasons = [
        f"{wiki}: {count:,} pages: {reason}"
        for wiki, sent in failed.items()
        for reason, count in sent.reasons().items()
    ]
    total = sum(len(sent.failed) for sent in failed.values())
    return (
        f"{total:,} pages were not taken by the search servers: {several(reasons, _TOLD)}."
        f" All others were; run {DATASET}, search_bulk_files and {SEARCH_UPDATE} again when that "
        "is mended"
    )


def _told(update: Update) -> str:
    sent = update.all
    parts = [
        f"{sent.written:,} pages written, {sent.unchanged:,} unchanged, "
        f"{len(sent.missing):,} not in the index"
    ]
    parts += [f"{wiki}: {why}" for wiki, why in [*update.left.items()][:_TOLD]]
    return "; ".join(parts)


def _result(search: Search, update: Update, says: str, started: float) -> dg.MaterializeResult:
    sent, seconds = update.all, time.perf_counter() - started
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": sent.written + sent.unchanged,
        "seconds": round(seconds, 3),
        "shipped to": search.shown,
        "what happened": says,
        "written": sent.written,
        "unchanged": sent.unchanged,
        "not in the index": len(sent.missing),
        "conflicts tried again": sent.conflicts,
        "pages/s": round((sent.written + sent.unchanged) / seconds, 1),
        "read back": dg.MetadataValue.url(
            f"/assets/{SEARCH_UPDATE}?view=checks&checkDetail=published"
        ),
    }
    if rows := _by_wiki(update):
        metadata["by wiki"] = table_metadata(rows)
    if update.backs:
        metadata["put back"] = table_metadata([back.row() for back in update.backs.values()])
    return dg.MaterializeResult(metadata=metadata)


def _by_wiki(update: Update) -> list[dict[str, Any]]:
    rows = [
        {
            "wiki": wiki,
            "written": sent.written,
            "unchanged": sent.unchanged,
            "not in the index": len(sent.missing),
            "conflicts": sent.conflicts,
            "why nothing": "",
        }
        for wiki, sent in update.sent.items()
    ]
    nothing = dict.fromkeys(("written", "unchanged", "not in the index", "conflicts"), 0)
    rows += [{"wiki": wiki, **nothing, "why nothing": why} for wiki, why in update.left.items()]
    return sorted(rows, key=lambda row: str(row["wiki"]))
