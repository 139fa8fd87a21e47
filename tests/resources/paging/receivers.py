"""Real receivers of pages on loopback: a web hook over HTTP, and a mail server.

Each keeps what it got, may be down and come back at its port, refuse, be slow, or take a page and
break off before it has said so.
"""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

KEY = "Idempotency-Key"
USER, PASSWORD, TOKEN = "hook-user", "s3cr3t-word", "T0K3N-of-the-hook"
"""What must be seen nowhere but in the requests."""


@dataclass(frozen=True)
class Received:
    """A page as a receiver sees it. ``login`` is the Authorization header over HTTP."""

    key: str
    title: str
    body: str
    content_type: str
    login: str = ""


def free_port() -> int:
    """Find a port that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


class HttpReceiver:
    """Takes what apprise's ``json://`` posts. ``status`` is its answer, after ``delay`` seconds.

    With ``breaks_off`` it takes a page and closes the connection without an answer.
    """

    def __init__(self) -> None:
        self.got: list[Received] = []
        self.tries = 0
        self.status = 200
        self.delay = 0.0
        self.breaks_off = False
        self._hold: tuple[Event, Event] | None = None
        self.port = free_port()
        self.url = f"json://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{TOKEN}?-token={TOKEN}"
        self._server: ThreadingHTTPServer | None = None

    def up(self) -> None:
        """Listen."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.daemon_threads = False
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        """Listen no more, once what is being answered is answered."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @contextmanager
    def holding(self) -> Iterator[Event]:
        """Answer nothing within the context. The event is set as soon as a page waits for that."""
        holds, release = self._hold = Event(), Event()
        try:
            yield holds
        finally:
            self._hold = None
            release.set()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.tries += 1
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if receiver.status == 200:
                    receiver.got.append(
                        Received(
                            self.headers[KEY],
                            body["title"],
                            body["message"],
                            self.headers["Content-Type"],
                            self.headers["Authorization"],
                        )
                    )
                if hold := receiver._hold:
                    holds, release = hold
                    holds.set()
                    release.wait()
                time.sleep(receiver.delay)
                if receiver.breaks_off:
                    return
                try:
                    self.send_response(receiver.status)
                    self.end_headers()
                except BrokenPipeError:
                    # Whoever sent it has lost patience.
                    return

            def log_message(self, format: str, *args: object) -> None:
                """Be quiet."""

        return Handler


class MailReceiver:
    """Takes mail over SMTP. ``answer`` is its reply to a message."""

    def __init__(self) -> None:
        self.got: list[Received] = []
        self.answer = "250 Taken"
        self.port = free_port()
        self.url = (
            f"mailto://127.0.0.1:{self.port}/?smtp=127.0.0.1"
            "&from=pager@example.org&to=people@example.org"
        )
        self._controller: Controller | None = None

    def up(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def down(self) -> None:
        """Listen no more."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message, as aiosmtpd asks for it."""
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content, policy=policy.default)
            # A mail without parts, that mail programs show as it is.
            text = mail.get_content().replace("\r\n", "\n").rstrip("\n")
            self.got.append(Received(mail[KEY], mail["Subject"], text, mail.get_content_type()))
        return self.answer


@contextmanager
def http_receiver() -> Iterator[HttpReceiver]:
    """A web hook that is up, and gone afterwards."""
    receiver = HttpReceiver()
    receiver.up()
    try:
        yield receiver
    finally:
        receiver.down()


@contextmanager
def mail_receiver() -> Iterator[MailReceiver]:
    """A mail server that is up, and gone afterwards."""
    receiver = MailReceiver()
    receiver.up()
    try:
        yield receiver
    finally:
        receiver.down()
