"""Serves the Dagster UI until it is interrupted or terminated, and leaves no process behind.

`dagster dev` stops its own processes when it is interrupted, but not when it is terminated, as
service managers and `make` do.
"""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from resources.instance import open_instance

PATIENCE_SECONDS = 20
"""How long Dagster may take to stop its own processes before they are killed. By itself it waits a
minute for one that does not stop, and then for the next: longer than who asked for it does.
"""


def main() -> int:
    """Start `dagster dev` on this checkout's instance and workspace; give its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", default="3000", help="port to listen on")
    options = parser.parse_args()
    open_instance().dispose()
    workspace = Path(__file__).resolve().parents[2] / "workspace.yaml"
    command = [
        Path(sys.executable).with_name("dagster"),
        *("dev", "--workspace", workspace, "--host", options.host, "--port", options.port),
    ]
    # Interrupts that our parent ignores would be ignored by what we start, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # A session of its own, so that a terminal's Ctrl-C reaches it once, through us.
    server = subprocess.Popen(command, start_new_session=True)  # noqa: S603
    told = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal told
        told = True
        server.send_signal(signal.SIGINT)
        signal.alarm(PATIENCE_SECONDS)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGALRM, lambda *_: _end_group(server.pid, signal.SIGKILL))
    try:
        code = server.wait()
    finally:
        signal.alarm(0)
        _end_group(server.pid, signal.SIGTERM)
    return 0 if told else code


def _end_group(group: int, how: signal.Signals) -> None:
    """End the server, where it is still there, and what it started."""
    try:
        os.killpg(group, how)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    sys.exit(main())
