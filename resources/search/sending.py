"""Sends the pairs of a bulk file to a server, each page to its end: what is tried again, and how.

With the plugin the pairs go out as they are. Without it the same result is reached by reading the
tags that are there, applying the multilist rule here, and updating on the condition that nobody
changed the page in between.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from resources.search import multilist
from resources.search.server import FIELD, PASSING, Answer, Document, Server, UnavailableError

Log = Callable[[str], object]
T = TypeVar("T")
_ABSENT, _CONFLICT = 404, 409
_NOT_THERE = "the index {} is not there"


@dataclass(frozen=True)
class Bounds:
    """How large and how many requests are, and how long one goes on with what fails in passing.

    ``attempts`` are those of a request, or of pages that the server was too busy for, with waits
    that double from ``first_wait_seconds`` to ``longest_wait_seconds``, or as long as the server
    asks, up to ``longest_retry_after_seconds``. ``conflicts`` is how often a page that somebody
    else changed in between is read again.
    """

    request_bytes: int = 4_000_000
    request_pages: int = 1_000
    concurrency: int = 4
    attempts: int = 10
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0
    longest_retry_after_seconds: float = 300.0
    conflicts: int = 50


@dataclass
class Sent:
    """What became of pages. ``failed`` has the reason of each; ``conflicts`` were tried again."""

    written: int = 0
    unchanged: int = 0
    conflicts: int = 0
    missing: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(
            self.written + other.written,
            self.unchanged + other.unchanged,
            self.conflicts + other.conflicts,
            self.missing + other.missing,
            self.failed | other.failed,
        )

    def reasons(self) -> dict[str, int]:
        """Count the failed pages by reason, the most frequent first."""
        return dict(Counter(self.failed.values()).most_common())


class _Source(msgspec.Struct):
    weighted_tags: list[str]


class _Parameters(msgspec.Struct):
    source: _Source


class _Script(msgspec.Struct):
    params: _Parameters


class _Body(msgspec.Struct):
    script: _Script


class _Update(msgspec.Struct):
    id: str = msgspec.field(name="_id")


class _Action(msgspec.Struct):
    update: _Update


_ACTION, _BODY = msgspec.json.Decoder(_Action), msgspec.json.Decoder(_Body)
_Pairs = dict[int, bytes]
"""The two lines of each page, with their line breaks."""


def send(server: Server, index: str, pairs: bytes, bounds: Bounds, log: Log) -> Sent:
    """Send the pairs of a bulk file, whole requests at a time, several at once.

    Returns when each page has its end. Raises UnavailableError when the server could not be
    reached within the bounds: nobody knows then what became of the pages.
    """
    if not persist(lambda: server.exists(index), bounds, log):
        reason = _NOT_THERE.format(index)
        pages = (page for each in _requests(pairs, bounds) for page in each)
        return Sent(failed=dict.fromkeys(pages, reason))
    with ThreadPoolExecutor(bounds.concurrency) as threads:
        sending = [
            threads.submit(_send_request, server, index, each, bounds, log)
            for each in _requests(pairs, bounds)
        ]
        _, rest = wait(sending, return_when=FIRST_EXCEPTION)
        for each in rest:
            each.cancel()
    return sum((each.result() for each in sending if not each.cancelled()), Sent())


def persist(ask: Callable[[], T], bounds: Bounds, log: Log) -> T:
    """Ask until the server answers. Raises the last UnavailableError when the bounds are over."""

    def tell(state: RetryCallState) -> None:
        seconds = state.next_action.sleep if state.next_action else 0.0
        log(
            f"{_fault(state)}; attempt {state.attempt_number + 1} of {bounds.attempts} "
            f"in {seconds:.1f} s"
        )

    trying = Retrying(
        retry=retry_if_exception_type(UnavailableError),
        wait=lambda state: _wait(state.attempt_number, bounds, _retry_after(state)),
        stop=stop_after_attempt(bounds.attempts),
        before_sleep=tell,
        reraise=True,
    )
    return trying(ask)


def _wait(attempt: int, bounds: Bounds, retry_after: float = 0.0) -> float:
    """Give the seconds to wait after an attempt; not all who wait come back at once."""
    usual = min(bounds.first_wait_seconds * 2.0 ** (attempt - 1), bounds.longest_wait_seconds)
    asked = min(retry_after, bounds.longest_retry_after_seconds)
    return max(asked, usual) + random.uniform(0, bounds.first_wait_seconds)  # noqa: S311


def _fault(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _retry_after(state: RetryCallState) -> float:
    fault = _fault(state)
    return fault.retry_after if isinstance(fault, UnavailableError) else 0.0


def _requests(pairs: bytes, bounds: Bounds) -> Iterator[_Pairs]:
    """Cut pairs into requests that are not too large."""
    request: _Pairs = {}
    size = 0
    lines = iter(pairs.splitlines(keepends=True))
    for action, body in zip(lines, lines, strict=True):
        more = len(action) + len(body)
        full = len(request) == bounds.request_pages or size + more > bounds.request_bytes
        if request and full:
            yield request
            request, size = {}, 0
        request[int(_ACTION.decode(action).update.id)] = action + body
        size += more
    if request:
        yield request


def _send_request(server: Server, index: str, pairs: _Pairs, bounds: Bounds, log: Log) -> Sent:
    """Send some pages until each has its end."""
    sent, left = Sent(), pairs
    conflicts = busy = 0
    attempt = _with_plugin if server.plugin else _without_plugin
    while left:
        waiting: Counter[int] = Counter()
        answers = persist(lambda pairs=left: attempt(server, index, pairs), bounds, log)  # type: ignore[misc]
        again: _Pairs = {}
        for page, answer in answers.items():
            changed = answer.status == _CONFLICT and conflicts < bounds.conflicts
            if changed or (answer.status in PASSING and busy + 1 < bounds.attempts):
                again[page] = left[page]
                waiting[answer.status] += 1
            else:
                _count(sent, page, answer)
        if waiting[_CONFLICT]:
            conflicts += 1
            sent.conflicts += waiting[_CONFLICT]
        if len(again) > waiting[_CONFLICT]:
            busy += 1
            seconds = _wait(busy, bounds)
            log(
                f"{index}: the server is too busy for {len(again) - waiting[_CONFLICT]:,} pages; "
                f"again in {seconds:.1f} s"
            )
            time.sleep(seconds)
        left = again
    return sent


def _count(sent: Sent, page: int, answer: Answer) -> None:
    if answer.status == _ABSENT and not _index_missing(answer):
        sent.missing.append(page)
    elif answer.status >= 300:
        sent.failed[page] = answer.reason or f"HTTP {answer.status}"
    elif answer.changed:
        sent.written += 1
    else:
        sent.unchanged += 1


def _index_missing(answer: Answer) -> bool:
    """Tell an index that went away meanwhile from a page that did."""
    return answer.reason.startswith("index_not_found")


def _with_plugin(server: Server, index: str, pairs: _Pairs) -> dict[int, Answer]:
    answers = server.bulk(index, b"".join(pairs.values()))
    return dict(zip(pairs, answers, strict=True))


def _without_plugin(server: Server, index: str, pairs: _Pairs) -> dict[int, Answer]:
    """Read, apply the rule, and update what has not been changed since it was read."""
    answers: dict[int, Answer] = {}
    updates: _Pairs = {}
    there = server.read(index, list(pairs))
    for page, pair in pairs.items():
        document = there[page]
        if isinstance(document, Answer):
            answers[page] = document
            continue
        wanted = _BODY.decode(pair[pair.index(b"\n") + 1 :]).script.params.source.weighted_tags
        tags = multilist.apply(document.tags, wanted)
        if tags is None:
            answers[page] = Answer(200, changed=False)
        else:
            updates[page] = _conditional(page, document, tags)
    if updates:
        answers |= _with_plugin(server, index, updates)
    return answers


def _conditional(page: int, document: Document, tags: Sequence[str]) -> bytes:
    """Write the pair that gives a page ``tags``, unless it is another by then.

    It is a partial update, for which the server reads the page once more: with a whole document,
    who may see some of its fields only would delete the others.
    """
    # That it changes something is known, and need not be found out again.
    return (
        b'{"update":{"_id":"%d","if_seq_no":%d,"if_primary_term":%d}}\n'
        b'{"doc":{"%s":%s},"detect_noop":false}\n'
    ) % (
        page,
        document.sequence_number,
        document.primary_term,
        FIELD.encode(),
        msgspec.json.encode(tags),
    )
