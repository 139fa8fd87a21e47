"""Runs an application until it is told to stop, in one process or in several."""

import gc
import os
import signal
import socket
import tempfile
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from resources.errors import UserError

ENDING_SECONDS = 30
"""How long requests in hand may take when the server is told to stop."""
KEEP_ALIVE_SECONDS = 75
"""How long a connection that asks nothing is kept: longer than proxies keep theirs (nginx: 60 s),
since what comes on one that is being closed is lost.
"""
BACKLOG = 2048
_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"


def run(factory: str | Callable[[], ASGIApp], host: str, port: int, workers: int = 1) -> None:
    """Serve what ``factory`` makes in each process; where there are several, it is named
    ``module:function``. Raises UserError where the address can not be had.
    """
    listening = _listen(host, port)
    config = uvicorn.Config(
        factory,
        factory=True,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Which proxy is trusted is a setting, and what it is trusted in.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=ENDING_SECONDS,
        backlog=BACKLOG,
    )
    # uvicorn ends as it should, and then lets the process be ended by the signal as if it had not.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: None)
    with listening, tempfile.TemporaryDirectory() as numbers:
        print(f"Serving at {_url(listening)}", flush=True)
        if workers == 1:
            uvicorn.Server(config).run([listening])
            # Else DuckDB would tell of all that is left at the end.
            gc.unfreeze()
        else:
            os.environ[_MULTIPROCESS] = numbers
            Multiprocess(config, sockets=[listening]).run()


def keep_imported() -> None:
    """Never look again through what is imported for what can go: it stays, and requests would wait
    for that.
    """
    gc.collect()
    gc.freeze()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise UserError(
            f"{host} port {port} can not be listened on: {error.strerror}; choose others with "
            "--host and --port"
        ) from error


def _url(listening: socket.socket) -> str:
    host, port, *_ = listening.getsockname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
