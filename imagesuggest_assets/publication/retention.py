"""Which partitions of the lake are old enough to go, why others stay, and their removal.

No Dagster here. What is old is decided by a snapshot's date and by when it was written, so that an
old snapshot that is run again stays as long as a new one.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property

from graph.decisions import read_decisions
from graph.declared import GATE, MANIFEST
from graph.history import History, newest_finished
from imagesuggest_assets.catalog.measures import MEASURES
from imagesuggest_assets.catalog.published import HIVE_TABLES, kept_as
from imagesuggest_assets.datasets import feedback, ratings
from imagesuggest_assets.datasets.feedback import known_before
from imagesuggest_assets.publication.back import INDEX, READERS, LastGood
from imagesuggest_assets.rules import Rules
from resources.errors import InputError, UserError
from resources.lake import Lake
from resources.ledger import shipments
from resources.metastore import Metastore, MetastoreSettings
from resources.turns import turn, worker

RECORDS = (MANIFEST, GATE)
"""What is kept for good: what a snapshot was made of and what of it was let through, a few rows."""
FOR_GOOD = (feedback.DATASET, ratings.DATASET)
"""Of which the newest partition holds what all others do."""
JUDGED = (*MEASURES, "pages")
"""What other snapshots' counts are compared with, and what people have decided about."""
EXPLAINS = ("considered_articles", "considered_files")
"""What is kept of few snapshots, being large, and needed by nobody but who asks why."""
_TABLES = {kept_as(table): table for table in HIVE_TABLES}


@dataclass(frozen=True)
class Old:
    """A partition that is old enough to go. ``stays`` says why it does not; empty: it goes."""

    snapshot: str
    dataset: str
    bytes: int
    stays: str = ""


@dataclass
class Removed:
    """What was removed, and why some of what should go is still there, by snapshot."""

    partitions: list[Old] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def snapshots(self) -> list[str]:
        """The snapshots that have lost something."""
        return sorted({each.snapshot for each in self.partitions})


def find_old(lake: Lake, rules: Rules, days: int, now: datetime) -> list[Old]:
    """Find what is more than ``days`` old, oldest snapshots first; 0 days is nothing.

    Raises InputError where a ledger or what people decided can not be read: it may say what is to
    stay.
    """
    if not days:
        return []
    before = now - timedelta(days=days)
    day, old, reasons = f"{before:%Y-%m-%d}", [], _Reasons(lake, rules)
    for dataset in lake.datasets():
        if dataset in RECORDS:
            continue
        there = lake.snapshots(dataset)
        explained = there[-rules.explained_snapshots :] if dataset in EXPLAINS else there
        for snapshot in there:
            if snapshot not in explained or (
                snapshot < day and _written(lake, dataset, snapshot) < before
            ):
                size = lake.statistics(dataset, snapshot).bytes
                old.append(Old(snapshot, dataset, size, reasons.of(snapshot, dataset)))
        # What is left of what went, where that was killed.
        old += [Old(snapshot, dataset, 0) for snapshot in lake.left_over(dataset) if snapshot < day]
    return sorted(old, key=lambda each: (each.snapshot, each.dataset))


