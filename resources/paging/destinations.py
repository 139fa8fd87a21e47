"""Where pages go: whatever apprise understands, and a file. Which page goes when is not here."""

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import apprise
from apprise.plugins import N_MGR, url_to_dict

from resources.addresses import shown
from resources.errors import UserError
from resources.paging.problems import Outcome, Page, Severity
from resources.paging.quiet import Secrets, overheard

SECONDS = 10
"""How long a receiver may take to be connected to, and again to answer, unless its URL says."""
KEY = "Idempotency-Key"
"""The HTTP or mail header with a page's key, by which a receiver recognises a repeat."""
BOTH: frozenset[Severity] = frozenset({"WARN", "ERROR"})
_ROUTED = re.compile(r"(?P<severities>[A-Za-z,]*)=(?P<url>[A-Za-z][\w.+-]*://.*)")
_SETTING = "IMAGESUGGEST_PAGES"
_TYPES = {
    "WARN": apprise.NotifyType.WARNING,
    "ERROR": apprise.NotifyType.FAILURE,
    "over": apprise.NotifyType.SUCCESS,
    "test": apprise.NotifyType.INFO,
}


class Destination(Protocol):
    """Somewhere pages go to. ``label`` may be shown; ``url`` may not."""

    label: str
    severities: frozenset[Severity]
    url: str

    def send(self, page: Page) -> str:
        """Send a page; give "" where it was taken, else why it was not, without a secret."""
        ...


@dataclass
class Service:
    """A destination that apprise knows how to reach."""

    url: str = field(repr=False)
    label: str
    severities: frozenset[Severity]
    secrets: Secrets = field(repr=False)

    def send(self, page: Page) -> str:
        """Send a page through apprise, once: trying again is the pager's."""
        kind = _TYPES[page.kind if page.kind in _TYPES else page.severity]
        with overheard() as reasons:
            plugin = _plugin(self.url, page.key)
            if plugin is None:
                reasons.append("apprise does not understand the URL any more")
                sent = False
            else:
                services = apprise.Apprise(asset=plugin.asset)
                services.add(plugin)
                sent = bool(
                    services.notify(
                        page.body,
                        title=page.title,
                        notify_type=kind,
                        body_format=apprise.NotifyFormat.TEXT,
                    )
                )
        if sent:
            return ""
        return self.secrets.out_of("; ".join(dict.fromkeys(reasons))) or "it was not taken"


