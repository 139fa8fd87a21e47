"""Removes snapshots that nobody needs any more: neither who reads, nor who compares with them."""

from graph.declared import GATE
from graph.history import History
from module_assets.catalog.datasets import DATASETS
from resources.lake import Lake
from resources.turns import worker


def old_snapshots(lake: Lake, keep: int) -> list[str]:
    """Give all but the ``keep`` newest snapshots that came to their gate, the newest that was let
    through, and the newest in which each wiki was, oldest first; none where ``keep`` is 0.

    What a wiki has lost is told by the last snapshot in which it was well.
    """
    there, history = lake.snapshots(GATE), History(lake)
    wikis = history.gates[0].states if history.gates else ()
    kept = {*there[-keep:], *(key for wiki in ("", *wikis) for key in history.snapshots(wiki, 1))}
    return [key for key in there if key not in kept] if keep else []


def remove_old(lake: Lake, keep: int) -> list[str]:
    """Remove these, but for one that a run works on; give them. Of each the gate goes last, so that
    one that is half removed is removed the next time.
    """
    gone = [key for key in old_snapshots(lake, keep) if not worker(lake.storage, key)]
    for key in gone:
        for dataset in (*(name for name in DATASETS if name != GATE), GATE):
            if lake.has(dataset, key):
                lake.remove(dataset, key)
    return gone
