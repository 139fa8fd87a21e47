"""Puts back in the readers' store what the gate holds after it went out, or withdraws it.

What that is, is found in publication/back.py. No Dagster here.
"""

from collections.abc import Callable, Collection
from itertools import groupby
from operator import attrgetter

from imagesuggest_assets.publication.back import READERS, Back, to_put_back
from imagesuggest_assets.publication.store.load import Outcome, ledger_of
from resources.lake import Lake
from resources.stores.store import Store

Loader = Callable[..., Outcome]
"""Loads the snapshot of that key: takes its wikis, and more of Load's fields by their names."""


def put_back(
    lake: Lake, store: Store, key: str, load: Loader, wikis: Collection[str]
) -> list[tuple[Back, Outcome]]:
    """Put back what is to be; give what became of it. ``wikis`` are loaded from ``key`` anyhow."""
    store.check()
    found = to_put_back(lake, READERS, ledger_of(lake, store), key, wikis)
    of_snapshot = attrgetter("snapshot")
    backs = sorted(found.values(), key=of_snapshot)
    done = []
    for snapshot, some in groupby(backs, of_snapshot):
        of_wiki = {back.wiki: back for back in some}
        outcome = load(
            snapshot or key,
            sorted(of_wiki),
            instead={wiki: back.there for wiki, back in of_wiki.items()},
            since={wiki: back.since for wiki, back in of_wiki.items()},
            withdraws=not snapshot,
        )
        done += [(back, outcome) for back in of_wiki.values()]
    return done
