"""Reads text in blocks of whole lines, and pieces of many lines at once as Arrow arrays.

What the lines hold is not known here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from resources.errors import InputError
from resources.sources.compressed import CompressedFile
from resources.sources.sql_rows import Bytes, Positions

BLOCK_BYTES = 1 << 22
LONGEST_LINE = 1 << 26
"""In bytes. No row comes near it, and a file without line ends must not fill the memory."""
_NUMBER = r"\A[0-9]{1,18}\z"
_LINE_END = ord("\n")


@dataclass(frozen=True)
class Lines:
    """Whole lines: their text, where in it each one ends, and the number of the first, from 1."""

    text: Bytes
    ends: Positions
    first: int

    @property
    def begins(self) -> Positions:
        """Where in the text each line begins."""
        return np.concatenate([np.zeros(1, np.int64), self.ends[:-1] + 1])

    def positions(self, character: str) -> Positions:
        """Find a character of ASCII in the text."""
        return np.flatnonzero(self.text == ord(character))


def blocks_of(file: CompressedFile) -> Iterator[Lines]:
    """Give all lines of a file, a block at a time; the last line end may be missing.

    Raises InputError for a line of more than LONGEST_LINE bytes.
    """
    rest, first = b"", 1
    while data := file.read(BLOCK_BYTES):
        text = rest + data
        size = text.rfind(b"\n") + 1
        rest = text[size:]
        if size:
            lines = _lines(text[:size], first)
            yield lines
            first += len(lines.ends)
        if len(rest) > LONGEST_LINE:
            problem = f"more than {LONGEST_LINE:,} bytes without a line end"
            raise InputError(file.path, problem, where=f"line {first}")
    if rest:
        yield _lines(rest + b"\n", first)


def pieces(text: Bytes, begins: Positions, ends: Positions) -> pa.Array:
    """Copy pieces of a text, which are in order and not over one another, as binary values."""
    if not len(begins):
        return pa.array([], pa.binary())
    # What is between two pieces is a piece, too: every other one is taken.
    bounds = np.empty(2 * len(begins), np.int32)
    bounds[0::2] = begins
    bounds[1::2] = ends
    buffers = [None, pa.py_buffer(bounds), pa.py_buffer(text)]
    all_pieces = pa.Array.from_buffers(pa.binary(), len(bounds) - 1, buffers)
    return all_pieces.take(pa.array(np.arange(0, len(bounds) - 1, 2)))


def numbers(values: pa.Array) -> pa.Array:
    """Read binary values as whole numbers of at most 18 digits; NULL for what is none."""
    digits = pc.if_else(pc.match_substring_regex(values, _NUMBER), values, None)
    return digits.cast(pa.string()).cast(pa.int64())


def _lines(text: bytes, first: int) -> Lines:
    found = np.frombuffer(text, np.uint8)
    return Lines(found, np.flatnonzero(found == _LINE_END), first)
