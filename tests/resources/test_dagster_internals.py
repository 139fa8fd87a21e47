"""What is known of Dagster's insides is still so, and files that stay open are as good as any."""

import ast
import inspect
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy

from resources import dagster_internals
from resources.dagster_internals import (
    WRITTEN_FOR,
    LastingStorage,
    delete_events,
    open_lasting,
    starts_runs_here,
)

CHECKOUT = Path(__file__).resolve().parents[2]
PARENT = LastingStorage.__mro__[1]


def test_dagster_is_the_version_that_its_insides_are_known_of() -> None:
    assert dg.__version__ == WRITTEN_FOR, (
        f"resources/dagster_internals.py was written for Dagster {WRITTEN_FOR}: read there what it "
        "uses, look how that has changed, and name the new version when all tests pass"
    )


def test_no_other_module_reaches_into_dagster() -> None:
    folders = ("imagesuggest_assets", "resources", "asset_checks", "tests", "benchmarks")
    inside = [
        f"{file.relative_to(CHECKOUT)}: {name}"
        for folder in folders
        for file in (CHECKOUT / folder).rglob("*.py")
        if file != Path(dagster_internals.__file__)
        for name in imported(file)
        if name.startswith("dagster") and "._" in name
    ]
    assert inside == []


def imported(file: Path) -> Iterator[str]:
    """Give the names of all that a module imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)


def test_what_opens_files_is_called_as_it_was(tmp_path: Path) -> None:
    """What replaces Dagster's own methods would else be passed by without a word."""
    for storage in parts(PARENT.from_local(str(tmp_path))):
        replaced = {"connect", "_connect", "has_table"} & vars(type(storage)).keys()
        assert replaced == (
            {"_connect", "has_table"} if hasattr(storage, "path_for_shard") else {"connect"}
        )
        source = inspect.getsource(type(storage))
        for name in replaced:
            arguments = list(inspect.signature(getattr(type(storage), name)).parameters)
            ours = {"connect": ["self"], "_connect": ["self", "shard"]}
            assert arguments == ours.get(name, ["self", "table_name"])
        # Once where it is made or asked for its tables, once for statements; nowhere else.
        assert source.count("create_engine(") == (3 if "_connect" in replaced else 2)


def parts(storage: dagster_internals.DagsterSqliteStorage) -> list[object]:
    """Give the storages that a storage is made of."""
    return [storage.run_storage, storage.event_log_storage, storage.schedule_storage]


@dg.asset
def dataset() -> None:
    """Something."""


@dg.asset_check(asset=dataset)
def look() -> dg.AssetCheckResult:
    """Something else."""
    return dg.AssetCheckResult(passed=True)


def run(instance: dg.DagsterInstance) -> str:
    """Run something; give the run's identifier."""
    return dg.materialize([dataset, look], instance=instance).run_id


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an instance with history that Dagster itself has written; not to be changed."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    with dg.DagsterInstance.from_config(str(folder)) as plain:
        run(plain)
    return folder


