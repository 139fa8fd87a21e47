"""Loads into a real Cassandra that fails in every way it can: the next load makes it good."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import Session
from cassandra.protocol import OverloadedErrorMessage

from asset_checks.published import read_back
from resources.engine import Engine
from resources.errors import UserError
from resources.lake import Lake
from resources.stores.cassandra import MANY_ROWS, CassandraStore, make_schema
from resources.stores.cassandra_reader import CassandraReader
from resources.stores.settings import CassandraSettings
from resources.stores.store import StoreError, snapshot_id
from tests.acceptance.test_ui import processes_with, wait_until
from tests.imagesuggest_assets.publication.store.world import (
    Article,
    World,
    article,
    changes,
    holds,
    load,
)
from tests.resources.stores.stores import settings_of
from tests.servers.cassandra import CassandraServer, self_signed

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.servers

ONE, TWO, THREE = "2026-10-19", "2026-10-26", "2026-11-02"
PAGES = 900
A_PAGE = article("Água", "B.jpg")
MANY = tuple(f"Q{number}" for number in range(1, 80))


def many(revision: int) -> dict[int, Article]:
    """Many articles, of which two in three are others in the next revision."""
    return {
        page: article(
            f"Título_{page}",
            *(f"{n}.jpg" for n in range(1 + page % 3)),
            revision=1 + revision * (page % 3 > 0),
        )
        for page in range(1, PAGES)
    }


FIRST: World = {
    "ptwiki": {
        **many(0),
        5000: article('"Aspas"_e_\'mais;--', *(f"{n}'\"é.jpg" for n in range(10)), classes=("Q5",)),
        5001: article("😀", "A.jpg"),
    },
    "arwiki": {1: article("غزال", "غزال.jpg")},
}
SECOND: World = {
    "ptwiki": {**many(1), 5000: article('"Aspas"_e_\'mais;--', "ß.jpg", classes=("Q5", "Q42"))},
    "arwiki": {1: article("غزال", "غزال.jpg"), 2: article("ماء", "A.jpg")},
}


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with closing(Lake(tmp_path / "lake")) as made:
        yield made


@pytest.fixture
def keyspace(cassandra_server: CassandraServer) -> CassandraSettings:
    """A keyspace of its own, with the tables."""
    made = settings_of(cassandra_server)
    make_schema(made)
    return made


def loaded(
    lake: Lake,
    engine: Engine,
    settings: CassandraSettings,
    snapshot: str,
    world: World,
    expected: int = 0,
) -> tuple[int, int]:
    """Load a world, as a run does: with a connection of its own. As many rows are ``expected``."""
    with closing(CassandraStore(settings)) as store:
        store.expect(expected)
        return changes(load(lake, engine, store, snapshot, world))


def well(lake: Lake, settings: CassandraSettings, world: World) -> None:
    """Assert that the store holds the world exactly, and that the check says so."""
    with closing(CassandraStore(settings)) as store:
        holds(store, world)
        problems, _ = read_back(lake, store)
    assert not any(problems.values())


@pytest.mark.parametrize(
    "page",
    [
        {1: article("Água", "B.jpg", revision=2**31)},
        pytest.param({2**31: A_PAGE}, marks=pytest.mark.cluster),
    ],
)
def test_a_number_that_the_columns_can_not_hold_costs_its_own_wiki(
    lake: Lake, duckdb_engine: Engine, keyspace: CassandraSettings, page: dict[int, Article]
) -> None:
    arwiki = {1: article("غزال", "A.jpg")}
    with pytest.raises(UserError, match=r"ptwiki: the page .*; all else is loaded"):
        loaded(lake, duckdb_engine, keyspace, ONE, {"arwiki": arwiki, "ptwiki": page})
    well(lake, keyspace, {"arwiki": arwiki})


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(0, id="here"),
        pytest.param(MANY_ROWS, id="in other processes", marks=pytest.mark.cluster),
    ],
)
def test_snapshots_come_and_go_and_only_what_changed_is_written(
    lake: Lake, duckdb_engine: Engine, keyspace: CassandraSettings, rows: int
) -> None:
    loaded(lake, duckdb_engine, keyspace, ONE, FIRST, rows)
    well(lake, keyspace, FIRST)
    assert loaded(lake, duckdb_engine, keyspace, ONE, FIRST, rows) == (0, 0)
    loaded(lake, duckdb_engine, keyspace, TWO, SECOND, rows)
    well(lake, keyspace, SECOND)
    with closing(CassandraStore(keyspace)) as store:
        assert {row.id for row in store.suggestions("ptwiki", 3)} == {snapshot_id(ONE)}
        assert {row.id for row in store.suggestions("ptwiki", 4)} == {snapshot_id(TWO)}
        with pytest.raises(UserError, match="a later snapshot than 2026-10-19"):
            load(lake, duckdb_engine, store, ONE, FIRST)
        load(lake, duckdb_engine, store, ONE, FIRST, force=True)
    well(lake, keyspace, FIRST)


@pytest.mark.cluster
def test_what_is_lost_on_either_side_is_found_in_the_other(
    lake: Lake,
    duckdb_engine: Engine,
    keyspace: CassandraSettings,
    cassandra_server: CassandraServer,
) -> None:
    loaded(lake, duckdb_engine, keyspace, ONE, FIRST)
    shutil.rmtree(lake.path / "ledger")
    assert loaded(lake, duckdb_engine, keyspace, ONE, FIRST) == (0, 0)
    shutil.rmtree(lake.path / "ledger")
    loaded(lake, duckdb_engine, keyspace, TWO, SECOND)
    well(lake, keyspace, SECOND)
    with cassandra_server.session() as session:
        for table in ("suggestions", "title_cache", "instanceof_cache"):
            session.execute(f"TRUNCATE {keyspace.keyspace}.{table}", timeout=60)
    loaded(lake, duckdb_engine, keyspace, TWO, SECOND)
    well(lake, keyspace, SECOND)
    with cassandra_server.session() as session:
        session.execute(f"DROP KEYSPACE {keyspace.keyspace}", timeout=60)
    make_schema(keyspace)
    loaded(lake, duckdb_engine, keyspace, TWO, SECOND)
    well(lake, keyspace, SECOND)


def test_many_pages_go_out_in_batches_that_cassandra_does_not_warn_of(
    lake: Lake,
    duckdb_engine: Engine,
    keyspace: CassandraSettings,
    cassandra_server: CassandraServer,
) -> None:
    wide = {
        page: article(
            f"{'É' * 100}_{page}", *(f"{n}{'ß' * 60}.jpg" for n in range(9)), classes=MANY
        )
        for page in range(1, 300)
    }
    loaded(lake, duckdb_engine, keyspace, ONE, {"ptwiki": {**many(0), **wide}})
    loaded(lake, duckdb_engine, keyspace, TWO, SECOND)
    well(lake, keyspace, SECOND)
    log = cassandra_server.log.read_text(errors="replace").splitlines()
    assert [line for line in log if keyspace.keyspace in line and "WARN" in line] == []


@pytest.mark.parametrize("gone", [pytest.param("stopped", marks=pytest.mark.cluster), "paused"])
def test_a_server_that_goes_away_in_the_middle_and_comes_back_is_waited_for(
    lake: Lake,
    duckdb_engine: Engine,
    keyspace: CassandraSettings,
    cassandra_server: CassandraServer,
    gone: str,
) -> None:
    loaded(lake, duckdb_engine, keyspace, ONE, FIRST)
    patient = replace(keyspace, timeout=1.0, patience=90.0, in_flight=4)

    tried_again = threading.Event()

    def away() -> None:
        if gone == "paused":
            # Longer than a request may take: writes are lost, or come late.
            tried_again.wait(patient.patience)
            cassandra_server.resume()
        else:
            cassandra_server.stop()
            cassandra_server.start()

    with closing(CassandraStore(patient)) as store:
        troubled = threading.Thread(target=away)
        went = False
        write, again = store._work.write, store._work._again

        def interrupted(*arguments):  # type: ignore[no-untyped-def]
            nonlocal went
            if arguments[0] == "put_suggestions" and not went:
                went = True
                if gone == "paused":
                    cassandra_server.pause()
                troubled.start()
            return write(*arguments)

        def telling(statement: Any) -> Any:
            if went:
                tried_again.set()
            return again(statement)

        store._work.write = interrupted  # type: ignore[method-assign]
        store._work._again = telling  # type: ignore[method-assign]
        load(lake, duckdb_engine, store, TWO, SECOND)
        troubled.join()
    assert went
    assert gone == "stopped" or tried_again.is_set()
    well(lake, keyspace, SECOND)


def test_a_server_that_stays_away_ends_the_load_and_the_next_one_goes_on(
    lake: Lake,
    duckdb_engine: Engine,
    keyspace: CassandraSettings,
    cassandra_server: CassandraServer,
) -> None:
    loaded(lake, duckdb_engine, keyspace, ONE, FIRST)
    with closing(CassandraStore(replace(keyspace, timeout=0.5, patience=2.0))) as store:
        store.check()
        ledger_read = store.identity()
        assert ledger_read
        write = store._work.write

        def pausing(*arguments):  # type: ignore[no-untyped-def]
            cassandra_server.pause()
            return write(*arguments)

        store._work.write = pausing  # type: ignore[method-assign]
        with pytest.raises(StoreError, match="does not answer") as told:
            load(lake, duckdb_engine, store, TWO, SECOND)
        assert "\n" not in str(told.value)
        cassandra_server.resume()
    loaded(lake, duckdb_engine, keyspace, THREE, FIRST)
    well(lake, keyspace, FIRST)


class Overloaded:
    """A session whose server says, every so many times, that it has too much to do.

    It does what it refused to do neither in whole nor in part, as a real one.
    """

    def __init__(self, session: Session, every: int) -> None:
        self._session, self._every = session, every
        self.asked = self.refused = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def execute_async(self, statement: Any) -> Any:
        """Send it, or give what has failed already."""
        return self if self._refuses() else self._session.execute_async(statement)

    def result(self) -> None:
        """Tell that it was refused."""
        raise OverloadedErrorMessage(0x1001, "too many requests in flight", None)

    def execute(self, statement: Any) -> Any:
        """Send it, or refuse."""
        if self._refuses():
            self.result()
        return self._session.execute(statement)

    def _refuses(self) -> bool:
        self.asked += 1
        refuses = self.asked % self._every == 0
        self.refused += refuses
        return refuses


def test_what_an_overloaded_server_refuses_is_sent_again_whole(
    lake: Lake, duckdb_engine: Engine, keyspace: CassandraSettings
) -> None:
    loaded(lake, duckdb_engine, keyspace, ONE, FIRST)
    with closing(CassandraStore(keyspace)) as store:
        busy = Overloaded(store._session, every=3)
        store._work.use(busy)  # type: ignore[arg-type]
        load(lake, duckdb_engine, store, TWO, SECOND)
    # Batches, and of these some a second time.
    assert busy.refused > 20
    well(lake, keyspace, SECOND)


def test_a_server_that_stays_overloaded_ends_the_load_and_the_next_one_goes_on(
    lake: Lake, duckdb_engine: Engine, keyspace: CassandraSettings
) -> None:
    loaded(lake, duckdb_engine, keyspace, ONE, FIRST)
    with closing(CassandraStore(replace(keyspace, patience=1.0))) as store:
        write = store._work.write

        def refused(*arguments):  # type: ignore[no-untyped-def]
            store._work.use(Overloaded(store._session, every=1))  # type: ignore[arg-type]
            return write(*arguments)

        store._work.write = refused  # type: ignore[method-assign]
        with pytest.raises(StoreError, match="too many requests in flight"):
            load(lake, duckdb_engine, store, TWO, SECOND)
    loaded(lake, duckdb_engine, keyspace, TWO, SECOND)
    well(lake, keyspace, SECOND)


_LOAD = """
import os
import sys
from contextlib import closing
from pathlib import Path
from resources.engine import DuckDBEngine
from resources.lake import Lake
from resources.stores.cassandra import CassandraStore
from resources.stores.settings import CassandraSettings
from tests.acceptance.test_publication_store import SECOND, TWO
from tests.imagesuggest_assets.publication.store.world import Watched, load

