"""The server: single pages, beside a handler that answers a constant of the same size in the same
server; the stream of all pages; and how long it takes to start.

    python -m benchmarks.serve
    python -m benchmarks.serve --cassandra
    python -m benchmarks.serve --rows 900000 --requests 40000

Pages are asked for in no order, by as many connections as --connections says, from one process
beside the server's. Both kinds of requests are sent in turn, some thousands at a time, so that a
busy machine slows both down. With --cassandra, one is started, and pages are read from it as well,
when it has compiled what it does often.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median, quantiles

import uvloop
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from benchmarks.measure import cpu_seconds, machine, print_table
from benchmarks.store import (
    FIRST,
    PER_PAGE,
    WIKIS,
    Server,
    load,
    new_keyspace,
    started,
    write_snapshot,
)
from resources.stores.settings import CassandraSettings

WARM, WARM_CASSANDRA = 2_000, 60_000
"""Requests before any is counted. A server that runs for weeks is asked for more in an hour; a new
Cassandra takes three times as much processor time for each of the first ones."""
ROUNDS = 5
_PAGE = "/public/image_suggestions/suggestions/{wiki}/{page}"
_CONSTANT = b"x" * 900
"""About as much as three suggestions."""


def application() -> ASGIApp:
    """Make the server's application, with one more handler."""
    from imagesuggest_assets.server import application as made
    from imagesuggest_assets.server.serving import source

    async def constant(request: Request) -> Response:
        return Response(_CONSTANT, media_type="application/json")

    return made.application(source(), [Route("/constant", constant)])


@contextmanager
def served(lake: Path, environment: dict[str, str]) -> Iterator[tuple[int, float]]:
    """Start the server; give its process and the seconds until it answered."""
    started = time.perf_counter()
    code = (
        "from imagesuggest_assets.command.main import main; "
        "from imagesuggest_assets.server import serving; "
        "serving.FACTORY = 'benchmarks.serve:application'; main()"
    )
    command = [sys.executable, "-c", code, "serve", "--port", "18080", "--lake", str(lake)]
    process = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        while True:
            try:
                urllib.request.urlopen("http://127.0.0.1:18080/healthz").read()
                break
            except OSError:
                time.sleep(0.01)
        yield process.pid, time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


