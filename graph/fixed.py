"""Which of a snapshot's files a later run has to read again, and which of them are others by now.

Its files are written down in manifest.py.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graph.declared import GATE, LEFT_OUT
from graph.green_lights import InputFile
from graph.inputs import SnapshotInputs
from resources.lake import Lake
from resources.sources.places import Origin

Rows = Sequence[Mapping[str, Any]]
"""The rows of a manifest."""


def at_gate(lake: Lake, key: str, others: Collection[str]) -> frozenset[str]:
    """Give the sources of which a snapshot has come to its gate; ``others`` are of all wikis."""
    if not lake.has(GATE, key):
        return frozenset()
    wikis = {row["wiki_db"] for row in lake.rows(GATE, key) if row["state"] != LEFT_OUT}
    return frozenset({*others, *wikis})


def fixed(known: SnapshotInputs, place: Origin, done: Collection[str]) -> SnapshotInputs:
    """Give which of the files that were chosen before are not chosen anew: those of the sources
    that are ``done``, whatever became of them, and of the others those that did not change.
    """

    def differs(file: InputFile) -> bool:
        there = None if file.source in done else place.find(file.path)
        return there is not None and (there.bytes, there.version) != (file.bytes, file.version)

    again = {file.source for file in known.files if differs(file)}
    return replace(known, files=tuple(file for file in known.files if file.source not in again))


def changes(before: Rows, now: Rows) -> dict[str, str]:
    """Say of the files of the sources that there were before how each is another, by its path."""
    old, new = ({row["path"]: row for row in rows} for rows in (before, now))
    sources = {row["source"] for row in before}
    found = {path: "is not read any more" for path in old if path not in new}
    for path, row in new.items():
        if path not in old and row["source"] in sources:
            found[path] = "is read now"
        elif path in old and row["fingerprint"] != old[path]["fingerprint"]:
            found[path] = f"had {old[path]['bytes']:,} bytes, is another now, of {row['bytes']:,}"
    return dict(sorted(found.items()))


def made_of(rows: Rows) -> str:
    """Give a text that is another when a snapshot is made of other files."""
    files = sorted((row["path"], row["fingerprint"]) for row in rows)
    return hashlib.sha256(repr(files).encode()).hexdigest()[:16]
