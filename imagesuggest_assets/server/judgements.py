"""What people said of suggestions, kept in files (SPEC.md section 13).

A judgement is a line of an open file, on the disk before it is acknowledged. Sealing an open file
first puts its feedback events where the pipeline reads them, and then renames the file itself to
be one of the ratings: whoever is killed in between does both again. All processes of a server, and
all servers of a folder, take turns.
"""

import errno
import logging
import math
import os
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import BinaryIO
from uuid import uuid4

import msgspec

from imagesuggest_assets.server.rating import About, Rating, event_of
from resources.disk import alone_in, make_folder, put, sync
from resources.sources.dumps import FEEDBACK
from resources.web.problems import Problem

MINUTE_MOST = 60
"""Judgements that a judge can make in a minute."""
_MINUTE = timedelta(minutes=1)
_STAMP = "%Y%m%dT%H%M%S%fZ"
_LOG = logging.getLogger("imagesuggest")
_DECODE = msgspec.json.Decoder(Rating).decode


class Judgements:
    """The judgements of a folder. For threads; each method may raise OSError.

    An open file is sealed when it is ``minutes`` old.
    """

    def __init__(
        self, folder: Path, minutes: float, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.folder = folder
        self.open, self.ratings, self.events = (
            folder / "open",
            folder / "ratings",
            folder / FEEDBACK,
        )
        self._age = timedelta(minutes=minutes)
        self._now = now
        self._lock = Lock()
        self._read: dict[str, int] = {}
        self._sealed: set[str] = set()
        self._newest: dict[About, Rating] = {}
        self._recent: dict[int, deque[datetime]] = {}
        self._numbers: Counter[tuple[str, str, int]] = Counter()

    def add(self, rating: Rating, shown: datetime) -> None:
        """Keep a judgement, whose time and event's id are given to it here.

        ``shown`` is when its form was made. One from before the judge's newest judgement of the
        suggestion was sent already: it counts once. Raises Problem where it now says otherwise,
        and where a judge says too much at once.
        """
        with self._alone():
            self._look()
            before = self._newest.get(rating.about)
            if before and shown < datetime.fromisoformat(before.dt):
                if (before.verdict, before.reasons) == (rating.verdict, rating.reasons):
                    return
                raise Problem(
                    409,
                    f"you have judged this suggestion since the page was shown ({before.verdict}); "
                    "open the page again to change that",
                )
            now = self._now()
            self._refuse_haste(rating.judge, now)
            self._append(
                msgspec.structs.replace(
                    rating,
                    dt=_written(now),
                    event_id=None if rating.verdict == "fits" else str(uuid4()),
                )
            )
            self._look()

    def newest(self, about: About) -> Rating | None:
        """Give what a judge said last of a suggestion, as far as it was seen."""
        return self._newest.get(about)

    def look(self) -> None:
        """See what others have judged."""
        with self._lock:
            self._look()

    def numbers(self) -> Counter[tuple[str, str, int]]:
        """Count the judgements that were seen by wiki, verdict and judge."""
        return self._numbers.copy()

    def seal(self, *, all_of_them: bool) -> None:
        """Seal the files that are open, or those of them that are old enough."""
        if not self.open.is_dir():
            return
        with self._alone():
            for file in _files(self.open):
                if all_of_them or self._now() - _begun(file) >= self._age:
                    self._seal(file)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only one who changes something; what is changed is there."""
        for folder in (self.open, self.ratings, self.events):
            make_folder(folder)
        with self._lock, alone_in(self.folder):
            yield

    def _seal(self, file: Path) -> None:
        """Give an open file to those who read it. To do it once more changes nothing."""
        _cut(file)
        events = b"".join(
            msgspec.json.encode(event_of(rating)) + b"\n"
            for rating in _ratings(file.read_bytes())
            if rating.event_id
        )
        if events:
            put(self.events / f"{file.stem}.json", events)
        file.rename(self.ratings / file.name)
        for folder in (self.ratings, self.open):
            sync(folder)

    def _append(self, rating: Rating) -> None:
        file = next(reversed(_files(self.open)), None)
        if file is None or self._now() - _begun(file) >= self._age:
            file = self.open / f"{self._now():{_STAMP}}-{uuid4().hex[:8]}.ndjson"
            file.touch()
            sync(self.open)
        # Whoever was killed while writing has acknowledged nothing.
        end = _cut(file)
        line = msgspec.json.encode(rating) + b"\n"
        with file.open("ab", buffering=0) as opened:
            try:
                if opened.write(line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
                os.fsync(opened.fileno())
            except OSError:
                os.ftruncate(opened.fileno(), end)
                raise

    def _refuse_haste(self, judge: int, now: datetime) -> None:
        recent = self._recent.get(judge, deque())
        while recent and recent[0] <= now - _MINUTE:
            recent.popleft()
        if len(recent) >= MINUTE_MOST:
            wait = math.ceil((recent[0] + _MINUTE - now).total_seconds())
            raise Problem(
                429,
                f"more than {MINUTE_MOST} judgements within a minute; go on in {wait} seconds",
                {"Retry-After": str(wait)},
            )

    def _look(self) -> None:
        """Read what was written since the last look. A file that is sealed meanwhile keeps its
        name, and is read on at its new place.
        """
        # In this order: one that moves in between is seen at both places, and not at none.
        there = {file.name: file for place in (self.open, self.ratings) for file in _files(place)}
        for name, file in sorted(there.items()):
            if name in self._sealed:
                continue
            at = self._read.get(name, 0)
            try:
                with file.open("rb") as opened:
                    opened.seek(at)
                    new = opened.read()
            except FileNotFoundError:
                # It is sealed just now, and is found there at the next look.
                continue
            whole = new[: new.rfind(b"\n") + 1]
            self._read[name] = at + len(whole)
            for rating in _ratings(whole):
                self._take(rating)
            if file.parent == self.ratings:
                self._sealed.add(name)

    def _take(self, rating: Rating) -> None:
        about = rating.about
        before = self._newest.get(about)
        if before is None or before.dt <= rating.dt:
            self._newest[about] = rating
        self._recent.setdefault(rating.judge, deque(maxlen=MINUTE_MOST)).append(
            datetime.fromisoformat(rating.dt)
        )
        self._numbers[rating.wiki, rating.verdict, rating.judge] += 1


def _files(folder: Path) -> list[Path]:
    """List the files of judgements in a folder, the oldest first."""
    return sorted(folder.glob("[!.]*.ndjson")) if folder.is_dir() else []


def _begun(file: Path) -> datetime:
    stamp = file.name.partition("-")[0]
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        # Not made here; it is as old as can be.
        return datetime.min.replace(tzinfo=UTC)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _cut(file: Path) -> int:
    """Cut off a last line that was not written to its end; give the file's size then."""
    with file.open("r+b") as opened:
        end = opened.seek(0, os.SEEK_END)
        if end and not _ends_a_line(opened, end):
            opened.seek(0)
            end = opened.read().rfind(b"\n") + 1
            opened.truncate(end)
            os.fsync(opened.fileno())
    return end


def _ends_a_line(opened: BinaryIO, end: int) -> bool:
    opened.seek(end - 1)
    return opened.read(1) == b"\n"


def _ratings(lines: bytes) -> Iterator[Rating]:
    for line in lines.splitlines():
        try:
            yield _DECODE(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            _LOG.error("a line of judgements can not be read and is left out: %s", error)
