"""Polite HTTP requests to a mirror: what is tried again, how long is waited, what is told.

What is asked for, and what is kept of the answers, is in mirror.py and downloads.py.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from threading import Event
from typing import TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential, wait_random

from resources.addresses import quoted, shown
from resources.errors import UserError
from resources.sources.places import SMALL_FILE_BYTES, PassingError

Log = Callable[[str], object]
Result = TypeVar("Result")
NOT_THERE = frozenset({404, 410})
_PASSING = frozenset({408, 425, 429})
_GIVEN = frozenset({200, 206, 304, 416}) | NOT_THERE


@dataclass(frozen=True)
class Bounds:
    """All waits and bounds of what is done with a mirror.

    ``connect_seconds``: until a connection is there. ``read_seconds``: of silence on a connection.
    ``attempts``: made for a request that brings nothing; each byte more of a file begins a new
    count. ``first_wait_seconds``: before the second attempt; doubled for each after it, plus up to
    as much by chance, so that many who were sent away do not come back at once.
    ``longest_wait_seconds``: the most that this grows to. ``longest_retry_after_seconds``: the most
    that a mirror's own wish is heeded. ``look_again_seconds``: between two looks whether another
    process is done with a file. ``small_file_bytes``: the most that a listing or a small file has.
    ``remembered_seconds``: how long the answer to a request that is not made again is kept.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    attempts: int = 6
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0
    longest_retry_after_seconds: float = 600.0
    look_again_seconds: float = 0.2
    small_file_bytes: int = SMALL_FILE_BYTES
    remembered_seconds: float = 60 * 86400.0


class RequestError(Exception):
    """What went wrong with a request that may go well the next time.

    ``retry_after`` is how many seconds the mirror asks to wait. ``progress`` says that the request
    brought something nevertheless.
    """

    def __init__(self, problem: str, retry_after: float = 0.0) -> None:
        super().__init__(problem)
        self.retry_after = retry_after
        self.progress = False


@dataclass(frozen=True)
class Address:
    """A mirror's URL, without a slash at its end, and apart from it who one is there."""

    url: str
    auth: httpx.BasicAuth | None


