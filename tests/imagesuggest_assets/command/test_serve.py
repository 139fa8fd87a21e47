"""`imagesuggest serve` as a process: how it begins, and how it ends."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from resources.engine import Engine
from resources.lake import Lake
from tests.imagesuggest_assets.server.running import FIRST, opened, publish, suggested

COMMAND = [sys.executable, "-c", "from imagesuggest_assets.command.main import main; main()"]
PAGES = 20_000
"""So many that no socket's buffer has room for all."""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, duckdb_engine: Engine) -> Path:
    """A lake with its readers' store in it."""
    folder = tmp_path_factory.mktemp("serve") / "lake"
    title = "A_title_that_is_long_enough_to_make_some_megabytes_of_so_many_pages"
    rows = [
        suggested("ptwiki", page, f"{title}_{page}", f"{title}_{page}.jpg")
        for page in range(1, PAGES + 1)
    ]
    with closing(Lake(folder)) as made, opened(folder / "suggestions.sqlite") as store:
        publish(made, duckdb_engine, store, rows, FIRST)
    return folder


@contextmanager
def serving(lake: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the server; give its process and address."""
    command = [*COMMAND, "serve", "--lake", str(lake), "--port", "0", *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.fullmatch(r"Serving at (http://127\.0\.0\.1:\d+)\n", said)
        assert found, said
        yield process, found[1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_it_ends_after_the_requests_in_hand(lake: Path) -> None:
    with serving(lake) as (process, address):
        with (
            httpx.Client(base_url=address, timeout=60) as client,
            client.stream("GET", "/v1/suggestions/ptwiki.ndjson") as answer,
        ):
            parts = answer.iter_raw(1000)
            received = next(parts)
            process.send_signal(signal.SIGTERM)
            received += b"".join(parts)
        assert process.wait(60) == 0
        assert received.count(b"\n") == PAGES
        with pytest.raises(httpx.ConnectError):
            httpx.get(address)


def test_several_processes_answer_and_their_numbers_are_added_up(lake: Path) -> None:
    page = "/public/image_suggestions/suggestions/ptwiki/7"
    with serving(lake, "--workers", "2") as (process, address):
        for _ in range(20):
            # Each on a connection of its own, which either may take.
            assert httpx.get(f"{address}{page}", timeout=60).status_code == 200
        counted = re.search(r'suggestions/{wiki}/{page_id}",status="200"} (\S+)', metrics(address))
        assert counted
        assert float(counted[1]) == 20
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def metrics(address: str) -> str:
    return httpx.get(f"{address}/metrics", timeout=60).text


def test_a_port_that_is_taken_is_said_in_one_line(lake: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [*COMMAND, "serve", "--lake", str(lake), "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"imagesuggest: error: 127.0.0.1 port {port} can not be")
    assert "--port" in ended.stderr
