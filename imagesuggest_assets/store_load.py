"""Brings the readers' store from what it holds to a snapshot, wiki by wiki. No Dagster here.

What it holds is known from the ledger; where that is lost, or was found wrong, from the store.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis import Table

from imagesuggest_assets.store_difference import (
    PAGE,
    Held,
    compared_cache,
    compared_pages,
    held_by,
    mixed_pages,
    wanted_rows,
    without,
)
from imagesuggest_assets.store_files import KEYS, STATE, split
from resources.engine import Engine
from resources.errors import UserError
from resources.lake import Lake
from resources.ledger import Ledger, Shipped, target_of
from resources.progress import Progress
from resources.stores.store import (
    DUMPED,
    FILES,
    INT_MAX,
    STEPS,
    TABLES,
    Store,
    snapshot_id,
)

SAMPLED = 5
"""Pages of each wiki that are looked for in the store, to see whether it was emptied."""
_CACHES = {"title_cache": ["wiki_db", "title"], "instanceof_cache": PAGE}


@dataclass
class Loaded:
    """What became of the rows of a wiki's table."""

    written: int = 0
    removed: int = 0
    unchanged: int = 0


Outcome = dict[str, dict[str, Loaded]]
"""By table, then by wiki."""


@dataclass(frozen=True)
class Load:
    """A load of ``snapshot`` into a store; of ``wikis``, those that may be published.

    ``full`` compares with what is really in the store. ``force`` loads a snapshot although a later
    one is there.
    """

    lake: Lake
    engine: Engine
    store: Store
    snapshot: str
    wikis: Sequence[str]
    full: bool = False
    force: bool = False
    progress: Progress = field(default_factory=Progress)

    def run(self, filtered_suggestions: Table, item_claims: Table) -> Outcome:
        """Write what changed and remove what is no more; give what became of the rows.

        Wikis of which a later snapshot is there are left alone, unless that is forced. Raises
        UserError where all are, for numbers that the tables do
        not hold, and for a store that fails: the next load then does what is left to do.
        """
        self.store.check()
        ledger = ledger_of(self.lake, self.store)
        with ledger.shipping():
            states = self._due({wiki: ledger.state(wiki) for wiki in sorted(self.wikis)})
            wanted = self._kept(wanted_rows(filtered_suggestions, item_claims, list(states)))
            self._refuse_too_large(wanted)
            held, doubt = self._held(ledger, states)
            return self._ship(ledger, states, wanted, held, doubt)

    def _due(self, states: dict[str, Shipped | None]) -> dict[str, Shipped | None]:
        """Leave out the wikis that have a later snapshot; refuse where no other is there."""
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
        if later and not due:
            raise UserError(
                f"{self.store.where}: a later snapshot than {self.snapshot} is published "
                f"({', '.join(later[:3])}); load that one, or force this one with "
                f"`imagesuggest load --snapshot {self.snapshot} --force`"
            )
        return due

    def _refuse_too_large(self, wanted: Table) -> None:
        too_large = wanted.filter((wanted.page_rev > INT_MAX) | (wanted.page_id > INT_MAX))
        for row in self.engine.rows(too_large.order_by(PAGE).limit(1)):
            raise UserError(
                f"{row['wiki_db']}: the page {row['page_id']} has the revision {row['page_rev']}; "
                f"readers' tables hold numbers up to {INT_MAX}: they need wider columns first"
            )

    def _held(self, ledger: Ledger, states: dict[str, Shipped | None]) -> tuple[Held, Table]:
        """Give what the store holds for certain, and the keys of which nothing is certain."""
        unknown = [wiki for wiki, state in states.items() if self._unknown(wiki, state)]
        known = [
            file
            for wiki, state in states.items()
            if state is not None and wiki not in unknown
            for file in state.files
        ]
        held = held_by(self._read(known, STATE))
        doubt = self._read([file for wiki in states for file in ledger.pending(wiki)], KEYS)
        if unknown:
            aside = self.lake.scratch.new("dump")
            dumped = Held(
                *(
                    self._read(self.store.dump(table, unknown, aside / table), DUMPED[table])
                    for table in ("suggestions", "title_cache", "instanceof_cache")
                )
            )
            mixed = mixed_pages(dumped).mutate(title=ibis.null("string"))
            doubt = doubt.union(mixed.select(doubt.columns))
            held = Held(
                *(
                    one.union(other.select(one.columns))
                    for one, other in zip(held, dumped, strict=True)
                )
            )
        return held, self._kept(doubt)

    def _unknown(self, wiki: str, state: Shipped | None) -> bool:
        """Tell whether the store itself has to be asked what it holds of a wiki."""
        if self.full or state is None or state.verified is False:
            return True
        return any(not self.store.suggestions(wiki, page) for page in sampled(state, SAMPLED))

    def _ship(
        self,
        ledger: Ledger,
        states: dict[str, Shipped | None],
        wanted: Table,
        held: Held,
        doubt: Table,
    ) -> Outcome:
        difference = self._difference(wanted, held, doubt)
        outcome = self._outcome(difference)
        due = [
            wiki
            for wiki, state in states.items()
            if state is None
            or state.snapshot != self.snapshot
            or ledger.pending(wiki)
            or any(
                rows[wiki].written or rows[wiki].removed
                for rows in outcome.values()
                if wiki in rows
            )
        ]
        folder = self._files(wanted, difference, due)
        total = sum(
            each.written + each.removed for rows in outcome.values() for each in rows.values()
        )
        self.progress.start("cassandra_suggestions", total, "rows")
        try:
            for wiki in due:
                self._ship_wiki(ledger, wiki, folder / wiki, outcome)
        finally:
            self.progress.finish("cassandra_suggestions")
        return outcome

    def _difference(self, wanted: Table, held: Held, doubt: Table) -> dict[str, Table]:
        pages = doubt.filter(doubt.page_id.notnull())
        of_pages = held.title_cache.semi_join(pages, PAGE).select("wiki_db", "title")
        titles = doubt.filter(doubt.title.notnull()).select("wiki_db", "title").union(of_pages)
        certain = without(held, pages, titles)
        new = held_by(wanted)
        return {
            "suggestions": self._kept(compared_pages(new.suggestions, certain.suggestions, pages)),
            **{
                name: self._kept(
                    compared_cache(
                        getattr(new, name),
                        getattr(certain, name),
                        titles if name == "title_cache" else pages,
                        key,
                    )
                )
                for name, key in _CACHES.items()
            },
        }

    def _outcome(self, difference: dict[str, Table]) -> Outcome:
        outcome: Outcome = {table: {} for table in TABLES}
        pages = difference["suggestions"]
        counted = pages.group_by("wiki_db").agg(
            written=pages.put.ifelse(pages["rows"], 0).sum(),
            removed=pages.gone.sum(),
            unchanged=pages.put.ifelse(0, pages["rows"]).sum(),
            pages=(~pages["remove"]).cast("int64").sum(),
        )
        there = {}
        for row in self.engine.rows(counted):
            wiki = row.pop("wiki_db")
            there[wiki] = int(row.pop("pages"))
            outcome["suggestions"][wiki] = Loaded(**{name: int(n) for name, n in row.items()})
        for name in _CACHES:
            rows = difference[name]
            counted = rows.group_by("wiki_db").agg(
                written=rows.put.cast("int64").sum(), removed=rows["remove"].cast("int64").sum()
            )
            changed = {row.pop("wiki_db"): row for row in self.engine.rows(counted)}
            for wiki in {*there, *changed}:
                one = changed.get(wiki, {"written": 0, "removed": 0})
                written, removed = int(one["written"]), int(one["removed"])
                outcome[name][wiki] = Loaded(written, removed, there.get(wiki, 0) - written)
        return outcome

    def _files(self, wanted: Table, difference: dict[str, Table], due: Sequence[str]) -> Path:
        """Write what is to be done for each wiki into a folder of its name."""
        folder = self.lake.scratch.new("load")
        pages = difference["suggestions"]
        put = pages.filter(pages.put).select(*PAGE, "fresh")
        parts: dict[str, tuple[Table, list[str]]] = {
            "put_suggestions": (wanted.inner_join(put, PAGE), [*PAGE, "image"]),
            "remove_suggestions": (pages.filter(pages["remove"]), PAGE),
        }
        for name, key in _CACHES.items():
            rows = difference[name]
            parts[f"put_{name}"] = (rows.filter(rows.put), key)
            parts[f"remove_{name}"] = (rows.filter(rows["remove"]), key)
        for step, (rows, key) in parts.items():
            columns = [name for name in FILES[step].names if name not in key]
            self._split(rows.select(*key, *columns), FILES[step], key, folder, step)
        self._split(self._touched(difference), KEYS, ["wiki_db"], folder, "pending")
        if due:
            made = str(snapshot_id(self.snapshot))
            kept = pages.select(*PAGE, id=pages.put.ifelse(ibis.literal(made), pages.id))
            rows = wanted.filter(wanted.wiki_db.isin(list(due))).inner_join(kept, PAGE)
            self._split(rows, STATE, [*PAGE, "image"], folder, "state")
        return folder

    def _touched(self, difference: dict[str, Table]) -> Table:
        pages, titles = difference["suggestions"], difference["title_cache"]
        pages = pages.filter(pages.put | pages["remove"]).select(*PAGE)
        touched = pages.union(difference["instanceof_cache"].select(*PAGE), distinct=True)
        touched = touched.mutate(title=ibis.null("string"))
        titles = titles.select("wiki_db", page_id=ibis.null("int64"), title=titles.title)
        return touched.union(titles.select(touched.columns))

    def _ship_wiki(self, ledger: Ledger, wiki: str, folder: Path, outcome: Outcome) -> None:
        """Write one wiki's changes, with the ledger's note before and its new state after."""
        pending = folder / "pending.parquet"
        ledger.begin(wiki, [pending] if pending.exists() else [], snapshot=self.snapshot)
        for step in STEPS:
            file = folder / f"{step}.parquet"
            if file.exists():
                self.store.apply(
                    step,
                    wiki,
                    self.snapshot,
                    file,
                    lambda rows: self.progress.advance("cassandra_suggestions", rows),
                )
        rows = {
            table: each.written + each.unchanged
            for table, wikis in outcome.items()
            if (each := wikis.get(wiki)) is not None
        }
        state = folder / "state.parquet"
        files = [state] if state.exists() else []
        at = datetime.now(UTC).isoformat(timespec="seconds")
        ledger.commit(wiki, files, self.snapshot, at, {"rows": rows})

    def _split(
        self, rows: Table, schema: pa.Schema, order: list[str], folder: Path, name: str
    ) -> None:
        split(self._written(rows.order_by(order)), schema, folder, name)

    def _kept(self, rows: Table) -> Table:
        """Compute rows once and keep them aside."""
        return self.engine.read(self._written(rows))

    def _written(self, rows: Table) -> list[Path]:
        aside = self.lake.scratch.new("rows")
        self.engine.write(rows, aside)
        return sorted(aside.glob("*.parquet"))

    def _read(self, files: Sequence[Path], schema: pa.Schema) -> Table:
        if not files:
            empty = self.lake.scratch.new("none").with_suffix(".parquet")
            pq.write_table(schema.empty_table(), empty)
            files = [empty]
        return self.engine.read(files)


