"""The driver's connections on an event loop that runs already, so that no thread stands between who
asks and who is told: two that take turns at Python cost several times what the driver itself does.
"""

import asyncio
import ssl
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

from cassandra.connection import Connection, ConnectionShutdown

_LATER = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""What a socket says that has nothing more just now."""


class LoopConnection(Connection):
    """A connection that is read and written by ``loop``; see on_loop(). Any thread may use it."""

    is_closed: bool
    loop: ClassVar[asyncio.AbstractEventLoop]
    thread: ClassVar[int]

    @classmethod
    def create_timer(cls, timeout: float, callback: Callable[[], None]) -> "_Timer":
        """See Connection."""
        timer = _Timer()
        cls._on_loop(timer.start, cls.loop, timeout, callback)
        return timer

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._unsent: deque[bytes] = deque()
        self._waiting = False
        self._connect_socket()
        self._socket.setblocking(False)
        self._on_loop(self.loop.add_reader, self._socket, self._read)
        self._send_options_message()

    def push(self, data: bytes) -> None:
        """See Connection."""
        self._on_loop(self._write, data)

    def close(self) -> None:
        """See Connection."""
        with self.lock:
            if self.is_closed:
                return
            self.is_closed = True
        self._on_loop(self._let_go)
        if not self.is_defunct:
            self.error_all_requests(ConnectionShutdown(f"{self.endpoint} was closed"))
        # Who waits for the connection to be ready waits no more.
        self.connected_event.set()

    @classmethod
    def _on_loop(cls, do: Callable[..., object], *args: Any) -> None:
        if threading.get_ident() == cls.thread:
            do(*args)
        else:
            cls.loop.call_soon_threadsafe(do, *args)

    def _write(self, data: bytes) -> None:
        self._unsent.append(data)
        if not self._waiting:
            self._send()

    def _send(self) -> None:
        if self.is_closed:
            return
        try:
            while self._unsent:
                data = self._unsent[0]
                sent = self._socket.send(data)
                if sent < len(data):
                    self._unsent[0] = data[sent:]
                else:
                    self._unsent.popleft()
        except _LATER:
            if not self._waiting:
                self._waiting = True
                self.loop.add_writer(self._socket, self._send)
            return
        except OSError as error:
            self.defunct(error)
            return
        if self._waiting:
            self._waiting = False
            self.loop.remove_writer(self._socket)

    def _read(self) -> None:
        if self.is_closed:
            return
        try:
            data = self._socket.recv(self.in_buffer_size)
            # What TLS has decrypted is seen by nobody who looks at the socket.
            while data and isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
                data += self._socket.recv(self._socket.pending())
        except _LATER:
            return
        except OSError as error:
            self.defunct(error)
            return
        if data:
            self._iobuf.write(data)
            self.process_io_buffer()
        else:
            self.close()

    def _let_go(self) -> None:
        self.loop.remove_reader(self._socket)
        self.loop.remove_writer(self._socket)
        self._socket.close()


class _Timer:
    """Calls back once, unless it is cancelled."""

    _handle: asyncio.TimerHandle | None = None
    _cancelled = False

    def start(
        self, loop: asyncio.AbstractEventLoop, timeout: float, callback: Callable[[], None]
    ) -> None:
        if not self._cancelled:
            self._handle = loop.call_later(timeout, callback)

    def cancel(self) -> None:
        self._cancelled = True
        if self._handle is not None:
            self._handle.cancel()


def on_loop(loop: asyncio.AbstractEventLoop) -> type[LoopConnection]:
    """Give the class of connections of the loop that runs in this thread."""
    own = {"loop": loop, "thread": threading.get_ident()}
    return type("LoopConnection", (LoopConnection,), own)
