"""What was last shipped of each wiki to a store or a search cluster. What is shipped is not known.

``<lake>/ledger/<target>/<wiki>/`` holds ``shipped.json`` and Parquet files. The small file says
which of the Parquet files count, so that replacing it is the one step in which a shipment happens.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from resources.disk import alone_in, sync
from resources.errors import InputError, UserError
from resources.lake_paths import LakePath
from resources.storage import Storage

_FOLDER = "ledger"
_STATE = "shipped.json"
_PENDING = "pending"
_WAIT_SECONDS = 600.0
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Shipped:
    """The last acknowledged shipment of a wiki.

    ``snapshot`` is empty where it took all away that was there. ``files`` are the Parquet files of
    what was shipped, ``shipped_at`` an ISO 8601 time with its offset; of an older snapshot that was
    put back, from when it could be published. ``verified`` is None until somebody read back what
    was shipped, then what was found. ``details`` is what the shipper wants remembered.
    ``published_at`` is when the last shipment that was found well was shipped, this one or one
    before it; empty where none was, and where nothing is left.
    """

    snapshot: str
    shipped_at: str
    files: tuple[LakePath, ...]
    verified: bool | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    published_at: str = ""


class Ledger:
    """What one target holds. Only who is in ``shipping()`` may change it.

    ``target`` names where things are shipped to, see target_of(). Nothing is there for a wiki of
    which nothing was shipped, or for all of them where the ledger was lost.
    """

    def __init__(self, lake: Storage, target: str) -> None:
        self._lake, self._place = lake, f"{_FOLDER}/{target}"
        self.path = lake.path(self._place)

    @contextmanager
    def shipping(self, wait: float = _WAIT_SECONDS) -> Iterator[None]:
        """Be the only one that ships to the target, among all processes.

        Waits ``wait`` seconds for another shipment to end, then raises UserError. The right goes
        with its process, even after ``kill -9``; how far that holds between machines,
        Storage.take() says.
        """
        until = time.monotonic() + wait
        while (give_back := self._lake.take(f"{self._place}/.lock", "")) is None:
            if time.monotonic() > until:
                raise UserError(
                    f"{self.path}: another run is shipping to the same place; "
                    "wait until it is done, then run this again"
                )
            time.sleep(_LOOK_SECONDS)
        try:
            yield
        finally:
            give_back()

    def wikis(self) -> list[str]:
        """List the wikis of which something was shipped, or was about to be."""
        return sorted(wiki for wiki in self._lake.names(self._place) if any(self._files(wiki)))

    def state(self, wiki: str) -> Shipped | None:
        """Give the last acknowledged shipment; None where nothing is known of any.

        Raises InputError for a ledger that somebody spoiled.
        """
        return self._read(wiki)[0]

    def states(self) -> Iterator[tuple[str, Shipped | InputError]]:
        """Give the last shipment of each wiki, or what is wrong with what is known of it."""
        for wiki in self.wikis():
            try:
                shipped = self.state(wiki)
            except InputError as error:
                yield wiki, error
            else:
                if shipped is not None:
                    yield wiki, shipped

    def begin(self, wiki: str, files: Sequence[Path], *, snapshot: str = "") -> None:
        """Write down, before anything is shipped, which keys will be touched.

        ``files`` are Parquet files of those keys, which are moved here; ``snapshot`` is only for
        people who look. When this returns they are on disk. Until commit() they are ``pending``,
        together with those of shipments that were begun before and never acknowledged.
        """
        number = self._number(wiki)
        for file in files:
            name = f"{_PENDING}-{number}-{snapshot}-{uuid4().hex}.parquet"
            self._lake.bring(file, f"{self._place}/{wiki}/{name}")

    def pending(self, wiki: str) -> list[LakePath]:
        """List the files of keys in doubt: they may have been shipped, whole or in part, or not.

        Whoever ships next writes what these keys should be, whatever the ledger says of them.
        """
        of_next = f"{_PENDING}-{self._number(wiki)}-"
        return sorted(
            self.path / wiki / name
            for name in self._files(wiki)
            if name.startswith(of_next) and name.endswith(".parquet")
        )

    def commit(
        self,
        wiki: str,
        files: Sequence[Path],
        snapshot: str,
        at: str,
        details: Mapping[str, Any] | None = None,
        kept: Sequence[LakePath] = (),
    ) -> Shipped:
        """Let what was acknowledged take the place of what was there; nothing is pending then.

        ``files`` are Parquet files of all that the target now holds of the wiki, besides what is in
        those of the last shipment that are ``kept`` before them; they are moved here. All of it
        happens, or nothing.
        """
        before, data = self._read(wiki)
        moved = [self.path / wiki / f"{uuid4().hex}.parquet" for _ in files]
        for file, to in zip(files, moved, strict=True):
            self._lake.bring(file, f"{self._place}/{wiki}/{to.name}")
        shipped = Shipped(
            snapshot,
            at,
            (*kept, *moved),
            details=dict(details or {}),
            number=before.number + 1 if before else 1,
            # What goes back to an older snapshot is as old as that.
            published_at=min(before.published_at, at) if before and snapshot else "",
        )
        if not self._put(wiki, shipped, data):
            raise UserError(
                f"{self.path}: another run has shipped {wiki} to the same place meanwhile; "
                "run this again"
            )
        named = {_STATE, *(file.name for file in shipped.files)}
        for name in self._lake.names(f"{self._place}/{wiki}"):
            if name not in named:
                self._lake.remove(f"{self._place}/{wiki}/{name}")
        return shipped

    def verify(self, wiki: str, shipped: Shipped, *, well: bool) -> None:
        """Remember what reading back found, unless something was shipped in the meantime.

        What is read back again, since nothing newer was shipped, does not become younger by that.
        """
        now, data = self._read(wiki)
        if now is not None and now.number == shipped.number:
            published_at = now.shipped_at if well and now.snapshot else now.published_at
            self._put(wiki, replace(now, verified=well, published_at=published_at), data)

    def forget(self, wiki: str) -> None:
        """Let nothing be known of a wiki."""
        self._lake.remove(f"{self._place}/{wiki}")

    def _number(self, wiki: str) -> int:
        """Give the number of the last shipment; what is pending belongs to the one after it."""
        shipped = self.state(wiki)
        return shipped.number if shipped else 0

    def _files(self, wiki: str) -> Iterator[str]:
        for name in self._lake.names(f"{self._place}/{wiki}"):
            if not name.startswith("."):
                yield name

    def _read(self, wiki: str) -> tuple[Shipped | None, bytes | None]:
        """Read the state, and what it is written as. Raises InputError as state() does."""
        place = self.path / wiki / _STATE
        try:
            data = self._lake.read(f"{self._place}/{wiki}/{_STATE}")
            shipped = None if data is None else _decoded(data, self.path / wiki)
        except (ValueError, OSError) as error:
            raise InputError(place, f"it is no ledger: {error}", advice=_advice(place)) from error
        there = {*self._files(wiki)} if shipped and shipped.files else set()
        for file in shipped.files if shipped else ():
            if file.name not in there:
                raise InputError(file, "the ledger's file is gone", advice=_advice(place))
        return shipped, data

    def _put(self, wiki: str, shipped: Shipped, before: bytes | None) -> bool:
        told = {**asdict(shipped), "files": [file.name for file in shipped.files]}
        data = json.dumps(told, ensure_ascii=False, indent=1).encode()
        return self._lake.put(f"{self._place}/{wiki}/{_STATE}", data, before)


def ledgers(lake: Storage, kinds: Sequence[str]) -> list[Ledger]:
    """List the ledgers of all targets of some kinds, also of those that nobody ships to now."""
    targets = sorted(lake.names(_FOLDER))
    return [Ledger(lake, each) for kind in kinds for each in targets if each.startswith(f"{kind}-")]


def shipments(lake: Storage, kinds: Sequence[str]) -> Iterator[tuple[str, Shipped | InputError]]:
    """Give each wiki's last shipment to each of these targets, or what is wrong with its ledger."""
    for ledger in ledgers(lake, kinds):
        yield from ledger.states()