if __name__ == "__main__":
    folder, point, keyspace, rows = sys.argv[1:]
    settings = CassandraSettings((point,), keyspace=keyspace, replication="1", in_flight=2)
    with closing(Lake(Path(folder))) as lake, closing(CassandraStore(settings)) as store:
        os.write(1, b"begun\\n")
        store.expect(int(rows))
        watched = Watched(store, lambda: os.write(1, b"a step\\n"))
        load(lake, DuckDBEngine("500MB", lake.scratch.path), watched, TWO, SECOND, force=True)
"""


@pytest.mark.cluster
def test_a_load_that_is_killed_at_any_moment_is_made_good_by_the_next(
    lake: Lake, duckdb_engine: Engine, keyspace: CassandraSettings, tmp_path: Path
) -> None:
    program = tmp_path / "load.py"
    program.write_text(_LOAD)
    killed = 0
    # It has nine steps, of which those of two wikis go on beside each other.
    for rows, steps in ((0, 2), (MANY_ROWS, 0), (0, 5), (MANY_ROWS, 4)):
        loaded(lake, duckdb_engine, keyspace, ONE, FIRST) if not (
            lake.path / "ledger"
        ).exists() else None
        command = [
            sys.executable,
            str(program),
            str(lake.path),
            keyspace.points[0],
            keyspace.keyspace,
            str(rows),
        ]
        mark = {"IMAGESUGGEST_TEST_LOAD": str(lake.path)}
        environment = {**os.environ, **mark, "PYTHONPATH": str(Path(__file__).parents[2])}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "begun\n"
            for _ in range(steps):
                assert other.stdout.readline() == "a step\n"
            running = processes_with(str(lake.path).encode())
            ended = other.poll()
            other.send_signal(signal.SIGKILL)
        # Whoever refuses to load can not be killed while loading.
        assert not ended, "the load has failed"
        killed += ended is None
        if Path("/proc").is_dir():
            # They are no children of the load, but copies of another process that it started.
            assert ended == 0 or other.pid in running
            assert wait_until(lambda: not processes_with(str(lake.path).encode()), 10)
        with closing(CassandraStore(keyspace)) as store:
            load(lake, duckdb_engine, store, THREE, FIRST, force=True)
        well(lake, keyspace, FIRST)
    assert killed, "every load had ended before it was killed"


def test_no_reader_ever_finds_a_page_empty_or_mixed_while_loads_run(
    lake: Lake, duckdb_engine: Engine, keyspace: CassandraSettings
) -> None:
    loaded(lake, duckdb_engine, keyspace, ONE, FIRST)
    watched = [1, 2, 4, 5, 7, 450, 700, 899, 5000]
    known = {
        page: [
            (
                world["ptwiki"][page].revision,
                sorted(image for image, _ in world["ptwiki"][page].images),
            )
            for world in (FIRST, SECOND)
        ]
        for page in watched
    }
    wrong: list[object] = []
    looks = 0
    done = threading.Event()

    def read() -> None:
        nonlocal looks
        with closing(CassandraStore(keyspace)) as reader:
            while not done.is_set():
                for page in watched:
                    rows = reader.suggestions("ptwiki", page)
                    revisions = {row.page_rev for row in rows}
                    found = [(revision, [row.image for row in rows]) for revision in revisions]
                    if len(found) != 1 or found[0] not in known[page]:
                        wrong.append((page, rows))
                    looks += 1

    reading = threading.Thread(target=read)
    reading.start()
    try:
        with closing(CassandraStore(keyspace)) as store:
            load(lake, duckdb_engine, store, TWO, SECOND)
            load(lake, duckdb_engine, store, ONE, FIRST, force=True)
            load(lake, duckdb_engine, store, TWO, SECOND)
    finally:
        done.set()
        reading.join()
    assert wrong == []
    assert looks > len(watched)
    well(lake, keyspace, SECOND)


def test_tables_that_are_not_as_they_should_be_are_an_error_before_the_first_write(
    lake: Lake,
    duckdb_engine: Engine,
    keyspace: CassandraSettings,
    cassandra_server: CassandraServer,
) -> None:
    with pytest.raises(StoreError, match="no such keyspace; `imagesuggest cassandra-schema`"):
        loaded(lake, duckdb_engine, replace(keyspace, keyspace="nowhere"), ONE, FIRST)
    with cassandra_server.session() as session:
        session.execute(f"ALTER TABLE {keyspace.keyspace}.title_cache ADD page bigint", timeout=60)
    with pytest.raises(
        StoreError, match="title_cache is another: page is bigint, expected no such"
    ):
        loaded(lake, duckdb_engine, keyspace, ONE, FIRST)
    with closing(CassandraStore(keyspace)) as store:
        assert store.counts("suggestions") == {}


def test_a_wrong_password_says_which_settings_to_put_right_and_shows_no_secret(
    cassandra_with_passwords: CassandraServer,
) -> None:
    server = cassandra_with_passwords
    right = settings_of(server, user=server.user, password=server.password)
    make_schema(right)
    with closing(CassandraStore(right)) as store:
        store.check()
    wrong = replace(right, password="h1dden")
    with pytest.raises(StoreError, match="refuses the user or the password") as told:
        CassandraStore(wrong)
    assert "h1dden" not in f"{told.value} {wrong!r} {told.value.__cause__!r}"
    with pytest.raises(StoreError, match="refuses"):
        CassandraStore(replace(right, user="", password=""))


async def identity_read(settings: CassandraSettings) -> str:
    """Read which store it is as the server does."""
    reader = CassandraReader(settings)
    try:
        return await reader.identity()
    finally:
        await reader.close()


def test_a_connection_that_is_not_safe_is_refused(
    cassandra_with_tls: CassandraServer, tmp_path: Path
) -> None:
    server = cassandra_with_tls
    assert server.certificate is not None
    right = settings_of(server, authority=str(server.certificate.pem))
    make_schema(right)
    with closing(CassandraStore(right)) as store:
        store.check()
        assert asyncio.run(identity_read(right)) == store.identity()
    other = self_signed(tmp_path / "other")
    with pytest.raises(StoreError, match=r"the connection is not safe.*IMAGESUGGEST_CASSANDRA_TLS"):
        CassandraStore(replace(right, authority=str(other.pem)))
    with pytest.raises(UserError, match="no file of certificates"):
        CassandraStore(replace(right, authority=str(tmp_path / "none.pem")))
