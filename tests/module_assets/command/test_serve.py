"""`modules serve` as a process: how it begins, and how it ends."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from module_assets.server.serving import serve
from resources.errors import UserError
from tests.serving import address_of

COMMAND = [sys.executable, "-c", "from module_assets.command.main import main; main()", "serve"]


def test_it_answers_before_there_is_a_snapshot_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    command = [*COMMAND, "--lake", str(tmp_path / "lake"), "--port", "0", "--root-path", "/tool/"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        address = address_of(process)
        assert httpx.get(f"{address}/tool/healthz", timeout=60).json() == {"status": "lives"}
        answer = httpx.get(f"{address}/api/v1/families", timeout=60)
        assert answer.status_code == 503
        why = "no snapshot has come to its gate; run `modules run` first"
        assert answer.json()["detail"] == f"the lake does not answer: {why}"
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert why in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["tool", "/to ol", "https://tool"])
def test_a_prefix_that_is_none_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="write a path such as /modules"):
        serve("127.0.0.1", 0, path, lake=str(tmp_path))
