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

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis import Table

from imagesuggest_assets.store_difference import PAGE, wanted_rows
from imagesuggest_assets.store_files import STATE, WANTED, ByWiki
from imagesuggest_assets.store_plan import Loaded, Plan, plan
from resources.engine import Engine
from resources.errors import UserError
from resources.lake import Lake
from resources.ledger import Ledger, Shipped, target_of
from resources.progress import Progress
from resources.stores.store import DUMPED, STEPS, TABLES, Store, snapshot_id

MEMORY = "400MB"
"""For sorting rows, at most."""
SORTED_ROWS = 2_000_000
"""Suggestions that are sorted at once, unless one wiki has more: what memory that takes, above all
the lists of classes, does not grow with the number of wikis."""
SAMPLED = 5
"""Pages of each wiki that are looked for in the store, to see whether it was emptied."""

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
        UserError where all are, for numbers that the tables do not hold, and for a store that
        fails: the next load then does what is left to do.
        """
        self.store.check()
        ledger = ledger_of(self.lake, self.store)
        with ledger.shipping():
            states = self._due({wiki: ledger.state(wiki) for wiki in sorted(self.wikis)})
            unknown = [wiki for wiki, state in states.items() if self._unknown(wiki, state)]
            dumped, folder = self._dumped(unknown), self.lake.scratch.new("load")
            plans: dict[str, Plan] = {}
            for wikis in self._together(filtered_suggestions, list(states)):
                wanted = wanted_rows(filtered_suggestions, item_claims, wikis)
                held = [each.filter(each.wiki_db.isin(wikis)) for each in dumped]
                known = {wiki: None if wiki in unknown else states[wiki] for wiki in wikis}
                plans |= self._plans(ledger, known, wanted, held, folder)
            return self._ship(ledger, states, plans, folder)

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

    def _together(self, filtered_suggestions: Table, wikis: Sequence[str]) -> list[list[str]]:
        """Put wikis together that have no more than SORTED_ROWS, in their order."""
        rows = filtered_suggestions.group_by("wiki_db").agg(rows=filtered_suggestions.count())
        many = {row["wiki_db"]: row["rows"] for row in self.engine.rows(rows)}
        parts: list[list[str]] = []
        left = 0
        for wiki in wikis:
            left -= many.get(wiki, 0)
            if left < 0 or not parts:
                parts.append([])
                left = SORTED_ROWS - many.get(wiki, 0)
            parts[-1].append(wiki)
        return parts

    def _plans(
        self,
        ledger: Ledger,
        known: dict[str, Shipped | None],
        wanted: Table,
        held: Sequence[Table],
        folder: Path,
    ) -> dict[str, Plan]:
        """Write for some wikis what is to be done, each in a folder of its name.

        ``held`` are the store's tables, for those of which nothing is ``known``.
        """
        rows, made = ByWiki(self._sorted(wanted), WANTED), str(snapshot_id(self.snapshot))
        there = [
            ByWiki(self._sorted(each.order_by(_order(each))), schema)
            for each, schema in zip(held, DUMPED.values(), strict=False)
        ]
        plans = {}
        for wiki, state in known.items():
            if state is None:
                of_wiki = [each.of(wiki) for each in there]
            else:
                of_wiki = [ByWiki(state.files, STATE).of(wiki)]
            doubt = ledger.pending(wiki)
            plans[wiki] = plan(wiki, folder / wiki, made, rows.of(wiki), of_wiki, doubt)
        for each in (rows, *there):
            each.end()
        return plans

    def _dumped(self, wikis: Sequence[str]) -> list[Table]:
        """Read of these wikis what is really in the store: its tables in the order of DUMPED."""
        if not wikis:
            return []
        aside = self.lake.scratch.new("dump")
        return [self.engine.read(self.store.dump(name, wikis, aside / name)) for name in DUMPED]

    def _unknown(self, wiki: str, state: Shipped | None) -> bool:
        """Tell whether the store itself has to be asked what it holds of a wiki."""
        if self.full or state is None or state.verified is False:
            return True
        return any(not self.store.suggestions(wiki, page) for page in sampled(state, SAMPLED))

    def _ship(
        self,
        ledger: Ledger,
        states: dict[str, Shipped | None],
        plans: dict[str, Plan],
        folder: Path,
    ) -> Outcome:
        changed = {
            wiki: sum(each.written + each.removed for each in plans[wiki].values())
            for wiki in states
        }
        self.progress.start("cassandra_suggestions", sum(changed.values()), "rows")
        try:
            for wiki, state in states.items():
                if (
                    state is None
                    or state.snapshot != self.snapshot
                    or ledger.pending(wiki)
                    or changed[wiki]
                ):
                    self._ship_wiki(ledger, wiki, folder / wiki, plans[wiki])
        finally:
            self.progress.finish("cassandra_suggestions")
        return {
            table: {
                wiki: loaded
                for wiki, of_wiki in plans.items()
                if any(vars(loaded := of_wiki[table]).values())
            }
            for table in TABLES
        }

    def _ship_wiki(self, ledger: Ledger, wiki: str, folder: Path, plan: Plan) -> None:
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
        rows = {table: each.written + each.unchanged for table, each in plan.items()}
        state = folder / "state.parquet"
        files = [state] if state.exists() else []
        at = datetime.now(UTC).isoformat(timespec="seconds")
        ledger.commit(wiki, files, self.snapshot, at, {"rows": rows})

    def _sorted(self, rows: Table) -> list[Path]:
        """Compute rows, and keep them aside in their order."""
        aside = self.lake.scratch.new("rows")
        self.engine.write(rows, aside)
        return sorted(aside.glob("*.parquet"))


def _order(table: Table) -> list[str]:
    return [name for name in (*PAGE, "image") if name in table.columns]


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
