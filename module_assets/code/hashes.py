"""Digests and shingles of tokens, to the bit as MODULES.md section 3 has them."""

import hashlib
from collections.abc import Iterable

import numpy as np

M = 0x9E3779B97F4A7C15
"""2⁶⁴ by the golden ratio, odd: the step of splitmix64."""
SHINGLE_TOKENS = 5
_FACTORS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_POWERS = [np.uint64(pow(M, power, 1 << 64)) for power in range(SHINGLE_TOKENS)]


def digest(tokens: Iterable[str]) -> str:
    """Give the first 32 hex digits of SHA-256 of the tokens joined by LF, in UTF-8."""
    return hashlib.sha256("\n".join(tokens).encode()).hexdigest()[:32]


def hash_of(token: str) -> int:
    """Give the little-endian 64-bit BLAKE2b of a token, in UTF-8."""
    return int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest(), "little")


def mix(values: np.ndarray) -> np.ndarray:
    """Give the finalizer of splitmix64 of each value (uint64).

    Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014, with
    Stafford's thirteenth mix.
    """
    values = (values ^ (values >> np.uint64(30))) * _FACTORS[0]
    values = (values ^ (values >> np.uint64(27))) * _FACTORS[1]
    return values ^ (values >> np.uint64(31))


def shingles(hashes: np.ndarray) -> np.ndarray:
    """Give the shingles of five tokens in a row, from the tokens' hashes (uint64): a sorted set of
    63-bit values (uint64), none of fewer than five tokens.
    """
    count = len(hashes) - SHINGLE_TOKENS + 1
    if count < 1:
        return np.zeros(0, np.uint64)
    sums = np.zeros(count, np.uint64)
    for place, power in enumerate(reversed(_POWERS)):
        sums += hashes[place : place + count] * power
    return np.unique(mix(sums) >> np.uint64(1))
