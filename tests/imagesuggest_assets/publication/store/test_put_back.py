"""What is held after it went out: readers get the wiki's last good snapshot again, or nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from asset_checks.published import read_back
from graph.decisions import Decision, State, decide
from imagesuggest_assets.publication.back import (
    READERS,
    if_held,
    now_published,
    published_wikis,
)
from imagesuggest_assets.publication.store.load import Outcome, ledger_of
from imagesuggest_assets.publication.store.put_back import put_back
from resources.engine import Engine
from resources.errors import UserError
from resources.lake import Lake
from resources.stores.sqlite import SQLiteStore
from tests.asset_checks.partitions import keep, keep_gate
from tests.imagesuggest_assets.publication.store.test_tables import FIRST, SECOND
from tests.imagesuggest_assets.publication.store.world import World, holds, load

ONE, TWO, THREE = "2026-10-19", "2026-10-26", "2026-11-02"
SNAPSHOTS: dict[str, World] = {ONE: FIRST, TWO: SECOND, THREE: {**SECOND, "ptwiki": {}}}
WENT_OUT = {ONE: "2026-10-20T01:02:03+00:00", TWO: "2026-10-27T01:02:03+00:00"}


class Loads:
    """Loads of a store as a run does them, from a lake in which snapshots went through the gate."""

    def __init__(self, lake: Lake, engine: Engine, store: SQLiteStore) -> None:
        self.lake, self.store, self._engine = lake, store, engine
        store.check()
        self.ledger = ledger_of(lake, store)

    def gate(self, key: str, *held: str) -> None:
        """Let all wikis out but those."""
        for name in READERS.datasets:
            keep(self.lake, name, snapshot=key)
        states = {wiki: "held" if wiki in held else "published" for wiki in FIRST}
        at = WENT_OUT.get(key, "2026-11-03T00:00:00+00:00")
        keep_gate(self.lake, key, states, dict.fromkeys(states.keys() - {*held}, at))

    def load(self, key: str, wikis: Sequence[str], **more: Any) -> Outcome:
        """Load a snapshot."""
        return load(self.lake, self._engine, self.store, key, SNAPSHOTS[key], wikis, **more)

    def publish(self, key: str, *held: str) -> None:
        """Do what a run of a snapshot does after its gate."""
        self.gate(key, *held)
        out = [wiki for wiki in FIRST if wiki not in held]
        put_back(self.lake, self.store, key, self.load, out)
        self.load(key, out)
        problems, _ = read_back(self.lake, self.store)
        assert not any(problems.values())

    def snapshots(self) -> dict[str, str]:
        """Which snapshot of each wiki is there."""
        return {wiki: state.snapshot for wiki in FIRST if (state := self.ledger.state(wiki))}


@pytest.fixture
def loads(lake: Lake, duckdb_engine: Engine, store: SQLiteStore) -> Loads:
    return Loads(lake, duckdb_engine, store)


def test_the_last_good_snapshot_is_put_back_and_the_other_wikis_stay(loads: Loads) -> None:
    loads.publish(ONE)
    loads.publish(TWO)
    holds(loads.store, SECOND)
    assert if_held(loads.lake, "ptwiki", TWO) == [
        f"ptwiki: {ONE} takes the place of {TWO} in the readers' store"
    ]
    loads.publish(TWO, "ptwiki")
    holds(loads.store, {**SECOND, "ptwiki": FIRST["ptwiki"]})
    assert loads.snapshots() == {"ptwiki": ONE, "arwiki": TWO}
    assert now_published(loads.lake, "ptwiki") == [
        f"ptwiki: the readers' store has {ONE}: 3 title_cache, 3 instanceof_cache, 13 suggestions"
    ]
    # It is as old as when it went out.
    state = loads.ledger.state("ptwiki")
    assert state is not None
    assert datetime.fromisoformat(state.published_at) == datetime.fromisoformat(WENT_OUT[ONE])
    # It can go out again, and a good one comes after it.
    loads.publish(TWO)
    holds(loads.store, SECOND)


def test_where_no_snapshot_is_good_the_wiki_is_withdrawn_and_comes_back_with_a_good_one(
    loads: Loads,
) -> None:
    loads.publish(ONE)
    (said,) = if_held(loads.lake, "ptwiki", ONE)
    assert said.startswith(f"ptwiki: {ONE} is withdrawn from the readers' store")
    loads.publish(ONE, "ptwiki")
    holds(loads.store, {"arwiki": FIRST["arwiki"]})
    assert now_published(loads.lake, "ptwiki") == ["ptwiki: the readers' store has nothing of it"]
    loads.publish(TWO)
    holds(loads.store, SECOND)


def test_snapshots_that_are_held_or_no_more_in_the_lake_are_passed_over(loads: Loads) -> None:
    loads.publish(ONE)
    loads.publish(TWO)
    loads.publish(THREE)
    loads.gate(TWO, "ptwiki")
    loads.publish(THREE, "ptwiki")
    assert loads.snapshots()["ptwiki"] == ONE
    loads.publish(THREE)
    loads.gate(TWO)
    loads.lake.partition("filtered_suggestions", TWO).rename(loads.lake.path / ".away")
    loads.publish(THREE, "ptwiki")
    assert loads.snapshots()["ptwiki"] == ONE


def test_what_is_held_before_it_went_out_changes_nothing(loads: Loads) -> None:
    loads.publish(ONE)
    assert if_held(loads.lake, "ptwiki", TWO) == [
        f"ptwiki: the readers' store has {ONE}, which stays"
    ]
    loads.publish(TWO, "ptwiki")
    holds(loads.store, {"ptwiki": FIRST["ptwiki"], "arwiki": SECOND["arwiki"]})
    assert if_held(loads.lake, "dewiki", TWO) == ["dewiki: nothing of it is published"]


def test_who_decides_about_an_older_snapshot_does_not_take_back_what_is_there(
    loads: Loads,
) -> None:
    loads.publish(ONE)
    loads.publish(TWO)
    loads.gate(ONE, "ptwiki")
    assert put_back(loads.lake, loads.store, ONE, loads.load, ["arwiki"]) == []
    with pytest.raises(UserError, match="a later snapshot"):
        loads.load(ONE, ["arwiki"])
    loads.load(ONE, ["arwiki"], leaves_later=True)
    holds(loads.store, SECOND)


def test_what_is_retired_is_withdrawn_whatever_was_good_and_comes_back_when_it_is_released(
    loads: Loads,
) -> None:
    loads.publish(ONE)
    loads.publish(TWO)
    decide(loads.lake.storage, [decision("retired")])
    # As a run does whose snapshot has it no more.
    assert put_back(loads.lake, loads.store, TWO, loads.load, ["arwiki"])
    holds(loads.store, {"arwiki": SECOND["arwiki"]})
    assert published_wikis(loads.lake) == {"arwiki"}
    assert put_back(loads.lake, loads.store, TWO, loads.load, ["arwiki"]) == []
    decide(loads.lake.storage, [decision("released")])
    loads.publish(TWO)
    holds(loads.store, SECOND)


def decision(state: State) -> Decision:
    """Decide about ptwiki."""
    return Decision(TWO, "ptwiki", state, "Ana", "2026-10-28T10:00:00+00:00", "because")
