"""Reads lists of checksums: a line a file, its sum and its name. No file is looked at here."""

import re

_SHA1, _SHA256 = (
    re.compile(rf"([0-9a-fA-F]{{{digits}}})  ?\*?(?:\./)?(\S+)", re.ASCII) for digits in (40, 64)
)


def sha1_sums(text: str) -> dict[str, str]:
    """Read the sha1 sums, in lower case, by the names of the files."""
    return _sums(text, _SHA1)


def sha256_sums(text: str) -> dict[str, str]:
    """Read the sha256 sums, in lower case, by the names of the files."""
    return _sums(text, _SHA256)


def _sums(text: str, line: re.Pattern[str]) -> dict[str, str]:
    found = (line.fullmatch(each.strip()) for each in text.splitlines())
    return {each[2]: each[1].lower() for each in found if each}
