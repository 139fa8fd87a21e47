"""An application on a real port, and what asks it; a server that runs as a process."""

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from resources.web.serving import KEEP_ALIVE_SECONDS

HTML = {"Accept": "text/html"}
"""What browsers say that they want."""


@contextmanager
def served(app: ASGIApp) -> Iterator[httpx.Client]:
    """Serve an application; give what asks the server."""
    config = uvicorn.Config(
        app,
        port=0,
        log_level="warning",
        lifespan="on",
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    started = threading.Event()
    begin = server.startup

    async def startup(*args: Any, **more: Any) -> None:
        await begin(*args, **more)
        started.set()

    server.startup = startup  # type: ignore[method-assign]
    thread.start()
    assert started.wait(60)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    try:
        with httpx.Client(base_url=f"http://{host}:{port}", timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


def address_of(process: "subprocess.Popen[str]") -> str:
    """Wait until a server says where it is; give that."""
    assert process.stdout is not None
    said = process.stdout.readline()
    found = re.fullmatch(r"Serving at (http://127\.0\.0\.1:\d+)\n", said)
    assert found, said
    return found[1]


def problem_at(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Check that an answer is an error as described; give it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert {*problem} == {"type", "title", "status", "instance", "detail"}
    assert problem["status"] == status
    assert problem["instance"] == answer.request.url.raw_path.decode().partition("?")[0]
    return problem
