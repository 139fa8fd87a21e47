"""``make servers``: all four servers for trying by hand, until Ctrl-C."""

import contextlib
import logging
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path

from rich.console import Console

from tests.servers import jars
from tests.servers.cassandra import DATA_CENTRE, CassandraServer
from tests.servers.hdfs import HdfsServer
from tests.servers.metastore import MetastoreServer
from tests.servers.process import JavaServer, ServerError
from tests.servers.search import SearchServer
from tests.servers.spark_cluster import SparkMaster, SparkWorker

Tell = Callable[[str], None]
"""Hears how a fetch goes on."""


def main(which: str) -> int:
    """Start the ``servers``, or a ``cluster``; say how to connect, and stop them at the end."""
    console = Console(stderr=True, highlight=False)
    # While a server starts, its driver cannot reach it.
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if shutil.which("java") is None:
        console.print("The servers need Java 17, and no `java` is on the PATH")
        return 1
    try:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="servers-")))
            running = _start(MADE[which], folder, stack, console)
            print(f"Data and logs are in {folder} until then. Ctrl-C stops them.", flush=True)
            while all(server.running for server in running):
                time.sleep(0.5)
            ended = ", ".join(server.name for server in running if not server.running)
            console.print(f"{ended} ended by itself; the others are stopped too")
    except KeyboardInterrupt:
        return 0
    except (jars.JarsMissingError, ServerError) as error:
        console.print(str(error), markup=False)
    return 1


def _servers(folder: Path, tell: Tell) -> dict[JavaServer, str]:
    """Where suggestions are published; each with how to connect."""
    cassandra = CassandraServer(folder / "cassandra", jars.jars(jars.CASSANDRA, tell))
    elasticsearch, opensearch = (
        SearchServer(name, folder / name, jars.jars(modules, tell))
        for name, modules in (
            ("elasticsearch", jars.ELASTICSEARCH),
            ("opensearch", jars.OPENSEARCH),
        )
    )
    return {
        cassandra: f"contact point {cassandra.host}, port {cassandra.port}, "
        f"data centre {DATA_CENTRE}, no password",
        elasticsearch: f"{elasticsearch.url}, no password",
        opensearch: f"{opensearch.url}, no password",
    }


def _cluster(folder: Path, tell: Tell) -> dict[JavaServer, str]:
    """Where the graph is computed and kept; each with the settings that lead there."""
    hdfs = HdfsServer(folder / "hdfs", jars.jars(jars.HDFS, tell))
    metastore = MetastoreServer(folder / "metastore", jars.jars(jars.METASTORE, tell))
    master = SparkMaster(folder / "master")
    spark = " ".join(f"{name}={value}" for name, value in master.settings.items())
    return {
        hdfs: f"export IMAGESUGGEST_LAKE={hdfs.url}/lake"
        f" IMAGESUGGEST_STORE={folder}/suggestions.sqlite",
        metastore: f"export IMAGESUGGEST_METASTORE={metastore.url}",
        master: f'export IMAGESUGGEST_ENGINE=spark IMAGESUGGEST_SPARK="{spark}"'
        f" PYSPARK_PYTHON={sys.executable}",
        SparkWorker(folder / "worker-1", master, 1): "",
        SparkWorker(folder / "worker-2", master, 2): "",
    }


MADE: dict[str, Callable[[Path, Tell], dict[JavaServer, str]]] = {
    "servers": _servers,
    "cluster": _cluster,
}


def _start(
    made: Callable[[Path, Tell], dict[JavaServer, str]],
    folder: Path,
    stack: contextlib.ExitStack,
    console: Console,
) -> list[JavaServer]:
    """Start each, then say where they are; ``stack`` stops them, in any case."""
    with console.status("Looking for the jars") as status:
        connect = made(folder, status.update)
        for server in connect:
            status.update(f"Starting {server.name}")
            stack.callback(server.stop)
            server.start()
    for server, how in filter(itemgetter(1), connect.items()):
        print(f"{server.name:14}{how}", flush=True)
    return list(connect)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
