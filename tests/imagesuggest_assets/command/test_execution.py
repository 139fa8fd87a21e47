"""How a run on a terminal behaves beside others."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from graph.decisions import PLACE
from graph.terminal.display import Display
from imagesuggest_assets.command.execution import decide, execute, load_store
from imagesuggest_assets.settings import Settings
from imagesuggest_assets.snapshots.jobs import ALL
from resources.errors import RefusedError
from resources.instance import open_instance
from resources.storage import storage_at
from resources.turns import turn, worker

KEY = "2026-11-02"


def test_who_works_on_the_snapshot_is_told_and_waited_for(finished: Path) -> None:
    other = ExitStack()
    notes: list[str] = []

    class Noting(Display):
        """Lets the other run end when it was told of."""

        def note(self, text: str) -> None:
            notes.append(text)
            other.close()

    settings = Settings(dumps=str(finished / "dumps"), lake=str(finished / "lake"))
    other.enter_context(turn(storage_at(finished / "lake"), KEY, "0123456789", print))
    execute(settings, ALL.name, KEY, {}, ["feedback"], Noting(Console(stderr=True)))
    assert notes[0].startswith("waits: the run 01234567 (process ")
    assert f") works on {KEY} since " in notes[0]
    assert any(note.startswith("done     feedback") for note in notes)
    assert worker(storage_at(finished / "lake"), KEY) is None


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"release": ["nosuchwiki"]}, "nosuchwiki is not part of the snapshot"),
        ({"hold": ["nosuchwiki"]}, "nosuchwiki is not part of the snapshot"),
        ({"retire": ["nosuchwiki"]}, "nothing of nosuchwiki is published anywhere"),
        ({"release": ["ptwiki"], "reason": " "}, "a reason and who decides are needed"),
    ],
)
def test_what_is_mistyped_is_refused_before_a_run_begins_and_pages_nobody(
    finished: Path, config: dict[str, Any], said: str
) -> None:
    settings = Settings(lake=str(finished / "lake"))
    runs = open_instance().get_runs_count()
    with pytest.raises(RefusedError, match=said):
        decide(settings, KEY, {"reason": "x", "who": "Ana", **config}, Display(Console()))
    assert open_instance().get_runs_count() == runs
    assert not (finished / "lake" / PLACE).exists()


@pytest.mark.parametrize("wiki", ["nosuchwiki", "commonswiki"])
def test_a_wiki_that_can_not_be_loaded_is_refused_before_a_run_begins(
    finished: Path, wiki: str
) -> None:
    settings = Settings(lake=str(finished / "lake"))
    runs = open_instance().get_runs_count()
    with pytest.raises(RefusedError, match=f"^{wiki} can not be loaded from the snapshot {KEY}"):
        load_store(settings, KEY, {"wikis": [wiki]}, Display(Console()))
    assert open_instance().get_runs_count() == runs
