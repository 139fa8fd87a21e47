"""A set of ids that a wiki gave out, to find them among very many. What they are of is not known
here.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from resources.sources.sql_rows import Mask

LARGEST = 1 << 32
"""Far above any id of a wiki; a set has at most half a gigabyte."""
_BITS = np.array([1 << place for place in range(8)], np.uint8)
Ids = npt.NDArray[np.int64]


class IdSet:
    """A bit for each number up to the largest one, however many there are."""

    def __init__(self, ids: Ids | Sequence[int] = ()) -> None:
        self._bits = np.zeros(1, np.uint8)
        self.add(np.asarray(ids, np.int64))

    def add(self, ids: Ids) -> None:
        """Put ids in. Raises ValueError for one that no wiki gave out."""
        if not len(ids):
            return
        least, largest = int(ids.min()), int(ids.max())
        if least < 0 or largest >= LARGEST:
            raise ValueError(f"{least if least < 0 else largest} is no id of a wiki")
        needed = (largest >> 3) + 1
        if needed > len(self._bits):
            more = max(needed, min(2 * len(self._bits), LARGEST >> 3)) - len(self._bits)
            self._bits = np.concatenate([self._bits, np.zeros(more, np.uint8)])
        np.bitwise_or.at(self._bits, ids >> 3, _BITS[ids & 7])

    def hold(self, ids: Ids) -> Mask:
        """Tell which of the ids are in the set."""
        places = ids >> 3
        inside = (places >= 0) & (places < len(self._bits))
        bits: Mask = (self._bits[np.where(inside, places, 0)] & _BITS[ids & 7]) != 0
        return bits & inside
