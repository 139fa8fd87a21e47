"""The readers' store: a first load, a weekly change, the same again; and cqlsh's COPY beside them.

    python -m benchmarks.store
    python -m benchmarks.store --sqlite --rows 1000000
    python -m benchmarks.store --discard --rows 1000000,30000000

A Cassandra is started for it, unless one is named. COPY gets the rows of the same three tables as
CSV, which is written before the clock starts. Memory is that of the load with its processes, or of
cqlsh with its own; the server's is not counted. Without a server, rows go to a SQLite file, or a
first load is made up to what would be sent, which is thrown away: that tells its memory by rows.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any
from uuid import uuid4

import duckdb

from benchmarks.measure import cpu_seconds, machine, print_table, run
from resources.stores.settings import CassandraSettings

FIRST, SECOND = "2026-10-26", "2026-11-02"
PER_PAGE = 3
WIKIS = 20
WARM = 60_000
"""Rows that are loaded and copied first: the server compiles itself while it works."""
HEAP = "1g"
TIMEOUT = 60
"""Seconds that a request of cqlsh may take: it gives up where a busy machine lets it wait."""
QUIET_LOOKS = 3
"""Seconds without any work on files, after which a server is taken to have settled."""
_PAGES = """
    SELECT number, page_id,
        'w' || lpad((number * $wikis // $pages)::TEXT, 2, '0') || 'wiki' AS wiki,
        1000000000 + number + 5 * (page_id > $pages OR other)::BIGINT AS revision,
        'An_article_with_a_title_' || page_id AS title, 'Q' || (1 + number // 2) AS item
    FROM (
        SELECT number, other, 1 + number + CASE WHEN moved THEN $pages ELSE 0 END AS page_id
        FROM (
            SELECT i * 7919 % $pages AS number, $changed AND number % 25 = 0 AS other,
                other AND number % 100 = 0 AS moved
            FROM range($pages) AS t(i)
        )
    )
"""
"""Pages in no order. In the second week 5 % are others: 3 % have another revision, 1 % are gone,
1 % are new."""
_SUGGESTIONS = f"""
    SELECT wiki AS wiki_db, page_id, revision AS revision_id, title, item AS item_id,
        'A_picture_of_' || number || '_(' || rank || ')_from_somewhere.jpg' AS image,
        90 - 10 * rank AS confidence, ['istype-commons-category', 'istype-lead-image'] AS kinds,
        CASE WHEN rank = 1 THEN ['eswiki', 'ptwiki'] END AS found_on, rank::BIGINT AS rank
    FROM ({_PAGES}), range(1, {PER_PAGE + 1}) AS ranks(rank)
"""
_CLAIMS = """
    SELECT 'Q' || (1 + i) AS item_id, 'P31' AS property, 'Q' || (5 + i % 900) AS value
    FROM range($pages // 2 + 1) AS t(i)
"""
_CSV = {
    "title_cache": (
        "wiki, title, page_id, page_rev",
        "SELECT DISTINCT wiki_db, title, page_id, revision_id FROM suggestions",
    ),
    "instanceof_cache": (
        "wiki, page_id, page_rev, instance_of",
        "SELECT DISTINCT wiki_db, page_id, revision_id, '{''' || value || '''}' "
        "FROM suggestions JOIN claims USING (item_id)",
    ),
    "suggestions": (
        "wiki, page_id, id, image, origin_wiki, confidence, found_on, kind, page_rev, page_qid",
        "SELECT wiki_db, page_id, $made, image, 'commonswiki', confidence, "
        "'{''' || array_to_string(found_on, ''', ''') || '''}', "
        "'{''' || array_to_string(kinds, ''', ''') || '''}', revision_id, item_id FROM suggestions",
    ),
}
"""Of each table the columns, and the query that gives what COPY takes."""
_COPIED = (
    r"(\d+) rows imported from \d+ files in (?:\d+ days?, )?(?:(\d+) hours?, )?"
    r"(?:(\d+) minutes?,? and )?([\d.]+) seconds"
)
"""What cqlsh says of a COPY. Each of its units may be missing, and is in the plural at times."""


def write_snapshot(folder: Path, rows: int, *, changed: bool) -> None:
    """Write suggestions, three a page in twenty wikis, and the classes of their items."""
    folder.mkdir()
    pages = rows // PER_PAGE
    week = {"pages": pages, "wikis": WIKIS, "changed": changed}
    with duckdb.connect() as connection:
        connection.sql(_SUGGESTIONS, params=week).write_parquet(str(folder / "suggestions"))
        connection.sql(_CLAIMS, params={"pages": pages}).write_parquet(str(folder / "claims"))


def write_csv(folder: Path) -> None:
    """Write the rows of the three tables of a snapshot as CSV, and what cqlsh is to do with it."""
    from resources.stores.store import snapshot_id

    with duckdb.connect() as connection, (folder / "copy.cql").open("w") as commands:
        for name in ("suggestions", "claims"):
            connection.read_parquet(str(folder / name)).create_view(name)
        for table, (columns, query) in _CSV.items():
            file = folder / f"{table}.csv"
            given = {"made": str(snapshot_id(FIRST))} if "$made" in query else {}
            connection.sql(query, params=given).write_csv(str(file), header=False)
            commands.write(f"COPY {table} ({columns}) FROM '{file}';\n")


def load(
    place: Path,
    store: CassandraSettings | None,
    snapshot: str,
    week: Path,
    *,
    discard: bool = False,
) -> None:
    """Load a snapshot in this process; print seconds, and rows written and removed."""
    from imagesuggest_assets.publication.store.load import MEMORY, Load
    from resources.engine import DuckDBEngine
    from resources.lake import Lake
    from resources.stores.cassandra import CassandraStore
    from resources.stores.files import row_groups, rows_of
    from resources.stores.sqlite import SQLiteStore
    from resources.stores.store import OnRows, Step

    class Discarding(SQLiteStore):
        def apply(self, step: Step, wiki: str, snapshot: str, file: Path, on_rows: OnRows) -> None:
            for group in range(row_groups(file)):
                on_rows(len(rows_of(file, group)))

    started = time.perf_counter()
    to: CassandraStore | SQLiteStore
    if discard:
        to = Discarding(place / "store.sqlite")
    else:
        to = CassandraStore(store) if store else SQLiteStore(place / "store.sqlite")
    with closing(Lake(place / "lake")) as lake, closing(to):
        engine = DuckDBEngine(MEMORY, lake.scratch.path)
        wikis = [f"w{wiki:02}wiki" for wiki in range(WIKIS)]
        outcome = Load(lake, engine, to, snapshot, wikis).run(
            engine.read([week / "suggestions"]), engine.read([week / "claims"])
        )
        engine.close()
    seconds = time.perf_counter() - started
    every = [each for rows in outcome.values() for each in rows.values()]
    written, removed = sum(each.written for each in every), sum(each.removed for each in every)
    print(json.dumps({"seconds": seconds, "written": written, "removed": removed}))


def copy(host: str, port: int, keyspace: str, commands: Path) -> None:
    """Copy with cqlsh; print the seconds that it says, without its start, and rows."""
    cqlsh = str(Path(sys.executable).with_name("cqlsh"))
    patience = f"--request-timeout={TIMEOUT}"
    told = subprocess.run(
        [cqlsh, host, str(port), patience, "-k", keyspace, "-f", str(commands)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ).stdout
    found = re.findall(_COPIED, told)
    if len(found) != len(_CSV):
        raise RuntimeError(f"cqlsh said:\n{told[-3000:]}")
    seconds = sum(int(h or 0) * 3600 + int(m or 0) * 60 + float(s) for _, h, m, s in found)
    print(json.dumps({"seconds": seconds, "written": sum(int(rows) for rows, *_ in found)}))


@dataclass(frozen=True)
class Server:
    """A Cassandra; ``pid`` is its process, 0 where that is elsewhere."""

    settings: CassandraSettings
    pid: int


@dataclass(frozen=True)
class Taken:
    """What a load or a COPY took."""

    seconds: float
    written: int
    removed: int
    cpu_seconds: float
    server_cpu_seconds: float
    peak_bytes: int

    @classmethod
    def mean(cls, each: Sequence["Taken"]) -> "Taken":
        """Give the mean of several, of memory the most."""
        return cls(
            fmean(one.seconds for one in each),
            each[0].written,
            each[0].removed,
            fmean(one.cpu_seconds for one in each),
            fmean(one.server_cpu_seconds for one in each),
            max(one.peak_bytes for one in each),
        )


class Size:
    """Loads of one number of suggestions; ``server`` is also asked for the processor time it took.

    Whoever comes later finds a server that has compiled more of itself, so that load and COPY come
    first in turn. What was written is dropped afterwards, and nobody finds the server still at work
    on what was written before.
    """

    def __init__(self, folder: Path, rows: int, server: Server | None, *, discard: bool = False):
        self._folder, self._rows, self._server, self._discard = folder, rows, server, discard
        for week, changed in (("first", False), ("second", True))[: 1 if discard else 2]:
            write_snapshot(folder / week, rows, changed=changed)

    def measure(self, rounds: int, *, copied: bool) -> list[dict[str, object]]:
        """Load and copy; give a row of the table for each, of the mean of all rounds."""
        taken: dict[str, list[Taken]] = {}
        if copied:
            write_csv(self._folder / "first")
        for number in range(rounds):
            ways = [self._loads, self._copy] if copied else [self._loads]
            for way in ways if number % 2 else reversed(ways):
                for name, one in way(self._folder / str(number)).items():
                    taken.setdefault(name, []).append(one)
        means = {name: Taken.mean(each) for name, each in taken.items()}
        full, beside = means["first load"], means.get("cqlsh COPY")
        return [
            {
                "suggestions": self._rows,
                "what": name,
                "rows written": one.written,
                "removed": one.removed,
                "seconds": one.seconds,
                "rows/s": int(one.written / one.seconds),
                "times COPY's speed": f"{beside.seconds / one.seconds:.2f}"
                if beside and one.written == beside.written
                else "-",
                "of the first load": f"1/{full.seconds / one.seconds:.1f}",
                "CPU seconds": one.cpu_seconds,
                "the server's": one.server_cpu_seconds,
                "peak MB": one.peak_bytes // 10**6,
            }
            for name, one in means.items()
        ]

    def _loads(self, place: Path) -> dict[str, Taken]:
        """Load both weeks, and the second one again, into a lake and a keyspace of their own."""
        steps = (
            ("first load", FIRST, "first"),
            ("5 % changed", SECOND, "second"),
            ("the same again", SECOND, "second"),
        )
        found = {}
        with new_keyspace(self._server) as store:
            for name, snapshot, week in steps[: 1 if self._discard else 3]:
                told = {"store": store and asdict(store), "snapshot": snapshot}
                told |= {"place": str(place), "week": str(self._folder / week)}
                found[name] = self._taken("load", {**told, "discard": self._discard})
        return found

    def _copy(self, _: Path) -> dict[str, Taken]:
        with new_keyspace(self._server) as store:
            assert store is not None
            ((host, port),) = store.hosts
            commands = str(self._folder / "first" / "copy.cql")
            given = {"host": host, "port": port, "keyspace": store.keyspace, "commands": commands}
            return {"cqlsh COPY": self._taken("copy", given)}

    def _taken(self, what: str, given: dict[str, object]) -> Taken:
        """Do it in a process of its own, whose memory and processor time are its own."""
        if self._server:
            _settle(self._server.settings)
        pid = self._server.pid if self._server else 0
        before = cpu_seconds(pid) if pid else 0.0
        one = run([sys.executable, "-m", "benchmarks.store", "--child", what, json.dumps(given)])
        return Taken(
            one.report["seconds"],
            one.report["written"],
            one.report.get("removed", 0),
            one.cpu_seconds,
            cpu_seconds(pid) - before if pid else 0.0,
            one.peak_bytes,
        )


def _child(what: str, given: dict[str, Any]) -> None:
    if what == "copy":
        copy(given["host"], given["port"], given["keyspace"], Path(given["commands"]))
        return
    store = given["store"]
    settings = CassandraSettings(**{**store, "points": tuple(store["points"])}) if store else None
    load(
        Path(given["place"]),
        settings,
        given["snapshot"],
        Path(given["week"]),
        discard=given["discard"],
    )


@contextmanager
def new_keyspace(server: Server | None) -> Iterator[CassandraSettings | None]:
    """Make a keyspace of its own with the tables, which is dropped in the end."""
    if server is None:
        yield None
        return
    from resources.stores.cassandra import make_schema
    from resources.stores.cassandra_connection import connected

    made = replace(server.settings, keyspace=f"bench{uuid4().hex[:8]}")
    make_schema(made)
    try:
        yield made
    finally:
        cluster, session = connected(made)
        session.execute(f"DROP KEYSPACE {made.keyspace}", timeout=TIMEOUT)
        cluster.shutdown()


def _settle(server: CassandraSettings) -> None:
    """Wait until a server has put its files together."""
    from resources.stores.cassandra_connection import connected

    cluster, session = connected(server)
    quiet = 0
    while quiet < QUIET_LOOKS:
        time.sleep(1)
        tasks = session.execute("SELECT task_id FROM system_views.sstable_tasks").all()
        quiet = 0 if tasks else quiet + 1
    cluster.shutdown()


@contextmanager
def started(named: str) -> Iterator[tuple[str, int]]:
    """Give a Cassandra as HOST:PORT and its process id: the one named (of which that is 0), else
    one that is started for this.
    """
    if named:
        yield named, 0
        return
    from tests.servers import jars
    from tests.servers.cassandra import CassandraServer

    with tempfile.TemporaryDirectory() as folder:
        server = CassandraServer(Path(folder), jars.jars(jars.CASSANDRA, print), HEAP)
        server.start()
        try:
            yield f"{server.host}:{server.port}", server.pid
        finally:
            server.stop()


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cassandra", default="", metavar="HOST:PORT", help="one that is there")
    parser.add_argument("--sqlite", action="store_true", help="no server: to a SQLite file")
    parser.add_argument("--discard", action="store_true", help="no server: rows go nowhere")
    parser.add_argument("--rows", default="150000,1500000", help="suggestions, each measured")
    parser.add_argument("--no-copy", action="store_true", help="without cqlsh's COPY")
    parser.add_argument("--rounds", type=int, default=1, help="times that each is measured")
    parser.add_argument("--processes", type=int, default=CassandraSettings.processes)
    parser.add_argument("--in-flight", type=int, default=CassandraSettings.in_flight)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _child(options.child[0], json.loads(options.child[1]))
        return
    print(machine())
    with ExitStack() as stack:
        server = None
        copied = not (options.sqlite or options.discard or options.no_copy)
        if not (options.sqlite or options.discard):
            point, pid = stack.enter_context(started(options.cassandra))
            settings = CassandraSettings(
                (point,),
                replication="1",
                processes=options.processes,
                in_flight=options.in_flight,
            )
            server = Server(settings, pid)
            with tempfile.TemporaryDirectory() as folder:
                Size(Path(folder), WARM, server).measure(2, copied=copied)
        for rows in map(int, options.rows.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                size = Size(Path(folder), rows, server, discard=options.discard)
                found = size.measure(options.rounds, copied=copied)
            print_table(f"{rows:,} suggestions", found)
        print(machine())


if __name__ == "__main__":
    main()
