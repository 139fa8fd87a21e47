"""A web server on loopback that serves files as mirrors do, with the faults that a test asks for.

It is a real one, a thread a connection: what a test does not spoil is served as nginx would.
"""

import hashlib
import html
import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit

BLOCK = 2**16
CHANGED = 1_767_225_600
"""2026-01-01 00:00 UTC, when each file last changed unless a test says otherwise."""


@dataclass
class Asked:
    """A request, and with what it was answered; ``sent`` counts bytes of the body."""

    method: str
    path: str
    headers: dict[str, str]
    status: int = 0
    sent: int = 0

    @property
    def range(self) -> str | None:
        return self.headers.get("range")


@dataclass(frozen=True)
class Cut:
    """Cut the connection after so many bytes of the body, and do ``then`` at once."""

    after: int
    then: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Silence:
    """Say nothing more after so many bytes of the body, until the server is closed."""

    after: int


@dataclass(frozen=True)
class Answer:
    """Answer with a status and no file."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Instead:
    """Serve this as if it were the file: the same times and ETag, its own length."""

    body: bytes


Fault = Cut | Silence | Answer | Instead


class MirrorServer(ThreadingHTTPServer):
    """Serves ``files`` by their paths, and what is spoiled in ``faults``, each once, in turn.

    ``always`` spoils every request for a path. ``asked`` are the requests so far, ``most_at_once``
    is how many bodies were on their way at the same time at most. Switched off one by one can be
    ``ranges``, ``if_range``, ``etags``, ``times`` (Last-Modified) and ``lengths`` (of files).
    ``weak`` makes ETags weak, ``bare_ranges`` leaves both out where a rest is served, as RFC 9110
    allows; ``listing`` is how folders are written ("nginx" or "apache"), with ETags if
    ``listing_etags``. ``seconds_a_request`` go by before each answer, ``seconds_a_block`` before
    each BLOCK of a body, at which ``at_block`` is called.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.changed: dict[str, int] = {}
        self.faults: dict[tuple[str, str], deque[Fault]] = defaultdict(deque)
        self.always: dict[str, Fault] = {}
        self.asked: list[Asked] = []
        self.ranges = self.if_range = self.etags = self.times = self.lengths = True
        self.weak = self.bare_ranges = False
        self.listing = "nginx"
        self.listing_etags = False
        self.seconds_a_request = self.seconds_a_block = 0.0
        self.at_block: Callable[[], None] = lambda: None
        self.most_at_once = 0
        self.closing = threading.Event()
        self._at_once = 0
        self._counting = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def spoil(self, path: str, *faults: Fault, method: str = "GET") -> None:
        """Spoil the next requests for a path."""
        self.faults[method, path].extend(faults)

    def asked_for(self, path: str, method: str = "GET") -> list[Asked]:
        """Give the requests for a path so far."""
        return [each for each in self.asked if (each.method, each.path) == (method, path)]

    def fault(self, method: str, path: str) -> Fault | None:
        with self._counting:
            if self.faults[method, path]:
                return self.faults[method, path].popleft()
            return self.always.get(path)

    def etag(self, path: str) -> str:
        mark = hashlib.md5(self.files[path]).hexdigest()[:12]
        return f'{"W/" if self.weak else ""}"{mark}-{self.time(path)}"'

    def time(self, path: str) -> int:
        return self.changed.get(path, CHANGED)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count a body that is on its way."""
        with self._counting:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._counting:
                self._at_once -= 1

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that are killed, or go, cut connections too."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: MirrorServer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def _serve(self) -> None:
        path = unquote(urlsplit(self.path).path).removeprefix("/")
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked = Asked(self.command, path, headers)
        self.server.asked.append(self.asked)
        time.sleep(self.server.seconds_a_request)
        fault = self.server.fault(self.command, path)
        if isinstance(fault, Answer):
            self._answer(fault.status, fault.headers, b"")
        elif path == "" or path.endswith("/"):
            self._serve_listing(path)
        elif path in self.server.files:
            self._serve_file(path, fault)
        else:
            self._answer(404, {}, b"<html>no such file</html>")

    def _serve_listing(self, path: str) -> None:
        below = sorted(
            {
                name.removeprefix(path).split("/")[0]
                + ("/" if "/" in name.removeprefix(path) else "")
                for name in self.server.files
                if name.startswith(path)
            }
        )
        if not below and path:
            self._answer(404, {}, b"<html>no such folder</html>")
            return
        write = nginx_listing if self.server.listing == "nginx" else apache_listing
        body = write(f"/{path}", below).encode()
        headers = {"Content-Type": "text/html"}
        if self.server.listing_etags:
            headers["ETag"] = f'"{hashlib.md5(body).hexdigest()}"'
        self._answer_unless_known(headers, body)

    def _serve_file(self, path: str, fault: Fault | None) -> None:
        server = self.server
        body = fault.body if isinstance(fault, Instead) else server.files[path]
        headers = {}
        if server.etags:
            headers["ETag"] = server.etag(path)
        if server.times:
            headers["Last-Modified"] = formatdate(server.time(path), usegmt=True)
        start = self._start(headers)
        if start is None:
            self._answer_unless_known(headers, body, fault)
        elif start >= len(body):
            self._answer(416, {"Content-Range": f"bytes */{len(body)}"}, b"")
        else:
            if server.bare_ranges:
                headers.clear()
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self._answer(206, headers, body[start:], fault)

    def _start(self, headers: dict[str, str]) -> int | None:
        """Give where the range begins that is asked for, if it is, and of this very file."""
        asked = re.fullmatch(r"bytes=(\d+)-", self.asked.range or "")
        condition = self.asked.headers.get("if-range")
        strong = [value for value in headers.values() if not value.startswith("W/")]
        if not (asked and self.server.ranges):
            return None
        if self.server.if_range and condition and condition not in strong:
            return None
        return int(asked[1])

    def _answer_unless_known(
        self, headers: dict[str, str], body: bytes, fault: Fault | None = None
    ) -> None:
        known = self.asked.headers
        if "if-none-match" in known:
            same = known["if-none-match"] == headers.get("ETag")
        else:
            same = known.get("if-modified-since", "") == headers.get("Last-Modified")
        if same:
            self._answer(304, headers, None)
        else:
            self._answer(200, headers, body, fault)

    def _answer(
        self,
        status: int,
        headers: dict[str, str],
        body: bytes | None,
        fault: Fault | None = None,
    ) -> None:
        self.asked.status = status
        self.send_response_only(status)
        for name, value in {"Date": formatdate(usegmt=True), **headers}.items():
            self.send_header(name, value)
        if body is not None and self.server.lengths:
            self.send_header("Content-Length", str(len(body)))
        elif body is not None:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if body is not None and self.command == "GET":
            self._send(body, fault)

    def _send(self, body: bytes, fault: Fault | None) -> None:
        last = fault.after if isinstance(fault, Cut | Silence) else len(body)
        rest = b""
        with self.server.counted():
            for start in range(0, min(last, len(body)), BLOCK):
                self._write(rest)
                rest = body[start : min(start + BLOCK, last)]
                time.sleep(self.server.seconds_a_block)
                self.server.at_block()
        # Who has read all of it may ask for more at once.
        self._write(rest)
        if isinstance(fault, Cut):
            fault.then()
            self.close_connection = True
        elif isinstance(fault, Silence):
            self.server.closing.wait()
            self.close_connection = True

    def _write(self, block: bytes) -> None:
        self.asked.sent += len(block)
        self.wfile.write(block)


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[MirrorServer]:
    """Serve files until the end of the context."""
    server = MirrorServer(files)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def nginx_listing(path: str, names: list[str]) -> str:
    """Write a folder's listing as nginx's autoindex does."""
    lines = [
        f'<a href="{quote(name)}">{html.escape(_short(name, 50))}</a>{" " * (51 - len(name))} '
        f"01-Jan-2026 00:00  {'-' if name.endswith('/') else 12345:>20}"
        for name in names
    ]
    return (
        f"<html>\r\n<head><title>Index of {html.escape(path)}</title></head>\r\n<body>\r\n"
        f'<h1>Index of {html.escape(path)}</h1><hr><pre><a href="../">../</a>\r\n'
        + "".join(f"{line}\r\n" for line in lines)
        + "</pre><hr></body>\r\n</html>\r\n"
    )


def apache_listing(path: str, names: list[str]) -> str:
    """Write a folder's listing as Apache's mod_autoindex does, with its fancy table."""
    parent = quote(path.rstrip("/").rpartition("/")[0] + "/")
    rows = [
        '<tr><td valign="top"><img src="/icons/unknown.gif" alt="[   ]"></td><td>'
        f'<a href="{quote(name)}">{html.escape(_short(name, 23))}</a></td>'
        '<td align="right">2026-01-01 00:00  </td><td align="right">1.2M</td><td>&nbsp;</td></tr>'
        for name in names
    ]
    columns = "".join(
        f'<th><a href="?C={letter};O={"D" if letter == "N" else "A"}">{title}</a></th>'
        for letter, title in (("N", "Name"), ("M", "Last modified"), ("S", "Size"))
    )
    return (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<html>\n <head>\n'
        f"  <title>Index of {html.escape(path)}</title>\n </head>\n <body>\n"
        f"<h1>Index of {html.escape(path)}</h1>\n  <table>\n   <tr><th></th>{columns}</tr>\n"
        f'<tr><td></td><td><a href="{parent}">Parent Directory</a></td></tr>\n'
        + "\n".join(rows)
        + "\n</table>\n<address>Apache/2.4 Server</address>\n</body></html>\n"
    )


def _short(name: str, width: int) -> str:
    return name if len(name) <= width else f"{name[: width - 3]}..>"
