"""`make ui` serves the graph, and stops with all its processes when it is told to."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
STARTING_SECONDS = 120.0
STOPPING_SECONDS = 60.0


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until a condition holds, and tell whether it came to."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
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


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to see what is left running")
@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_the_ui_answers_and_leaves_nothing_running(tmp_path: Path, told: signal.Signals) -> None:
    port, mark = free_port(), f"IMAGESUGGEST_TEST_UI={tmp_path}"
    name, value = mark.split("=")
    server = subprocess.Popen(
        ["make", "ui", f"PORT={port}", f"DAGSTER_HOME={tmp_path / 'dagster'}"],
        cwd=CHECKOUT,
        env={**os.environ, name: value},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        url = f"http://127.0.0.1:{port}/server_info"
        assert wait_until(lambda: answers(url), STARTING_SECONDS), "the UI did not start"
        # A terminal's Ctrl-C reaches every process of the group, a service manager's TERM one.
        (os.killpg if told == signal.SIGINT else os.kill)(server.pid, told)
        stopped = wait_until(lambda: not processes_with(mark.encode()), STOPPING_SECONDS)
        assert stopped, f"still running: {processes_with(mark.encode())}"
    finally:
        for process in processes_with(mark.encode()):
            os.kill(process, signal.SIGKILL)
        server.wait()