class _Reasons:
    """Why partitions stay. What is asked of the lake is asked once."""

    def __init__(self, lake: Lake, rules: Rules) -> None:
        self._lake, self._rules = lake, rules
        self._history = History(lake)
        self._newest = newest_finished(lake)

    def of(self, snapshot: str, dataset: str) -> str:
        """Say why a partition stays; nothing where nobody needs it."""
        if not self._newest or snapshot >= self._newest:
            return "no newer snapshot has come to its gate"
        if snapshot in self._published:
            return f"published: {self._published[snapshot]}"
        if dataset in FOR_GOOD:
            alone = snapshot in self._alone[dataset]
            return f"holds {dataset} that no newer one does" if alone else ""
        if (snapshot, dataset) in self._put_back:
            return f"would be put back: {self._put_back[snapshot, dataset]}"
        if dataset in JUDGED and snapshot in self._compared:
            return "counts are compared with it"
        if dataset in JUDGED and snapshot in self._decided:
            return "somebody has decided about it"
        return ""

    @cached_property
    def _published(self) -> dict[str, str]:
        """The snapshots of which any wiki is published anywhere, and such a wiki."""
        found = {}
        for place in (READERS, INDEX):
            for wiki, shipped in shipments(self._lake.storage, place.kinds):
                if isinstance(shipped, InputError):
                    raise shipped
                found[shipped.snapshot] = f"{wiki} in {place.name}"
        return found

    @cached_property
    def _put_back(self) -> dict[tuple[str, str], str]:
        """What is read if the last snapshot of a wiki that was let through is held, or has to be
        loaded again; and such a wiki.
        """
        found: dict[tuple[str, str], str] = {}
        for place in (READERS, INDEX):
            newest = LastGood(self._lake, place)
            others: dict[str, LastGood] = {}
            for wiki in self._wikis:
                last = newest.instead_of(wiki, "").snapshot
                if last not in others:
                    others[last] = LastGood(self._lake, place, without=last)
                for snapshot in (last, others[last].instead_of(wiki, last).snapshot):
                    found |= dict.fromkeys(((snapshot, name) for name in place.datasets), wiki)
        return found

    @cached_property
    def _compared(self) -> set[str]:
        """The history of each wiki, of the newest snapshot and of the next."""
        most = self._rules.anomaly_history + 1
        return {key for wiki in ("", *self._wikis) for key in self._history.snapshots(wiki, most)}

    @cached_property
    def _decided(self) -> set[str]:
        decisions = read_decisions(self._lake.storage)
        for error in decisions.unreadable:
            raise error
        return {each.snapshot for each in decisions.made}

    @cached_property
    def _alone(self) -> dict[str, set[str]]:
        return {
            dataset: {each.snapshot for each in known_before(self._lake, dataset)}
            for dataset in FOR_GOOD
        }

    @cached_property
    def _wikis(self) -> list[str]:
        return sorted({wiki for gate in self._history.gates for wiki in gate.states})


def remove_old(
    lake: Lake,
    old: Sequence[Old],
    metastore: MetastoreSettings | None,
    until: float = float("inf"),
) -> Removed:
    """Remove what goes, as long as ``time.monotonic()`` is less than ``until``; say what was.

    A table's partition goes from the metastore first: no query finds one without files. What a run
    works on waits, and so do tables where the metastore does not answer, or is not set any more.
    """
    removed = Removed()
    with ExitStack() as stack:
        drop = _dropping(metastore, stack)
        for each in old:
            if each.stays:
                continue
            if time.monotonic() > until:
                removed.problems[each.snapshot] = "what is left goes when this runs next"
                break
            if who := worker(lake.storage, each.snapshot):
                removed.problems[each.snapshot] = str(who)
                continue
            with turn(lake.storage, each.snapshot, "", lambda _: None):
                try:
                    if each.dataset in _TABLES:
                        drop(_TABLES[each.dataset], each.snapshot)
                except UserError as error:
                    removed.problems[each.snapshot] = str(error)
                    continue
                lake.remove(each.dataset, each.snapshot)
            removed.partitions.append(each)
    return removed


def _dropping(metastore: MetastoreSettings | None, stack: ExitStack) -> Callable[[str, str], None]:
    """Give what drops a table's partition. It connects when it is first asked, and only once."""

    @cache
    def connected() -> Metastore | UserError:
        if metastore is None:
            return UserError(
                "IMAGESUGGEST_METASTORE is not set, and its tables may name what is old"
            )
        try:
            return stack.enter_context(metastore.open())
        except UserError as error:
            return error

    def drop(table: str, snapshot: str) -> None:
        found = connected()
        if isinstance(found, UserError):
            raise found
        found.drop(table, snapshot)

    return drop


def _written(lake: Lake, dataset: str, snapshot: str) -> datetime:
    """Tell when a partition was written; now, where that can not be read."""
    try:
        return lake.written(dataset, snapshot)
    except InputError:
        return datetime.now(UTC)
