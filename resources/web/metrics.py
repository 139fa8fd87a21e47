"""What is counted of a service's requests, as Prometheus reads it.

Where there are several processes, each writes its numbers to a folder, and any of them adds all up.
"""

import os
import time
from collections.abc import Mapping
from http import HTTPMethod

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resources.web.answers import ALWAYS_ASK

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable of the folder, which has to be set before this is imported."""
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
_METHODS = frozenset(HTTPMethod)

REQUESTS = Counter("http_requests", "Requests answered.", ["route", "method", "status"])
SECONDS = Histogram("http_request_seconds", "Until the last byte.", ["route"], buckets=BUCKETS)
IN_HAND = Gauge("http_requests_in_hand", "Being answered.", multiprocess_mode="livesum")


class Measured:
    """Counts the requests of an application by the route that answered them.

    ``routes`` names the routes by their endpoints: of what others ask for there may be no end.
    """

    def __init__(self, app: ASGIApp, routes: Mapping[object, str]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, started = 500, time.perf_counter()

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        IN_HAND.inc()
        try:
            await self._app(scope, receive, heard)
        finally:
            IN_HAND.dec()
            route = self._routes.get(scope.get("endpoint"), "none")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            REQUESTS.labels(route, method, status).inc()
            SECONDS.labels(route).observe(time.perf_counter() - started)


async def metrics(request: Request) -> Response:
    """Answer with the numbers of all processes."""
    registry = REGISTRY
    if FOLDER in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return Response(
        generate_latest(registry), 200, {"Cache-Control": ALWAYS_ASK}, CONTENT_TYPE_LATEST
    )
