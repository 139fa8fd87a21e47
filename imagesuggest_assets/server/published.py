"""Which snapshot of each wiki is served from the lake, and how each wiki is.

It is what the readers' store was shipped last, unless the gate holds that by now: then what is put
back in its place. Looked at again while the server runs, so that a new publication is seen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import msgspec

from graph.decisions import PLACE as DECISIONS
from graph.declared import GATE, HELD
from graph.history import Gate, History
from imagesuggest_assets.publication.back import READERS, LastGood
from resources.errors import UserError
from resources.lake import Lake
from resources.lake_paths import LakePath
from resources.ledger import Ledger, Shipped
from resources.sources.dumps import COMMONS
from resources.versions import CURRENT, place_of

(SUGGESTIONS, *_) = READERS.datasets
CONSIDERED = ("considered_articles", "considered_files", SUGGESTIONS, "feedback", "pages")
"""What an explanation is read from."""


@dataclass(frozen=True)
class Wiki:
    """A wiki: the snapshot that is served of it, "" for none, and since when (ISO 8601).

    ``files`` hold its suggestions, and ``evidence`` what explains them, where that is kept;
    ``trouble`` says why there are none though a snapshot is served.
    ``newest`` is the newest snapshot that came to its gate with it, ``state`` and ``reason`` what
    became of it there.
    """

    wiki: str
    snapshot: str = ""
    published_at: str = ""
    files: tuple[LakePath, ...] = ()
    evidence: "Evidence | None" = None
    trouble: str = ""
    newest: str = ""
    state: str = ""
    reason: str = ""

    @property
    def held(self) -> bool:
        """Whether its newest snapshot is held back, and an older one served."""
        return self.state == HELD


class Publications:
    """What a lake's ledger of one readers' store, and its gates, say is published."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._seen: object = None
        self._wikis: Mapping[str, Wiki] = {}

    def look(self, target: str) -> Mapping[str, Wiki]:
        """Give each wiki by its name. ``target`` names the store, see target_of().

        Files are chosen when what is published changes, and stay the same until it does: what a
        run computes before its gate is seen by nobody. Raises UserError or OSError where the lake
        can not be looked at.
        """
        states = dict(Ledger(self._lake.storage, target).states())
        storage = self._lake.storage
        seen = (
            target,
            {wiki: str(each) for wiki, each in states.items()},
            storage.read(DECISIONS),
            [storage.read(f"{place_of(GATE, key)}/{CURRENT}") for key in self._gates()],
        )
        if seen != self._seen:
            self._wikis = self._looked(states)
            self._seen = seen
        return self._wikis

    def forget(self) -> None:
        """Choose files anew at the next look."""
        self._seen = None

    def _gates(self) -> list[str]:
        return self._lake.snapshots(GATE)

    def _looked(self, states: Mapping[str, Shipped | Exception]) -> dict[str, Wiki]:
        good, newest = LastGood(self._lake, READERS), _newest(History(self._lake).gates)
        evidence = cache(lambda snapshot: evidence_of(self._lake, snapshot))
        return {
            wiki: self._wiki(wiki, states.get(wiki), good, newest.get(wiki), evidence)
            for wiki in sorted({*states, *newest} - {COMMONS})
        }

    def _wiki(
        self,
        wiki: str,
        shipped: Shipped | Exception | None,
        good: LastGood,
        gate: Gate | None,
        evidence: "Callable[[str], Evidence | None]",
    ) -> Wiki:
        found = Wiki(wiki)
        if gate is not None:
            reason = gate.reasons.get(wiki, "")
            found = Wiki(wiki, newest=gate.snapshot, state=gate.states[wiki], reason=reason)
        if not isinstance(shipped, Shipped):
            return replace(found, trouble=str(shipped or ""))
        snapshot, since, trouble = shipped.snapshot, shipped.shipped_at, ""
        files: tuple[LakePath, ...] = ()
        try:
            if snapshot and good.bad(wiki, snapshot):
                back = good.instead_of(wiki, snapshot)
                snapshot, since = back.snapshot, back.since
            if snapshot:
                files = tuple(self._lake.files(SUGGESTIONS, snapshot))
        except UserError as error:
            trouble = str(error)
        return replace(
            found,
            snapshot=snapshot,
            published_at=since if snapshot else "",
            files=files,
            evidence=evidence(snapshot) if files else None,
            trouble=trouble,
        )


@dataclass(frozen=True)
class Evidence:
    """What explains a snapshot: files, by dataset, and the rules it was computed with, as JSON."""

    files: Mapping[str, Sequence[LakePath]]
    rules: str


def evidence_of(lake: Lake, snapshot: str) -> Evidence | None:
    """Find what explains a snapshot; None where not all of it is kept."""
    if not all(lake.has(name, snapshot) for name in CONSIDERED):
        return None
    rules = lake.statistics(SUGGESTIONS, snapshot).details["rules"]
    files = {name: lake.files(name, snapshot) for name in CONSIDERED}
    return Evidence(files, msgspec.json.encode(rules).decode())


def _newest(gates: Sequence[Gate]) -> dict[str, Gate]:
    """Give the newest gate that each wiki came to."""
    return {wiki: gate for gate in reversed(gates) for wiki in gate.states}
