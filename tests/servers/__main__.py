"""``make servers``: all four servers for trying by hand, until Ctrl-C."""

import contextlib
import logging
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from tests.servers import jars
from tests.servers.cassandra import DATA_CENTRE, CassandraServer
from tests.servers.metastore import MetastoreServer
from tests.servers.process import JavaServer, ServerError
from tests.servers.search import SearchServer


def main() -> int:
    """Start them, say how to connect, and stop them at the end."""
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
            running = _start(folder, stack, console)
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


def _start(folder: Path, stack: contextlib.ExitStack, console: Console) -> list[JavaServer]:
    """Start each, saying where it is; ``stack`` stops them, in any case."""
    with console.status("Looking for the jars") as status:
        found = [
            jars.jars(modules, status.update)
            for modules in (jars.CASSANDRA, jars.ELASTICSEARCH, jars.OPENSEARCH, jars.METASTORE)
        ]
        cassandra = CassandraServer(folder / "cassandra", found[0])
        elasticsearch = SearchServer("elasticsearch", folder / "elasticsearch", found[1])
        opensearch = SearchServer("opensearch", folder / "opensearch", found[2])
        metastore = MetastoreServer(folder / "metastore", found[3])
        connect = {
            cassandra: f"contact point {cassandra.host}, port {cassandra.port}, "
            f"data centre {DATA_CENTRE}, no password",
            elasticsearch: f"{elasticsearch.url}, no password",
            opensearch: f"{opensearch.url}, no password",
            metastore: f"{metastore.url}, no password",
        }
        for server, how in connect.items():
            status.update(f"Starting {server.name}")
            stack.callback(server.stop)
            server.start()
            print(f"{server.name:14}{how}", flush=True)
    return list(connect)


if __name__ == "__main__":
    sys.exit(main())
