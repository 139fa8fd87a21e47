"""Values that people set, brought to the form of SPEC.md section 1, or refused with what was
expected.

A name that nothing is called would switch a rule off, and nobody would see that.
"""

import math
import re
from collections.abc import Iterable
from typing import Any

from resources.sources.names import normalize_typed_name, normalize_typed_part
from resources.stores.kinds import KINDS

MEDIA_TYPES = (
    *("UNKNOWN", "BITMAP", "DRAWING", "AUDIO", "VIDEO", "MULTIMEDIA", "OFFICE", "TEXT"),
    *("EXECUTABLE", "ARCHIVE", "3D"),
)
"""Those of MediaWiki."""
MOST = 10**15
"""No count comes near; more of them would not fit the columns that hold them."""
_IN_NO_NAME = re.compile(r"[#<>\[\]|{}\x00-\x1f\x7f]")
_ITEM = re.compile(r"Q[1-9]\d{0,17}", re.ASCII)
_EXTENSION = re.compile(r"[a-z0-9]+", re.ASCII)
_WIKI = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_SHARES = ("warn", "error")


def as_read(value: Any) -> Any:
    """Give a value as it was read. Raises ValueError for true and false: no rule has them."""
    if isinstance(value, bool):
        raise ValueError(f"{str(value).lower()} is no number")
    if isinstance(value, dict):
        for each in value.values():
            as_read(each)
    return value


def finite(value: Any) -> Any:
    """Give a value. Raises ValueError for a number that no count can be compared with."""
    if isinstance(value, int | float) and not abs(value) <= MOST:
        raise ValueError(f"{value} is too large, expected {MOST:,} at most")
    return value


def names(values: Iterable[str]) -> list[str]:
    """Bring names of files or categories to form."""
    return [_name(value, normalize_typed_name(value)) for value in values]


def words(values: Iterable[str]) -> list[str]:
    """Bring parts of names to form; an underscore at either end is part of it."""
    found = []
    for value in values:
        word = normalize_typed_part(value)
        if not word.strip("_"):
            raise ValueError(f"{value!r} is in every name, expected a part of some")
        found.append(_name(value, word))
    return found


def items(values: Iterable[str]) -> list[str]:
    """Bring ids of Wikidata items to form."""
    found = [value.strip().upper() for value in values]
    for value, item in zip(values, found, strict=True):
        if not _ITEM.fullmatch(item):
            raise ValueError(f"{value!r} is no item, expected one such as Q577")
    return found


def media_types(values: Iterable[str]) -> list[str]:
    """Bring media types to form."""
    found = [value.strip().upper() for value in values]
    for value, kind in zip(values, found, strict=True):
        if kind not in MEDIA_TYPES:
            raise ValueError(
                f"{value!r} is no media type, expected one of {', '.join(MEDIA_TYPES)}"
            )
    return _some(found, "media type")


def extensions(values: Iterable[str]) -> list[str]:
    """Bring extensions of files to form."""
    found = [value.strip().removeprefix(".").lower() for value in values]
    for value, extension in zip(values, found, strict=True):
        if not _EXTENSION.fullmatch(extension):
            raise ValueError(f"{value!r} is no extension, expected one such as jpg")
    return _some(found, "extension")


def kinds(values: Iterable[str]) -> list[str]:
    """Bring kinds of suggestions to form."""
    found = [value.strip().lower() for value in values]
    for value, kind in zip(values, found, strict=True):
        if kind not in KINDS:
            raise ValueError(f"{value!r} is no kind, expected one of {', '.join(KINDS)}")
    return found


def percent_by_kinds(values: dict[str, int]) -> dict[str, int]:
    """Bring combinations of kinds, with `+` between two, to form, and check their percents."""
    found = {}
    for value, percent in values.items():
        if not 0 <= percent <= 100:
            raise ValueError(f"{value}: {percent} is no confidence, expected one from 0 to 100")
        found["+".join(sorted({*kinds(value.split("+"))}))] = percent
    return found


def wikis(values: Iterable[str]) -> None:
    """Check what wikis are called."""
    for wiki in values:
        if not _WIKI.fullmatch(wiki):
            raise ValueError(f"{wiki!r} is no wiki, expected a database name such as chwiki")


def shares_by_wiki(values: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Check the shares that are a wiki's own."""
    wikis(values)
    for wiki, shares in values.items():
        for name, share in shares.items():
            if name not in _SHARES:
                raise ValueError(f"{wiki}.{name} is no share, expected warn or error")
            if not 0 <= share < math.inf:
                raise ValueError(f"{wiki}.{name} is {share}, expected a share such as 0.3")
    return values


def _name(value: str, name: str) -> str:
    wrong = _IN_NO_NAME.search(name)
    if wrong or not name:
        why = f"{wrong[0]!r} is in no name" if wrong else "it is empty"
        raise ValueError(f"{value!r} is no name: {why}; expected one such as Image_placeholders")
    return name


def _some(values: list[str], what: str) -> list[str]:
    if not values:
        raise ValueError(f"no {what}: no file would be a picture; expected at least one")
    return values
