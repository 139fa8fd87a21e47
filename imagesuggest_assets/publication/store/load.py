"""Brings the readers' store from what it holds to a snapshot, wiki by wiki. No Dagster here.

What it holds is known from the ledger; where that is lost, or was found wrong, from the store.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Lock

import pyarrow as pa
import pyarrow.parquet as pq
from ibis import Table

from imagesuggest_assets.datasets.suggestions import beyond_columns
from imagesuggest_assets.publication.store.difference import PAGE
from imagesuggest_assets.publication.store.files import (
    DIGESTS,
    PAGE_KEYS,
    READ_ROWS,
    WANTED,
    ByWiki,
)
from imagesuggest_assets.publication.store.plan import Loaded, Plan, Rest, pages_of, plan
from imagesuggest_assets.publication.store.state import (
    Changed,
    can_grow,
    changed_pages,
    has_digests,
    sampled,
    state_rows,
)
from imagesuggest_assets.publication.store.wanted import page_digests, too_large, wanted_rows
from resources.engine import Engine
from resources.errors import RefusedError, UserError
from resources.lake import Lake
from resources.lake_paths import LakePath
from resources.ledger import Ledger, Shipped, target_of
from resources.progress import Progress
from resources.sources.parquet import read_parquet
from resources.stores.files import DUMPED
from resources.stores.store import STEPS, TABLES, Store, snapshot_id
from resources.threads import Threads
from resources.wording import several

MEMORY = "300MB"
"""For sorting rows, at most."""
SORTED_ROWS = 2_000_000
"""Suggestions that are sorted at once, unless one wiki has more: what memory that takes, above all
the lists of classes, does not grow with the number of wikis."""
_ASSET = "cassandra_suggestions"
TOLD = 3
"""Wikis named in an error."""
SAMPLED = 2
"""Pages of each wiki that are looked for in the store, to see whether it was emptied."""

Outcome = dict[str, dict[str, Loaded]]
"""By table, then by wiki."""


@dataclass(frozen=True)
class Load:
    """A load of ``snapshot`` into a store; of ``wikis``, those that may be published.

    ``full`` compares with what is really in the store. ``force`` loads a snapshot although a later
    one is there. ``since`` is from when on each wiki could be published, ISO 8601: what goes back
    to an older snapshot is as old as that. Where ``instead`` is given, only wikis are loaded of
    which that snapshot is still there. ``withdraws`` leaves nothing of the wikis.
    """

    lake: Lake
    engine: Engine
    store: Store
    snapshot: str
    wikis: Sequence[str]
    full: bool = False
    force: bool = False
    since: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str] | None = None
    withdraws: bool = False
    leaves_later: bool = False
    progress: Progress = field(default_factory=Progress)
    _lock: Lock = field(default_factory=Lock, init=False)

    def run(self, filtered_suggestions: Table, item_claims: Table) -> Outcome:
        """Write what changed and remove what is no more; give what became of the rows.

        A wiki is sent while the next ones are compared. Wikis of which a later snapshot is there
        are left alone, unless that is forced. Raises UserError where all are, before anything is
        written; for a wiki with numbers that the tables do not hold, when all others are loaded;
        and for a store that fails: the next load then does what is left to do.
        """
        self.store.check()
        ledger = ledger_of(self.lake, self.store)
        if self.withdraws:
            filtered_suggestions = filtered_suggestions.limit(0)
        with ledger.shipping():
            states = self._due({wiki: ledger.state(wiki) for wiki in sorted(self.wikis)})
            beyond = self._beyond(self._of(filtered_suggestions, states))
            states = {wiki: state for wiki, state in states.items() if wiki not in beyond}
            counts = self._counts(self._of(filtered_suggestions, states))
            many = dict.fromkeys(states, 0) | counts
            self.store.expect(sum(many.values()))
            unknown = self._unknown(states)
            known = {wiki: None if wiki in unknown else states[wiki] for wiki in states}
            dumped, folder = self._dumped(unknown), self.lake.scratch.new("load")
            groups = (
                self._plans(
                    ledger,
                    {wiki: known[wiki] for wiki in wikis},
                    self._of(filtered_suggestions, wikis),
                    item_claims,
                    [self._of(each, wikis) for each in dumped],
                    folder,
                )
                for wikis in _together(many)
            )
            plans: dict[str, Plan] = {}
            self.progress.start(_ASSET, sum(many.values()), "rows")
            try:
                with Threads(self.store.at_once) as threads:
                    for wiki, made, kept in chain.from_iterable(groups):
                        plans[wiki] = made
                        self._advance(threads, made["suggestions"].unchanged)
                        if self._changes(ledger, wiki, states[wiki], made):
                            at = self._at(wiki, states[wiki])
                            threads.do(
                                self._ship, ledger, wiki, folder / wiki, made, kept, at, threads
                            )
            finally:
                self.progress.finish(_ASSET)
        if beyond:
            raise UserError(
                f"{several([*beyond.values()], TOLD)}; all else is loaded, materialize publishable "
                "again: it holds such a wiki back"
            )
        return {
            table: {
                wiki: loaded
                for wiki, of_wiki in plans.items()
                if any(vars(loaded := of_wiki[table]).values())
            }
            for table in TABLES
        }

    def _due(self, states: dict[str, Shipped | None]) -> dict[str, Shipped | None]:
        """Leave out the wikis that have a later snapshot; refuse where no other is there."""
        if self.instead is not None:
            # Another load may have been quicker.
            return {
                wiki: state
                for wiki, state in states.items()
                if state and state.snapshot == self.instead[wiki]
            }
        due = {
            wiki: state
            for wiki, state in states.items()
            if self.force or state is None or state.snapshot <= self.snapshot
        }
        later = [
            f"{wiki} has {state.snapshot}"
            for wiki, state in states.items()
            if state and wiki not in due
        ]
        if later and not due and not self.leaves_later:
            raise RefusedError(
                f"{self.store.where}: a later snapshot than {self.snapshot} is published "
                f"({', '.join(later[:3])}); load that one, or force this one with "
                f"`imagesuggest load --snapshot {self.snapshot} --force`"
            )
        return due

    def _counts(self, rows: Table) -> dict[str, int]:
        """Count the rows of each wiki."""
        found = self.engine.rows(rows.group_by("wiki_db").agg(rows=rows.count()))
        return {row["wiki_db"]: row["rows"] for row in found}

    def _beyond(self, rows: Table) -> dict[str, str]:
        """Say of which wikis the tables do not hold a number: the gate should have held them."""
        found = self.engine.rows(beyond_columns(rows))
        return {
            row["wiki_db"]: too_large(row["wiki_db"], row["name"], row["count"]) for row in found
        }

    def _plans(
        self,
        ledger: Ledger,
        known: dict[str, Shipped | None],
        rows: Table,
        item_claims: Table,
        held: Sequence[Table],
        folder: Path,
    ) -> Iterator[tuple[str, Plan, Sequence[LakePath]]]:
        """Write for some wikis what is to be done, each in a folder of its name; give its plan, and
        the files of its state that stay.

        ``held`` are the store's tables, for those of which nothing is ``known``.
        """
        doubt = {wiki: ledger.pending(wiki) for wiki in known}
        there = [
            ByWiki(read_parquet(self._sorted(each), READ_ROWS), schema)
            for each, schema in zip(held, DUMPED.values(), strict=False)
        ]
        changed = self._changed(known, rows, item_claims, doubt)
        wanted = self._only(rows, changed, known.keys() - changed.keys())
        wanted = wanted_rows(wanted, item_claims, self.engine.hashed)
        # These come as they are sorted, while no other query can be asked.
        computed = self._batches(wanted.order_by([*PAGE, "image"]))
        sorted_rows, made = ByWiki(computed, WANTED), str(snapshot_id(self.snapshot))
        for wiki, state in known.items():
            of_wiki, rest = [each.of(wiki) for each in there], None
            if state is not None:
                found = changed.get(wiki)
                rest = Rest(state.files, found) if found else None
                of_wiki = [state_rows(state.files, found.pages if found else None)]
            wanted_here = sorted_rows.of(wiki)
            loaded = plan(folder / wiki, made, wanted_here, of_wiki, doubt[wiki], rest)
            yield wiki, loaded, rest.files if rest else ()
        for each in (sorted_rows, *there):
            each.end()

    def _changed(
        self,
        known: Mapping[str, Shipped | None],
        rows: Table,
        item_claims: Table,
        doubt: Mapping[str, Sequence[LakePath]],
    ) -> dict[str, Changed]:
        """Find by their digests which pages are others than the ledger remembers, or in doubt.

        Wikis are left out whose pages all have to be compared.
        """
        states = {wiki: state.files for wiki, state in known.items() if state}
        states = {wiki: files for wiki, files in states.items() if can_grow(files)}
        if not states:
            return {}
        rows = self._of(rows, states) if len(states) < len(known) else rows
        digests = page_digests(wanted_rows(rows, item_claims, self.engine.hashed))
        pages = ByWiki(self._batches(digests.order_by(PAGE)), DIGESTS)
        changed = {
            wiki: changed_pages(pages.of(wiki), files, pages_of(doubt[wiki]))
            for wiki, files in states.items()
        }
        pages.end()
        return changed

    def _only(self, rows: Table, changed: Mapping[str, Changed], whole: Collection[str]) -> Table:
        """Leave the pages that changed, and wikis of which all pages are compared."""
        if not changed:
            return rows
        pages = [
            pa.table([pa.repeat(wiki, len(found.pages)), found.pages], schema=PAGE_KEYS)
            for wiki, found in changed.items()
        ]
        only = rows.semi_join(self._listed(pa.concat_tables(pages)), PAGE)
        return only.union(self._of(rows, whole)) if whole else only

    def _of(self, rows: Table, wikis: Collection[str]) -> Table:
        """Leave the rows of some wikis.

        By a join: of an IN, DuckDB takes it that a fifth of the rows are left, and joins the wrong
        way round, which takes more than twice the time.
        """
        names = pa.table({"wiki_db": pa.array(list(wikis), pa.string())})
        return rows.semi_join(self._listed(names), "wiki_db")

    def _listed(self, keys: pa.Table) -> Table:
        """Let the engine join with keys."""
        file = self.lake.scratch.new("keys") / "keys.parquet"
        file.parent.mkdir()
        pq.write_table(keys, file)
        return self.engine.read(self.lake.reachable([file], far=self.engine.far))

    def _batches(self, rows: Table) -> Iterator[pa.RecordBatch]:
        return self.engine.batches(rows, READ_ROWS, self._aside())

    def _dumped(self, wikis: Collection[str]) -> list[Table]:
        """Read of these wikis what is really in the store: its tables in the order of DUMPED."""
        if not wikis:
            return []
        aside = self.lake.scratch.new("dump")
        return [
            self.engine.read(
                self.lake.reachable(self.store.dump(name, wikis, aside / name), far=self.engine.far)
            )
            for name in DUMPED
        ]

    def _unknown(self, states: Mapping[str, Shipped | None]) -> set[str]:
        """Tell of which wikis the store itself has to be asked what it holds."""
        doubted = {
            wiki
            for wiki, state in states.items()
            if self.full or not state or state.verified is False or not has_digests(state.files)
        }
        with ThreadPoolExecutor(self.store.at_once) as threads:
            known = [
                (wiki, state) for wiki, state in states.items() if state and wiki not in doubted
            ]
            emptied = threads.map(lambda each: self._emptied(*each), known)
            return doubted | {wiki for (wiki, _), gone in zip(known, emptied, strict=True) if gone}

    def _emptied(self, wiki: str, state: Shipped) -> bool:
        """Tell whether pages are not there that the ledger knows."""
        return any(not self.store.suggestions(wiki, page) for page in sampled(state, SAMPLED))

    def _changes(self, ledger: Ledger, wiki: str, state: Shipped | None, plan: Plan) -> bool:
        """Tell whether there is anything to be done for a wiki, be it only in the ledger."""
        if state is None or state.snapshot != self._left or ledger.pending(wiki):
            return True
        return any(each.written or each.removed for each in plan.values())

    def _ship(
        self,
        ledger: Ledger,
        wiki: str,
        folder: Path,
        plan: Plan,
        kept: Sequence[LakePath],
        at: str,
        threads: Threads,
    ) -> None:
        """Write one wiki's changes, with the ledger's note before and its new state after."""
        pending = folder / "pending.parquet"
        ledger.begin(wiki, [pending] if pending.exists() else [], snapshot=self.snapshot)
        advance = partial(self._advance, threads)
        for step in STEPS:
            file = folder / f"{step}.parquet"
            if file.exists():
                # What is told is how many suggestions are done, of which caches follow.
                on_rows = advance if step == "put_suggestions" else threads.go_on
                self.store.apply(step, wiki, self.snapshot, file, on_rows)
        rows = {table: each.written + each.unchanged for table, each in plan.items()}
        state = folder / "state.parquet"
        files = [state] if state.exists() else []
        ledger.commit(wiki, files, self._left, at, {"rows": rows}, kept)

    @property
    def _left(self) -> str:
        """The snapshot that is there afterwards."""
        return "" if self.withdraws else self.snapshot

    def _at(self, wiki: str, state: Shipped | None) -> str:
        """Give from when on what is shipped counts as published: now, unless it is older."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        goes_back = state is not None and state.snapshot > self._left
        return (self.since.get(wiki) or now) if goes_back else now

    def _advance(self, threads: Threads, rows: int) -> None:
        threads.go_on()
        with self._lock:
            self.progress.advance(_ASSET, rows)

    def _aside(self) -> LakePath:
        """Give a place for what the engine writes and this reads."""
        return self.lake.aside("rows", shared=self.engine.far)

    def _sorted(self, dumped: Table) -> list[LakePath]:
        """Sort what was in the store, and keep it aside."""
        aside = self._aside()
        order = [name for name in (*PAGE, "image") if name in dumped.columns]
        self.engine.write(dumped.order_by(order), aside)
        return sorted(aside.glob("*.parquet"))


def _together(many: Mapping[str, int]) -> list[list[str]]:
    """Put wikis together that have no more than SORTED_ROWS, in their order."""
    parts: list[list[str]] = []
    left = 0
    for wiki, rows in many.items():
        left -= rows
        if left < 0 or not parts:
            parts.append([])
            left = SORTED_ROWS - rows
        parts[-1].append(wiki)
    return parts


def ledger_of(lake: Lake, store: Store) -> Ledger:
    """Give the ledger of a store."""
    return Ledger(lake.storage, target_of(store.kind, store.identity()))
