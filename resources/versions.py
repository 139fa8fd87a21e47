"""What counts of a partition: a version, its files, what is recorded about it, and how all of it
is named in a lake. Where it is kept, and how it is replaced, is known in lake.py.
"""

import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import uuid4

import msgspec

CURRENT = "_current.json"
OLD_STATISTICS = "_statistics.json"
"""What lies in a partition's folder from before there were versions."""
KEPT = timedelta(hours=24)
"""How long a version stays that counts no more: longer than any run reads."""
PARTITION = "snapshot="
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}", re.ASCII)
_HALF_PUT = re.compile(r"\.[0-9a-f]{32}\.part", re.ASCII)

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


@dataclass
class Statistics:
    """What is recorded about a partition, beside its rows.

    ``rows_by_wiki`` is empty where rows belong to no wiki. ``taken_out`` counts, by named
    condition and wiki (``""`` where rows belong to no wiki), the rows that the condition was the
    first to hold for, and ``candidates`` the rows before any of them, by wiki. ``counts`` are what
    is compared with other snapshots: by measure, wiki and name, ``""`` where there is none of these
    two. ``details`` is what the asset wants remembered.
    """

    rows: int
    bytes: int
    seconds: float
    rows_by_wiki: dict[str, int] = field(default_factory=dict)
    candidates: dict[str, int] = field(default_factory=dict)
    taken_out: dict[str, dict[str, int]] = field(default_factory=dict)
    counts: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    details: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Version:
    """What counts of a partition: the folder ``version`` and the names of the files in it.

    ``replaced`` are the versions that counted before and are not removed yet, with the times from
    which they counted no more.
    """

    version: str
    files: list[str]
    statistics: Statistics
    replaced: dict[str, Instant] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Write it as JSON, for people too."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, default=datetime.isoformat)
        return text.encode()


def version_name(at: datetime, unique: str = "") -> str:
    """Name a version after the time at which it was written, so that people see which is newer."""
    return f"{at:%Y%m%dT%H%M%SZ}-{unique or uuid4().hex[:8]}"


def place_of(dataset: str, snapshot: str) -> str:
    """Give the place of a partition's folder in a lake."""
    return f"{dataset}/{PARTITION}{snapshot}"


def key_of(name: str) -> str:
    """Give the key of a partition's folder; empty for what else may lie beside it."""
    key = name.removeprefix(PARTITION)
    with suppress(ValueError):
        if name.startswith(PARTITION) and _DAY.fullmatch(key) and date.fromisoformat(key):
            return key
    return ""


def is_ours(name: str) -> bool:
    """Tell whether something in a partition's folder has a name that only the lake gives."""
    return bool(_VERSION.fullmatch(name) or _HALF_PUT.fullmatch(name))


def replaced_by(before: bytes | None, now: datetime) -> dict[str, Instant]:
    """Note that what counted before does so no more, beside what it had noted itself.

    What is not noted, such as what a spoiled file named, is removed by its own age.
    """
    with suppress(ValueError):
        if before is not None:
            version = msgspec.json.decode(before, type=Version)
            noted = {name: at for name, at in version.replaced.items() if now - at <= KEPT}
            return {**noted, version.version: now}
    return {}
