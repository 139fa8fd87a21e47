"""The one form of file names, category names and page titles (SPEC §1), for values and columns.

Every reader brings names to this form, so that nothing later compares two spellings of one thing.
Which names are titles of what, and which are dropped, is not decided here.
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

# What str.strip takes for white space (Unicode's, and four separators), and the underscore.
_EDGE = (
    "_ \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_NAMESPACE = re.compile(rf"[{_EDGE}]*(?:file|image)[{_EDGE}]*:", re.ASCII | re.IGNORECASE)

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

    NFC, each space an underscore (runs are kept), no white space or underscore at either end,
    first letter upper-case as on Wikimedia's wikis: one letter for one letter, so ß and ŉ stay,
    and Georgian stays.
    """
    name = unicodedata.normalize("NFC", text).replace(" ", "_").strip(_EDGE)
    if not name:
        return name
    first = _upper(name[0])
    # A capital can compose with a following mark where its small letter can not: i̇ gives İ.
    return name if first == name[0] else unicodedata.normalize("NFC", first + name[1:])


def normalize_file_name(text: str) -> str:
    """Bring one file name to the form of SPEC §1, after taking away `File:` or `Image:`.

    In any case and with spaces around the colon; repeated ones all go, since no file name has a
    colon.
    """
    name = normalize_name(text)
    while namespace := _NAMESPACE.match(name):
        name = normalize_name(name[namespace.end() :])
    return name


def normalize_names(values: Column) -> Column:
    """`normalize_name` of each value of a string column (valid UTF-8); NULL stays NULL.

    What already has the form is found from the bytes and not touched. Raises TypeError for a
    column that is not of type string.
    """
    return _each_chunk(values, _normalize_chunk)


def normalize_file_names(values: Column) -> Column:
    """`normalize_file_name` of each value of a string column; else as `normalize_names`."""
    return _each_chunk(values, _normalize_file_chunk)


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


def _normalize_file_chunk(chunk: pa.Array) -> pa.Array:
    data, _ = _bytes(chunk)
    if b":" in data.tobytes():
        chunk = _replace(chunk, pc.match_substring(chunk, ":"), normalize_file_name)
    return _normalize_chunk(chunk)


def _normalize_chunk(chunk: pa.Array) -> pa.Array:
    data, _ = _bytes(chunk)
    if b" " in data.tobytes():
        chunk = pc.replace_substring(chunk, " ", "_")
    data, bounds = _bytes(chunk)
    if not data.size:
        return chunk
    work = _edge_needs_work(data, bounds)
    if data.max() >= 0x80:
        # The whole chunk as one value first: a match a value costs more than the bytes do.
        whole = pa.array([0, data.size], pa.int32()).buffers()[1]
        one = pa.Array.from_buffers(pa.string(), 1, [None, whole, pa.py_buffer(data)])
        if pc.match_substring_regex(one, _not_surely_nfc())[0].as_py():
            found = pc.match_substring_regex(chunk, _not_surely_nfc())
            work |= found.fill_null(False).to_numpy(zero_copy_only=False)
    return _replace(chunk, pa.array(work), normalize_name) if work.any() else chunk


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
    """Mark all values whose first or last character has to change, and a few others.

    Two bytes at either end decide: they are the whole character up to U+07FF, and its block
    beyond, where a block that holds both kinds is marked.
    """
    padded = np.concatenate([np.zeros(2, np.uint8), data, np.zeros(2, np.uint8)])
    bounds = bounds.astype(np.int64)
    begin, end = bounds[:-1], bounds[1:]
    head, tail = _work_at_edges()
    work = head[padded[begin + 2].astype(np.uint16) << 8 | padded[begin + 3]]
    work |= tail[padded[end].astype(np.uint16) << 8 | padded[end + 1]]
    return work & (end > begin)


@cache
def _work_at_edges() -> tuple[np.ndarray, np.ndarray]:
    """Which first two bytes (as one number), and which last two, may not stand at the ends."""
    head, tail = np.zeros((2, 256, 256), np.bool_)
    for edge in _EDGE:
        encoded = edge.encode()
        if len(encoded) == 1:
            head[encoded[0], :] = tail[:, encoded[0]] = True
        else:
            head[encoded[0], encoded[1]] = tail[encoded[-2], encoded[-1]] = True
    for point in _points(_CASED_END):
        letter = chr(point)
        if _upper(letter) != letter:
            encoded = letter.encode()
            head[encoded[0], encoded[1] if len(encoded) > 1 else slice(None)] = True
    return head.reshape(-1), tail.reshape(-1)


# Past all letters with case and all combining characters: what follows are ideographs.
_CASED_END = 0x20000


def _points(end: int) -> Iterator[int]:
    """Code points of characters, so without the surrogates, below an end."""
    return chain(range(0xD800), range(0xE000, end))


@cache
def _not_surely_nfc() -> str:
    """A pattern for the characters that NFC may replace, reorder, or compose with the one before.

    A text without any of them is in NFC. Above U+20000 these are the CJK compatibility
    ideographs U+2F800 to U+2FA1F only.
    """
    unsure = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}  # parts of Hangul syllables
    for point in chain(_points(_CASED_END), range(0x2F800, 0x2FA20)):
        letter = chr(point)
        if unicodedata.combining(letter) or not unicodedata.is_normalized("NFC", letter):
            unsure.add(point)
        parts = unicodedata.decomposition(letter).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            unsure.add(int(parts[1], 16))
    begins = [point for point in sorted(unsure) if point - 1 not in unsure]
    ends = [point for point in sorted(unsure) if point + 1 not in unsure]
    ranges = (f"\\x{{{begin:x}}}-\\x{{{end:x}}}" for begin, end in zip(begins, ends, strict=True))
    return f"[{''.join(ranges)}]"
