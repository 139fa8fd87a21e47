"""A mirror of the public dumps, over HTTP, as a Place; its layout is that of a folder of dumps.

How requests are made is in web.py, how files are fetched in downloads.py, what is kept in cache.py.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from email.utils import format_datetime
from pathlib import Path
from threading import Event, Lock
from types import TracebackType
from urllib.parse import quote

from resources.errors import StoppedError, UserError
from resources.sources.cache import Cache, lock, record_of, told_of
from resources.sources.downloads import Download
from resources.sources.listing import entries
from resources.sources.places import CONNECTIONS, Found, OnBytes, Wanted, fingerprint
from resources.sources.responses import Response, Responses
from resources.sources.web import (
    NOT_THERE,
    Bounds,
    Log,
    RequestError,
    Requests,
    address,
    http_date,
)

BOUNDS = Bounds()
LOOKS = Bounds(connect_seconds=5.0, read_seconds=10.0, attempts=2)
"""For looks that are made again soon: what does not answer now holds up as few others as may be."""
_log = logging.getLogger(__name__)


class Mirror:
    """The files below a URL, and a cache folder for those that were fetched.

    ``connections`` is how many files are fetched at once by all processes that share the cache;
    ``limit`` how many bytes the cache may hold. ``deadline`` seconds after it was made, each call
    raises PassingError. ``contact``, a URL or a mail address, is told the mirror with each request.
    Files that were fetched stay in the cache until ``close``, or until the process is gone: read
    them before. Raises UserError for a URL that can not be a mirror's, and where the cache can not
    be written. What the URL says before its host is told the mirror alone.
    """

    remote = True

    def __init__(
        self,
        url: str,
        cache: Path,
        *,
        connections: int = CONNECTIONS,
        limit: int | None = None,
        deadline: float | None = None,
        contact: str = "",
        bounds: Bounds = BOUNDS,
        log: Log = _log.warning,
    ) -> None:
        if connections < 1:
            raise UserError(f"{connections} connections to a mirror: at least one is needed")
        place = address(url)
        self.name = place.url
        self._connections = connections
        self._bounds = bounds
        self._log = log
        self._cache = Cache(cache, limit, log)
        with told_of(cache):
            self._responses = Responses(cache / ".responses", bounds.remembered_seconds)
        self._requests = Requests(place.auth, bounds, connections, deadline, contact, log)

    def __enter__(self) -> "Mirror":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; files that were fetched may go from the cache now."""
        self._requests.close()
        self._cache.close()

    def folders(self, path: str) -> list[str]:
        """See Place."""
        return sorted(name for name, is_folder in self._entries(path) if is_folder)

    def files(self, path: str) -> list[str]:
        """See Place."""
        return sorted(name for name, is_folder in self._entries(path) if not is_folder)

    def find(self, path: str) -> Found | None:
        """See Place. ``version`` is the file's Last-Modified.

        Raises UserError where the mirror does not tell a file's length or its time.
        """
        url = self._url(path)

        def look() -> Found | None:
            with self._requests.open("HEAD", url) as response:
                if response.status_code in NOT_THERE:
                    return None
                length = response.headers.get("Content-Length", "")
                changed = http_date(response.headers.get("Last-Modified", ""))
            if not length.isdecimal() or changed is None:
                missing = "Last-Modified" if length.isdecimal() else "Content-Length"
                raise UserError(
                    f"{url}: the mirror gives no {missing} for a HEAD request, so that nobody can "
                    "see whether the file is whole; use another mirror"
                )
            return Found(path, int(length), changed, format_datetime(changed, usegmt=True))

        return self._requests.persist(url, look)

    def text(self, path: str) -> bytes | None:
        """See Place. Asks only for what has changed since it last did, also in another process."""
        found = self._response(self._url(path))
        return None if found is None else found.body

    def fetch(self, wanted: Sequence[Wanted], on_bytes: OnBytes) -> list[Path]:
        """See Place. What the cache has is not asked for; ``on_bytes`` is told of it, too."""
        distinct = {each.path: each for each in wanted}
        stopped = Event()
        telling = Lock()

        def tell(count: int) -> None:
            with telling:
                on_bytes(count)

        with told_of(self._cache.folder):
            self._cache.take(distinct.values())
        with ThreadPoolExecutor(self._connections, "mirror") as threads:
            futures = [
                threads.submit(self._fetch, each, tell, stopped) for each in distinct.values()
            ]
            try:
                for future in as_completed(futures):
                    future.result()
            finally:
                # The first error ends all; what they have so far is kept.
                stopped.set()
                threads.shutdown(wait=False, cancel_futures=True)
        return [self._cache.file(each.path) for each in wanted]

    def fingerprints(self, wanted: Sequence[Wanted], on_bytes: OnBytes) -> list[str]:
        """See Origin."""
        return [fingerprint(file) for file in self.fetch(wanted, on_bytes)]

    def _fetch(self, wanted: Wanted, on_bytes: OnBytes, stopped: Event) -> None:
        url = self._url(wanted.path)
        file = self._cache.file(wanted.path)
        look_again = self._waiting(url, stopped)
        with told_of(self._cache.folder), lock(record_of(file), look_again) as record:
            slot = self._cache.slot(self._connections, look_again)
            download = Download(url, wanted, file, self._requests, on_bytes, stopped, self._log)
            download.bring(record, slot)

    def _waiting(self, url: str, stopped: Event) -> Callable[[], None]:
        told = False

        def look_again() -> None:
            nonlocal told
            if not told:
                told = True
                self._log(f"{url}: waits for another process that fetches from the mirror")
            self._requests.seconds_left(url)
            if stopped.wait(self._bounds.look_again_seconds):
                raise StoppedError

        return look_again

    def _entries(self, path: str) -> list[tuple[str, bool]]:
        url = f"{self._url(path)}/"
        found = self._response(url)
        if found is None:
            return []
        if b"href" not in found.body.lower():
            raise UserError(
                f"{url}: there is no link in what the mirror gives for a folder, expected a "
                "listing as nginx and Apache write it; use a mirror that lists its folders"
            )
        return list(entries(found.body.decode("utf-8", "replace"), found.url))

    def _response(self, url: str) -> Response | None:
        """Give a small body, whole; None where there is none."""
        known = self._responses.get(url)

        def ask() -> Response | None:
            conditions = known.conditions() if known else None
            with self._requests.open("GET", url, conditions) as response:
                if response.status_code in NOT_THERE:
                    return None
                if response.status_code == 304 and known:
                    return known
                if response.status_code != 200:
                    raise RequestError(f"an answer {response.status_code} that nobody asked for")
                body = bytearray()
                for block in response.iter_bytes():
                    self._requests.seconds_left(url)
                    body += block
                    if len(body) > self._bounds.small_file_bytes:
                        raise UserError(
                            f"{url}: more than {self._bounds.small_file_bytes:,} bytes, expected a "
                            "listing or a status file; use another mirror"
                        )
                headers = response.headers
                etag, changed = headers.get("ETag", ""), headers.get("Last-Modified", "")
                return Response(str(response.url), etag, changed, bytes(body))

        found = self._requests.persist(url, ask)
        with told_of(self._cache.folder):
            if found is None:
                self._responses.forget(url)
            elif found is not known:
                self._responses.put(url, found)
        return found

    def _url(self, path: str) -> str:
        return f"{self.name}/{quote(path)}" if path else self.name
