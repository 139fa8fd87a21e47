"""A cable between clients and a server of this machine, to be pulled out and put in again."""

import socket
import threading
from contextlib import suppress

from tests.servers.process import HOST, free_port


class Cable:
    """``port`` is its end here; what comes there goes to ``to``, while it is plugged in."""

    def __init__(self, to: int) -> None:
        self.port, self._to = free_port(), to
        self._listener: socket.socket | None = None
        self._ends: list[socket.socket] = []
        self._changing = threading.Lock()

    def plug(self) -> None:
        """Take connections from now on."""
        self._listener = socket.create_server((HOST, self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def pull(self) -> None:
        """Cut all connections there are, and take no more."""
        with self._changing:
            ends, self._ends = self._ends, []
            listener, self._listener = self._listener, None
        for end in (*ends, *([listener] if listener else ())):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = listener.accept()
                there = socket.create_connection((HOST, self._to))
                with self._changing:
                    self._ends += [here, there]
                    pulled = self._listener is not listener
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()
                if pulled:
                    self.pull()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(1 << 16):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
