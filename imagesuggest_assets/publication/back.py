"""Which snapshot of a wiki takes its place again where the gate holds one that went out already,
or the wiki was retired.

What a place has is known from its ledger; nothing is shipped here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from graph.decisions import retired
from graph.declared import GATE, HELD
from graph.history import Gate, History, read_gate
from imagesuggest_assets.catalog.published import HIVE_TABLES, kept_as
from resources.lake import Lake
from resources.ledger import Ledger, Shipped, shipments
from resources.search import KIND as SEARCH
from resources.stores.store import KINDS as STORES


@dataclass(frozen=True)
class Place:
    """Where things are published: its name, the kinds of its ledgers, what it is filled from."""

    name: str
    kinds: Sequence[str]
    datasets: Sequence[str]


READERS = Place("the readers' store", STORES, ("filtered_suggestions", "item_claims"))
INDEX = Place("the search index", (SEARCH,), ("search_index_full",))


@dataclass(frozen=True)
class Back:
    """A wiki of which a place has the snapshot ``there``, in whose place ``snapshot`` is put back.

    ``since`` is when that was let through, ISO 8601. Both are empty where the wiki is withdrawn.
    """

    wiki: str
    there: str
    snapshot: str = ""
    since: str = ""

    def row(self) -> dict[str, str]:
        """Give what is shown of it."""
        return {
            "wiki": self.wiki,
            "held or retired": self.there,
            "put back": self.snapshot or "nothing",
        }


def to_put_back(
    lake: Lake, place: Place, ledger: Ledger, key: str, shipped_anyhow: Collection[str]
) -> dict[str, Back]:
    """Find what is to be put back of what a place has, by wiki.

    That is where the gate holds the very snapshot that is there, whoever let it out before, and
    where the wiki was retired; but for wikis that a run of ``key`` ships anyhow over what is there.
    """
    good = LastGood(lake, place)
    return {
        wiki: good.instead_of(wiki, shipped.snapshot)
        for wiki, shipped in ledger.states()
        if isinstance(shipped, Shipped)
        and shipped.snapshot
        and (wiki not in shipped_anyhow or shipped.snapshot > key)
        and good.bad(wiki, shipped.snapshot)
    }


def published(lake: Lake, wiki: str) -> list[tuple[Place, Shipped]]:
    """List what is known to have been shipped of a wiki last, to each place."""
    return [
        (place, shipped)
        for place in (READERS, INDEX)
        for name, shipped in shipments(lake.storage, place.kinds)
        if name == wiki and isinstance(shipped, Shipped)
    ]


def published_wikis(lake: Lake) -> set[str]:
    """Give the wikis of which anything is published anywhere, as far as is known."""
    return {
        wiki
        for place in (READERS, INDEX)
        for wiki, shipped in shipments(lake.storage, place.kinds)
        if isinstance(shipped, Shipped) and shipped.snapshot
    }


def if_held(lake: Lake, wiki: str, snapshot: str) -> list[str]:
    """Say what becomes of what is published of a wiki when ``snapshot`` of it is held."""
    told = []
    for place, shipped in published(lake, wiki):
        good, there = LastGood(lake, place, without=snapshot), shipped.snapshot
        if not there:
            continue
        if not good.bad(wiki, there):
            told.append(f"{wiki}: {place.name} has {there}, which stays")
        elif back := good.instead_of(wiki, there).snapshot:
            told.append(f"{wiki}: {back} takes the place of {there} in {place.name}")
        else:
            why = "no other snapshot of it was let through and is in the lake"
            told.append(f"{wiki}: {there} is withdrawn from {place.name}: {why}")
    if any(lake.has(kept_as(table), snapshot) for table in HIVE_TABLES):
        rows = f"its rows of {snapshot}; those of other snapshots stay"
        told.append(f"{wiki}: the tables in the metastore lose {rows}")
    return told or [f"{wiki}: nothing of it is published"]


def now_published(lake: Lake, wiki: str) -> list[str]:
    """Say what is published of a wiki, and how much of it."""
    # What only asks which snapshot counts need not wait for a database.
    from resources.search.shipped import tags_in

    told = []
    for place, shipped in published(lake, wiki):
        rows = dict(shipped.details.get("rows", {})) or {"tags": tags_in(shipped)}
        many = ", ".join(f"{count:,} {name}" for name, count in rows.items())
        has = f"has {shipped.snapshot}: {many}" if shipped.snapshot else "has nothing of it"
        told.append(f"{wiki}: {place.name} {has}")
    return told


class LastGood:
    """The last good snapshots of wikis at a place; ``without`` is one that is about to be held."""

    def __init__(self, lake: Lake, place: Place, without: str = "") -> None:
        self._lake, self._place, self._without = lake, place, without
        self._history = History(lake)
        self._retired = retired(lake.storage)
        self._gates: dict[str, Gate | None] = {}

    def bad(self, wiki: str, snapshot: str) -> bool:
        """Tell whether a snapshot of a wiki is not to be seen by anybody."""
        if snapshot == self._without or wiki in self._retired:
            return True
        if snapshot not in self._gates:
            known = self._lake.has(GATE, snapshot)
            self._gates[snapshot] = read_gate(self._lake, snapshot) if known else None
        gate = self._gates[snapshot]
        return gate is not None and gate.states.get(wiki) == HELD

    def instead_of(self, wiki: str, snapshot: str) -> Back:
        """Give the newest snapshot of a wiki that was let through and is still in the lake."""
        for gate in self._history.gates:
            if (
                wiki in gate.published
                and not self.bad(wiki, gate.snapshot)
                and all(self._lake.has(name, gate.snapshot) for name in self._place.datasets)
            ):
                day = datetime.fromisoformat(gate.snapshot).replace(tzinfo=UTC)
                since = gate.published_at.get(wiki, day)
                return Back(wiki, snapshot, gate.snapshot, since.isoformat(timespec="seconds"))
        return Back(wiki, snapshot)
