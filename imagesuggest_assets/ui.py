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

from imagesuggest_assets.run import open_instance


def main() -> int:
    """Start `dagster dev` on this checkout's instance and workspace; give its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", default="3000", help="port to listen on")
    options = parser.parse_args()
    open_instance()
    workspace = Path(__file__).resolve().parent.parent / "workspace.yaml"
    command = [
        Path(sys.executable).with_name("dagster"),
        *("dev", "--workspace", workspace, "--host", options.host, "--port", options.port),
    ]
    # Interrupts that our parent ignores would be ignored by what we start, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # A session of its own, so that a terminal's Ctrl-C reaches it once, through us.
    server = subprocess.Popen(command, start_new_session=True)  # noqa: S603

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.send_signal(signal.SIGINT)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        code = server.wait()
    finally:
        _end_group(server.pid)
    return 0 if code in (0, 1, -signal.SIGINT) else code


def _end_group(group: int) -> None:
    """End what the server started and left behind."""
    try:
        os.killpg(group, signal.SIGTERM)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    sys.exit(main())
