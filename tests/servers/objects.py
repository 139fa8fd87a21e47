"""An object store on loopback that speaks S3; the objects of its one bucket are in a folder."""

from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from tests.servers.process import HOST, JavaServer, Launch, free_port

BUCKET = "imagesuggest"
KEY, SECRET = "tests-key", "tests-secret"


class ObjectServer(JavaServer):
    """``url`` is its bucket; ``environment`` says by the usual variables how it is reached."""

    name = "s3mock"
    url = f"s3://{BUCKET}"

    def __init__(self, folder: Path, jars: Path, heap: str = "512m") -> None:
        super().__init__(folder, jars, heap)
        self._other = free_port()

    @property
    def environment(self) -> dict[str, str]:
        """What AWS's own command line would be told, too."""
        return {
            "AWS_ENDPOINT_URL": f"http://{self.host}:{self.port}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

    def answers(self) -> bool:
        """Whether an object can be put."""
        try:
            store = S3Store(
                BUCKET,
                config={name.lower(): value for name, value in self.environment.items()},
                client_options={"allow_http": True, "timeout": "5s"},
                retry_config={"max_retries": 0},
            )
            obstore.put(store, ".answers", b"yes")
        except BaseError:
            return False
        return True

    def _launch(self) -> Launch:
        mock = "com.adobe.testing.s3mock"
        settings = {
            "server.address": HOST,
            "server.port": self.port,
            "server.ssl.enabled": "false",
            # It looks whether a condition holds, then puts: two at once might both.
            "server.tomcat.threads.max": 1,
            "server.tomcat.threads.min-spare": 1,
            f"{mock}.httpPort": self._other,
            f"{mock}.store.root": self.folder / "objects",
            f"{mock}.store.retainFilesOnExit": "true",
            f"{mock}.store.initialBuckets": BUCKET,
        }
        (self.folder / "objects").mkdir(exist_ok=True)
        return Launch(
            f"{mock}.S3MockApplication",
            [f"--{name}={value}" for name, value in settings.items()],
            [f"-Djava.io.tmpdir={self.folder}"],
        )
