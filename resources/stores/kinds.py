"""Why a file belongs to an article's item, as readers' `kind` tells it."""

from functools import lru_cache

WIKIDATA_IMAGE, LEAD_IMAGE, COMMONS_CATEGORY, DEPICTS = KINDS = (
    "istype-wikidata-image",
    "istype-lead-image",
    "istype-commons-category",
    "istype-depicts",
)
"""The strongest first. Readers take the first that they know for where a file is from."""
_PLACES = {kind: place for place, kind in enumerate(KINDS)}


@lru_cache(1_000)
def strongest_first(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Sort kinds by their strength, and then those that are none of KINDS by name."""
    return tuple(sorted(kinds, key=lambda kind: (_PLACES.get(kind, len(KINDS)), kind)))
