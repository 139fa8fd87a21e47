"""Reads files of one JSON object a line, or of a JSON array laid out so, as typed structs.

Only the fields that a struct names are built; what else a line holds is checked to be JSON and
passed over. What the objects mean is not known here.
"""

from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, NoReturn, TypeVar

import msgspec
import numpy as np
import pyarrow as pa

from resources.errors import InputError
from resources.sources.compressed import open_compressed

T = TypeVar("T")

BLOCK_BYTES = 1 << 19
"""Text looked at in one go: little enough to stay in the processor's cache between the steps."""

LONGEST_LINE = 1 << 27
"""In bytes. No entity comes near it, and a file without line ends must not fill the memory."""

_BLANK = b" \t\r\n"
_ANY_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
# What msgspec raises for text that is not whole JSON of the form asked for.
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class JsonLines(Generic[T]):
    """The objects of a file, one a line, in the file's order; iterate once.

    ``array`` allows for the `[` before the first, the `]` after the last and the comma after each,
    all of which may be missing nevertheless, and for commas alone. Blank lines are passed over, and
    a byte order mark is. While iterating, ``line`` is the line of the object given last, from 1;
    ``json_bytes`` is how many bytes of text were read so far. Raises InputError with the line for
    one that is not one whole object in UTF-8, or not as ``kind`` says; ``on_other``, where it is
    there, gets the latter instead, with what is wrong with it.

    A file that is not compressed and breaks off exactly at a line end can not be told from a
    whole one, since the closing `]` may be missing.
    """

    def __init__(
        self,
        path: Path,
        kind: type[T],
        *,
        array: bool,
        on_bytes: Callable[[int], None] | None = None,
        on_other: Callable[[bytes, str], None] | None = None,
    ) -> None:
        self.path = path
        self.line = 0
        self.json_bytes = 0
        self._decode = msgspec.json.Decoder(kind).decode
        self._array = array
        self._on_bytes = on_bytes
        self._on_other = on_other
        self._begun = False
        self._ended = False
        self._without = 0

    def __iter__(self) -> Iterator[T]:
        """Give the objects, each as soon as its block of lines is read."""
        decode = self._decode
        comma = ord(",") if self._array else None
        line = 0
        ended = False
        for buffer, size in self._blocks():
            self._check_utf8(buffer, size)
            view = memoryview(buffer)
            begin = 0
            while begin < size:
                end = buffer.find(b"\n", begin, size)
                line += 1
                found: T | None
                try:
                    # Nearly every line is an object, a comma and the line end: try that first.
                    if buffer[end - 1] == comma and end:
                        found = decode(view[begin : end - 1])
                    else:
                        found = decode(view[begin:end])
                except _NOT_JSON:
                    self.line = line
                    found = self._unusual(bytes(view[begin:end]))
                    ended = self._ended
                    if found is not None:
                        yield found
                else:
                    self.line = line
                    if ended:
                        self._fail_after_end()
                    yield found
                begin = end + 1

    def fail(self, problem: str) -> NoReturn:
        """Raise an InputError about the object given last."""
        raise InputError(self.path, problem, where=f"line {self.line}") from None

    def _blocks(self) -> Iterator[tuple[bytearray, int]]:
        """Give a buffer again and again, with the size of the whole lines that are in it."""
        buffer = bytearray(BLOCK_BYTES)
        filled = 0
        with open_compressed(self.path, self._on_bytes) as file:
            while count := file.readinto(memoryview(buffer)[filled:]):
                self.json_bytes += count
                filled += count
                size = buffer.rfind(b"\n", filled - count, filled) + 1
                if size:
                    yield buffer, size
                    filled -= size
                    buffer[:filled] = buffer[size : size + filled]
                elif filled >= LONGEST_LINE:
                    self.line += 1
                    self.fail(f"more than {LONGEST_LINE} bytes without a line end")
                elif filled == len(buffer):
                    buffer = buffer + bytearray(len(buffer))
        if filled:
            yield buffer[:filled] + b"\n", filled + 1

    def _check_utf8(self, buffer: bytearray, size: int) -> None:
        """Find bytes that are not UTF-8, since msgspec does not look into what it passes over."""
        text = np.frombuffer(buffer, np.uint8, size)
        if text.max() < 0x80:
            return
        bounds = pa.py_buffer(np.array([0, len(text)], np.int32))
        whole = pa.Array.from_buffers(pa.string(), 1, [None, bounds, pa.py_buffer(text)])
        try:
            whole.validate(full=True)
        except pa.ArrowInvalid:
            for line in bytes(text).split(b"\n"):
                self.line += 1
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    self.fail(f"not UTF-8 (byte {error.start + 1} of the line)")
            raise

    def _unusual(self, line: bytes) -> T | None:
        """Read a line with something around the object, or without any object."""
        text = line.removeprefix(BOM_UTF8).strip(_BLANK)
        if text and self._ended:
            self._fail_after_end()
        if self._array:
            if text.startswith(b"[") and not self._begun and self._without == self.line - 1:
                self._begun = True
                text = text[1:].lstrip(_BLANK)
            if text.endswith(b"]"):
                self._ended = True
                text = text[:-1].rstrip(_BLANK)
            text = text.removesuffix(b",").rstrip(_BLANK)
        if not text:
            self._without += 1
            return None
        try:
            return self._decode(text)
        except _NOT_JSON as error:
            problem = str(error)
        try:
            # What is wrong may come before what is no JSON.
            _ANY_OBJECT.decode(text)
        except _NOT_JSON as error:
            self.fail(f"not one whole JSON object: {error}")
        if self._on_other is None:
            self.fail(f"not what belongs there: {problem}")
        self._on_other(text, problem)
        return None

    def _fail_after_end(self) -> NoReturn:
        self.fail("something follows the `]` that ends the array")
