"""The text of a dump, piece by piece: what is in memory of it, and what was not used yet."""

from dataclasses import dataclass, field

import numpy as np

from resources.sources.compressed import CompressedFile
from resources.sources.sql_rows import Bytes
from resources.sources.sql_values import WORD_BYTES

LONGEST_BYTES = 34 << 20
"""The longest row or statement that is read: MediaWiki's largest column has 16 MiB, each byte of
which can be escaped. A row as long as that takes 0.3 GB of memory, 0.9 GB if it is all escapes.
"""


@dataclass
class SqlText:
    """A piece of the file in memory, and what of it was not used yet: ``memory[begin:end]``."""

    source: CompressedFile
    block_bytes: int
    memory: Bytes = field(default_factory=lambda: np.zeros(0, np.uint8))
    begin: int = 0
    end: int = 0
    read_bytes: int = 0
    last: bool = False

    def read_on(self) -> None:
        """Read more of the file; ``last`` says then whether this was its end."""
        unused = self.end - self.begin
        # As much as is there, so that a long row is not looked at too often.
        size = max(self.block_bytes, min(unused, LONGEST_BYTES + 1 - unused))
        if unused + size + WORD_BYTES > len(self.memory):
            larger = np.zeros(2 * size + unused + WORD_BYTES, np.uint8)
            larger[:unused] = self.memory[self.begin : self.end]
            self.memory = larger
        else:
            self.memory[:unused] = self.memory[self.begin : self.end].copy()
        self.begin, self.end = 0, unused
        count = self.source.readinto(self.memory[unused : unused + size].data)
        self.end += count
        self.read_bytes += count
        self.last = count < size