def address(url: str) -> Address:
    """Take a URL apart. Raises UserError for one that no mirror can have; tells no password."""
    expected = (
        "expected http://host/path or https://host/path (user:password@ before the host where "
        "the mirror asks for it, with % and two digits for special characters)"
    )
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError
        host = parts.hostname
    except ValueError:
        raise UserError(f"{shown(url)}: not the address of a mirror; {expected}") from None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise UserError(f"{shown(url)}: not the address of a mirror; {expected}")
    place = parts.netloc.rpartition("@")[2]
    auth = None
    if parts.username is not None:
        auth = httpx.BasicAuth(unquote(parts.username), unquote(parts.password or ""))
    return Address(urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", "")), auth)


class Requests:
    """Requests on at most ``connections`` connections, that together take ``deadline`` seconds."""

    def __init__(
        self,
        auth: httpx.BasicAuth | None,
        bounds: Bounds,
        connections: int,
        deadline: float | None,
        contact: str,
        log: Log,
    ) -> None:
        if not (contact.isascii() and contact.isprintable()):
            raise UserError(
                f"{quoted(contact)}: the contact for mirrors is a URL or a mail address, in one "
                "line of ASCII"
            )
        agent = f"imagesuggest/{version('imagesuggest')}"
        self._bounds = bounds
        self._log = log
        self._deadline = deadline
        self._ends = math.inf if deadline is None else time.monotonic() + deadline
        self._client = httpx.Client(
            auth=auth,
            # Lengths are those of the stored files only where nothing is compressed on the way.
            headers={
                "User-Agent": f"{agent} (+{contact})" if contact else agent,
                "Accept-Encoding": "identity",
            },
            limits=httpx.Limits(max_connections=connections),
            follow_redirects=True,
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def seconds_left(self, url: str) -> float:
        """Give the seconds until the deadline. Raises PassingError when it is over."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise PassingError(f"{url}: the deadline is over, {self._given()}")
        return left

    @contextmanager
    def open(
        self, method: str, url: str, headers: Mapping[str, str] | None = None
    ) -> Iterator[httpx.Response]:
        """Make one request; its body is still to be read, in the context.

        The answer has a status of success, or 304, 404, 410 or 416. Raises RequestError, also while
        reading, for what may go well the next time, UserError for any other answer.
        """
        left = self.seconds_left(url)
        timeout = httpx.Timeout(
            min(self._bounds.read_seconds, left),
            connect=min(self._bounds.connect_seconds, left),
            pool=None,
        )
        try:
            with self._client.stream(method, url, headers=headers, timeout=timeout) as response:
                _judge(url, response)
                yield response
        except httpx.TooManyRedirects as error:
            raise UserError(f"{url}: the mirror sends round in circles; use another") from error
        except httpx.UnsupportedProtocol as error:
            raise UserError(f"{url}: the mirror sends to what is not HTTP; use another") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            self.seconds_left(url)
            raise RequestError(_in_words(error)) from error

    def persist(
        self, url: str, attempt: Callable[[], Result], stopped: Event | None = None
    ) -> Result:
        """Call ``attempt`` until it raises no RequestError; ``stopped`` ends a wait.

        Each fault is logged. Raises PassingError after the last attempt, or when a wait would go
        beyond the deadline.
        """
        bounds = self._bounds
        first, longest = bounds.first_wait_seconds, bounds.longest_wait_seconds
        backoff = wait_exponential(first, longest) + wait_random(0, first)

        def wait(state: RetryCallState) -> float:
            asked = min(_fault(state).retry_after, bounds.longest_retry_after_seconds)
            return max(asked, backoff(state))

        def sleep(seconds: float) -> None:
            (stopped or Event()).wait(seconds)

        def tell(state: RetryCallState) -> None:
            seconds = state.next_action.sleep if state.next_action else 0.0
            if seconds >= self.seconds_left(url):
                raise PassingError(
                    f"{url}: {_fault(state)}; a wait of {seconds:.1f} s goes beyond the deadline, "
                    f"{self._given()}"
                )
            self._log(
                f"{url}: {_fault(state)}; attempt {state.attempt_number + 1} of {bounds.attempts} "
                f"in {seconds:.1f} s"
            )

        retrying = Retrying(
            retry=retry_if_exception_type(RequestError),
            stop=stop_after_attempt(bounds.attempts),
            wait=wait,
            after=_count_anew,
            before_sleep=tell,
            sleep=sleep,
            reraise=True,
        )
        try:
            return retrying(attempt)
        except RequestError as fault:
            text = f"{url}: {fault}; given up after {bounds.attempts} attempts"
            self._log(text)
            raise PassingError(
                f"{text}; try again later (what was fetched is kept), or use another mirror"
            ) from fault

    def _given(self) -> str:
        return f"{self._deadline:g} s for looking at the mirror; try again later"


def _fault(state: RetryCallState) -> RequestError:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, RequestError):
        raise TypeError(f"no fault: {error!r}")
    return error


def _count_anew(state: RetryCallState) -> None:
    if _fault(state).progress:
        state.attempt_number = 1


def _judge(url: str, response: httpx.Response) -> None:
    status = response.status_code
    named = f"the mirror answers {status} {httpx.codes.get_reason_phrase(status)}".strip()
    if status in _PASSING or status >= 500:
        raise RequestError(named, _retry_after(response.headers))
    if status in (401, 403):
        raise UserError(
            f"{url}: {named}; it may want user:password@ before its host, or list no folders"
        )
    if status not in _GIVEN:
        raise UserError(f"{url}: {named}, of which nothing can be made; use another mirror")


def _retry_after(headers: httpx.Headers) -> float:
    """Read how long to wait: a number of seconds, or the date until which."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = http_date(text)
    if until is None:
        return 0.0
    # Both dates are of the mirror's clock, which need not be ours.
    now = http_date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def http_date(text: str) -> datetime | None:
    """Read the date of a header (UTC); None where it is none."""
    try:
        date = parsedate_to_datetime(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _in_words(error: httpx.TransportError | httpx.DecodingError) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.ConnectError):
        return f"no connection ({error})"
    return f"the connection broke ({str(error) or type(error).__name__})"
