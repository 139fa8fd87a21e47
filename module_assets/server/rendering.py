"""The site of the module finder: what its templates/ know. What is on its pages is decided
elsewhere.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from module_assets.scores import HIGHEST_WEIGHT
from module_assets.server.asked import KINDS, TEXT_MOST, WIKIS_MOST
from module_assets.server.markup import SHOWN_MOST, compared, highlighted, titled, visible
from resources.web.site import Site

UNKNOWN = "not known"
VIEWS = {
    "written": "as written",
    "code": "without comments and layout",
    "structure": "structure alone",
}
RELATIONS = {
    "exact": "the same text",
    "formatting": "the same code in another layout",
    "localised": "the same code with other names and strings",
    "near": "much of the same code",
}
"""What a module is to the representative of its family."""


def number(value: float | None) -> str:
    """Write a number as people read it."""
    if value is None:
        return UNKNOWN
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}".rstrip("0").rstrip(".")


def day(value: datetime | None) -> str:
    """Write the day of a moment."""
    return UNKNOWN if value is None else f"{value:%Y-%m-%d}"


def words(name: str) -> str:
    """Write the name of a feature or column as people read it."""
    return name.replace("_", " ")


_FILTERS: dict[str, Any] = {
    "titled": titled,
    "visible": visible,
    "highlighted": highlighted,
    "compared": compared,
    "number": number,
    "day": day,
    "words": words,
}
SITE = Site(
    Path(__file__).resolve().parent,
    {
        "direction": "ltr",
        "home": "All families",
        "at": "",
        "snapshot": "",
        "SHOWN_MOST": SHOWN_MOST,
        "VIEWS": VIEWS,
        "RELATIONS": RELATIONS,
        "KINDS": KINDS,
        "HIGHEST_WEIGHT": HIGHEST_WEIGHT,
        "TEXT_MOST": TEXT_MOST,
        "WIKIS_MOST": WIKIS_MOST,
    },
    _FILTERS,
)
