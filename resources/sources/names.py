"""The one form of names of files and categories, and that of titles (SPEC §1), for values and
columns.

Every reader brings names to this form, so that nothing later compares two spellings of one thing.
Which names are of what, and which are dropped, is not decided here.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Column = TypeVar("Column", pa.Array, pa.ChunkedArray)

NS_MAIN, NS_FILE, NS_CATEGORY, NS_MODULE = 0, 6, 14, 828
"""The namespaces of MediaWiki that count here; of files and categories, what a page is called is a
name."""

# MediaWiki takes these out of what it makes a title of, and any run of those for one underscore.
_MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
_SPACES = (
    " \xa0\u1680\u180e"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_NO_MARKS = dict.fromkeys(map(ord, _MARKS))
_RUN = re.compile(f"[_{_SPACES}]+")
_NAMESPACE = re.compile("(?:file|image|category)_?:_?", re.ASCII | re.IGNORECASE)

# Letters with an upper case that Wikimedia's wikis leave as they are at the start of a title,
# taken from the ucfirst overrides of their public MediaWiki configuration.
_KEPT_LETTERS = frozenset(
    map(
        chr,
        [
            0x01C5,  # the titlecase digraphs
            0x01C8,
            0x01CB,
            0x01F2,
            0x0345,  # combining iota
            *range(0x10D0, 0x1100),  # Georgian Mkhedruli
            *range(0x2170, 0x2180),  # small Roman numerals
            *range(0x24D0, 0x24EA),  # circled letters
            0xA7B9,
            *range(0x16E60, 0x16E80),  # Medefaidrin
        ],
    )
)


def normalize_name(text: str) -> str:
    """Bring one name to the form of SPEC §1; the same again changes nothing.

    NFC, without marks of direction, one underscore for a run of spaces and underscores, none at
    either end, first letter upper-case.
    """
    return with_capital(_spelled(text))


def normalize_typed_name(text: str) -> str:
    """Bring a name that somebody typed to the same form, without `File:` or the like before it.

    Of several namespaces the first goes, whatever its case: MediaWiki, too, takes what follows it
    for the name.
    """
    return with_capital(_without_namespace(_spelled(text)))


def normalize_typed_part(text: str) -> str:
    """Bring a part of names that somebody typed to the form that it has within them.

    An underscore at either end and the case of the first letter are part of it.
    """
    return _without_namespace(_part(text))


def normalize_title(text: str) -> str:
    """Bring one title to the form of SPEC §1: as its wiki has it, with underscores, in NFC."""
    return unicodedata.normalize("NFC", text.replace(" ", "_"))


def normalize_typed_title(text: str) -> str:
    """Bring a title that somebody typed, without a namespace, to the form that MediaWiki gives it;
    its first letter stays as it is.
    """
    return _spelled(text)


def with_capital(name: str) -> str:
    """Make the first letter upper-case as on Wikimedia's wikis.

    One letter for one letter, so ß and ŉ stay, and Georgian stays.
    """
    first = _upper(name[:1])
    # A capital can compose with a following mark where its small letter can not: i̇ gives İ.
    return name if first == name[:1] else unicodedata.normalize("NFC", first + name[1:])


def normalize_names(values: Column) -> Column:
    """`normalize_name` of each value of a string column (valid UTF-8); NULL stays NULL.

    What already has the form is found from the bytes and not touched. Raises TypeError for a
    column that is not of type string.
    """
    return _each_chunk(values, _normalize_chunk)


def normalize_typed_names(values: Column) -> Column:
    """`normalize_typed_name` of each value of a string column; else as `normalize_names`."""
    return _each_chunk(values, _normalize_typed_chunk)


def normalize_titles(values: Column) -> Column:
    """`normalize_title` of each value of a string column; else as `normalize_names`."""
    return _each_chunk(values, _normalize_title_chunk)


def normalize_by_namespace(values: pa.Array, namespaces: pa.Array) -> pa.Array:
    """Bring what pages of some namespaces are called to form: names of files and categories, and
    titles of all else, also where the namespace is NULL.
    """
    if values.null_count == len(values):
        return values
    titles = normalize_titles(values)
    named = pc.is_in(namespaces, value_set=pa.array([NS_FILE, NS_CATEGORY], namespaces.type))
    # The form of a name has that of a title, and nearly all names of a dump have it already.
    given = titles.filter(named)
    names = normalize_names(given)
    return titles if names.equals(given) else pc.replace_with_mask(titles, named, names)


def _spelled(text: str) -> str:
    return _part(text).strip("_")


def _part(text: str) -> str:
    return _RUN.sub("_", unicodedata.normalize("NFC", text.translate(_NO_MARKS)))


def _without_namespace(name: str) -> str:
    namespace = _NAMESPACE.match(name)
    return name[namespace.end() :] if namespace else name


def _upper(letter: str) -> str:
    if letter in _KEPT_LETTERS:
        return letter
    upper = letter.upper()
    if len(upper) > 1:
        # Greek letters with iota below have two upper cases; the one of one letter is the title's.
        upper = letter.title()
    return upper if len(upper) == 1 else letter


def _each_chunk(values: Column, normalize: Callable[[pa.Array], pa.Array]) -> Column:
    if values.type != pa.string():
        raise TypeError(f"names are of type string, not {values.type}")
    if isinstance(values, pa.ChunkedArray):
        return pa.chunked_array([normalize(chunk) for chunk in values.chunks], type=pa.string())
    return normalize(values)


def _normalize_typed_chunk(chunk: pa.Array) -> pa.Array:
    data, _ = _bytes(chunk)
    if b":" in data.tobytes():
        chunk = _replace(chunk, pc.match_substring(chunk, ":"), normalize_typed_name)
    return _normalize_chunk(chunk)


def _normalize_chunk(chunk: pa.Array) -> pa.Array:
    chunk = _without_blanks(chunk)
    data, bounds = _bytes(chunk)
    if not data.size:
        return chunk
    work = _edge_needs_work(data, bounds)
    blank = data == ord("_")
    if (blank[1:] & blank[:-1]).any():
        work |= _holds(pc.match_substring(chunk, "__"))
    work |= _matches(chunk, data, _not_surely_name())
    return _replace(chunk, pa.array(work), normalize_name) if work.any() else chunk


def _normalize_title_chunk(chunk: pa.Array) -> pa.Array:
    chunk = _without_blanks(chunk)
    data, _ = _bytes(chunk)
    work = _matches(chunk, data, _not_surely_nfc())
    return _replace(chunk, pa.array(work), normalize_title) if work.any() else chunk


def _without_blanks(chunk: pa.Array) -> pa.Array:
    data, _ = _bytes(chunk)
    return pc.replace_substring(chunk, " ", "_") if b" " in data.tobytes() else chunk


def _matches(chunk: pa.Array, data: np.ndarray, pattern: str) -> np.ndarray:
    """Mark the values that have any of some characters, all of them beyond ASCII."""
    if data.size and data.max() >= 0x80:
        # The whole chunk as one value first: a match a value costs more than the bytes do.
        whole = pa.array([0, data.size], pa.int32()).buffers()[1]
        one = pa.Array.from_buffers(pa.string(), 1, [None, whole, pa.py_buffer(data)])
        if pc.match_substring_regex(one, pattern)[0].as_py():
            return _holds(pc.match_substring_regex(chunk, pattern))
    return np.zeros(len(chunk), np.bool_)


def _holds(found: pa.Array) -> np.ndarray:
    return found.fill_null(False).to_numpy(zero_copy_only=False)


def _bytes(chunk: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """The text of all values in one piece, and where in it each value begins and ends."""
    _, bounds_buffer, data_buffer = chunk.buffers()
    if not len(chunk) or data_buffer is None:
        return np.zeros(0, np.uint8), np.zeros(len(chunk) + 1, np.int32)
    bounds = np.frombuffer(bounds_buffer, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    data = np.frombuffer(data_buffer, np.uint8)[bounds[0] : bounds[-1]]
    return data, bounds - bounds[0]


def _replace(chunk: pa.Array, mask: pa.Array, normalize: Callable[[str], str]) -> pa.Array:
    mask = pc.and_(mask.fill_null(False), chunk.is_valid())
    names = [normalize(text) for text in chunk.filter(mask).to_pylist()]
    return pc.replace_with_mask(chunk, mask, pa.array(names, pa.string()))


def _edge_needs_work(data: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Mark all values with an underscore at either end or a first letter that has to change, and
    a few others.

    The first two bytes decide: they are the whole letter up to U+07FF, and its block beyond, where
    a block that holds both kinds is marked.
    """
    padded = np.concatenate([np.zeros(1, np.uint8), data, np.zeros(2, np.uint8)])
    bounds = bounds.astype(np.int64)
    begin, end = bounds[:-1], bounds[1:]
    work = _work_at_head()[padded[begin + 1].astype(np.uint16) << 8 | padded[begin + 2]]
    work |= padded[end] == ord("_")
    return work & (end > begin)