def ledger_of(lake: Lake, store: Store) -> Ledger:
    """Give the ledger of a store."""
    return Ledger(lake.path, target_of(store.kind, store.identity()))


def sampled(state: Shipped, most: int) -> list[int]:
    """Choose pages of a shipment at random, the same ones each time."""
    pages = {row["page_id"] for rows in sampled_rows(state, most) for row in rows}
    return sorted(pages)


def sampled_rows(state: Shipped, most: int) -> Iterator[list[dict[str, Any]]]:
    """Give all rows of pages of a shipment that are chosen at random, the same ones each time."""
    for file in state.files:
        with closing(pq.ParquetFile(file)) as parquet:
            chance = random.Random(f"{state.snapshot} {most}")  # noqa: S311 - no secret
            groups = range(parquet.num_row_groups)
            share = max(1, most // max(1, min(len(groups), most)))
            for group in sorted(chance.sample(groups, min(len(groups), most))):
                rows = parquet.read_row_group(group)
                pages = sorted(rows["page_id"].unique().to_pylist())
                chosen = sorted(chance.sample(pages, min(len(pages), share)))
                wanted = pc.is_in(rows["page_id"], pa.array(chosen, pa.int64()))
                of_page = groupby(rows.filter(wanted).to_pylist(), itemgetter("page_id"))
                yield from (list(page) for _, page in of_page)
