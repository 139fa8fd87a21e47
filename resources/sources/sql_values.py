"""Reads values of a dump's rows as Arrow arrays: whole numbers, truth values, text.

Works on all rows of a text at once; where the values are is found in sql_rows.py.
"""

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from resources.sources.lines import pieces
from resources.sources.sql_rows import Bytes, Mask, Positions, RowError, Rows

WORD_BYTES = 8
"""The bytes that must follow a text, whatever they are, for numbers to be read from it."""

_NO_POSITIONS: Positions = np.zeros(0, np.int64)
_NULL = b"NULL"
_NUMBER = re.compile(rb"-?[0-9]+")
_WORD = np.dtype("<u8")
_QUOTE = ord("'")
_ZERO = np.uint8(ord("0"))
_SHOWN_BYTES = 60
_FIRST_OF_CHARACTER = -64  # as a signed byte: those within a character are below

# What stands for a letter behind a backslash; any other stands for itself.
_MEANING = np.arange(256, dtype=np.uint8)
_MEANING[np.frombuffer(b"0bnrtZ", np.uint8)] = np.frombuffer(b"\0\b\n\r\t\x1a", np.uint8)


class Values:
    """The values of ``rows``, found in ``memory[begin:end]``; letters of escapes are overwritten.

    ``memory`` is writable and goes on for WORD_BYTES behind ``end``. All methods raise RowError
    for a value that is of another kind.
    """

    def __init__(self, memory: Bytes, begin: int, end: int, rows: Rows) -> None:
        self._text = memory[begin:end]
        self._words: npt.NDArray[np.uint64] = np.ndarray(
            (end - begin,), _WORD, memory.data, begin, (1,)
        )
        self._rows = rows
        self._text[rows.escapes + 1] = _MEANING[self._text[rows.escapes + 1]]
        self._unwanted = np.sort(np.concatenate([rows.escapes, rows.doubled]))

    def __len__(self) -> int:
        return len(self._rows)

    def integers(self, column: int) -> pa.Array:
        """Read a column of whole numbers as int64; NULL stays NULL."""
        begins, ends = self._rows.bounds(column)
        widths = ends - begins
        widest = widths.max()
        if widest <= 2 and widths.min() >= 1:
            short = _short_numbers(self._text[begins], self._text[ends - 1], widths)
            if short is not None:
                return pa.array(short)
        first_widths = widths
        wide = _NO_POSITIONS
        if widest > WORD_BYTES:
            wide = np.flatnonzero(widths > WORD_BYTES)
            first_widths = widths.copy()
            first_widths[wide] -= WORD_BYTES
        numbers, wrong = _digits(self._words[begins], first_widths)
        good = widths.min() >= 1 and widest <= 2 * WORD_BYTES and not wrong.max()
        if len(wide):
            last, wrong_last = _digits(
                self._words[ends[wide] - WORD_BYTES], np.full(len(wide), WORD_BYTES)
            )
            numbers[wide] = numbers[wide] * np.uint64(10**WORD_BYTES) + last
            wrong[wide] |= wrong_last
            good = good and not wrong_last.max()
        if good:
            return pa.array(numbers.view(np.int64))
        odd = (wrong != 0) | (widths < 1) | (widths > 2 * WORD_BYTES)
        return self._odd_integers(numbers.view(np.int64), odd, begins, ends)

    def booleans(self, column: int) -> pa.Array:
        """Read a column of 0 and 1; NULL stays NULL."""
        numbers = self.integers(column)
        values = numbers.fill_null(0).to_numpy()
        wrong = np.flatnonzero((values != 0) & (values != 1))
        if len(wrong):
            raise RowError(int(wrong[0]), f"{values[wrong[0]]} is neither 0 nor 1")
        nulls = numbers.is_null().to_numpy(zero_copy_only=False)
        return pa.array(values.astype(np.bool_), mask=nulls)

    def check_text(self, column: int) -> Mask:
        """See that each value of a column is quoted or NULL; mark the NULLs."""
        begins, ends = self._rows.bounds(column)
        quoted = self._text[begins] == _QUOTE
        quoted &= self._text[ends - 1] == _QUOTE
        quoted &= ends - begins > 1
        nulls = ~quoted
        unquoted = np.flatnonzero(nulls)
        wrong = unquoted[~self._are_null(begins[unquoted], ends[unquoted])]
        if len(wrong):
            row = int(wrong[0])
            raise RowError(row, f"{self._show(begins[row], ends[row])} is not quoted text")
        return nulls

    def text(self, column: int, nulls: Mask, chosen: Positions | None = None) -> pa.Array:
        """Read a column of text, of all rows or the chosen ones, as bytes with escapes decoded.

        ``nulls`` is what ``check_text`` gave.
        """
        begins, ends = self._rows.bounds(column, chosen)
        nulls = nulls if chosen is None else nulls[chosen]
        begins, ends = begins + 1, ends - 1
        valid = None
        if nulls.any():
            ends[nulls] = begins[nulls]
            valid = pa.py_buffer(np.packbits(~nulls, bitorder="little"))
        data, bounds = self._gather(begins, ends)
        return pa.Array.from_buffers(pa.binary(), len(begins), [valid, pa.py_buffer(bounds), data])

    def _gather(
        self, begins: Positions, ends: Positions
    ) -> tuple[pa.Buffer, npt.NDArray[np.int32]]:
        """Copy values into one piece, without the backslashes and first quotes that are no text.

        Gives it, and the bounds of the values in it.
        """
        unwanted, rows = self._unwanted, _NO_POSITIONS
        if len(unwanted) and len(begins):
            rows = np.searchsorted(begins, unwanted, "right") - 1
            inside = (rows >= 0) & (unwanted < ends[rows])
            unwanted, rows = unwanted[inside], rows[inside]
        if not len(rows):
            return _copy_pieces(self._text, begins, ends)
        data, bounds = _copy_pieces(
            self._text,
            np.insert(begins, rows + 1, unwanted + 1),
            np.insert(ends, rows, unwanted),
        )
        # A value has one piece more than there were unwanted bytes in it.
        pieces = np.arange(len(begins) + 1)
        pieces[1:] += np.cumsum(np.bincount(rows, minlength=len(begins)))
        return data, bounds[pieces]

    def _odd_integers(
        self, numbers: npt.NDArray[np.int64], odd: Mask, begins: Positions, ends: Positions
    ) -> pa.Array:
        """Read NULL, and one by one what has a sign or more than 16 digits."""
        nulls = np.zeros(len(odd), np.bool_)
        rows = np.flatnonzero(odd)
        nulls[rows] = self._are_null(begins[rows], ends[rows])
        for row in rows[~nulls[rows]].tolist():
            text = self._text[begins[row] : ends[row]].tobytes()
            if not _NUMBER.fullmatch(text):
                raise RowError(row, f"{self._show(begins[row], ends[row])} is not a whole number")
            # int() takes no text of thousands of digits, and none that long is within 64 bits.
            number = int(text) if len(text) < _SHOWN_BYTES else 2**63
            if not -(2**63) <= number < 2**63:
                raise RowError(row, f"{self._show(begins[row], ends[row])} is beyond 64 bits")
            numbers[row] = number
        return pa.array(numbers, mask=nulls)

    def _are_null(self, begins: Positions, ends: Positions) -> Mask:
        four = self._words[begins] & np.uint64(0xFFFFFFFF)
        return (ends - begins == len(_NULL)) & (four == np.uint64(int.from_bytes(_NULL, "little")))

    def _show(self, begin: int, end: int) -> str:
        shown = self._text[begin : min(end, begin + _SHOWN_BYTES)].tobytes()
        text = shown.decode("utf-8", "backslashreplace")
        return f"{text!r}{'…' if end - begin > _SHOWN_BYTES else ''}"


