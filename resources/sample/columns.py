"""Columns of text built whole: joining, picking, quoting and counting without a step per row.

Every column is an Arrow binary array; nothing here knows what the text means.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Column: TypeAlias = Any  # a pyarrow BinaryArray; pyarrow ships no types
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]


def stream(seed: int, *names: object) -> np.random.Generator:
    """The random numbers of one named purpose; the same on every machine and in every order."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    words = np.frombuffer(digest[:16], dtype="<u4").tolist()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


# Arrow's own conversion of arrays, lists and values imports pandas first, which takes longer than
# a small sample; from buffers it does not.
def numbers(values: NDArray[Any]) -> Any:
    """Whole numbers as an Arrow array."""
    whole = np.ascontiguousarray(values, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), len(whole), [None, pa.py_buffer(whole)])


def truths(mask: Mask) -> Any:
    """A mask as an Arrow array."""
    bits = pa.py_buffer(np.packbits(mask, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(mask), [None, bits])


def binary(ends: NDArray[Any], content: Any) -> Column:
    """A column whose row ``i`` is ``content[ends[i]:ends[i + 1]]``."""
    offsets = pa.py_buffer(np.ascontiguousarray(ends, dtype=np.int32))
    return pa.BinaryArray.from_buffers(pa.binary(), len(ends) - 1, [None, offsets, content])


def texts(values: Iterable[str | bytes]) -> Column:
    """A column of these values, text as UTF-8."""
    encoded = [value.encode() if isinstance(value, str) else value for value in values]
    ends = np.cumsum([0, *map(len, encoded)])
    return binary(ends, pa.py_buffer(b"".join(encoded)))


@lru_cache(maxsize=4096)
def constant(value: bytes) -> Any:
    """The value as an Arrow scalar."""
    return texts([value])[0]


def pick(table: Column, codes: NDArray[Any]) -> Column:
    """``table[codes]``."""
    return table.take(numbers(codes))


def choose(values: Sequence[str | bytes], codes: NDArray[Any]) -> Column:
    """``values[codes]`` for a short list of values."""
    return pick(texts(values), codes)


def digits(values: NDArray[Any]) -> Column:
    """Whole numbers in decimal."""
    return numbers(values).cast(pa.string()).cast(pa.binary())


def join(*pieces: Column | bytes) -> Column:
    """The pieces of each row one after another; a ``bytes`` piece is the same in every row."""
    whole = (constant(piece) if isinstance(piece, bytes) else piece for piece in pieces)
    return pc.binary_join_element_wise(*whole, constant(b""))


def either(mask: Mask, yes: Column | bytes, no: Column | bytes) -> Column:
    """``yes`` where the mask holds, else ``no``."""
    first, second = (constant(value) if isinstance(value, bytes) else value for value in (yes, no))
    return pc.if_else(truths(mask), first, second)


def starts(values: Column) -> NDArray[np.int32]:
    """Where each row starts in ``body(values)``, and after the last where it ends."""
    raw = np.frombuffer(values.buffers()[1], dtype=np.int32)
    window = raw[values.offset : values.offset + len(values) + 1]
    return window - window[0]


def body(values: Column) -> Any:
    """All rows one after another, as one buffer."""
    raw = np.frombuffer(values.buffers()[1], dtype=np.int32)
    first, last = int(raw[values.offset]), int(raw[values.offset + len(values)])
    buffer = values.buffers()[2]
    return pa.py_buffer(b"") if buffer is None else buffer.slice(first, last - first)


def gather(values: Column, first_rows: NDArray[Any]) -> Column:
    """Joins runs of rows: row ``i`` is ``values[first_rows[i]:first_rows[i + 1]]`` as one text.

    ``first_rows`` ascends from 0 to ``len(values)``, one longer than the result.
    """
    return binary(starts(values)[first_rows], body(values))


def concatenate(columns: Sequence[Column]) -> Column:
    """One column under another."""
    return pa.concat_arrays(columns)


def replace(values: Column, rows: NDArray[Any], new: Column) -> Column:
    """The column with ``new`` at the ascending ``rows``."""
    mask = np.zeros(len(values), dtype=bool)
    mask[rows] = True
    return pc.replace_with_mask(values, truths(mask), new)


def sql_quoted(values: Column) -> Column:
    """The text of an SQL string as mysqldump writes it, without its quotes."""
    for found, written in (
        (b"\\", b"\\\\"),
        (b"'", b"\\'"),
        (b'"', b'\\"'),
        (b"\n", b"\\n"),
        (b"\r", b"\\r"),
        (b"\0", b"\\0"),
        (b"\x1a", b"\\Z"),
    ):
        values = pc.replace_substring(values, pattern=found, replacement=written)
    return values


def json_quoted(values: Column) -> Column:
    """The inside of a JSON string, for text without control characters."""
    values = pc.replace_substring(values, pattern=b"\\", replacement=b"\\\\")
    return pc.replace_substring(values, pattern=b'"', replacement=b'\\"')


def spaced(values: Column) -> Column:
    """Underscores as spaces, the way people write names."""
    return pc.replace_substring(values, pattern=b"_", replacement=b" ")


def distinct(keys: Ints) -> Ints:
    """The keys in order, each once; much faster than numpy's unique, which hashes first."""
    ordered = np.sort(keys)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def group_ranks(groups: NDArray[Any]) -> Ints:
    """0, 1, … within the rows of one group, in row order."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    positions = np.arange(len(groups))
    first = np.ones(len(groups), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    ranks = np.empty(len(groups), dtype=np.int64)
    ranks[order] = positions - np.maximum.accumulate(np.where(first, positions, 0))
    return ranks


def repeats(values: Column) -> Ints:
    """How many equal rows stand before each row."""
    codes = values.dictionary_encode().indices.buffers()[1]
    return group_ranks(np.frombuffer(codes, dtype=np.int32)[: len(values)])


def log_uniform(generator: np.random.Generator, count: int, size: int, head: float) -> Ints:
    """Ranks 0 … size - 1, rank r about as often as 1 / (r + head): Zipf's law, head flattened."""
    values = head * ((size + head) / head) ** generator.random(count) - head
    return np.minimum(values.astype(np.int64), size - 1)
