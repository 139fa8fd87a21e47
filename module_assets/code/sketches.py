"""What stands for the shingles of a shape where shapes are compared: its sketch and its bands."""

import numpy as np

from module_assets.code.hashes import M, mix

SKETCH = 512
"""Shingles of a sketch; a shape of no more has all of them in it."""
BANDS = 64
BAND_ROWS = 3
LEAST_SHINGLES = 40
"""Below, shapes look alike by chance, and are not compared."""
_PERMUTATIONS = np.arange(BANDS * BAND_ROWS, dtype=np.uint64)
_FACTORS = mix(2 * _PERMUTATIONS + np.uint64(1) + np.uint64(M)) | np.uint64(1)
_OFFSETS = mix(2 * _PERMUTATIONS + np.uint64(2) + np.uint64(M))
_AT_ONCE = 128
"""Shingles that are permuted at once: what comes of them stays in the processor's cache."""


def sketch_of(shingles: np.ndarray) -> np.ndarray:
    """Give the 512 smallest of a sorted set of shingles, ascending."""
    return shingles[:SKETCH]


def band_keys(shingles: np.ndarray) -> np.ndarray:
    """Give the 64 keys (63 bits, uint64) of a set of shingles; none of fewer than 40.

    Two sets have a key in common as often as their similarity, cubed, says.
    """
    if len(shingles) < LEAST_SHINGLES:
        return np.zeros(0, np.uint64)
    least = np.full(len(_FACTORS), np.iinfo(np.uint64).max)
    for begin in range(0, len(shingles), _AT_ONCE):
        permuted = np.multiply.outer(shingles[begin : begin + _AT_ONCE], _FACTORS)
        permuted += _OFFSETS
        np.minimum(least, permuted.min(axis=0), out=least)
    keys = np.arange(BANDS, dtype=np.uint64)
    for row in range(BAND_ROWS):
        keys = mix(keys * np.uint64(M) + least[row::BAND_ROWS])
    return keys >> np.uint64(1)