def _short_numbers(first: Bytes, last: Bytes, widths: Positions) -> npt.NDArray[np.int64] | None:
    """Read numbers of one or two digits, as namespaces are, in half the time; None: others."""
    first = first - _ZERO
    last = last - _ZERO
    if first.max() > 9 or last.max() > 9:
        return None
    first *= 10
    first *= widths > 1
    first += last
    return first.astype(np.int64)


def _digits(
    words: npt.NDArray[np.uint64], widths: Positions
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Read the first ``widths`` (1 to 8) bytes of each word as a decimal number, in its place.

    The second array is not 0 where there is anything but digits. Pairs of digits are put together,
    then pairs of pairs, then both halves, in all words at once.
    """
    numbers = words
    numbers ^= np.uint64(0x3030303030303030)
    # Later bytes are the higher ones: out with them, and zeros come in before the first digit.
    numbers <<= ((WORD_BYTES - widths) << 3).view(np.uint64)
    wrong = numbers + np.uint64(0x7676767676767676)
    wrong |= numbers
    wrong &= np.uint64(0x8080808080808080)
    for digits, mask in ((1, 0x00FF00FF00FF00FF), (2, 0x0000FFFF0000FFFF), (4, 0xFFFFFFFF)):
        # A group of digits is that many bytes before the next: times 10^digits, plus the next.
        numbers *= np.uint64((10**digits << 8 * digits) + 1)
        numbers >>= np.uint64(8 * digits)
        numbers &= np.uint64(mask)
    return numbers, wrong


def _copy_pieces(
    text: Bytes, begins: Positions, ends: Positions
) -> tuple[pa.Buffer, npt.NDArray[np.int32]]:
    """Copy pieces of a text, which are in order, into one; give it and their bounds in it."""
    if not len(begins):
        return pa.py_buffer(b""), np.zeros(1, np.int32)
    _, taken_bounds, data = pieces(text, begins, ends).buffers()
    return data or pa.py_buffer(b""), np.frombuffer(taken_bounds, np.int32)[: len(begins) + 1]


def decode(values: pa.Array) -> tuple[pa.Array, int]:
    """Take bytes (an array of its own, no slice) as UTF-8 text.

    Gives it, and how many values were not UTF-8: these have U+FFFD for each wrong part.
    """
    if _all_utf8(values):
        return values.view(pa.string()), 0
    replaced = 0
    texts = []
    for value in values.to_pylist():
        text = None if value is None else value.decode("utf-8", "replace")
        replaced += text is not None and text.encode() != value
        texts.append(text)
    return pa.array(texts, pa.string()), replaced


def _all_utf8(values: pa.Array) -> bool:
    """Check all values as one, and that none begins within a character."""
    _, bounds_buffer, data_buffer = values.buffers()
    if data_buffer is None or not len(values):
        return True
    bounds = np.frombuffer(bounds_buffer, np.int32)[: len(values) + 1]
    data = np.frombuffer(data_buffer, np.uint8)[: bounds[-1]]
    if not len(data) or data.max() < 0x80:
        return True
    # An empty value begins where the next one does, or behind the last one.
    begins = bounds[: np.searchsorted(bounds, len(data))]
    if data.view(np.int8)[begins].min() < _FIRST_OF_CHARACTER:
        return False
    ends = pa.py_buffer(np.array([0, len(data)], np.int32))
    whole = pa.Array.from_buffers(pa.binary(), 1, [None, ends, pa.py_buffer(data)])
    try:
        whole.cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True
