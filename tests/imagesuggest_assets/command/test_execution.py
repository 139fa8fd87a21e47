"""How a run on a terminal behaves beside others."""

from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from imagesuggest_assets.command.display import Display
from imagesuggest_assets.command.execution import execute
from imagesuggest_assets.settings import Settings
from imagesuggest_assets.snapshots.jobs import ALL
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
    other.enter_context(turn(finished / "lake", KEY, "0123456789", print))
    execute(settings, ALL.name, KEY, {}, ["feedback"], Noting(Console(stderr=True)))
    assert notes[0].startswith("waits: the run 01234567 (process ")
    assert f") works on {KEY} since " in notes[0]
    assert any(note.startswith("done     feedback") for note in notes)
    assert worker(finished / "lake", KEY) is None
