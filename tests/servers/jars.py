"""The jars of the servers: which versions, fetched once into a folder of the user's cache.

Ivy, which PySpark brings, finds them in the public Java repository, or in that of the settings
file that ``IMAGESUGGEST_IVY_SETTINGS`` names.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from resources.s3a import HADOOP_AWS

CASSANDRA = ("org.apache.cassandra:cassandra-all:5.0.5",)
ELASTICSEARCH = (
    "org.elasticsearch:elasticsearch:7.17.29",
    "org.elasticsearch.plugin:transport-netty4-client:7.17.29",
    "org.apache.logging.log4j:log4j-core:2.17.1",
)
OPENSEARCH = (
    "org.opensearch:opensearch:2.18.0",
    "org.opensearch.plugin:transport-netty4-client:2.18.0",
    "org.apache.logging.log4j:log4j-core:2.21.0",
)
METASTORE: tuple[str, ...] = ()
"""Nothing that PySpark does not bring."""
HDFS = (
    "org.apache.hadoop:hadoop-hdfs:3.5.0",
    "org.apache.hadoop:hadoop-hdfs-client:3.5.0",
    "org.apache.hadoop:hadoop-common:3.5.0",
)
S3MOCK = ("com.adobe.testing:s3mock:4.12.4",)
S3A = (HADOOP_AWS,)
"""660 MB, since it needs all of AWS's SDK."""
LONGEST_FETCH = 900
"""Seconds after which a fetch that has not ended is given up; one to two minutes are usual."""


class JarsMissingError(Exception):
    """Jars are not in the cache and could not be fetched."""


def cache() -> Path:
    """Where jars are kept: ``IMAGESUGGEST_JARS``, or below the user's cache folder."""
    return Path(os.environ.get("IMAGESUGGEST_JARS") or "~/.cache/imagesuggest/jars").expanduser()


def spark_jars() -> Path:
    """PySpark's jars, among them Ivy and Janino, a Java compiler that needs no JDK."""
    found = importlib.util.find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "jars"


def jars(modules: tuple[str, ...], tell: Callable[[str], None]) -> Path:
    """The folder with the jars of ``organisation:module:version`` and of what they depend on.

    ``tell`` hears how a fetch goes on. Raises ``JarsMissingError``.
    """
    if not modules:
        return spark_jars()
    names = [module.split(":", 1)[1].replace(":", "-") for module in modules]
    folder = cache() / "+".join(names)
    if folder.is_dir():
        return folder
    with _only_one(cache() / ".lock"):
        if not folder.is_dir():
            _fetch(modules, folder, lambda line: tell(f"{names[0]}: {line}"))
    return folder


def _fetch(modules: tuple[str, ...], folder: Path, tell: Callable[[str], None]) -> None:
    """Fetch into a temporary folder beside ``folder``, and rename it when it is whole."""
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=folder.parent) as temporary:
        wanted, fetched = Path(temporary, "ivy.xml"), Path(temporary, "jars")
        wanted.write_text(_wanted(modules))
        settings = os.environ.get("IMAGESUGGEST_IVY_SETTINGS")
        command = [
            "java",
            *("-jar", str(next(spark_jars().glob("ivy-*.jar"))), "-novalidate"),
            *(("-settings", settings) if settings else ()),
            *("-ivy", str(wanted), "-confs", "default", "-types", "jar", "bundle"),
            *("-cache", str(Path(temporary, "cache"))),
            *("-retrieve", f"{fetched}/[artifact]-[revision](-[classifier]).[ext]"),
        ]
        tell("looking what is needed")
        code, said = _run(command, tell)
        if code or not fetched.is_dir():
            missing = [line.strip(":\t\n ") for line in said if "not found" in line]
            raise JarsMissingError(
                f"the jars of {', '.join(modules)} could not be fetched into {folder}: "
                f"{'; '.join(missing[:3]) or ''.join(said[-3:]).strip()}. "
                "Try again with a network, or set IMAGESUGGEST_JARS to a folder that has them"
            )
        shutil.move(fetched, folder)


def _wanted(modules: tuple[str, ...]) -> str:
    """An Ivy file that asks for the modules with what they need when running."""
    lines = []
    for module in modules:
        organisation, name, version = module.split(":")
        lines.append(
            f'<dependency org="{organisation}" name="{name}" rev="{version}"'
            ' conf="default->runtime,master"/>'
        )
    return (
        '<ivy-module version="2.0"><info organisation="imagesuggest" module="servers"/>'
        '<configurations><conf name="default"/></configurations>'
        f"<dependencies>{''.join(lines)}</dependencies></ivy-module>"
    )


def _run(command: list[str], tell: Callable[[str], None]) -> tuple[int, list[str]]:
    """Run Ivy; its exit code and all it said."""
    said: list[str] = []
    found = fetched = 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as ivy:
        limit = threading.Timer(LONGEST_FETCH, ivy.kill)
        limit.start()
        assert ivy.stdout is not None
        for line in ivy.stdout:
            said.append(line)
            found += line.startswith("\tfound ")
            fetched += "[SUCCESSFUL ]" in line
            if line.startswith("\tfound ") and found % 10 == 0:
                tell(f"{found} modules found")
            elif "[SUCCESSFUL ]" in line and fetched % 10 == 0:
                tell(f"{fetched} jars fetched")
        limit.cancel()
    return ivy.returncode, said


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Let one process at a time fetch; others wait, and find it done."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
