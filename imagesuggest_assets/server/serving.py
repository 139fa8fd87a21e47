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
from imagesuggest_assets.settings import SEAL_MINUTES, Settings
from resources.errors import UserError
from resources.stores.reading import reader_of

ENDING_SECONDS = 30
"""How long requests in hand may take when the server is told to stop."""
BACKLOG = 2048
FACTORY = "imagesuggest_assets.server.serving:application"
"""What makes the application of a process."""
_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"


def serve(host: str, port: int, workers: int, **given: str) -> None:
    """Serve what is published; ``given`` settings win over the environment's. Raises UserError
    where the address can not be had.
    """
    # What makes no sense is told here, and not by each process.
    settings = Settings.from_environment(**given)
    build_store(settings)
    _refuse_early_sealing(settings)
    for name, value in given.items():
        if value:
            os.environ[f"IMAGESUGGEST_{name.upper()}"] = value
    listening = _listen(host, port)
    config = uvicorn.Config(
        FACTORY,
        factory=True,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Which proxy is trusted is a setting, and what it is trusted in.
        proxy_headers=False,
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
    from imagesuggest_assets.server.people import judgements_of, pages_for_people

    settings, answering = Settings.from_environment(), source()
    judgements = judgements_of(settings)
    pages = pages_for_people(answering, judgements, settings)
    return made.application(answering, pages, judgements)


def source() -> Source:
    """Make what this process answers from, by the environment's settings."""
    logging.basicConfig(format="imagesuggest: %(message)s", level=logging.WARNING)
    settings = Settings.from_environment()
    found = Source(reader_of(build_store(settings)), settings.lake, settings.scratch)
    # What is imported stays; to look through it for what does not would keep requests waiting.
    gc.collect()
    gc.freeze()
    return found


def _refuse_early_sealing(settings: Settings) -> None:
    """Raise UserError where a file of events would be sealed while one before it still settles."""
    if not settings.rules and settings.seal_minutes >= SEAL_MINUTES:
        return
    # They take longer to import than a server to start, and are as they were for nearly everybody.
    from imagesuggest_assets.rules import rules_named

    rules = rules_named(settings.rules)
    least = 2 * rules.settling_minutes
    if settings.seal_minutes < least:
        raise UserError(
            f"IMAGESUGGEST_SEAL_MINUTES is {settings.seal_minutes}; write {least:g} or more, twice "
            f"what event files take to settle (rule settling_minutes, {rules.settling_minutes:g})"
        )


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
