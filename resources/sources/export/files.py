"""Which files of a wiki's export are read: decided from the names in its folders alone; and who
reads them.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from resources.errors import InputError
from resources.sources.export.multistream import Multistream, Part
from resources.sources.export.plain import PlainExport

MULTISTREAM = "pages-articles-multistream"
PLAIN = ("pages-articles", "pages-meta-current")
"""Kinds of exports without an index: the smaller one first."""
DONE = "_SUCCESS"
"""What is beside the files of mediawiki_content_current when all are there."""
_CURRENT = re.compile(r"(?:.*-p(\d{1,19})p\d{1,19}|.*)\.xml\.bz2")
"""A file of mediawiki_content_current; its first page's id, where its name tells that."""
_FETCH = "fetch it, or take all parts away"
_PART = re.compile(
    r"(\w+-\d{8}-(?:pages-articles(?:-multistream(?:-index)?)?|pages-meta-current))"
    r"(?:\d+\.(?:xml|txt)(?:-p\d+p\d+)?|\.(?:xml|txt)-p\d+p\d+)\.bz2",
    re.ASCII,
)
"""The name of one of several files of an export, and how all of them begin."""


@dataclass(frozen=True)
class ExportFiles:
    """The names of the files, in the order of their pages; ``indexes`` is empty, or has each one's
    index. ``sums`` are sha256 sums by name, of those files whose is known.
    """

    dumps: tuple[str, ...]
    indexes: tuple[str, ...] = ()
    sums: Mapping[str, str] = field(default_factory=dict)


class _Part(NamedTuple):
    """One of several files of an export, or the whole of it: a file without numbers.

    ``first`` and ``last`` are the ids of its pages, 0 where its name does not tell.
    """

    number: int = 0
    first: int = 0
    last: int = 0

    def name(self, stem: str, ending: str) -> str:
        pages = f"-p{self.first}p{self.last}" if self.first else ""
        return f"{stem}{self.number or ''}.{ending}{pages}.bz2"


_WHOLE = _Part()


def multistream(stem: str, names: Collection[str]) -> ExportFiles | None:
    """Choose the files of a multistream export: the whole with its index, else all parts.

    Raises InputError for a part or an index that is missing.
    """
    index_stem = f"{stem}-index"
    dumps, indexes = _parts(stem, "xml", names), _parts(index_stem, "txt", names)
    all_of_them, complete = dumps | indexes, dumps & indexes
    wanted = complete & {_WHOLE} or all_of_them - {_WHOLE} or all_of_them
    for part in sorted(wanted - complete):
        there, missing = part.name(stem, "xml"), part.name(index_stem, "txt")
        if part in indexes:
            there, missing = missing, there
        raise InputError(missing, f"it is not there, though {there} is", advice=_FETCH)
    if not wanted:
        return None
    chosen = _in_order(stem, wanted)
    return ExportFiles(
        tuple(part.name(stem, "xml") for part in chosen),
        tuple(part.name(index_stem, "txt") for part in chosen),
    )


def plain(stem: str, names: Collection[str]) -> ExportFiles | None:
    """Choose the files of an export without an index: the whole, else all parts.

    Raises InputError for a part that is missing.
    """
    for called in (f"{stem}-{kind}" for kind in PLAIN):
        parts = _parts(called, "xml", names)
        if chosen := parts & {_WHOLE} or parts:
            return ExportFiles(
                tuple(part.name(called, "xml") for part in _in_order(called, chosen))
            )
    return None


def content_current(names: Collection[str], sums: Mapping[str, str]) -> ExportFiles | None:
    """Choose the files of mediawiki_content_current from what is in its folder `xml/bzip2`; None
    where they are not all written yet.

    ``sums`` are those of its SHA256SUMS. Raises InputError for a file that they name and that is
    not there.
    """
    files = {name: found for name in {*names, *sums} if (found := _CURRENT.fullmatch(name))}
    if DONE not in names or not files:
        return None
    missing = sorted(files.keys() - {*names})
    if missing:
        problem = "it is not there, though SHA256SUMS names it"
        raise InputError(missing[0], problem, advice=_FETCH)
    return ExportFiles(tuple(sorted(files, key=lambda name: (int(files[name][1] or 0), name))))


def missing_parts(there: Collection[str], promised: Collection[str]) -> list[str]:
    """Give the promised files of an export of which other parts are ``there``, and that are not.

    An export that is one file has no parts; what else is promised is of no use to it.
    """
    stems = {found[1] for name in there if (found := _PART.fullmatch(name))}
    named = {name: found[1] for name in promised if (found := _PART.fullmatch(name))}
    return sorted(name for name, stem in named.items() if stem in stems and name not in there)


def open_export(
    dumps: Sequence[Path],
    indexes: Sequence[Path],
    namespace: int,
    on_bytes: Callable[[int], None] | None = None,
) -> Multistream | PlainExport:
    """Open the files of ExportFiles, wherever they are, for the pages of a namespace."""
    if indexes:
        parts = [Part(dump, index) for dump, index in zip(dumps, indexes, strict=True)]
        return Multistream(parts, namespace, on_bytes)
    return PlainExport(dumps, namespace, on_bytes)


def _parts(stem: str, ending: str, names: Collection[str]) -> set[_Part]:
    """Find the files that are called so, but for their numbers."""
    called = re.compile(
        rf"{re.escape(stem)}(\d{{0,9}})\.{ending}(?:-p(\d{{1,19}})p(\d{{1,19}}))?\.bz2"
    )
    found = (called.fullmatch(name) for name in names)
    return {_Part(*(int(number or 0) for number in each.groups())) for each in found if each}


def _in_order(stem: str, parts: set[_Part]) -> list[_Part]:
    """Give the parts in the order of their pages; the whole is one. Raises InputError for one that
    is missing between others.
    """
    number, page = 0, 1
    for part in sorted(parts):
        problem = ""
        if part.first > page:
            problem = f"no part of it has the pages {page} to {part.first - 1}"
        elif 0 < part.first < page:
            problem = f"two parts of it have the pages {part.first} to {page - 1}"
        elif part.number > number + 1:
            problem = f"there is no part {number + 1} of it"
        if problem:
            raise InputError(f"{stem}*.xml*.bz2", problem, advice=_FETCH)
        number, page = part.number, part.last + 1
    return sorted(parts)
