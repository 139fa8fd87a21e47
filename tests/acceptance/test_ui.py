"""`make ui` serves the graph, runs it, and stops with all its processes when it is told to."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from resources.sample import make_sample
from tests.acceptance.command import rows_of

CHECKOUT = Path(__file__).resolve().parents[2]
STARTING_SECONDS = 120.0
STOPPING_SECONDS = 60.0
ASKING_SECONDS = 0.5


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until a condition holds, and tell whether it came to. Asking takes from those asked."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(ASKING_SECONDS)
    return False


def answers(url: str) -> bool:
    """Tell whether a server answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def processes_with(text: bytes) -> list[int]:
    """List the processes that have ``text`` in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if text in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def command_of(process: int) -> bytes:
    """Give the command line of a process; nothing if it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


@dataclass(frozen=True)
class Served:
    """A UI that was started with `make ui`; ``mark`` is in the environment of all its processes."""

    server: subprocess.Popen[bytes]
    url: str
    mark: bytes

    def ask(self, query: str, **variables: Any) -> Any:
        """Ask the UI's own interface, as its pages do."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"{self.url}/graphql", body, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer
        return answer["data"]


@pytest.fixture
def ui(tmp_path: Path) -> Iterator[Served]:
    """Start the UI on an instance of its own; whatever it leaves running is killed."""
    if not Path("/proc").is_dir() or shutil.which("make") is None:
        pytest.skip("needs make, and /proc to see what is left running")
    port, mark = free_port(), str(tmp_path)
    server = subprocess.Popen(
        ["make", "ui", f"PORT={port}", f"DAGSTER_HOME={tmp_path / 'dagster'}"],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "IMAGESUGGEST_TEST_UI": mark,
            "IMAGESUGGEST_DUMPS": str(tmp_path / "dumps"),
            "IMAGESUGGEST_LAKE": str(tmp_path / "lake"),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    served = Served(server, f"http://127.0.0.1:{port}", f"IMAGESUGGEST_TEST_UI={mark}".encode())
    try:
        assert wait_until(lambda: answers(f"{served.url}/server_info"), STARTING_SECONDS)
        yield served
    finally:
        for process in processes_with(served.mark):
            os.kill(process, signal.SIGKILL)
        server.wait()


def leaves_nothing_running(ui: Served) -> None:
    """Assert that a UI that was told to end has ended, with all it started."""
    stopped = wait_until(lambda: not processes_with(ui.mark), STOPPING_SECONDS)
    assert stopped, f"still running: {processes_with(ui.mark)}"


def test_the_ui_answers_and_leaves_nothing_running_after_ctrl_c(ui: Served) -> None:
    # A terminal's reaches every process of the group.
    os.killpg(ui.server.pid, signal.SIGINT)
    leaves_nothing_running(ui)


@pytest.mark.cluster
def test_the_ui_ends_and_leaves_nothing_running_although_its_daemon_does_not_stop(
    ui: Served,
) -> None:
    def daemons() -> list[int]:
        return [each for each in processes_with(ui.mark) if b"dagster._daemon" in command_of(each)]

    assert wait_until(lambda: bool(daemons()), STARTING_SECONDS)
    for daemon in daemons():
        os.kill(daemon, signal.SIGSTOP)
    ui.server.terminate()
    leaves_nothing_running(ui)


@pytest.mark.cluster
def test_a_snapshot_is_added_and_materialized_from_the_ui_with_rules_changed_in_the_launchpad(
    ui: Served, tmp_path: Path
) -> None:
    """And after it, SIGTERM leaves nothing running."""
    snapshot = make_sample(tmp_path / "dumps", articles=150, wikis=2).snapshots[-1]
    here = {"repositoryName": "__repository__", "repositoryLocationName": "imagesuggest"}
    ui.ask(
        """mutation($here: RepositorySelector!, $key: String!) {
            addDynamicPartition(
                repositorySelector: $here, partitionsDefName: "snapshot", partitionKey: $key
            ) { __typename }
        }""",
        here=here,
        key=snapshot,
    )
    launched = ui.ask(
        """mutation($run: ExecutionParams!) {
            launchPipelineExecution(executionParams: $run) {
                __typename ... on LaunchRunSuccess { run { runId } }
            }
        }""",
        run={
            "selector": {**here, "pipelineName": "snapshot"},
            "runConfigData": json.dumps(
                {"resources": {"rules": {"config": {"suggestions_most": 1}}}}
            ),
            "mode": "default",
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": snapshot}]},
        },
    )["launchPipelineExecution"]
    assert launched["__typename"] == "LaunchRunSuccess"

    def status() -> str:
        answer = ui.ask(
            "query($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }",
            run=launched["run"]["runId"],
        )
        return str(answer["runOrError"]["status"])

    assert wait_until(lambda: status() in ("SUCCESS", "FAILURE"), 180)
    assert status() == "SUCCESS"
    suggestions = rows_of(tmp_path / "lake", "filtered_suggestions", snapshot)
    assert suggestions
    assert {row["rank"] for row in suggestions} == {1}
    # A service manager tells one process only.
    ui.server.terminate()
    leaves_nothing_running(ui)
