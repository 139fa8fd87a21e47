"""Which wikis a snapshot is to be made of, and which date is the newest of which all are there.

Which of their files make it up is chosen by each graph.
"""

import heapq
from collections.abc import Sequence
from itertools import groupby, repeat
from operator import itemgetter

from graph.green_lights import Looker
from graph.inputs import SnapshotInputs
from graph.partition import key_of
from resources.errors import UserError
from resources.sources.provider import Provider
from resources.wording import several

NAMED = 5
"""Wikis named in an error."""


def newest_snapshot(looker: Looker, wikis: Sequence[str]) -> str:
    """Give the newest key for which each of ``wikis`` is green, or each that has a dump, if empty.

    Where there is none it is the newest date, so that choosing its inputs tells what is missing.
    Raises UserError where there is no dump.
    """
    targets = targets_of(looker.dumps, wikis)
    of_wikis = [zip(looker.dumps.dumps_of(wiki), repeat(wiki)) for wiki in targets]
    # No folder is looked into before its turn comes.
    newest_first = heapq.merge(*of_wikis, key=itemgetter(0), reverse=True)
    newest = ""
    for day, found in groupby(newest_first, itemgetter(0)):
        newest = newest or day
        if all(looker.light(wiki, day).green for wiki in wikis or [wiki for _, wiki in found]):
            return key_of(day)
    return key_of(newest)


def targets_of(
    dumps: Provider, wikis: Sequence[str], known: SnapshotInputs | None = None
) -> Sequence[str]:
    """Give the target wikis: those named, each once, else all that are there.

    Raises UserError where there is none, and for one that is named and neither known nor there.
    """
    missing = [
        wiki for wiki in wikis if not (known and known.of(wiki)) and not any(dumps.dumps_of(wiki))
    ]
    if wikis and not missing:
        return sorted({*wikis})
    there = sorted({*dumps.wikis(), *(known.wikis if known else ())})
    if not there:
        raise dumps.no_wikis()
    if missing:
        raise UserError(
            f"{dumps.place.name}/{missing[0]}: no dump of the wiki {missing[0]}; there are "
            f"{several(there, NAMED, ', ', ' and ')}"
        )
    return there
