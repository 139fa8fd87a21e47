"""Runs the server until it is told to stop, in one process or in several."""

import gc
import logging
import os
import signal
import socket
import tempfile

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from imagesuggest_assets.publication.store.place import build_store
from imagesuggest_assets.server.source import Source
from imagesuggest_assets.settings import Settings
from resources.errors import UserError
from resources.stores.reading import reader_of

ENDING_SECONDS = 30
"""How long requests in hand may take when the server is told to stop."""
BACKLOG = 2048
FACTORY = "imagesuggest_assets.server.serving:application"
"""What makes the application of a process."""
_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"


def serve(host: str, port: int, lake: str, workers: int) -> None:
    """Serve what is published. Raises UserError where the address can not be had."""
    # What makes no sense is told here, and not by each process.
    build_store(Settings.from_environment(lake=lake))
    if lake:
        os.environ["IMAGESUGGEST_LAKE"] = lake
    listening = _listen(host, port)
    config = uvicorn.Config(
        FACTORY,
        factory=True,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
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
        else:
            os.environ[_MULTIPROCESS] = numbers
            Multiprocess(config, sockets=[listening]).run()


def application() -> ASGIApp:
    """Make the application of this process."""
    # Only now: what is counted is kept otherwise where there are several processes.
    from imagesuggest_assets.server import application as made

    return made.application(source())


def source() -> Source:
    """Make what this process answers from, by the environment's settings."""
    logging.basicConfig(format="imagesuggest: %(message)s", level=logging.WARNING)
    settings = Settings.from_environment()
    found = Source(reader_of(build_store(settings)), settings.lake, settings.scratch)
    # What is imported stays; to look through it for what does not would keep requests waiting.
    gc.collect()
    gc.freeze()
    return found


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
