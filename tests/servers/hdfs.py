"""An HDFS on loopback: a name node and a data node in one process, whoever asks may do anything."""

import socket

import hdfs_native

from tests.servers.process import HERE, HOST, JavaServer, Launch


class HdfsServer(JavaServer):
    """``url`` is its root."""

    name = "hdfs"

    @property
    def url(self) -> str:
        """Where files are."""
        return f"hdfs://{self.host}:{self.port}"

    def answers(self) -> bool:
        """Whether a file can be written, which is later than that its port is open."""
        try:
            # Where nobody listens the client tries again for minutes.
            socket.create_connection((self.host, self.port), timeout=5).close()
            client = hdfs_native.Client(self.url)
            with client.create("/.answers", hdfs_native.WriteOptions(overwrite=True)) as file:
                file.write(b"yes")
        except (OSError, RuntimeError):
            return False
        return True

    def _launch(self) -> Launch:
        for pages in ("hdfs", "datanode"):
            # Its pages are in none of the jars, and it does not start without any.
            (self.folder / "src/main/webapps" / pages).mkdir(parents=True, exist_ok=True)
        settings = {
            "fs.defaultFS": self.url,
            "hadoop.tmp.dir": self.folder,
            "dfs.namenode.rpc-address": f"{HOST}:{self.port}",
            "dfs.namenode.http-address": f"{HOST}:0",
            "dfs.namenode.name.dir": f"{self.folder}/names",
            "dfs.datanode.data.dir": f"{self.folder}/data",
            "dfs.datanode.address": f"{HOST}:0",
            "dfs.datanode.ipc.address": f"{HOST}:0",
            "dfs.datanode.http.address": f"{HOST}:0",
            "dfs.datanode.hostname": HOST,
            "dfs.replication": 1,
            "dfs.permissions.enabled": "false",
            "dfs.namenode.safemode.extension": 0,
            # A test's disk may be nearly full.
            "dfs.namenode.resource.du.reserved": 0,
            "dfs.datanode.du.reserved": 0,
        }
        return Launch(
            "HdfsNode",
            [f"{name}={value}" for name, value in settings.items()],
            [f"-Djava.io.tmpdir={self.folder}"],
            (HERE / "HdfsNode.java").read_text(),
        )