@cache
def _work_at_head() -> np.ndarray:
    """Which first two bytes, as one number, may not stand where a name begins."""
    head = np.zeros((256, 256), np.bool_)
    head[ord("_"), :] = True
    for point in _points(_CASED_END):
        letter = chr(point)
        if _upper(letter) != letter:
            encoded = letter.encode()
            head[encoded[0], encoded[1] if len(encoded) > 1 else slice(None)] = True
    return head.reshape(-1)


# Past all letters with case and all combining characters: what follows are ideographs.
_CASED_END = 0x20000


def _points(end: int) -> Iterator[int]:
    """Code points of characters, so without the surrogates, below an end."""
    return chain(range(0xD800), range(0xE000, end))


@cache
def _not_surely_name() -> str:
    """A pattern for the characters beyond ASCII that a name may not have, or maybe not as here."""
    others = {ord(letter) for letter in _MARKS + _SPACES if not letter.isascii()}
    return _any_of(_not_nfc_points() | others)


@cache
def _not_surely_nfc() -> str:
    """A pattern for the characters that NFC may replace, reorder, or compose with the one before.

    A text without any of them is in NFC.
    """
    return _any_of(_not_nfc_points())


@cache
def _not_nfc_points() -> frozenset[int]:
    """Above U+20000 these are the CJK compatibility ideographs U+2F800 to U+2FA1F only."""
    unsure = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}  # parts of Hangul syllables
    for point in chain(_points(_CASED_END), range(0x2F800, 0x2FA20)):
        letter = chr(point)
        if unicodedata.combining(letter) or not unicodedata.is_normalized("NFC", letter):
            unsure.add(point)
        parts = unicodedata.decomposition(letter).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            unsure.add(int(parts[1], 16))
    return frozenset(unsure)


def _any_of(points: frozenset[int]) -> str:
    begins = [point for point in sorted(points) if point - 1 not in points]
    ends = [point for point in sorted(points) if point + 1 not in points]
    ranges = (f"\\x{{{begin:x}}}-\\x{{{end:x}}}" for begin, end in zip(begins, ends, strict=True))
    return f"[{''.join(ranges)}]"
