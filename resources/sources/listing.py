"""Reads what a web server lists of a folder: the HTML that nginx and Apache write of it."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote, urljoin, urlsplit

_ATTRIBUTE = (
    r"([^\s/>=][^\s/>=]*+)"
    r"(?:\s*+=\s*+(?:\"([^\"]*+)(?:\"|\Z)|'([^']*+)(?:'|\Z)|([^\s>\"'][^\s>]*+)?+))?+"
)
# A pass over the text, in which nothing is read twice: a tree of elements, as libraries build it,
# can be made to take minutes and gigabytes by a hundred kilobytes of tags that nobody closes.
_MARKUP = re.compile(
    rf"<!--(?:-?>|.*?(?:--!?>|\Z))|<[/!?][^>]*+|<([a-z][^\s/>]*+)((?:[\s/=]|{_ATTRIBUTE})*+)(>?)",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTES = re.compile(_ATTRIBUTE)


def entries(html: str, url: str) -> Iterator[tuple[str, bool]]:
    """Give each name in the listing of the folder at ``url`` once, and whether it is a folder.

    Links that lead elsewhere, such as those that sort the listing or to the folder above, are no
    entries, nor is one that is cut off. A folder's link ends with a slash. Takes a time that grows
    with the text alone, whatever is in it.
    """
    here = urlsplit(url)
    # A server may write the same path with other characters encoded.
    below = unquote(here.path if here.path.endswith("/") else f"{here.path}/")
    # The names that a listing shows are shortened; those in its links are not.
    links = dict.fromkeys(_links(html))
    found = (_entry(link, url, (here.scheme, here.netloc), below) for link in links)
    yield from dict.fromkeys(entry for entry in found if entry is not None)


def _links(html: str) -> Iterator[str]:
    for name, attributes, *_, closed in _MARKUP.findall(html):
        if closed and name.lower() == "a":
            for attribute, *values in _ATTRIBUTES.findall(attributes):
                if attribute.lower() == "href":
                    yield "".join(values)
                    break


def _entry(link: str, url: str, server: tuple[str, str], below: str) -> tuple[str, bool] | None:
    try:
        link = unescape(link).strip()
        there = urlsplit(urljoin(url, link))
    except ValueError:
        # No address, or a character whose number has thousands of digits.
        return None
    path = unquote(there.path)
    elsewhere = (there.scheme, there.netloc) != server
    if elsewhere or not link or "?" in link or "#" in link or not path.startswith(below):
        return None
    name, slash, rest = path.removeprefix(below).partition("/")
    if rest or name in ("", ".", "..") or "\0" in name:
        return None
    return name, bool(slash)
