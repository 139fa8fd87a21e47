"""Brings one file of a mirror into the cache: resumed, verified, in its place only when whole.

Which files, and how many at once, is in mirror.py; what has to go for them is in cache.py.
"""

import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event
from typing import BinaryIO, NoReturn

import httpx
import msgspec

from resources.errors import InputError, StoppedError
from resources.sources.cache import part_of
from resources.sources.places import Wanted, digest_for
from resources.sources.web import NOT_THERE, Log, RequestError, Requests, http_date

_BLOCK = 2**20
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)", re.ASCII)


class _SpoiledError(Exception):
    """What came is not the file, though it has the file's time."""


class Record(msgspec.Struct):
    """What is known of a file in the cache, whole or not.

    ``if_range`` is what to ask for the rest with, empty where a rest can not be asked for. Of a
    whole file there is ``changed``, its time (ns) when it was found to be whole, and the ``sha1``
    that was verified then, if any.
    """

    version: str = ""
    bytes: int = -1
    if_range: str = ""
    changed: int | None = None
    sha1: str | None = None


def same_time(known: str, wanted: str) -> bool:
    """Tell whether a version of a file is of the time of the one that is wanted.

    Manifests once had ETags for versions, which tell nothing: each server behind a mirror's name
    may give another.
    """
    return known == wanted or http_date(wanted) in (None, http_date(known))


