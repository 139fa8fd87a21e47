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
from collections.abc import Callable, Iterable, Iterator
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
PINS = Path(__file__).with_name("pins")
_ALONE = (
    '<ivysettings><settings defaultResolver="public"/><resolvers>'
    '<ibiblio name="public" m2compatible="true" usepoms="false" useMavenMetadata="false"/>'
    "</resolvers></ivysettings>"
)
"""Settings by which Ivy takes jars from where it does anyhow, and does not look what they need."""
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
    folder = cache() / _name(modules)
    if folder.is_dir():
        return folder
    # A jar is asked for after the other, each a journey to the repository: other servers' go on.
    with _only_one(cache() / f".{_name(modules)}.lock"):
        if not folder.is_dir():
            _fetch(modules, folder, lambda line: tell(f"{modules[0]}: {line}"))
    return folder


def _name(modules: tuple[str, ...]) -> str:
    return "+".join(module.split(":", 1)[1].replace(":", "-") for module in modules)


def pins_of(modules: tuple[str, ...]) -> Path:
    """The file of all that modules depend on, one ``organisation:module:version`` a line, with
    a classifier where the jar has one."""
    return PINS / f"{_name(modules)}.txt"


def _fetch(modules: tuple[str, ...], folder: Path, tell: Callable[[str], None]) -> None:
    """Fetch into a temporary folder beside ``folder``, and rename it when it is whole.

    What is pinned is fetched as it is. To look up what each jar needs takes Ivy a minute of
    processor time and more for each server, and two seconds so.
    """
    pins = pins_of(modules)
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=folder.parent) as temporary:
        fetched = Path(temporary, "jars")
        tell("looking what is needed")
        if pins.is_file():
            code, said = ivy(pins.read_text().split(), Path(temporary), fetched, tell, pinned=True)
        else:
            code, said = ivy(modules, Path(temporary), fetched, tell, pinned=False)
        if code or not fetched.is_dir():
            missing = [line.strip(":\t\n ") for line in said if "not found" in line]
            raise JarsMissingError(
                f"the jars of {', '.join(modules)} could not be fetched into {folder}: "
                f"{'; '.join(missing[:3]) or ''.join(said[-3:]).strip()}. "
                "Try again with a network, or set IMAGESUGGEST_JARS to a folder that has them"
            )
        shutil.move(fetched, folder)


def ivy(
    modules: Iterable[str],
    temporary: Path,
    fetched: Path,
    tell: Callable[[str], None],
    *,
    pinned: bool,
) -> tuple[int, list[str]]:
    """Fetch jars into a folder, of ``pinned`` modules without what they need; Ivy's exit code and
    all it said.
    """
    wanted, settings = temporary / "ivy.xml", temporary / "settings.xml"
    wanted.write_text(_wanted(modules, pinned=pinned))
    settings.write_text(_ALONE)
    theirs = os.environ.get("IMAGESUGGEST_IVY_SETTINGS") or (settings if pinned else "")
    command = [
        "java",
        *("-jar", str(next(spark_jars().glob("ivy-*.jar"))), "-novalidate"),
        *(("-settings", str(theirs)) if theirs else ()),
        *("-ivy", str(wanted), "-confs", "default", "-types", "jar", "bundle"),
        *("-cache", str(temporary / "cache")),
        *("-retrieve", f"{fetched}/[artifact]-[revision](-[classifier]).[ext]"),
    ]
    return _run(command, tell)


def _wanted(modules: Iterable[str], *, pinned: bool) -> str:
    """An Ivy file that asks for modules, with what they need when running unless all are pinned."""
    jars: dict[str, list[str]] = {}
    for module in modules:
        organisation, name, version, *classifier = module.split(":")
        asked = f'<dependency org="{organisation}" name="{name}" rev="{version}"'
        which = f' m:classifier="{classifier[0]}"' if classifier else ""
        jar = f'<artifact name="{name}" type="jar" ext="jar"{which}/>'
        jars.setdefault(asked, []).append(jar)
    alone = 'transitive="false" conf="default->default"'
    lines = [
        f"{asked} {alone}>{''.join(each)}</dependency>"
        if pinned
        else f'{asked} conf="default->runtime,master"/>'
        for asked, each in jars.items()
    ]
    return (
        '<ivy-module version="2.0" xmlns:m="http://ant.apache.org/ivy/maven">'
        '<info organisation="imagesuggest" module="servers"/>'
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
