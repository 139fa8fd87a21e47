"""How things are said that are said in many places."""

from collections.abc import Sequence


def several(texts: Sequence[str], most: int, between: str = "; ", rest: str = "; and ") -> str:
    """Join the first ``most`` texts, and say how many more there are."""
    more = len(texts) - most
    return between.join(texts[:most]) + (f"{rest}{more:,} more" if more > 0 else "")
