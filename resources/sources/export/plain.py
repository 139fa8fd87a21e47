"""Reads the pages of one namespace from exports without an index, which hold every namespace."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from resources.sources.compressed import CompressedFile, open_compressed
from resources.sources.export.multistream import StreamCounts
from resources.sources.export.pages import ExportedPage, PageReader
from resources.sources.export.siteinfo import read_siteinfo


class PlainExport:
    """The pages of a namespace, file by file; each is an export by itself. Iterate once.

    ``on_bytes`` hears how many stored bytes of the files were read. ``counts`` are as those of a
    Multistream; what an index says is 0. Raises InputError for a file that is not whole, or no
    export.
    """

    def __init__(
        self,
        files: Sequence[Path],
        namespace: int,
        on_bytes: Callable[[int], None] | None = None,
    ) -> None:
        self._files, self._namespace, self._on_bytes = files, namespace, on_bytes
        self.counts = StreamCounts()
        with open_compressed(files[0]) as file:
            self.siteinfo = read_siteinfo(files[0], _pieces(file))

    def __iter__(self) -> Iterator[ExportedPage]:
        """Give the pages as their files are read, a piece at a time."""
        for path in self._files:
            reader = PageReader(path, self._namespace)
            with open_compressed(path, self._on_bytes) as file:
                for page in reader.read(self._counted(file), is_part=False):
                    self.counts.pages += 1
                    yield page

    def _counted(self, file: CompressedFile) -> Iterator[bytes]:
        for piece in _pieces(file):
            self.counts.bytes += len(piece)
            yield piece


def _pieces(file: CompressedFile) -> Iterator[bytes]:
    return iter(file.read_some, b"")
