"""A Hive metastore on this machine, from PySpark's own jars; what it knows is in a Derby of its
own.
"""

import socket
from typing import Any

from pymetastore.metastore import HMS
from thrift.Thrift import TException

from tests.servers.process import JavaServer, Launch

OPENS = ("lang", "net", "util", "util.concurrent")


class MetastoreServer(JavaServer):
    """Hive's metastore 2.3, which lets everybody in."""

    name = "metastore"

    @property
    def url(self) -> str:
        """Where it answers, as clients write it."""
        return f"thrift://{self.host}:{self.port}"

    def client(self) -> Any:
        """A client, to be used in a ``with``."""
        return HMS.create(self.host, self.port)

    def answers(self) -> bool:
        """Whether it tells what databases there are, which is later than that its port is open."""
        try:
            socket.create_connection((self.host, self.port), timeout=5).close()
            with self.client() as client:
                return "default" in client.list_databases()
        except (OSError, TException):
            return False

    def _launch(self) -> Launch:
        settings = {
            "javax.jdo.option.ConnectionURL": f"jdbc:derby:{self.folder}/derby;create=true",
            "datanucleus.schema.autoCreateAll": "true",
            "hive.metastore.schema.verification": "false",
            "hive.metastore.warehouse.dir": f"{self.folder}/warehouse",
        }
        told = [f"{name}={value}" for name, value in settings.items()]
        return Launch(
            "org.apache.hadoop.hive.metastore.HiveMetaStore",
            ["-p", str(self.port), *(word for each in told for word in ("--hiveconf", each))],
            [
                *(f"--add-opens=java.base/java.{package}=ALL-UNNAMED" for package in OPENS),
                f"-Dderby.stream.error.file={self.folder}/derby.log",
                f"-Djava.io.tmpdir={self.folder}",
                # It needs a library that PySpark does not bring.
                "-Dhive.async.log.enabled=false",
            ],
        )