@pytest.fixture
def home(written: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return shutil.copytree(written, tmp_path, dirs_exist_ok=True)


@pytest.fixture
def lasting(home: Path) -> Iterator[dg.DagsterInstance]:
    """The instance, opened by us."""
    with open_lasting(home) as instance:
        yield instance


def open_files(home: Path) -> list[str]:
    """List the files of an instance that this process has open, those that are deleted, too."""
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            file = str(link.readlink())
        except FileNotFoundError:
            continue
        if file.startswith(str(home)) and "-" not in Path(file).name.rpartition(".db")[2]:
            found.add(Path(file).name)
    return sorted(found)


@contextmanager
def opened() -> Iterator[list[str]]:
    """List the files of the connections that are made to databases."""
    files: list[str] = []

    def connected(connection: sqlite3.Connection, _: object) -> None:
        files.append(Path(connection.execute("PRAGMA database_list").fetchone()[2]).name)

    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", connected)
    yield files
    sqlalchemy.event.remove(sqlalchemy.Engine, "connect", connected)


def test_history_that_dagster_wrote_is_read_and_goes_on_for_both(
    home: Path, lasting: dg.DagsterInstance
) -> None:
    """`make ui` has its own processes, which open the same files while a run goes on."""
    (before,) = lasting.get_runs()
    assert lasting.all_logs(before.run_id)
    with dg.DagsterInstance.from_config(str(home)) as plain:
        ours = run(lasting)
        theirs = run(plain)
        for instance in (plain, lasting):
            shown = [each.run_id for each in instance.get_runs()]
            assert shown == [theirs, ours, before.run_id]
            for run_id in shown:
                assert instance.get_run_by_id(run_id).is_success  # type: ignore[union-attr]
                assert len(instance.all_logs(run_id)) == len(instance.all_logs(ours))
            key = dg.AssetCheckKey(dataset.key, "look")
            checked = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])
            assert checked[key].run_id == theirs
            materialized = instance.get_latest_materialization_event(dataset.key)
            assert materialized is not None
            assert materialized.run_id == theirs


def test_a_run_opens_no_file_but_its_own(lasting: dg.DagsterInstance) -> None:
    run(lasting)
    with opened() as files:
        run_id = run(lasting)
    assert set(files) == {f"{run_id}.db"}
    # Two while its tables are made.
    assert len(files) <= 2


def test_all_is_in_its_place_and_closed_when_the_instance_is(home: Path) -> None:
    with open_lasting(home) as instance:
        run_id = run(instance)
        assert {"runs.db", "index.db", f"{run_id}.db"} <= set(open_files(home))
    assert open_files(home) == []
    assert [file.name for file in home.rglob("*.db-*")] == []
    with closing(sqlite3.connect(home / "history" / "runs" / f"{run_id}.db")) as database:
        assert database.execute("SELECT count(*) FROM event_logs").fetchone()[0] > 5


def test_no_file_of_a_run_stays_open_when_it_is_forgotten(
    home: Path, lasting: dg.DagsterInstance
) -> None:
    run_id = run(lasting)
    delete_events(lasting, run_id)
    assert not [name for name in open_files(home) if run_id in name]
    assert not [file for file in (home / "history").rglob("*") if run_id in file.name]


def test_however_many_runs_are_looked_at_few_files_stay_open(
    home: Path, lasting: dg.DagsterInstance
) -> None:
    runs = [run(lasting) for _ in range(dagster_internals._RUNS_OPEN + 2)]
    for run_id in runs:
        assert lasting.all_logs(run_id)
    still = [name for name in open_files(home) if name.removesuffix(".db") in runs]
    assert len(still) == dagster_internals._RUNS_OPEN


def test_threads_write_at_the_same_time(lasting: dg.DagsterInstance) -> None:
    """The heartbeat of a run, and what is logged by it, come from several threads."""
    run_id, *runs = [run(lasting) for _ in range(5)]
    before = len(lasting.all_logs(run_id))

    def write(number: int) -> None:
        for turn in range(20):
            lasting.add_dynamic_partitions("snapshot", [f"{number} {turn}"])
            lasting.add_run_tags(runs[number], {"turn": str(turn)})
            lasting.report_engine_event("something", lasting.get_run_by_id(run_id))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lasting.get_dynamic_partitions("snapshot")) == 80
    assert len(lasting.all_logs(run_id)) == before + 80
    assert len(lasting.get_runs(dg.RunsFilter(tags={"turn": "19"}))) == 4


def test_an_instance_that_is_kept_elsewhere_is_opened_as_it_says(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text(
        "event_log_storage:\n"
        "  module: dagster._core.storage.event_log\n"
        "  class: ConsolidatedSqliteEventLogStorage\n"
        f"  config:\n    base_dir: {tmp_path}/one_file\n"
    )
    with open_lasting(tmp_path) as instance:
        run_id = run(instance)
        assert not instance.event_log_storage.is_run_sharded
        assert instance.all_logs(run_id)
        assert starts_runs_here(instance)
