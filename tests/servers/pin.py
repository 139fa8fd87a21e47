"""Looks up anew what the servers' jars depend on, and writes it down below pins/.

    python -m tests.servers.pin

takes some minutes. To be run when a version in jars.py has changed.
"""

import tempfile
from pathlib import Path
from xml.etree import ElementTree

from tests.servers import jars

SETS = (jars.CASSANDRA, jars.ELASTICSEARCH, jars.OPENSEARCH, jars.HDFS, jars.S3MOCK)
REPORT = "imagesuggest-servers-default.xml"


CLASSIFIER = "extra-1.m.classifier"


def pinned(report: Path) -> list[str]:
    """Give what Ivy took, from its report: each module once for each of its jars."""
    found = set()
    for module in ElementTree.parse(report).getroot().iter("module"):
        for revision in module.iter("revision"):
            named = (module.get("organisation"), module.get("name"), revision.get("name"))
            for artifact in revision.iterfind("artifacts/artifact"):
                found.add(":".join(filter(None, [*named, artifact.get(CLASSIFIER)])))
    return sorted(found)


def main() -> None:
    """Write the pins of all sets."""
    for modules in SETS:
        with tempfile.TemporaryDirectory() as temporary:
            here = Path(temporary)
            code, said = jars.ivy(modules, here, here / "jars", print, pinned=False)
            if code:
                raise SystemExit("".join(said[-20:]))
            found = pinned(here / "cache" / REPORT)
        jars.pins_of(modules).write_text("".join(f"{each}\n" for each in found))
        print(f"{jars.pins_of(modules).name}: {len(found)}")


if __name__ == "__main__":
    main()
