"""What a lake promises, it promises here, on HDFS and in an object store: whoever reads, writes, is
killed or loses the network meanwhile."""

import json
import multiprocessing
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.decisions import Decision, decide, read_decisions
from graph.watch import Memory
from resources import lake as lake_module
from resources import remote
from resources.engine import DuckDBEngine
from resources.errors import UnreachableError, UserError
from resources.lake import Lake
from resources.lake_paths import Address
from resources.ledger import Ledger
from resources.search.places import Place
from resources.storage import Storage, lake_named, storage_at
from resources.versions import CURRENT, Statistics
from tests.resources.places import KINDS, LakePlace, lake_place, reach
from tests.resources.test_lake import FILES, SNAPSHOT, generation_of, lose_a_race, write
from tests.resources.test_ledger import AT, keys
from tests.servers.cable import Cable

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.servers
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])
ADDED = 8
KILLS = 2
SECONDS_AWAY = 4.0


@pytest.fixture(params=KINDS)
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> LakePlace:
    return lake_place(request.param, request, tmp_path, monkeypatch)


@pytest.fixture(params=KINDS[1:])
def far(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> LakePlace:
    """A place behind a server."""
    return lake_place(request.param, request, tmp_path, monkeypatch)


@pytest.fixture
def storage(place: LakePlace) -> Iterator[Storage]:
    with closing(storage_at(place.address)) as made:
        yield made


@pytest.fixture
def lake(place: LakePlace, tmp_path: Path) -> Iterator[Lake]:
    """A lake with one partition, of generation 0."""
    with closing(Lake(place.address, str(tmp_path / "scratch"))) as made:
        write(made, 0)
        yield made


@contextmanager
def processes(
    target: Callable[..., None], place: LakePlace, *arguments: object, number: int = 1
) -> Iterator[list[BaseProcess]]:
    """Have processes do something, and kill them in the end."""
    started: list[BaseProcess] = [
        FORKS.Process(target=target, args=(place.for_others, *arguments)) for _ in range(number)
    ]
    for process in started:
        process.start()
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.join()


def add_lines(place: LakePlace) -> None:
    """Add lines to a small file that others add lines to."""
    storage = storage_at(reach(place))
    for number in range(ADDED):
        line = f"{os.getpid()} {number}\n".encode()
        storage.update("notes/all.txt", lambda before, line=line: (before or b"") + line)


def write_on_and_on(place: LakePlace, first: int) -> None:
    """Replace the partition until killed."""
    lake = Lake(reach(place))
    while True:
        write(lake, first)
        first += 1


def hold(place: LakePlace) -> None:
    """Take something, and hold it until killed."""
    taken = storage_at(reach(place)).take(".runs/one", "the other")
    assert taken
    time.sleep(600)


def test_a_partition_is_listed_read_described_and_replaced(lake: Lake) -> None:
    assert lake.snapshots("pages") == [SNAPSHOT]
    before = lake.files("pages", SNAPSHOT)
    write(lake, 1)
    assert (generation_of(before), generation_of(lake.files("pages", SNAPSHOT))) == (0, 1)
    assert {row["generation"] for row in lake.rows("pages", SNAPSHOT)} == {1}
    assert lake.statistics("pages", SNAPSHOT) == Statistics(rows=1, bytes=0, seconds=0)
    assert lake.strangers() == []
    with pytest.raises(UserError, match=f"pages has no partition 2026-11-09 in {lake.path}"):
        lake.files("pages", "2026-11-09")


def test_an_engine_reads_a_partition_where_it_is(lake: Lake) -> None:
    with closing(DuckDBEngine("300MB", lake.scratch.path)) as engine:
        table = engine.read(lake.files("pages", SNAPSHOT))
        assert engine.rows(table.agg(rows=table.count(), most=table["generation"].max())) == [
            {"rows": 150, "most": 0}
        ]
    assert not list(lake.scratch.path.rglob("copies/**/*.parquet"))


def test_of_two_who_replace_a_partition_at_once_the_second_says_so_and_changes_nothing(
    lake: Lake,
) -> None:
    lose_a_race(lake)


def test_what_counts_no_more_is_removed_later(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    write(lake, 1)
    monkeypatch.setattr(lake_module, "KEPT", timedelta(0))
    write(lake, 2)
    place = f"pages/snapshot={SNAPSHOT}"
    (version,) = {*lake.storage.names(place)} - {CURRENT}
    assert [file.parent.name for file in lake.files("pages", SNAPSHOT)] == [version] * 3


def test_what_other_machines_write_counts_where_it_was_written_or_is_gone(
    far: LakePlace, tmp_path: Path
) -> None:
    """As Spark's executors do, which get at nothing of this machine."""
    lake = Lake(far.address)

    def write_there(*, fails: bool) -> None:
        file = tmp_path / "rows.parquet"
        pq.write_table(pa.table({"generation": [1] * 50 * FILES}), file)
        with lake.replacing("pages", SNAPSHOT, Statistics(1, 0, 0), shared=True) as folder:
            assert isinstance(folder, Address)
            lake.storage.bring(file, f"{folder.place}/part-0.parquet")
            if fails:
                raise RuntimeError

    with pytest.raises(RuntimeError):
        write_there(fails=True)
    assert lake.storage.names(f"pages/snapshot={SNAPSHOT}") == []
    write_there(fails=False)
    assert generation_of(lake.files("pages", SNAPSHOT)) == 1
    local = tmp_path / "own.parquet"
    local.write_bytes(b"own")
    (brought,) = lake.reachable([local], far=True)
    assert isinstance(brought, Address)
    assert lake.storage.read(brought.place) == b"own"
    lake.close()
    assert lake.storage.names(".scratch") == []


def test_a_small_file_is_put_only_where_nothing_else_was_put_since(storage: Storage) -> None:
    assert storage.read("a/small.json") is None
    assert storage.put("a/small.json", b"one", None)
    assert not storage.put("a/small.json", b"two", None)
    assert not storage.put("a/small.json", b"two", b"another")
    assert storage.read("a/small.json") == b"one"
    assert storage.put("a/small.json", b"two", b"one")
    assert storage.read("a/small.json") == b"two"
    assert not storage.put("b/small.json", b"two", b"one")
    assert storage.names("a") == ["small.json"]
    assert storage.changed("a/small.json") > datetime.now(UTC) - timedelta(hours=1)
    storage.remove("a")
    assert storage.names("a") == storage.names("a/small.json") == []
    assert not storage.has("a/small.json")


def test_nothing_that_several_add_at_once_is_lost(place: LakePlace, storage: Storage) -> None:
    with processes(add_lines, place, number=2) as adding:
        for process in adding:
            process.join()
            assert process.exitcode == 0
        numbers = [process.pid for process in adding]
    lines = (storage.read("notes/all.txt") or b"").decode().splitlines()
    assert {*lines} == {f"{pid} {number}" for pid in numbers for number in range(ADDED)}
    assert len(lines) == 2 * ADDED
    assert storage.names("notes") == ["all.txt"]


def test_killed_at_any_moment_a_write_leaves_the_old_partition_or_the_new_one(
    place: LakePlace, lake: Lake
) -> None:
    generation = 0
    for _ in range(KILLS):
        with processes(write_on_and_on, place, generation + 1) as (writing,):
            while lake.statistics("pages", SNAPSHOT).rows <= generation:
                assert writing.is_alive()
            time.sleep(random.uniform(0, 0.1))
        found = generation_of(lake.files("pages", SNAPSHOT))
        assert found == lake.statistics("pages", SNAPSHOT).rows > generation
        generation = found
    write(lake, generation + 1)
    assert generation_of(lake.files("pages", SNAPSHOT)) == generation + 1


def test_what_one_has_taken_another_gets_when_it_is_given_back(storage: Storage) -> None:
    give_back = storage.take(".runs/one", "me")
    assert give_back is not None
    assert storage.take(".runs/one", "you") is None
    assert storage.holder(".runs/one") == "me"
    give_back()
    assert storage.holder(".runs/one") is None
    give_back = storage.take(".runs/one", "you")
    assert give_back is not None
    give_back()


def test_what_one_has_taken_goes_with_its_process(place: LakePlace, storage: Storage) -> None:
    with processes(hold, place) as (holding,):
        while storage.holder(".runs/one") != "the other":
            assert holding.is_alive()
        assert storage.take(".runs/one", "me") is None
    give_back = storage.take(".runs/one", "me")
    assert give_back is not None
    give_back()


def test_what_one_of_another_machine_has_taken_is_free_when_nothing_was_heard_for_long(
    far: LakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = storage_at(far.address)
    lease = remote._Lease("far", "elsewhere:7", datetime.now(UTC) + timedelta(minutes=1))
    storage.update(".runs/one", lambda _: lease.encoded())
    assert storage.take(".runs/one", "me") is None
    assert storage.holder(".runs/one") == "far"
    gone = replace(lease, until=datetime.now(UTC) - timedelta(seconds=1))
    storage.update(".runs/one", lambda _: gone.encoded())
    assert storage.holder(".runs/one") is None
    monkeypatch.setattr(remote, "_RENEWED", timedelta(milliseconds=50))
    give_back = storage.take(".runs/one", "me")
    assert give_back is not None
    first = json.loads(storage.read(".runs/one") or b"")["until"]
    while json.loads(storage.read(".runs/one") or b"")["until"] == first:
        time.sleep(0.02)
    give_back()


def test_a_ledger_keeps_what_was_shipped_and_what_is_in_doubt(
    place: LakePlace, storage: Storage, tmp_path: Path
) -> None:
    ledger = Ledger(storage, "sqlite-here")
    with ledger.shipping():
        ledger.begin("ptwiki", [keys(tmp_path, 1)])
        assert len(ledger.pending("ptwiki")) == 1
        first = ledger.commit("ptwiki", [keys(tmp_path, 1, 2)], "2026-11-02", AT)
        assert ledger.pending("ptwiki") == []
        kept = first.files
        ledger.commit("ptwiki", [keys(tmp_path, 3)], "2026-11-09", AT, kept=kept)
    state = Ledger(storage_at(place.address), "sqlite-here").state("ptwiki")
    assert state is not None
    assert state.files[:1] == kept
    assert len(state.files) == 2
    assert ledger.wikis() == ["ptwiki"]
    ledger.forget("ptwiki")
    assert ledger.state("ptwiki") is None


def test_decisions_and_what_was_seen_are_kept(storage: Storage) -> None:
    assert read_decisions(storage).made == ()
    for wiki in ("ptwiki", "arwiki"):
        decide(storage, [Decision(SNAPSHOT, wiki, "held", "Ana", AT, "why")])
    assert [each.wiki for each in read_decisions(storage).made] == ["ptwiki", "arwiki"]
    memory = Memory(storage, "wiki_dumps")
    memory.looked["ptwiki"] = AT
    memory.save()
    assert Memory(storage, "wiki_dumps").looked == {"ptwiki": AT}


def test_bulk_files_lie_there_and_those_of_before_are_removed(place: LakePlace) -> None:
    for text in (b"one", b"other"):
        bulk = Place(f"{place.address}/search_bulk_files/snapshot={SNAPSHOT}")
        name = bulk.new("ptwiki.json.gz")
        with bulk.open(name, "wb") as file:
            file.write(text)
        bulk.finish("manifest.json", name.encode(), [name])
        assert bulk.read("manifest.json") == name.encode()
        assert bulk.read(name) == text
    there = storage_at(place.address).names(f"search_bulk_files/snapshot={SNAPSHOT}")
    assert {*there} == {"manifest.json", name.partition("/")[0]}


@pytest.mark.cluster
@pytest.mark.parametrize("step", ["bring", "put"])
@pytest.mark.parametrize("by", ["kill", "cable"])
def test_a_server_that_is_killed_or_cut_off_leaves_the_old_partition_or_the_new_one(
    far: LakePlace, by: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = far.server
    assert server is not None
    away, back = server.kill, server.start
    if by == "cable":
        cable = Cable(server.port)
        cable.plug()
        away, back = cable.pull, cable.plug
        far = far.at_port(cable.port)
        for variable, value in far.environment.items():
            monkeypatch.setenv(variable, value)
    lake = Lake(far.address)
    write(lake, 0)
    usual = getattr(type(lake.storage), step)
    # To start again takes a server about as long.
    again = threading.Timer(SECONDS_AWAY if by == "cable" else 0, back)

    def go_before(*arguments: object) -> object:
        if not again.ident:
            away()
            again.start()
        return usual(*arguments)

    monkeypatch.setattr(type(lake.storage), step, go_before)
    # A name node that has just come back may not take anything yet, and then it says so.
    with suppress(UnreachableError):
        write(lake, 1)
    again.join()
    assert generation_of(lake.files("pages", SNAPSHOT)) in (0, 1)
    write(lake, 2)
    assert generation_of(lake.files("pages", SNAPSHOT)) == 2
    lake.close()


def test_a_write_goes_on_when_the_network_comes_back(
    far: LakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(far.address)
    server = far.server
    assert server is not None
    write(lake, 0)
    away = threading.Event()
    usual = type(lake.storage).bring

    def pause_before(*arguments: object) -> object:
        server.pause()
        away.set()
        return usual(*arguments)

    monkeypatch.setattr(type(lake.storage), "bring", pause_before)
    writing = threading.Thread(target=write, args=(lake, 1))
    writing.start()
    away.wait()
    writing.join(1)
    assert writing.is_alive()
    server.resume()
    writing.join()
    assert generation_of(lake.files("pages", SNAPSHOT)) == 1
    lake.close()


@pytest.mark.parametrize(
    "where",
    [
        "ftp://host/lake",
        "s3://",
        "hdfs:host",
        "s3://key:secret-text@bucket/lake",
        "s3://b/l?secret-text",
    ],
)
def test_an_address_that_no_lake_can_be_at_is_refused_without_what_may_be_secret(
    where: str,
) -> None:
    with pytest.raises(UserError, match=r"^IMAGESUGGEST_LAKE: .* or hdfs://\S+ or s3://") as told:
        lake_named(where)
    assert "secret-text" not in str(told.value)


def test_a_lake_whose_library_is_missing_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resources.hdfs", None)
    with pytest.raises(UserError, match=r"^IMAGESUGGEST_LAKE: hdfs://host/lake needs the library"):
        storage_at("hdfs://host/lake")
