"""A Cassandra of one node on loopback; on request with passwords or with TLS for its clients."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cassandra import DriverException
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster, NoHostAvailable, Session

from tests.servers.process import HOST, JavaServer, Launch, free_port

USER = PASSWORD = "cassandra"
"""The superuser that Cassandra makes on its first start."""
DATA_CENTRE = "datacenter1"
"""What ``SimpleSnitch`` calls it."""
STORE_PASSWORD = "changeit"
EXPORTS = (
    "java.base/jdk.internal.misc",
    "java.base/jdk.internal.ref",
    "java.base/sun.nio.ch",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server",
    "java.sql/java.sql",
)
OPENS = (
    "java.base/java.io",
    "java.base/java.lang",
    "java.base/java.lang.module",
    "java.base/java.lang.reflect",
    "java.base/java.math",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.loader",
    "java.base/jdk.internal.math",
    "java.base/jdk.internal.module",
    "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect",
    "java.base/jdk.internal.util.jar",
    "java.base/sun.nio.ch",
    "jdk.management/com.sun.management.internal",
)
LOGGING = """<configuration>
  <appender name="console" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d{HH:mm:ss} %-5level %logger{0} %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="console"/></root>
</configuration>
"""


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for 127.0.0.1 and localhost: with its key, and alone as PEM."""

    store: Path
    pem: Path


def self_signed(folder: Path) -> Certificate:
    """A new certificate, made in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificate(folder / "keys.p12", folder / "certificate.pem")
    which = ("-keystore", str(made.store), "-storepass", STORE_PASSWORD, "-alias", "server")
    subject = ("-dname", "CN=localhost", "-ext", "san=ip:127.0.0.1,dns:localhost")
    for command in (
        ("-genkeypair", "-keyalg", "RSA", "-storetype", "PKCS12", "-validity", "30", *subject),
        ("-exportcert", "-rfc", "-file", str(made.pem)),
    ):
        subprocess.run(("keytool", *command, *which), check=True, capture_output=True)
    return made


class CassandraServer(JavaServer):
    """Cassandra; ``certificate`` is there with TLS, ``user`` and ``password`` with passwords."""

    name = "cassandra"

    def __init__(
        self,
        folder: Path,
        jars: Path,
        heap: str = "512m",
        *,
        passwords: bool = False,
        tls: bool = False,
    ) -> None:
        super().__init__(folder, jars, heap)
        self.user = USER if passwords else None
        self.password = PASSWORD if passwords else None
        self.certificate = self_signed(folder / "tls") if tls else None
        self._storage = free_port()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session of the driver, closed at the end."""
        cluster = Cluster(
            [self.host],
            port=self.port,
            auth_provider=PlainTextAuthProvider(USER, PASSWORD) if self.user else None,
            ssl_context=ssl.create_default_context(cafile=str(self.certificate.pem))
            if self.certificate
            else None,
            ssl_options={"server_hostname": self.host} if self.certificate else None,
        )
        try:
            yield cluster.connect()
        finally:
            cluster.shutdown()

    def answers(self) -> bool:
        """Whether a client can log in and ask, which is later than that the port is open."""
        try:
            socket.create_connection((self.host, self.port), timeout=5).close()
            with self.session() as session:
                session.execute("SELECT release_version FROM system.local")
        except (OSError, NoHostAvailable, DriverException):
            return False
        return True

    def _launch(self) -> Launch:
        settings, logs = self.folder / "cassandra.yaml", self.folder / "logback.xml"
        settings.write_text("\n".join(f"{name}: {value}" for name, value in self._settings()))
        logs.write_text(LOGGING)
        jamm = next(self._jars.glob("jamm-*.jar"))
        options = [
            *(f"--add-exports={package}=ALL-UNNAMED" for package in EXPORTS),
            *(f"--add-opens={package}=ALL-UNNAMED" for package in OPENS),
            f"-javaagent:{jamm}",
            "-Djdk.attach.allowAttachSelf=true",
            "-Dcassandra-foreground=yes",
            f"-Dcassandra.config={settings.as_uri()}",
            f"-Dcassandra.storagedir={self.folder}",
            f"-Dlogback.configurationFile={logs}",
            f"-Djava.io.tmpdir={self.folder}",
            "-XX:MaxDirectMemorySize=256m",
            # There is no other node to wait for.
            "-Dcassandra.skip_wait_for_gossip_to_settle=0",
            "-Dcassandra.ring_delay_ms=100",
            "-Dcassandra.superuser_setup_delay_ms=0",
        ]
        return Launch("org.apache.cassandra.service.CassandraDaemon", [], options)

    def _settings(self) -> Iterator[tuple[str, object]]:
        """The lines of cassandra.yaml, in which a value may be YAML's own for a mapping."""
        yield "cluster_name", "imagesuggest"
        yield "listen_address", HOST
        yield "rpc_address", HOST
        yield "native_transport_port", self.port
        yield "storage_port", self._storage
        yield "partitioner", "org.apache.cassandra.dht.Murmur3Partitioner"
        yield "endpoint_snitch", "SimpleSnitch"
        yield "num_tokens", 1
        yield (
            "seed_provider",
            "[{class_name: org.apache.cassandra.locator.SimpleSeedProvider,"
            f' parameters: [{{seeds: "{HOST}:{self._storage}"}}]}}]',
        )
        yield "commitlog_sync", "periodic"
        yield "commitlog_sync_period", "1s"
        yield "commitlog_segment_size", "16MiB"
        yield "file_cache_size", "32MiB"
        yield "key_cache_size", "8MiB"
        if self.user:
            yield "authenticator", "PasswordAuthenticator"
            yield "authorizer", "CassandraAuthorizer"
        if self.certificate:
            yield (
                "client_encryption_options",
                "{enabled: true, optional: false, store_type: PKCS12,"
                f' keystore: "{self.certificate.store}", keystore_password: {STORE_PASSWORD}}}',
            )
