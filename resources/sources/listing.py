"""Reads what a web server lists of a folder: the HTML that nginx and Apache write of it."""

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit


def entries(html: str, url: str) -> Iterator[tuple[str, bool]]:
    """Give each name in the listing of the folder at ``url`` once, and whether it is a folder.

    Links that lead elsewhere, such as those that sort the listing or to the folder above, are no
    entries. A folder's link ends with a slash.
    """
    parser = _Links()
    parser.feed(html)
    parser.close()
    # The names that a listing shows are shortened; those in its links are not.
    found = (_entry(link, url) for link in parser.links)
    yield from dict.fromkeys(entry for entry in found if entry is not None)


def _entry(link: str, url: str) -> tuple[str, bool] | None:
    try:
        there, here = urlsplit(urljoin(url, link)), urlsplit(url)
    except ValueError:
        return None
    below = here.path if here.path.endswith("/") else f"{here.path}/"
    # A server may write the same path with other characters encoded.
    path, below = unquote(there.path), unquote(below)
    elsewhere = there.netloc != here.netloc or there.scheme != here.scheme
    if elsewhere or "?" in link or "#" in link or not path.startswith(below):
        return None
    name, slash, rest = path.removeprefix(below).partition("/")
    if rest or name in ("", ".", "..") or "\0" in name:
        return None
    return name, bool(slash)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links += [value for name, value in attributes if name == "href" and value]
