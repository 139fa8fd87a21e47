"""A Spark cluster on loopback, of PySpark's own jars: a master, workers, and Spark Connect."""

import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers.jars import spark_jars
from tests.servers.process import HOST, JavaServer, Launch, free_port

EXECUTOR_MEMORY = "1g"
OPENS = tuple(
    f"java.base/{package}"
    for package in (
        *("java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio"),
        *("java.util", "java.util.concurrent", "java.util.concurrent.atomic", "sun.nio.ch"),
        *("jdk.internal.ref", "sun.nio.cs", "sun.security.action", "sun.util.calendar"),
    )
)
"""What Spark reaches into, as its own start scripts open it."""


_ASKS = """
import sys
from pyspark.sql import SparkSession
SparkSession.builder.remote(sys.argv[1]).create().sql("SELECT 1").collect()
"""


class _SparkServer(JavaServer):
    """A process of a cluster, which says on a page of its own how it is."""

    def __init__(self, folder: Path, heap: str = "512m") -> None:
        super().__init__(folder, spark_jars(), heap)
        self._page = free_port()

    def _start(self, main: str, arguments: list[str], options: dict[str, str]) -> Launch:
        """Its executors are started from the same PySpark, with the Python that runs this."""
        environment = {
            "SPARK_HOME": str(spark_jars().parent),
            "SPARK_SCALA_VERSION": "2.13",
            "SPARK_LOCAL_DIRS": str(self.folder / "local"),
            "PYSPARK_PYTHON": sys.executable,
        }
        opened = [f"--add-opens={each}=ALL-UNNAMED" for each in OPENS]
        set_so = [f"-D{name}={value}" for name, value in options.items()]
        return Launch(main, arguments, [*opened, *set_so], environment=environment)


class SparkMaster(_SparkServer):
    """The master of a standalone cluster; ``address`` is what ``spark.master`` is set to, and
    ``started`` are its workers.
    """

    name = "spark master"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.started: list[SparkWorker] = []

    @property
    def address(self) -> str:
        """Where applications and workers find it."""
        return f"spark://{HOST}:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """Spark's settings for a run whose driver is here, too."""
        return {
            "spark.master": self.address,
            "spark.driver.host": HOST,
            "spark.driver.bindAddress": HOST,
            "spark.executor.memory": EXECUTOR_MEMORY,
            "spark.sql.shuffle.partitions": "4",
        }

    def workers(self) -> int:
        """How many workers are there and alive."""
        with urllib.request.urlopen(f"http://{HOST}:{self._page}/json/", timeout=5) as page:
            return int(json.load(page)["aliveworkers"])

    def answers(self) -> bool:
        """Whether it tells of its workers, be it of none."""
        try:
            self.workers()
        except (OSError, ValueError):
            # Nobody listens yet, or it is there and has nothing to tell.
            return False
        return True

    def _launch(self) -> Launch:
        where = ["--host", HOST, "--port", str(self.port), "--webui-port", str(self._page)]
        return self._start("org.apache.spark.deploy.master.Master", where, {})


class SparkWorker(_SparkServer):
    """A worker with a core; it answers when its master knows one more."""

    name = "spark worker"

    def __init__(self, folder: Path, master: SparkMaster, number: int) -> None:
        super().__init__(folder, "256m")
        self._master, self._number = master, number

    def answers(self) -> bool:
        """Whether the master knows of it."""
        return self._master.workers() >= self._number

    def executors(self) -> list[int]:
        """The process ids of executors that it runs, each for an application."""
        told = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [int(child) for children in told for child in children.read_text().split()]

    def _launch(self) -> Launch:
        arguments = [
            *("--cores", "1", "--memory", EXECUTOR_MEMORY, "--work-dir", str(self.folder / "work")),
            *("--host", HOST, "--port", str(self.port), "--webui-port", str(self._page)),
            self._master.address,
        ]
        return self._start("org.apache.spark.deploy.worker.Worker", arguments, {})


class SparkConnect(_SparkServer):
    """A Spark Connect server, whose application runs on a master's workers."""

    name = "spark connect"

    def __init__(self, folder: Path, master: SparkMaster) -> None:
        super().__init__(folder, "1g")
        self._master = master

    @property
    def address(self) -> str:
        """What ``spark.remote`` is set to."""
        return f"sc://{HOST}:{self.port}"

    def answers(self) -> bool:
        """Whether a client can open a session and ask, which is later than that its port is open.

        The client is another process: one that has had such a session can have no other kind, nor
        can what it starts.
        """
        try:
            socket.create_connection((self.host, self.port), timeout=5).close()
        except OSError:
            return False
        asks = [sys.executable, "-c", _ASKS, self.address]
        return subprocess.run(asks, capture_output=True, check=False).returncode == 0

    def _launch(self) -> Launch:
        options = {
            "spark.master": self._master.address,
            "spark.connect.grpc.binding.address": HOST,
            "spark.connect.grpc.binding.port": str(self.port),
            "spark.driver.host": HOST,
            "spark.driver.bindAddress": HOST,
            "spark.ui.enabled": "false",
            "spark.executor.memory": EXECUTOR_MEMORY,
        }
        main = "org.apache.spark.sql.connect.service.SparkConnectServer"
        return self._start(main, [], options)


@contextmanager
def spark_cluster(folder: Path, workers: int = 2) -> Iterator[SparkMaster]:
    """Start a master and workers of one core each; end them at the end."""
    with ExitStack() as ended:
        master = SparkMaster(folder / "master")
        ended.callback(master.kill)
        master.start()
        for number in range(1, workers + 1):
            worker = SparkWorker(folder / f"worker-{number}", master, number)
            ended.callback(worker.kill)
            worker.start()
            master.started.append(worker)
        yield master
