"""What the Data Lake's tables are called, and how one sees that a partition is whole."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from resources.errors import UserError

HIVE = "hive"
"""What is set instead of a folder or a mirror of dumps where inputs are a catalog's tables."""
DATABASES = {
    "page": "wmf_raw.mediawiki_page",
    "page_props": "wmf_raw.mediawiki_page_props",
    "pagelinks": "wmf_raw.mediawiki_pagelinks",
    "imagelinks": "wmf_raw.mediawiki_imagelinks",
    "linktarget": "wmf_raw.mediawiki_private_linktarget",
    "image": "wmf_raw.mediawiki_image",
    "categorylinks": "wmf_raw.mediawiki_categorylinks",
    "category": "wmf_raw.mediawiki_category",
    "redirect": "wmf_raw.mediawiki_redirect",
    "item_page_link": "wmf.wikidata_item_page_link",
    "wikidata_entity": "wmf.wikidata_entity",
    "commons_entity": "structured_data.commons_entity",
    "feedback": "event_sanitized.mediawiki_image_suggestions_feedback",
}
"""The tables by what they are to us, as the Data Lake calls them (SPEC.md section 10)."""
_NAME = re.compile(r"\w+\.\w+", re.ASCII)
_MARKER = re.compile(r"[\w.-]+", re.ASCII)


@dataclass(frozen=True)
class Names:
    """The name of each table, ``<database>.<table>``; those that are not given are the Data Lake's.

    ``marker`` is the name of a file that says in the folder of a partition, or in that of all wikis
    of its month, that it is whole; without one a partition is whole that did not change for the
    settling time.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    marker: str = ""

    def __getitem__(self, table: str) -> str:
        return self.given.get(table) or DATABASES[table]

    @classmethod
    def of(cls, text: str, marker: str) -> "Names":
        """Read pairs such as ``page=raw.page``, with white space between two.

        Raises UserError for what is none, or a table that is not read.
        """
        given = {}
        for place, pair in enumerate(text.split(), 1):
            table, equals, name = pair.partition("=")
            if table not in DATABASES or not equals or not _NAME.fullmatch(name):
                raise UserError(
                    f"IMAGESUGGEST_HIVE_TABLES: pair {place} is none; write one such as "
                    f"page={DATABASES['page']}, for any of {', '.join(DATABASES)}"
                )
            given[table] = name
        if marker and not _MARKER.fullmatch(marker):
            raise UserError("IMAGESUGGEST_HIVE_MARKER is no file's name; write one like _SUCCESS")
        return cls(given, marker)