@dataclass
class File:
    """A text file that pages are added to, for demonstrations. A page is in it once."""

    url: str
    label: str
    severities: frozenset[Severity]
    path: Path

    def send(self, page: Page) -> str:
        """Add a page at the end of the file, on the disk when this returns."""
        text = f"{page.title}\n\n{page.body}\n\n{'-' * 72}\n\n"
        try:
            if self.path.exists() and page.key.encode() in self.path.read_bytes():
                return ""
            with self.path.open("a", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            return f"{self.path}: {error.strerror}"
        return ""


def destinations_from(text: str) -> list[Destination]:
    """Read destinations from ``IMAGESUGGEST_PAGES``: URLs between white space.

    Each may say which severities it takes: ``error=…``, ``warn,error=…``; without, it takes all.
    Besides what apprise understands, ``file:///path/to/pages.txt`` is there. Raises UserError,
    which names the URL by its place and shows none of its secrets.
    """
    found: dict[str, Destination] = {}
    for place, word in enumerate(text.split(), start=1):
        routed = _ROUTED.fullmatch(word)
        url = routed["url"] if routed else word
        severities = _severities(routed["severities"], place) if routed else BOTH
        if url in found:
            found[url].severities |= severities
        else:
            found[url] = _destination(url, severities, place)
    labels: dict[str, int] = {}
    for destination in found.values():
        labels[destination.label] = number = labels.get(destination.label, 0) + 1
        if number > 1:
            destination.label += f" ({number})"
    return list(found.values())


def page_test(destinations: Sequence[Destination]) -> list[Outcome]:
    """Send one test page to every destination, whatever it takes, and tell what came of it."""
    key = uuid4().hex
    page = Page(
        key=key,
        kind="test",
        severity="WARN",
        routed=BOTH,
        title="[TEST] image suggestions: pages reach you",
        body=f"This is a test: nothing is wrong, and there is nothing to do.\n\nPage {key}.",
        written=datetime.now(UTC),
    )
    outcomes = []
    for destination in destinations:
        began = time.monotonic()
        why = destination.send(page)
        outcomes.append(Outcome(destination.label, why, time.monotonic() - began))
    return outcomes


def _severities(text: str, place: int) -> frozenset[Severity]:
    names = {name.upper() for name in text.split(",")}
    if not names <= BOTH:
        raise UserError(
            f"{_SETTING}: what stands before the = of destination {place} is not warn, error or "
            "warn,error; put one of these there, or leave it out for all"
        )
    return frozenset(severity for severity in BOTH if severity in names)


def _destination(url: str, severities: frozenset[Severity], place: int) -> Destination:
    scheme, separator, _ = url.partition("://")
    try:
        parts = urlsplit(url)
    except ValueError:
        separator = ""
    if not separator:
        raise UserError(
            f"{_SETTING}: destination {place} is not a URL; write scheme://…, "
            "and white space between two"
        )
    if scheme.lower() == "file":
        path = Path(unquote(parts.path))
        if parts.netloc or not path.is_absolute():
            raise UserError(
                f"{_SETTING}: {shown(url)} must name a file in full: file:///path/to/pages.txt"
            )
        return File(url, url, severities, path)
    with overheard():
        plugin = _plugin(url, key="")
    host = _host(scheme, parts.hostname)
    label = f"{scheme}://{host or '…'}"
    if plugin is None:
        known = scheme.lower() in N_MGR
        where = N_MGR[scheme.lower()].setup_url if known else "https://appriseit.com/services/"
        raise UserError(
            f"{_SETTING}: destination {place}, {label}, is not as apprise expects it; "
            f"{where} says how it is written"
        )
    if len(plugin) > 1:
        # Apprise answers for all of them at once: if one failed, all would be told again.
        raise UserError(
            f"{_SETTING}: destination {place}, {label}, names {len(plugin)} receivers; "
            "write a URL for each, so that one that fails is tried again alone"
        )
    return Service(url, label, severities, Secrets(url, host))


def _plugin(url: str, key: str) -> apprise.NotifyBase | None:
    """Let apprise make of a URL what sends one page; None where it does not understand it."""
    parsed: dict[str, Any] | None = url_to_dict(url, secure_logging=True)
    if parsed is None or parsed["schema"] not in N_MGR:
        return None
    plugin = N_MGR[parsed["schema"]]
    given = {"cto": SECONDS, "rto": SECONDS, "overflow": "truncate"}
    # One try, and its failure is a failure: neither is the URL's to say.
    parsed = {**given, **parsed, "retry": 0, "optional": False}
    if plugin.template_kwargs.get("headers", {}).get("prefix") == "+":
        parsed["headers"] = {**(parsed.get("headers") or {}), KEY: key}
    if "dedup" in plugin.template_args:
        # On-call services merge what has the same key, unless the URL has them merge otherwise.
        name = plugin.template_args["dedup"].get("map_to", "dedup")
        parsed[name] = parsed.get(name) or key
    # No deadline of apprise's own: it would send on in a thread after it has said that it failed.
    asset = apprise.AppriseAsset(service_timeout=0, storage_mode="memory")
    return apprise.Apprise.instantiate(parsed, asset=asset)


def _host(scheme: str, host: str | None) -> str | None:
    """Give the host of a URL where it is one: some services have a token in its place."""
    if not host or scheme.lower() not in N_MGR:
        return None
    token = N_MGR[scheme.lower()].template_tokens.get("host", {})
    return host if token.get("required") and not token.get("private") else None
