"""What a destination's URL must keep to itself, and what libraries say while they send to it."""

import logging
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from urllib.parse import parse_qsl, quote, unquote, urlsplit

_TALKERS = (
    "apprise",
    "requests",
    "urllib3",
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.util.retry",
)
"""The loggers that name URLs, or parts of them, while something is sent."""
_REASONS = ("Socket Exception: ", "Notification Exception: ")
"""What apprise opens a record of level DEBUG with that says why it failed."""
_LONGEST = 500
_SHORT = 4
"""Secrets with fewer characters are taken out only where they stand alone."""
_HARMLESS = {"yes", "no", "true", "false", "insecure", "starttls", "ssl", "text", "post"}
_one_at_a_time = Lock()


class Secrets:
    """The parts of a URL that nobody may see: all but the scheme, and the host where it is one."""

    def __init__(self, url: str, host: str | None) -> None:
        parts = urlsplit(url)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        login = parts.netloc.rpartition("@")[0]
        found = {url, login, user, password, parts.path, parts.query, parts.fragment}
        found |= {b64encode(f"{user}:{password}".encode()).decode()} if user or password else set()
        found |= {parts.netloc.rpartition("@")[2], parts.hostname or ""} if host is None else set()
        for text in [parts.path, parts.fragment, *(value for _, value in parse_qsl(parts.query))]:
            found |= {text, *re.split(r"[/,:;@&=\s]", text), *re.split(r"[/,;\s]", unquote(text))}
        found |= {form(text) for text in found for form in (quote, unquote, _quoted)}
        # The longest first, so that no rest of it stays.
        hidden = sorted(found - {"", "/", host, *_HARMLESS}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_exactly, hidden)) or "(?!)", re.IGNORECASE)

    def out_of(self, text: str) -> str:
        """Give a text in one line, of bounded length, without the secrets."""
        line = " ".join(self._pattern.sub("***", text).split())
        return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


@contextmanager
def overheard() -> Iterator[list[str]]:
    """Keep what libraries log while something is sent from all logs, and give why it failed.

    One thread at a time, since loggers are the process's; what other threads log goes its way.
    """
    reasons: list[str] = []
    sender = get_ident()

    def listen(record: logging.LogRecord) -> bool:
        if get_ident() != sender:
            return True
        message = record.getMessage()
        if record.levelno >= logging.WARNING or message.startswith(_REASONS):
            for opening in _REASONS:
                message = message.removeprefix(opening)
            reasons.append(message)
        return False

    with _one_at_a_time:
        loggers = [logging.getLogger(name) for name in _TALKERS]
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.addFilter(listen)
        # Apprise says why only to those who debug.
        loggers[0].setLevel(logging.DEBUG)
        try:
            yield reasons
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.removeFilter(listen)
                logger.setLevel(level)


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _exactly(secret: str) -> str:
    escaped = re.escape(secret)
    return escaped if len(secret) >= _SHORT else rf"(?<!\w){escaped}(?!\w)"
