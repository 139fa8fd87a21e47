"""Small files of the lake of which one that can not be read would silence what hangs on it.

What hangs on such a file goes on without it; people are told of each file, once.
"""

from collections.abc import Iterator

from graph.decisions import read_decisions
from graph.history import History
from resources.errors import InputError
from resources.lake import Lake
from resources.ledger import ledgers
from resources.search import KIND as SEARCH
from resources.stores.store import KINDS as STORES
from resources.versions import CURRENT


def unreadable(lake: Lake) -> dict[str, str]:
    """Say by file, and line where it has lines, what is wrong with it; paths are below the lake."""
    return {_named(lake, error): str(error) for error in _errors(lake)}


def _errors(lake: Lake) -> Iterator[InputError]:
    try:
        decisions = read_decisions(lake.storage)
    except InputError as error:
        yield error
    else:
        yield from decisions.unreadable
        yield from filter(None, [decisions.cut])
    yield from History(lake).unreadable
    for ledger in ledgers(lake.storage, [SEARCH, *STORES]):
        for wiki in ledger.wikis():
            try:
                ledger.state(wiki)
            except InputError as error:
                yield error
    for place in lake.strangers():
        advice = "it counts as if it were not there; move it out of the lake"
        problem = f"is no partition, expected snapshot=YYYY-MM-DD with {CURRENT} in it"
        yield InputError(place, problem, advice=advice)


def _named(lake: Lake, error: InputError) -> str:
    path = str(error.path).removeprefix(f"{lake.path}/")
    return f"{path}, {error.where}" if error.where else path
