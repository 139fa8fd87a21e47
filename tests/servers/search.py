"""An Elasticsearch or an OpenSearch of one node on loopback, without security.

It may have the scripts `super_detect_noop`, by a plugin of these tests.
"""

import http.client
import json
from pathlib import Path

from tests.servers.process import HERE, HOST, JavaServer, Launch, free_port


class SearchServer(JavaServer):
    """``url`` is where it answers; ``package`` the name in Java, elasticsearch or opensearch."""

    def __init__(
        self, package: str, folder: Path, jars: Path, heap: str = "512m", *, plugin: bool = True
    ) -> None:
        super().__init__(folder, jars, heap)
        self.name = package
        self._plugin = plugin
        self._transport = free_port()

    @property
    def url(self) -> str:
        """Where it answers HTTP."""
        return f"http://{self.host}:{self.port}"

    def answers(self) -> bool:
        """Whether its cluster takes requests, which is later than that its port is open."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            connection.request("GET", "/_cluster/health")
            return json.load(connection.getresponse()).get("status") in ("green", "yellow")
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            connection.close()

    def _launch(self) -> Launch:
        (self.folder / "config").mkdir(exist_ok=True)
        settings = {
            "cluster.name": "imagesuggest",
            "node.name": self.name,
            "path.home": self.folder,
            "network.host": HOST,
            "http.port": self.port,
            "transport.port": self._transport,
            "discovery.type": "single-node",
            "http.type": "netty4",
            "transport.type": "netty4",
            # A test's disk may be nearly full.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }
        return Launch(
            "SearchNode",
            [f"{name}={value}" for name, value in settings.items()],
            # Without a configuration of its own Log4j writes to the console.
            [
                "-Dlog4j2.level=INFO",
                f"-Djava.io.tmpdir={self.folder}",
                f"-Dplugin={str(self._plugin).lower()}",
            ],
            "".join(
                (HERE / source).read_text().replace("PACKAGE", self.name)
                for source in ("SearchNode.java", "SuperDetectNoop.java")
            ),
        )
