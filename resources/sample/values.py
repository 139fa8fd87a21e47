"""Values that fill the columns nobody reads: timestamps, sizes, checksums, binary metadata."""

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from resources.sample.columns import (
    Column,
    Ints,
    binary,
    choose,
    digits,
    join,
    pick,
    sql_quoted,
    stream,
    texts,
)
from resources.sample.commons import FORMATS
from resources.sample.sql import quoted

BLOBS = 64
_ALPHABET = np.frombuffer(b"0123456789abcdefghijklmnopqrstuvwxyz", dtype=np.uint8)


def stamps(generator: np.random.Generator, count: int, year: int) -> Column:
    """Timestamps of a year, as MediaWiki writes them."""
    value: Any = year
    for low, high in ((1, 13), (1, 29), (0, 24), (0, 60), (0, 60)):
        value = value * 100 + generator.integers(low, high, count)
    return digits(value)


def fractions(generator: np.random.Generator, count: int) -> Column:
    """Numbers below one with twelve digits."""
    return join(b"0.", digits(generator.integers(10**11, 10**12, count)))


def checksums(generator: np.random.Generator, count: int) -> Column:
    """Checksums in base 36, 31 letters each."""
    letters = _ALPHABET[generator.integers(0, 36, (count, 31), dtype=np.uint8)]
    return binary(np.arange(0, 31 * count + 1, 31), pa.py_buffer(letters.tobytes()))


@cache
def binary_blobs() -> Column:
    """Escaped values that are no text: as deflated, with every byte a dump has to escape."""
    generator = stream(0, "blobs")
    blobs = []
    for _ in range(BLOBS):
        noise = generator.integers(0, 256, int(generator.integers(40, 400)), dtype=np.uint8)
        blobs.append(b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + noise.tobytes() + b"'),(\\\"\n\r\0\x1a\xff")
    return sql_quoted(texts(blobs))


@cache
def metadata_blobs() -> Column:
    """Escaped img_metadata: PHP serialisation with line breaks and zeros, JSON, or nothing."""
    generator = stream(0, "metadata")
    blobs: list[bytes] = [b"", b"0", b"-1"]
    while len(blobs) < BLOBS:
        number = int(generator.integers(0, 10**6))
        if len(blobs) % 2:
            noise = generator.integers(0, 256, 24, dtype=np.uint8).tobytes()
            blobs.append(
                b'a:3:{s:11:"Orientation";i:1;s:8:"UserNote";s:32:"\0\n\'it\'s\\\r\x1a'
                + noise
                + b'";s:6:"serial";i:%d;}' % number
            )
        else:
            blobs.append(
                b'{"data":{"Make":"Ka\\u00f1on","Note":"a),(b\',\\"%d\\""},"blobs":{}}' % number
            )
    return sql_quoted(texts(blobs))


def image_rows(
    generator: np.random.Generator, names: Column, formats: NDArray[Any], widths: Ints
) -> dict[str, Any]:
    """Columns of the image table for files of these escaped names."""
    count = len(names)
    kinds = texts([f"'{row[1]}'" for row in FORMATS])
    media = pick(kinds, formats)
    return {
        "img_name": quoted(names),
        "img_size": digits(widths * generator.integers(40, 4000, count)),
        "img_width": digits(widths),
        "img_height": digits(widths * 3 // 4 + 1),
        "img_metadata": quoted(pick(metadata_blobs(), generator.integers(0, BLOBS, count))),
        "img_bits": b"8",
        "img_media_type": media,
        "img_major_mime": quoted(choose([row[2] for row in FORMATS], formats)),
        "img_minor_mime": quoted(choose([row[3] for row in FORMATS], formats)),
        "img_description_id": digits(generator.integers(1, 10**9, count)),
        "img_actor": digits(generator.integers(1, 10**6, count)),
        "img_timestamp": quoted(stamps(generator, count, 2018)),
        "img_sha1": quoted(checksums(generator, count)),
    }