class Download:
    """A file that is wanted, and how far it has come.

    ``on_bytes`` is told each byte of it once, whatever is fetched again.
    """

    def __init__(
        self,
        url: str,
        wanted: Wanted,
        file: Path,
        requests: Requests,
        on_bytes: Callable[[int], None],
        stopped: Event,
        log: Log,
    ) -> None:
        self._url = url
        self._wanted = wanted
        self._sha1 = wanted.sha1.lower() if wanted.sha1 else None
        self._file = file
        self._part = part_of(file)
        self._requests = requests
        self._on_bytes = on_bytes
        self._stopped = stopped
        self._log = log
        self._record = Record()
        self._another = ""
        self._digest = digest_for(self._sha1)
        self._at = self._told = self._furthest = 0

    def bring(self, record: BinaryIO, slot: AbstractContextManager[None]) -> None:
        """See that the whole file is in its place.

        ``record`` is what is known of it, open, nobody else's; ``slot`` is held while the mirror
        is asked for anything.

        Raises InputError for a file that is not there, or is not what is wanted, PassingError
        where the mirror does not give it now.
        """
        self._record = _read(record)
        if self._is_whole(record):
            return
        with slot:
            try:
                self._fetch(record)
            except _SpoiledError as spoiled:
                if self._another:
                    self._fail_changed(f"{self._another}, and {spoiled}")
                self._log(f"{self._url}: {spoiled}; fetched once more from its beginning")
                self._fetch_again(record)

    def _is_whole(self, record: BinaryIO) -> bool:
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return False
        known = self._record
        untouched = (found.st_size, found.st_mtime_ns) == (known.bytes, known.changed)
        if found.st_size != self._wanted.bytes:
            whole = False
        elif self._sha1 is None:
            whole = untouched and same_time(known.version, self._wanted.version)
        elif not (whole := untouched and known.sha1 == self._sha1):
            self._read_on(self._file)
            whole = self._digest.hexdigest() == self._sha1
            if whole:
                version = known.version if untouched else self._wanted.version
                self._write_whole(record, version, found)
        if whole:
            self._tell(found.st_size)
        else:
            self._log(f"{self._file}: not what is wanted now; fetched again")
        return whole

    def _fetch_again(self, record: BinaryIO) -> None:
        self._part.unlink(missing_ok=True)
        try:
            self._fetch(record)
        except _SpoiledError as spoiled:
            self._part.unlink(missing_ok=True)
            problem = f"{self._url}: {spoiled}, a second time, too"
            self._log(problem)
            raise InputError(
                self._wanted.path,
                problem,
                advice="the mirror's copy is spoiled: use another mirror, or choose another "
                "snapshot",
            ) from None

    def _fetch(self, record: BinaryIO) -> None:
        known = self._record
        version = self._wanted.version
        mine = known.bytes == self._wanted.bytes and same_time(known.version, version)
        with self._part.open("ab", buffering=0) as part:
            self._at = part.tell()
            if self._at and (not mine or self._at > self._wanted.bytes):
                self._begin_anew(part)
            self._digest = digest_for(self._sha1)
            if self._at and self._sha1:
                self._read_on(self._part)
            self._tell(self._at)
            self._furthest = self._at
            self._requests.persist(self._url, lambda: self._attempt(part, record), self._stopped)
            self._finish(part, record)

    def _attempt(self, part: BinaryIO, record: BinaryIO) -> None:
        """Ask for what is missing, once."""
        self._go_on()
        if self._at == self._wanted.bytes > 0:
            return
        if self._at and not self._record.if_range:
            self._begin_anew(part)
        headers = {}
        if self._at:
            headers = {"Range": f"bytes={self._at}-", "If-Range": self._record.if_range}
        try:
            with self._requests.open("GET", self._url, headers) as response:
                self._judge(response, part, record)
                for block in response.iter_raw():
                    self._go_on()
                    self._append(part, block)
        except RequestError as error:
            error.progress = self._at > self._furthest
            self._furthest = max(self._at, self._furthest)
            raise
        if self._at != self._wanted.bytes:
            raise _SpoiledError(f"{self._at:,} bytes came, expected {self._wanted.bytes:,}")

    def _judge(self, response: httpx.Response, part: BinaryIO, record: BinaryIO) -> None:
        """See that the answer is the wanted file, or the rest of it.

        Where its sha1 is known, that tells, whatever its time is. An answer that was asked for by
        If-Range may name no time (RFC 9110): then it is ours.
        """
        if response.status_code in NOT_THERE:
            raise InputError(self._wanted.path, f"{self._url}: no such file on the mirror")
        headers = response.headers
        time = headers.get("Last-Modified", "")
        if http_date(time) and not same_time(time, self._wanted.version):
            self._another = f"it is of {time}, expected {self._wanted.version}"
            if not self._sha1:
                self._fail_changed(self._another)
        if response.status_code == 200:
            length = headers.get("Content-Length", "")
            if length.isdecimal() and int(length) != self._wanted.bytes:
                raise _SpoiledError(f"has {int(length):,} bytes, expected {self._wanted.bytes:,}")
            if self._at:
                self._log(f"{self._url}: comes from its beginning, the rest was asked for")
                self._begin_anew(part)
            known = Record(self._wanted.version, self._wanted.bytes, _if_range(headers))
            self._write(record, known)
            return
        rest = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
        if rest is None or response.status_code != 206 or int(rest[1]) != self._at:
            self._begin_anew(part)
            raise RequestError("not the rest came that was asked for; fetched from its beginning")
        if int(rest[2]) != self._wanted.bytes:
            raise _SpoiledError(f"has {int(rest[2]):,} bytes, expected {self._wanted.bytes:,}")

    def _fail_changed(self, how: str) -> NoReturn:
        self._part.unlink(missing_ok=True)
        problem = f"{self._url}: changed on the mirror: {how}"
        self._log(problem)
        raise InputError(
            self._wanted.path,
            problem,
            advice="choose the snapshot's files again (--choose-again)",
        )

    def _append(self, part: BinaryIO, block: bytes) -> None:
        if self._at + len(block) > self._wanted.bytes:
            raise _SpoiledError(f"more than the expected {self._wanted.bytes:,} bytes came")
        rest = memoryview(block)
        while rest:
            rest = rest[part.write(rest) :]
        self._at += len(block)
        if self._sha1:
            self._digest.update(block)
        self._tell(self._at)

    def _begin_anew(self, part: BinaryIO) -> None:
        part.truncate(0)
        self._at = 0
        self._digest = digest_for(self._sha1)

    def _finish(self, part: BinaryIO, record: BinaryIO) -> None:
        """Verify the sum, and move the file to its place."""
        if self._sha1 and self._digest.hexdigest() != self._sha1:
            raise _SpoiledError(
                f"its {self._digest.name} is {self._digest.hexdigest()}, expected {self._sha1}"
            )
        os.fsync(part.fileno())
        # Moving keeps the time, and a file is known before it is in its place.
        self._write_whole(record, self._wanted.version, os.fstat(part.fileno()))
        self._part.replace(self._file)

    def _read_on(self, file: Path) -> None:
        self._digest = digest_for(self._sha1)
        count = 0
        with file.open("rb") as opened:
            while block := opened.read(_BLOCK):
                self._go_on()
                self._digest.update(block)
                count += len(block)
                self._tell(count)

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise StoppedError
        self._requests.seconds_left(self._url)

    def _tell(self, count: int) -> None:
        if count > self._told:
            self._on_bytes(count - self._told)
            self._told = count

    def _write_whole(self, opened: BinaryIO, version: str, file: os.stat_result) -> None:
        self._write(opened, Record(version, file.st_size, "", file.st_mtime_ns, self._sha1))

    def _write(self, opened: BinaryIO, record: Record) -> None:
        self._record = record
        opened.truncate(0)
        opened.write(msgspec.json.encode(record))


def _read(opened: BinaryIO) -> Record:
    opened.seek(0)
    try:
        return msgspec.json.decode(opened.read(), type=Record)
    except msgspec.DecodeError:
        # Nothing yet, or its process was killed in the middle of a word.
        return Record()


def _if_range(headers: httpx.Headers) -> str:
    """Give what can tell that a file is the same to the byte: the time it last changed.

    An ETag only without one, since the next server may have another; weak ones can not (RFC 9110).
    """
    etag = headers.get("ETag", "")
    strong = "" if etag.startswith("W/") else str(etag)
    return str(headers.get("Last-Modified", "")) or strong
