"""A proxy on loopback before a search server, that fails in the ways servers and networks do."""

import http.client
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Fault:
    """What becomes of one bulk request: an answer of its own, or none, before or after it went on.

    ``passes`` says that the server gets the request all the same.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    passes: bool = False
    seconds: float = 0.0


class Proxy:
    """Passes requests on; ``faults`` are for the next bulk requests, one each.

    ``authorization`` is the header that it asks for, if any; ``at_bulk`` is called with each bulk
    request, before it is passed on, with how many there were so far.
    """

    def __init__(self, port: int) -> None:
        self.port, self.faults, self.bulks = port, list[Fault](), list[bytes]()
        self.times: list[float] = []
        self.lock = threading.Lock()
        self.at_bulk: Callable[[int], object] = lambda _: None
        self.url = self.authorization = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("authorization", "") != self.proxy.authorization:
            self._answer(401, {}, b'{"error": {"type": "security_exception", "reason": "no"}}')
            return
        fault = None
        if self.path.partition("?")[0].endswith("/_bulk"):
            with self.proxy.lock:
                self.proxy.bulks.append(body)
                self.proxy.times.append(time.monotonic())
                fault = self.proxy.faults.pop(0) if self.proxy.faults else None
                self.proxy.at_bulk(len(self.proxy.bulks))
        if fault is not None:
            time.sleep(fault.seconds)
        if fault is not None and not fault.passes:
            if fault.status:
                self._answer(fault.status, fault.headers, b'{"error": "no"}')
            self.close_connection = True
            return
        passed = http.client.HTTPConnection("127.0.0.1", self.proxy.port, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        passed.request(self.command, self.path, body, headers)
        answer = passed.getresponse()
        data = answer.read()
        passed.close()
        if fault is not None and not fault.seconds:
            self.close_connection = True
            return
        kept = {
            name: value
            for name, value in answer.getheaders()
            if name.lower() not in ("content-length", "transfer-encoding", "content-encoding")
        }
        self._answer(answer.status, kept, data)

    do_GET = do_POST = do_PUT = do_HEAD = _any  # noqa: N815 - the library's names

    def _answer(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "content-type" not in {name.lower() for name in headers}:
            self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def proxied(port: int, tls: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """Be before the server at ``port``, with TLS where a context is given."""
    proxy = Proxy(port)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls is not None:
        # The handshake is the handler's, so that one that fails holds up nobody.
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    proxy.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
