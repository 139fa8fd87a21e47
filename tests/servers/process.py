"""A server that is a Java process: started, asked until it answers, paused, stopped for certain.

The process ends with whoever started it, killed or not: it watches a pipe that is closed then. It
has a process group of its own, so that Ctrl-C is for us, who stop it in order; and if it stands
paused when we die, the system continues it, because its group is orphaned.
"""

import os
import random
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from tests.servers.jars import spark_jars

HERE = Path(__file__).parent
COMPILER = ("janino", "commons-compiler")
HOST = "127.0.0.1"
READY_WITHIN = 180
"""Seconds; 5 to 15 are usual on 2 cores, and others may be at work on them."""
STOPPED_WITHIN = 30
"""Seconds between asking a server to end and ending it."""


@dataclass(frozen=True)
class Launch:
    """A main class, the Java source of it where it is ours, what both are given, and what is set
    in the process's environment beside what is set in ours.
    """

    main: str
    arguments: list[str]
    options: list[str]
    source: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


class ServerError(Exception):
    """A server did not come up."""


def free_port() -> int:
    """A free port that no outgoing connection is given, so that a stopped server finds it again."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as tried:
            try:
                tried.bind((HOST, port))
            except OSError:
                continue
        return port


class JavaServer(ABC):
    """A server on loopback with its data in ``folder``; the port stays over stop and start.

    ``host`` and ``port`` are where it answers.
    """

    name: str
    host = HOST

    def __init__(self, folder: Path, jars: Path, heap: str = "512m") -> None:
        """``heap`` as Java's -Xmx takes it."""
        self.folder = folder
        self.port = free_port()
        self.log = folder / "server.log"
        self._jars = jars
        self._heap = heap
        self._process: subprocess.Popen[bytes] | None = None
        self._paused = False
        self._pausing = Lock()

    @property
    def running(self) -> bool:
        """Whether its process is there, be it paused."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Return when it answers; nothing if it runs, and a paused one is resumed."""
        if self.running:
            self.resume()
            return
        self._forget()
        self.folder.mkdir(parents=True, exist_ok=True)
        launch = self._launch()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(launch),
                cwd=self.folder,
                env={**os.environ, **launch.environment},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        try:
            self._wait()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Ask it to end, and end it if it does not; data and port are kept for ``start``."""
        if self.running:
            self.resume()
            assert self._process is not None
            self._process.terminate()
            try:
                self._process.wait(STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                self.kill()
        self._forget()

    def kill(self) -> None:
        """End it at once, paused or not; for a server whose data nobody wants any more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._forget()

    def pause(self) -> None:
        """Let it stand still: connections stay open, nothing is answered."""
        with self._pausing:
            if self.running and not self._paused:
                os.kill(self.pid, signal.SIGSTOP)
                # It stops a little later, and only what has stopped is continued if we die. That
                # it stopped is told once: who else waited for it would wait for ever.
                os.waitpid(self.pid, os.WUNTRACED)
                self._paused = True

    def resume(self) -> None:
        """Let a paused server go on."""
        if self.running and self._paused:
            os.kill(self.pid, signal.SIGCONT)
            self._paused = False

    @abstractmethod
    def answers(self) -> bool:
        """Whether it does what it is there for, by asking it."""

    @abstractmethod
    def _launch(self) -> Launch:
        """What is to be run, with its files in ``folder``."""

    def _command(self, launch: Launch) -> list[str]:
        """Janino compiles the few lines of Java at start, since a JRE has no compiler."""
        source = self.folder / "Main.java"
        source.write_text((HERE / "Main.java").read_text() + launch.source)
        compiler = [next(spark_jars().glob(f"{name}-[0-9]*.jar")) for name in COMPILER]
        return [
            *("java", f"-Xmx{self._heap}", "-XX:+UseSerialGC", *launch.options),
            *("-cp", os.pathsep.join([f"{self._jars}/*", *map(str, compiler)])),
            *("org.codehaus.janino.SimpleCompiler", str(source), "Main"),
            *(launch.main, *launch.arguments),
        ]

    def _wait(self) -> None:
        until = time.monotonic() + READY_WITHIN
        while not self.answers():
            ended = not self.running
            if ended or time.monotonic() > until:
                why = "ended at once" if ended else f"did not answer within {READY_WITHIN} s"
                tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])
                raise ServerError(
                    f"{self.name} on port {self.port} {why}; {self.log} ends:\n{tail}"
                )
            time.sleep(0.1)

    def _forget(self) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process = None
            self._paused = False
