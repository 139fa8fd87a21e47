"""Where the search index is, as deployments set it. The graph's assets get it as ``search``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from resources.addresses import is_address, is_url, shown
from resources.errors import UserError
from resources.ledger import Ledger, rename_target, target_of
from resources.search import KIND
from resources.search.places import Place
from resources.search.sending import Bounds, Log, persist
from resources.search.server import Access, Server
from resources.search.shipped import ShippedTags
from resources.storage import Storage

_PAIR = re.compile(r"([a-z0-9]\w*_[a-z]+)=([a-z0-9][a-z0-9_.+-]*)", re.ASCII)
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
        # A file system of this machine has no host, and no user on it.
        has_host = re.match("(?i)(file|local)://[^/]", bulk_files.strip())
        if has_host or (is_address(bulk_files) and not is_url(bulk_files)):
            raise UserError(
                f"IMAGESUGGEST_SEARCH_BULK_FILES: {shown(bulk_files)} is neither a folder nor a "
                "URL; write a path, or a URL of a file system of fsspec such as s3://bucket/path"
            )
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

    def place(self, lake: Storage, snapshot: str) -> Place:
        """Give where the bulk files of a snapshot are."""
        folder = self.bulk_files.rstrip("/") or lake.path("search_bulk_files")
        return Place(f"{folder}/snapshot={snapshot}")

    def shipped(self, lake: Storage, scratch: Path, log: Log) -> ShippedTags:
        """Give what is known of this target; another has a ledger of its own.

        A cluster is asked who it is: it stays the same however its addresses are written. Raises
        UserError, UnavailableError when it does not answer.
        """
        target = target_of(KIND, self.where)
        if self.access is not None:
            server = self.connect(log)
            by_address, target = target, target_of(KIND, server.cluster)
            server.close()
            # Before clusters were asked, ledgers were named by the addresses.
            rename_target(lake, by_address, target)
        return ShippedTags(Ledger(lake, target), scratch, MEMORY)

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
        found = _PAIR.fullmatch(pair)
        if found is None:
            raise UserError(
                f"IMAGESUGGEST_SEARCH_INDEXES: pair {place} is none; write one such as "
                "ptwiki_content=ptwiki_content_2026"
            )
        pairs[found[1]] = found[2]
    return pairs
