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

from imagesuggest_assets.rules import Rules
from imagesuggest_assets.server.people import KEY
from imagesuggest_assets.server.serving import serve
from imagesuggest_assets.settings import SEAL_MINUTES
from resources.engine import Engine
from resources.errors import UserError
from resources.lake import Lake
from resources.sources.dumps import FEEDBACK
from tests.imagesuggest_assets.server.judged import forms, judge
from tests.imagesuggest_assets.server.running import FIRST, opened, publish, suggested
from tests.serving import address_of

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
    kept = ("--judgements", str(lake.parent / "judgements"))
    command = [*COMMAND, "serve", "--lake", str(lake), "--port", "0", *kept, *more]
    outputs = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, **outputs, text=True) as process:  # type: ignore[call-overload]
        try:
            yield process, address_of(process)
        finally:
            process.kill()


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
        assert process.stdout is not None
        assert process.stdout.read() == "", "it ends without a word"
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


def test_what_was_judged_is_given_to_the_pipeline_when_any_of_the_processes_ends(
    lake: Path,
) -> None:
    with serving(lake, "--workers", "2", "--pictures", "drawn") as (process, address):
        for _ in range(4):
            # A session of its own, and a connection that either process may take.
            with httpx.Client(base_url=address, timeout=60) as client:
                form = forms(client.get("/measure/ptwiki").text)[0]
                answer = judge(client, form.suggestion, "rejected", "other")
                assert answer.status_code == 303
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    judgements = lake.parent / "judgements"
    assert [*(judgements / "open").iterdir()] == []
    events = [
        line for file in (judgements / FEEDBACK).iterdir() for line in file.read_text().splitlines()
    ]
    assert len(events) == 4
    assert (judgements / KEY).stat().st_mode & 0o077 == 0


def test_events_are_not_sealed_while_those_before_them_settle(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGESUGGEST_SEAL_MINUTES", "19")
    with pytest.raises(UserError, match="SEAL_MINUTES is 19; write 20 or more"):
        serve("127.0.0.1", 0, 1, lake=str(lake))
    assert 2 * Rules().settling_minutes <= SEAL_MINUTES
