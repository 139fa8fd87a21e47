"""One run at a time works on a snapshot, and who that is can be told."""

import json
import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import dagster as dg
import pytest

from resources.errors import UserError
from resources.instance import PROCESS_TAG
from resources.io_manager import LakeResource
from resources.processes import Process
from resources.storage import storage_at
from resources.turns import Worker, turn, worker

pytestmark = pytest.mark.filterwarnings(
    # Dagster's own, about resources that hold resources.
    "ignore:InitResourceContext.dagster_run is deprecated:DeprecationWarning"
)

KEY = "2026-11-02"
SPAWN = multiprocessing.get_context("spawn")


def _work(lake: Path, key: str, run: str, told: Connection) -> None:
    """Say when one waits, and when one's turn has come; end when told to, or killed."""
    with turn(storage_at(lake), key, run, told.send):
        told.send(str(Process.this()))
        told.recv()


class Run:
    """A run in a process of its own."""

    def __init__(self, lake: Path, key: str, run: str) -> None:
        self.told, there = SPAWN.Pipe()
        self.process = SPAWN.Process(target=_work, args=(lake, key, run, there))
        self.process.start()

    def end(self) -> None:
        self.told.send("end")
        self.process.join()
        assert self.process.exitcode == 0


def test_the_second_waits_and_says_for_whom_and_the_turn_goes_with_its_process(
    tmp_path: Path,
) -> None:
    first = Run(tmp_path, KEY, "0123456789")
    at = Process.of(first.told.recv())
    assert at is not None
    second = Run(tmp_path, KEY, "the second")
    waits = second.told.recv()
    assert waits.startswith(
        f"waits: the run 01234567 (process {first.process.pid} on {at.host}) works on {KEY} since "
    )
    found = worker(storage_at(tmp_path), KEY)
    assert found is not None
    assert (found.run, found.process) == ("0123456789", str(at))
    assert not second.told.poll()
    first.process.kill()
    came = second.told.recv()
    found = worker(storage_at(tmp_path), KEY)
    assert found is not None
    assert (found.run, found.process) == ("the second", came)
    second.end()
    assert worker(storage_at(tmp_path), KEY) is None


def test_different_snapshots_and_lakes_are_worked_on_at_once(tmp_path: Path) -> None:
    runs = [
        Run(tmp_path / lake, key, "run")
        for lake, key in (("one", KEY), ("one", "2026-11-09"), ("two", KEY))
    ]
    for run in runs:
        # Nobody says that it waits.
        assert Process.of(run.told.recv()) is not None
    for run in runs:
        run.end()


def test_one_run_that_asks_twice_has_one_turn_until_both_are_over(tmp_path: Path) -> None:
    said: list[str] = []
    with turn(storage_at(tmp_path), KEY, "run", said.append):
        with turn(storage_at(tmp_path), KEY, "run", said.append):
            assert worker(storage_at(tmp_path), KEY)
        found = worker(storage_at(tmp_path), KEY)
        assert found is not None
        assert found.process == str(Process.this())
    assert worker(storage_at(tmp_path), KEY) is None
    assert said == []


@pytest.mark.parametrize("text", ["", "half a li", "[]", '{"a": 1}', json.dumps("x")])
def test_who_has_just_come_and_not_said_who_it_is_is_there_all_the_same(
    tmp_path: Path, text: str
) -> None:
    with turn(storage_at(tmp_path), KEY, "run", print):
        (file,) = (tmp_path / ".runs").iterdir()
        file.write_text(text)
        assert str(worker(storage_at(tmp_path), KEY)) == f"another run works on {KEY}"


def test_any_key_has_its_own_place_and_a_lake_that_can_not_be_written_is_named(
    tmp_path: Path,
) -> None:
    with turn(storage_at(tmp_path), "../odd/key", "run", print):
        assert [file.parent for file in (tmp_path / ".runs").rglob("*")] == [tmp_path / ".runs"]
    (tmp_path / "file").touch()
    with (
        pytest.raises(UserError, match="the lake folder cannot be written"),
        turn(storage_at(tmp_path / "file"), KEY, "run", print),
    ):
        pytest.fail("it has no turn")


@pytest.mark.parametrize("fails", [False, True])
def test_a_run_of_a_snapshot_has_its_turn_and_says_in_which_process_it_is(
    tmp_path: Path, instance: dg.DagsterInstance, fails: bool
) -> None:
    """By whatever way it was started: it is the lake that it waits for."""
    partitions = dg.DynamicPartitionsDefinition(name="snapshot")
    seen: list[Worker | None] = []

    class Kept(dg.ConfigurableIOManager):
        lake: LakeResource

        def handle_output(self, context: dg.OutputContext, obj: object) -> None:
            seen.append(worker(self.lake.get().storage, KEY))

        def load_input(self, context: dg.InputContext) -> object:
            return None

    @dg.asset(partitions_def=partitions, io_manager_key="io_manager")
    def pages(lake: LakeResource) -> int:
        seen.append(worker(lake.get().storage, KEY))
        if fails:
            raise OSError("disk full")
        return 1

    instance.add_dynamic_partitions("snapshot", [KEY])
    lake = LakeResource(path=str(tmp_path / "lake"))
    for _ in range(2):
        seen.clear()
        result = dg.materialize(
            [pages],
            instance=instance,
            partition_key=KEY,
            resources={"lake": lake, "io_manager": Kept(lake=lake)},
            tags={PROCESS_TAG: "elsewhere:1"},
            raise_on_error=False,
        )
        assert result.success == (not fails)
        this = str(Process.this())
        assert {(each.run, each.process) for each in seen if each} == {(result.run_id, this)}
        assert len(seen) == (1 if fails else 2)
        assert worker(storage_at(tmp_path / "lake"), KEY) is None
        assert list((tmp_path / "lake" / ".runs").iterdir()) == []
        run = instance.get_run_by_id(result.run_id)
        assert run is not None
        assert run.tags[PROCESS_TAG] == this