class Client(asyncio.Protocol):
    """Asks for one address after the other on one connection."""

    def __init__(self, paths: Iterator[str], took: list[float]) -> None:
        self._paths, self._took = paths, took
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Ask for the first."""
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        """Ask for the next when all of an answer is here."""
        self._data += data
        if self._whole is None:
            head, found, _ = self._data.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            self._whole = len(head) + 4 + length
        if len(self._data) >= self._whole:
            self._took.append(time.perf_counter() - self._since)
            self._next()

    def _next(self) -> None:
        path = next(self._paths, None)
        if path is None:
            self._transport.close()
            self.done.set_result(None)
            return
        self._data, self._whole, self._since = b"", None, time.perf_counter()
        self._transport.write(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())


async def ask(paths: Sequence[str], connections: int) -> tuple[float, list[float]]:
    """Ask for addresses; give the seconds of all of it, and of each."""
    took: list[float] = []
    each, started = iter(paths), time.perf_counter()
    loop = asyncio.get_running_loop()
    clients = [
        (await loop.create_connection(lambda: Client(each, took), "127.0.0.1", 18080))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(client.done for client in clients))
    return time.perf_counter() - started, took


def measure_pages(
    what: str,
    rows: int,
    requests: int,
    connections: int,
    warm: int,
    processes: Mapping[str, int],
) -> list[dict[str, object]]:
    """Ask for pages and for the constant in turn; ``processes`` are those whose processor time is
    told, by name.
    """
    chance, pages = random.Random(7), rows // PER_PAGE
    found: dict[str, list[tuple[float, list[float]]]] = {what: [], "a constant": []}
    used = {name: dict.fromkeys(processes, 0.0) for name in found}
    for number in range(ROUNDS + 1):
        some = warm if number == 0 else requests // ROUNDS
        asked = {
            what: [_address(chance.randrange(pages), pages) for _ in range(some)],
            "a constant": ["/constant"] * some,
        }
        for name, paths in asked.items():
            before = {each: cpu_seconds(pid) for each, pid in processes.items()}
            taken = uvloop.run(ask(paths, connections))
            if number:
                found[name].append(taken)
                for each, pid in processes.items():
                    used[name][each] += (cpu_seconds(pid) - before[each]) / len(paths) / ROUNDS
    speeds = {
        name: median(len(took) / seconds for seconds, took in each) for name, each in found.items()
    }
    return [
        {
            "what": name,
            "requests/s": int(speeds[name]),
            "of the constant's": f"{speeds[name] / speeds['a constant']:.2f}",
            "p50 ms": _quantile(each, 50),
            "p99 ms": _quantile(each, 99),
            **{f"CPU µs, {process}": f"{1e6 * spent:.0f}" for process, spent in used[name].items()},
        }
        for name, each in found.items()
    ]


def _quantile(each: Sequence[tuple[float, list[float]]], percent: int) -> float:
    return quantiles([one for _, took in each for one in took], n=100)[percent - 1] * 1000


def _address(number: int, pages: int) -> str:
    return _PAGE.format(wiki=f"w{number * WIKIS // pages:02}wiki", page=number + 1)


def measure_stream(pid: int) -> dict[str, object]:
    """Read all pages of all wikis."""
    suggestions, started = 0, time.perf_counter()
    for wiki in range(WIKIS):
        address = f"http://127.0.0.1:18080/v1/suggestions/w{wiki:02}wiki.ndjson"
        with urllib.request.urlopen(address) as answer:
            while block := answer.read(1 << 20):
                suggestions += block.count(b'"image":')
    seconds = time.perf_counter() - started
    status = Path(f"/proc/{pid}/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) * 1024 // 1_000_000
    return {
        "suggestions": suggestions,
        "seconds": seconds,
        "suggestions/s": int(suggestions / seconds),
        "peak MB": peak,
    }


def publish(folder: Path, rows: int, store: CassandraSettings | None = None) -> Path:
    """Publish a snapshot of so many suggestions; give its lake."""
    from resources.lake import Lake
    from resources.versions import Statistics
    from tests.imagesuggest_assets.published import publish as let_through

    week, lake = folder / "week", folder / "lake"
    if not week.exists():
        write_snapshot(week, rows, changed=False)
        let_through(lake, FIRST, **{f"w{wiki:02}wiki": "published" for wiki in range(WIKIS)})
        with closing(Lake(lake)) as here:
            for dataset, file in (
                ("filtered_suggestions", "suggestions"),
                ("item_claims", "claims"),
            ):
                with here.replacing(dataset, FIRST, Statistics(rows, 0, 0.0)) as to:
                    to.mkdir()
                    (to / "part.parquet").hardlink_to(week / file)
    load(folder, store, FIRST, week)
    return lake


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=600_000, help="suggestions")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--cassandra", action="store_true", help="from Cassandra, too")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)
        lake = publish(folder, options.rows)
        sizes = options.rows, options.requests, options.connections
        with served(lake, {"IMAGESUGGEST_STORE": str(folder / "store.sqlite")}) as (pid, seconds):
            print(f"{seconds:.2f} s until it answered")
            streams = [{"when": "at first"} | measure_stream(pid)]
            pages = measure_pages("pages from SQLite", *sizes, WARM, {"server": pid})
            streams.append({"when": "after the single pages"} | measure_stream(pid))
        if options.cassandra:
            point, cassandra = stack.enter_context(started(""))
            server = Server(CassandraSettings((point,), replication="1"), cassandra)
            settings = stack.enter_context(new_keyspace(server))
            assert settings is not None
            publish(folder, options.rows, settings)
            environment = {
                "IMAGESUGGEST_CASSANDRA": settings.points[0],
                "IMAGESUGGEST_CASSANDRA_KEYSPACE": settings.keyspace,
            }
            with served(lake, environment) as (pid, _):
                processes = {"server": pid, "Cassandra": cassandra}
                theirs = measure_pages("pages from Cassandra", *sizes, WARM_CASSANDRA, processes)
    print_table(f"Single pages, {options.connections} connections", pages)
    if options.cassandra:
        print_table("The same from Cassandra", theirs)
    print_table("All pages", streams)


if __name__ == "__main__":
    main()
