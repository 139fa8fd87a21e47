"""Sizes of memory, as people write them."""

import os
import re

from resources.addresses import quoted
from resources.errors import UserError

LEAST_MEMORY = 32 * 10**6
"""Bytes; a smaller size, above all none, was mistyped."""


def bytes_of(memory: str) -> int:
    """Read a size such as 4GB or 512MB. Raises UserError for what is none, or too small."""
    parts = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT])(i?)B?", memory.strip(), re.IGNORECASE)
    if parts is None:
        raise UserError(
            f"IMAGESUGGEST_MEMORY is {quoted(memory)}; write a size such as 4GB or 512MB"
        )
    power = "KMGT".index(parts[2].upper()) + 1
    size = int(float(parts[1]) * (1024 if parts[3] else 1000) ** power)
    if size < LEAST_MEMORY:
        raise UserError(
            f"IMAGESUGGEST_MEMORY is {quoted(memory)}, expected {LEAST_MEMORY // 10**6}MB or more; "
            "write a size such as 4GB or 512MB"
        )
    return size


def default_memory() -> str:
    """Half of this machine's memory, as ``<n>MB``."""
    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    return f"{half // 10**6}MB"
