"""The snapshot partition: its keys, and which of them came to their gate. No dump is known here."""

import re
from datetime import date

import dagster as dg

from imagesuggest_assets.catalog.publication import GATE
from resources.errors import UserError
from resources.lake import Lake

SNAPSHOTS = dg.DynamicPartitionsDefinition(name="snapshot")
"""One partition a snapshot, key ``YYYY-MM-DD``: snapshots arrive when they do, by no calendar."""

_KEY = re.compile(r"\d{4}-\d{2}-\d{2}")


def newest_finished(lake: Lake) -> str:
    """Give the newest snapshot of which a run came to its end; "" where there is none."""
    return max(lake.snapshots(GATE), default="")


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
