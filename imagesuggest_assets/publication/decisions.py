"""What people decided of a snapshot's wikis: who, when and why, kept in the lake for good."""

import fcntl
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from resources.errors import InputError

State = Literal["released", "held"]


@dataclass(frozen=True)
class Decision:
    """One wiki of one snapshot, released or held by somebody. ``at`` is a time with its offset."""

    snapshot: str
    wiki: str
    state: State
    who: str
    at: str
    why: str

    def sentence(self) -> str:
        """Say who decided what, when and why."""
        moment = datetime.fromisoformat(self.at)
        return f"{self.state} by {self.who} on {moment:%Y-%m-%d %H:%M} UTC: {self.why}"


def path_of(lake: Path) -> Path:
    """Give the file that decisions are kept in, one a line, oldest first."""
    return lake / "decisions.jsonl"


def decide(lake: Path, decisions: Iterable[Decision]) -> None:
    """Add decisions; when this returns they are on disk."""
    lines = "".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in decisions)
    with path_of(lake).open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def decisions_of(lake: Path, snapshot: str) -> dict[str, Decision]:
    """Give the last decision on each wiki of a snapshot, by wiki. Raises InputError for a file
    that somebody spoiled."""
    path = path_of(lake)
    if not path.exists():
        return {}
    last: dict[str, Decision] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            decision = Decision(**json.loads(line))
        except (ValueError, TypeError) as error:
            advice = "put the line right: it says what may be published"
            raise InputError(path, str(error), where=f"line {number}", advice=advice) from error
        if decision.snapshot == snapshot:
            last[decision.wiki] = decision
    return last