def target_of(kind: str, where: str) -> str:
    """Name a target: its kind, and a fingerprint of where it is, from which that can not be read.

    ``where`` must hold no secret, and be the same whenever the place is.
    """
    return f"{kind}-{hashlib.sha256(where.encode()).hexdigest()[:16]}"


def rename_target(lake: Storage, before: str, now: str) -> None:
    """Let what is known of a target be known under another name, where nothing is known there."""
    folder = lake.path(_FOLDER)
    if not isinstance(folder, Path) or not (folder / before).is_dir():
        # No lake at an address is as old.
        return
    with alone_in(folder):
        if (folder / before).is_dir() and not (folder / now).exists():
            (folder / before).rename(folder / now)
            sync(folder)


def _decoded(data: bytes, folder: LakePath) -> Shipped:
    """Read a shipment. Raises ValueError for what is none."""
    shipped = msgspec.json.decode(data, type=Shipped, dec_hook=lambda _, name: folder / name)
    for at in (shipped.shipped_at, shipped.published_at or shipped.shipped_at):
        if datetime.fromisoformat(at).utcoffset() is None:
            raise ValueError(f"the time {at} has no offset")
    if shipped.verified and not shipped.published_at:
        # Ledgers of before published_at was remembered do not have it.
        shipped = replace(shipped, published_at=shipped.shipped_at)
    return shipped


def _advice(place: LakePath) -> str:
    return f"remove the folder {place.parent}: the next run then compares with what is really there"
