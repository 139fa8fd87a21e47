"""The keys of snapshots: dates ``YYYY-MM-DD``, and as dumps write them. No dump is known here."""

import re
from datetime import date

from resources.errors import UserError

_KEY = re.compile(r"\d{4}-\d{2}-\d{2}")


def day_of(key: str) -> date:
    """Read a snapshot key. Raises UserError for one that is no date in the form YYYY-MM-DD."""
    try:
        if not _KEY.fullmatch(key):
            raise ValueError
        return date.fromisoformat(key)
    except ValueError:
        raise UserError(f"{key!r} is no snapshot; write a date such as 2026-11-02") from None


def key_of(day: str) -> str:
    """Write a dump's date as a snapshot key: 20261102 is 2026-11-02."""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def dump_date_of(key: str) -> str:
    """Write a snapshot key as a dump's date: 2026-11-02 is 20261102."""
    return key.replace("-", "")
