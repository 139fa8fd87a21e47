"""How long ago anything of a wiki was published: it was shipped, and reading back found it well.

Known from the ledgers in the lake alone, so that no store has to be reachable. Why nothing was, is
for other checks to say.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from graph import shown
from graph.decisions import read_decisions
from graph.history import History
from imagesuggest_assets.rules import Rules
from resources.errors import InputError
from resources.io_manager import LakeResource, table_metadata
from resources.lake import Lake
from resources.ledger import shipments
from resources.search import KIND as SEARCH
from resources.search.resource import Search
from resources.sources.dumps import COMMONS
from resources.storage import Storage
from resources.stores.store import KINDS as STORES
from resources.wording import several

_TOLD = 3


@dataclass(frozen=True)
class Publication:
    """What is known of a wiki's publication.

    ``at`` is when what was published last was shipped, None where nothing ever was. ``since`` is
    from when on its age counts: then, or the time from which something could have been.
    ``missing`` says what was let through later and did not get there, empty where nothing was.
    """

    wiki: str
    at: datetime | None
    since: datetime
    missing: str

    def sentence(self, rules: Rules, now: datetime) -> str:
        """Say how old it is."""
        if self.at is None:
            says = f"nothing was ever published, it is known since {self.since:%Y-%m-%d}"
        else:
            says = (
                f"nothing was published for {(now - self.at).days} days, since "
                f"{self.at:%Y-%m-%d}, expected something at least every {rules.fresh_days} days"
            )
        return "; ".join(filter(None, (f"{self.wiki}: {says}", self.missing)))


def publications(lake: Lake, *, search: bool) -> list[Publication]:
    """Tell of each wiki of the newest snapshot, and of all of which anything is published anywhere,
    when it was last published, longest ago first. What a person retired is not looked at.

    A wiki is published in the readers' store, Commons' tags, and a wiki of which only flags are
    left, in the search index: whichever of several was shipped to last counts. Without ``search``
    nothing is shipped to an index, and when the gate let the tags through is all there is. Reads
    only small files of the lake.
    """
    gates = History(lake).gates
    if not gates:
        return []
    stores, indexes = _Ledgers(lake.storage, STORES), _Ledgers(lake.storage, [SEARCH])
    anywhere = stores.there | (indexes.there if search else set())
    found = []
    for wiki in sorted({*gates[0].states, *anywhere} - _retired(lake)):
        # The newest snapshot first.
        let_through = [
            (gate.snapshot, gate.published_at[wiki]) for gate in gates if wiki in gate.published_at
        ]
        times = [at for _, at in let_through]
        flags_alone = wiki not in gates[0].states and wiki not in stores.there
        known = indexes if wiki == COMMONS or flags_alone else stores
        at = max(times, default=None) if known is indexes and not search else known.times.get(wiki)
        place = "the search index" if known is indexes else "the readers' store"
        missing = [
            f"the snapshot {snapshot}, let through {since:%Y-%m-%d %H:%M}, is not in {place}"
            for snapshot, since in let_through[:1]
            if at is None or since > at
        ]
        first = [gate.snapshot for gate in gates if wiki in gate.states or gate is gates[-1]][-1]
        since = at or min(times, default=datetime.fromisoformat(first).replace(tzinfo=UTC))
        found.append(
            Publication(wiki, at, since, "; ".join([*missing, *known.spoiled.get(wiki, ())]))
        )
    return sorted(found, key=lambda each: (each.at is not None, each.since, each.wiki))


def _retired(lake: Lake) -> set[str]:
    """Give the wikis that a person retired; people are told elsewhere of what can not be read."""
    with suppress(InputError):
        return set(read_decisions(lake.storage).retired())
    return set()


class _Ledgers:
    """When each wiki was last published at any target of some kinds, and what can't be read.

    Of those that are ``there`` something is in a target now.
    """

    def __init__(self, lake: Storage, kinds: Sequence[str]) -> None:
        self.times: dict[str, datetime] = {}
        self.spoiled: dict[str, list[str]] = {}
        self.there: set[str] = set()
        for wiki, shipped in shipments(lake, kinds):
            if isinstance(shipped, InputError):
                self.spoiled.setdefault(wiki, []).append(str(shipped))
                continue
            if shipped.snapshot:
                self.there.add(wiki)
            if shipped.published_at:
                at = datetime.fromisoformat(shipped.published_at)
                self.times[wiki] = max(at, self.times.get(wiki, at))


def stale(
    known: Sequence[Publication], rules: Rules, now: datetime
) -> Iterator[tuple[Publication, int]]:
    """Give what was published too long ago, the longest first, and for how many days."""
    limit = timedelta(days=rules.fresh_days)
    for each in sorted(known, key=lambda each: (-(now - each.since).days, each.wiki)):
        if now - each.since > limit:
            yield each, (now - each.since).days


def fresh_result(lake: Lake, rules: Rules, now: datetime, *, search: bool) -> dg.AssetCheckResult:
    """Make what Dagster shows of how long ago each wiki was published; see publications."""
    known = publications(lake, search=search)
    found = [
        shown.problem(each.wiki, each.sentence(rules, now), error=True, weight=days)
        for each, days in stale(known, rules, now)
    ]
    rows = [
        {
            "wiki": each.wiki,
            "last published": f"{each.at:%Y-%m-%d %H:%M}" if each.at else "never",
            "days ago": f"{(now - each.at).total_seconds() / 86400:.1f}" if each.at else "",
            "not there yet": each.missing,
        }
        for each in known
    ]
    return dg.AssetCheckResult(
        passed=bool(known) and not found,
        severity=dg.AssetCheckSeverity.ERROR if found else dg.AssetCheckSeverity.WARN,
        description=several([each["says"] for each in found], _TOLD) or summary(known, rules),
        metadata={
            **({"published": table_metadata(rows)} if rows else {}),
            **shown.problems(found),
        },
    )


def summary(known: Sequence[Publication], rules: Rules) -> str:
    """Say in one line how fresh wikis are of which none is stale."""
    if not any(each.at for each in known):
        return "nothing was ever published"
    missing = sum(bool(each.missing) for each in known)
    fresh = f"all {len(known):,} are younger than {rules.fresh_days} days"
    return f"{fresh}, of {missing:,} something newer is not there yet" if missing else fresh


@dg.asset_check(
    asset="publishable",
    name="freshness",
    description="Something of each wiki was published in the last days, whatever the snapshot: "
    "it is in the readers' store, Commons' tags are in the search index, and was found well there.",
    metadata={shown.PAGES: True},
)
def freshness(
    lake: LakeResource, rules: Rules, search: dg.ResourceParam[Search]
) -> dg.AssetCheckResult:
    """See fresh_result."""
    return fresh_result(lake.get(), rules, datetime.now(UTC), search=search.ships)


FRESHNESS_CHECKS = [freshness]
"""No run has it: it is about now, and is evaluated as often as the pager looks."""
