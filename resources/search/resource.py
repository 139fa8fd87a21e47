"""Where the search index is, as deployments set it. The graph's assets get it as ``search``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from resources.addresses import shown
from resources.errors import UserError
from resources.ledger import Ledger, target_of
from resources.search.places import Place
from resources.search.sending import Bounds, Log, persist
from resources.search.server import Access, Server
from resources.search.shipped import ShippedTags

_INDEX = re.compile(r"[^\s/\\*?\"<>|,#:=@A-Z]+")
"""What an index may be called: what a server refuses, and what an address has, is not in it."""
KIND = "search"
"""Of its ledgers."""
AS_FILES = "files"
"""As the setting: the bulk files are the shipment."""
MEMORY = "1GB"
"""For sorting and joining, beside the engine."""


@dataclass(frozen=True)
class Search:
    """What is shipped where: nowhere (empty), as bulk files, or to the servers at an address.

    ``where`` is IMAGESUGGEST_SEARCH, ``indexes`` the names of indexes that are not the usual ones,
    ``bulk_files`` a folder or fsspec URL for bulk files, in the lake if empty.
    """

    where: str = ""
    access: Access | None = None
    indexes: Mapping[str, str] = field(default_factory=dict)
    bulk_files: str = field(default="", repr=False)
    bounds: Bounds = field(default_factory=Bounds)

    @classmethod
    def of(
        cls,
        where: str = "",
        *,
        ca: str = "",
        user: str = "",
        password: str = "",
        api_key: str = "",
        indexes: str = "",
        bulk_files: str = "",
        bounds: Bounds | None = None,
    ) -> "Search":
        """Read the settings. Raises UserError for what is not understood; tells no password.

        ``where`` may have several addresses of one cluster with commas between them; ``indexes``
        are pairs ``usual=other`` with white space between them.
        """
        access = None
        where = where.strip()
        if where not in ("", AS_FILES):
            urls, user_there, password_there = _addresses(where)
            access = Access(
                urls,
                ca=ca,
                user=user or user_there,
                password=password or password_there,
                api_key=api_key,
            )
            where = ",".join(urls)
        return cls(where, access, _pairs(indexes), bulk_files, bounds or Bounds())

    @property
    def ships(self) -> bool:
        """Whether anything is shipped at all."""
        return bool(self.where)

    @property
    def shown(self) -> str:
        """Say for people where it is shipped to."""
        if self.access is not None:
            return self.access.shown
        return "bulk files" if self.where else "nowhere"

    def place(self, lake: Path, snapshot: str) -> Place:
        """Give where the bulk files of a snapshot are."""
        folder = self.bulk_files.rstrip("/") or lake / "search_bulk_files"
        return Place(f"{folder}/snapshot={snapshot}")

    def shipped(self, lake: Path, scratch: Path) -> ShippedTags:
        """Give what is known of this target; another has a ledger of its own."""
        return ShippedTags(Ledger(lake, target_of(KIND, self.where)), scratch, MEMORY)

    def connect(self, log: Log) -> Server:
        """Connect with the servers. Raises UserError, UnavailableError when they do not answer."""
        access = self.access
        if access is None:
            raise UserError("no search server is named; set IMAGESUGGEST_SEARCH to its address")
        from resources.search.clients import connect

        return persist(lambda: connect(access, self.bounds.concurrency), self.bounds, log)


def _addresses(where: str) -> tuple[tuple[str, ...], str, str]:
    """Take addresses apart: without, and apart from them, the user and password."""
    urls, user, password = [], "", ""
    for number, text in enumerate(where.split(","), 1):
        try:
            parts = urlsplit(text.strip())
            port, host = parts.port, parts.hostname
        except ValueError:
            port, host = None, None
        if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
            raise UserError(
                f"IMAGESUGGEST_SEARCH: address {number} is none; write `files`, or one such as "
                "https://search.example.org:9200"
            )
        user, password = unquote(parts.username or user), unquote(parts.password or password)
        # The clients do not know the usual ports.
        port = port or (443 if parts.scheme == "https" else 80)
        name = f"[{host}]" if ":" in host else host
        urls.append(urlunsplit((parts.scheme, f"{name}:{port}", parts.path.rstrip("/"), "", "")))
    return tuple(urls), user, password


def _pairs(text: str) -> dict[str, str]:
    pairs = {}
    for place, pair in enumerate(text.split(), 1):
        usual, equals, other = pair.partition("=")
        if not (_INDEX.fullmatch(usual) and equals and _INDEX.fullmatch(other)):
            raise UserError(
                f"IMAGESUGGEST_SEARCH_INDEXES: pair {place}, {shown(pair)!r}, is none; write one "
                "such as ptwiki_content=ptwiki_content_2026"
            )
        pairs[usual] = other
    return pairs
