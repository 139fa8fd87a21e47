"""Opens input files that are stored as gzip, as bzip2, or plain, and reads ahead while others work.

What is in the files is not known here; a file that is not whole is an InputError.
"""

import bz2
import io
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from isal import igzip_lib

from resources.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

OnBytes = Callable[[int], None]

_READ_BYTES = 1 << 17
_PIECE_BYTES = 1 << 19
_PIECES_AHEAD = 3
_AGAIN = "fetch the file again"


class _Decompressor(Protocol):
    """What isal's and bz2's decompressors have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


@dataclass(frozen=True)
class _Format:
    name: str
    ending: str
    magic: bytes
    start: Callable[[], _Decompressor]


def _start_gzip() -> _Decompressor:
    return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)


# isal declares its error as an instance.
_ISAL_ERROR = cast(type[Exception], igzip_lib.IsalError)
_DAMAGED = (_ISAL_ERROR, OSError, EOFError, ValueError)
_FORMATS = (
    _Format("gzip", ".gz", b"\x1f\x8b", _start_gzip),
    _Format("bzip2", ".bz2", b"BZh", bz2.BZ2Decompressor),
)


def open_compressed(path: Path, on_bytes: OnBytes | None = None) -> "CompressedFile":
    """Open a file for reading its uncompressed bytes; a context manager.

    gzip (of several members, too), bzip2 (of several streams, too) and plain files are told apart
    by their first bytes. ``on_bytes`` is called, in the reader's thread, with the number of stored
    bytes read since it last was; in the end these add up to the file's size. Raises InputError,
    here or while reading, for a file that is missing, empty, not what its ending says, cut off,
    damaged, or followed by something else.
    """
    return CompressedFile(path, on_bytes)


class CompressedFile(io.RawIOBase):
    """The uncompressed bytes of a file; decompressed in a thread of its own, until closed.

    ``read`` and ``readinto`` give all the bytes asked for, fewer only at the end.
    """

    def __init__(self, path: Path, on_bytes: OnBytes | None = None) -> None:
        super().__init__()
        self.path = path
        self._on_bytes = on_bytes
        self._rest = memoryview(b"")
        self._ahead: deque[Future[tuple[bytes, int] | None]] = deque()
        self._thread: ThreadPoolExecutor | None = None
        self._file = _open(path)
        try:
            self._pieces = self._start()
        except BaseException:
            self.close()
            raise

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill ``buffer``; give how many bytes that were, fewer than its size only at the end."""
        if self.closed:
            raise ValueError("read of a closed file")
        target = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(target):
            if not self._rest and not self._next_piece():
                break
            part = self._rest[: len(target) - filled]
            target[filled : filled + len(part)] = part
            self._rest = self._rest[len(part) :]
            filled += len(part)
        return filled

    def read_some(self) -> bytes:
        """Give what comes next, nothing only at the end: all there is before any damage."""
        if self.closed:
            raise ValueError("read of a closed file")
        if not self._rest:
            self._next_piece()
        some, self._rest = self._rest, memoryview(b"")
        return bytes(some)

    def close(self) -> None:
        """End the thread and close the file, wherever reading has come to."""
        if self.closed:
            return
        super().close()
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
        # What is missing when the file could not even be opened.
        if file := getattr(self, "_file", None):
            file.close()

    def _start(self) -> Iterator[tuple[bytes, int]]:
        found = _format_of(self.path, self._file)
        if found is None:
            return _plain_pieces(self.path, self._file)
        pieces = _decompressed_pieces(self.path, self._file, found)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="decompress")
        for _ in range(_PIECES_AHEAD):
            self._ahead.append(self._thread.submit(next, pieces, None))
        return pieces

    def _next_piece(self) -> bool:
        while (piece := self._take_piece()) is not None:
            data, stored = piece
            if self._on_bytes and stored:
                self._on_bytes(stored)
            if data:
                self._rest = memoryview(data)
                return True
        return False

    def _take_piece(self) -> tuple[bytes, int] | None:
        if self._thread is None:
            return next(self._pieces, None)
        if not self._ahead:
            return None
        piece = self._ahead.popleft().result()
        if piece is not None:
            self._ahead.append(self._thread.submit(next, self._pieces, None))
        return piece


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        raise InputError(path, "no such file") from None
    except OSError as error:
        raise InputError(path, f"cannot be opened: {error.strerror}") from error


def _format_of(path: Path, file: BinaryIO) -> _Format | None:
    first = _read(path, file, _READ_BYTES)
    file.seek(0)
    if not first:
        raise InputError(path, "the file is empty (zero bytes)", advice=_AGAIN)
    found = next((each for each in _FORMATS if first.startswith(each.magic)), None)
    named = next((each for each in _FORMATS if path.suffix.lower() == each.ending), None)
    if named and named is not found:
        raise InputError(path, f"not {named.name}, though its name says so", advice=_AGAIN)
    return found


def _read(path: Path, file: BinaryIO, size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}") from error


def _plain_pieces(path: Path, file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    while data := _read(path, file, _PIECE_BYTES):
        yield data, len(data)


def _decompressed_pieces(path: Path, file: BinaryIO, form: _Format) -> Iterator[tuple[bytes, int]]:
    """Give the uncompressed bytes piece by piece, with the stored bytes read for each."""
    decompressor: _Decompressor | None = None
    waiting = b""
    position = 0
    while True:
        read = b"" if len(waiting) >= len(form.magic) else _read(path, file, _READ_BYTES)
        chunk = waiting + read
        position += len(read)
        if not chunk:
            break
        if decompressor is None:
            begin = position - len(chunk)
            if not chunk.startswith(form.magic):
                raise InputError(
                    path, f"{form.name} is followed by something else", where=f"byte {begin}"
                )
            decompressor = form.start()
        yield _decompress(path, form, decompressor, chunk, position), len(read)
        while not decompressor.needs_input and not decompressor.eof:
            yield _decompress(path, form, decompressor, b"", position), 0
        waiting = b""
        if decompressor.eof:
            waiting = decompressor.unused_data
            decompressor = None
    if decompressor is not None:
        raise InputError(
            path, f"cut off: {form.name} goes on", where=f"byte {position}", advice=_AGAIN
        )


def _decompress(
    path: Path, form: _Format, decompressor: _Decompressor, chunk: bytes, position: int
) -> bytes:
    try:
        return decompressor.decompress(chunk, _PIECE_BYTES)
    except _DAMAGED as error:
        raise InputError(
            path, f"damaged {form.name}: {error}", where=f"before byte {position}", advice=_AGAIN
        ) from error
