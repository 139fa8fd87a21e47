"""What pages call things: kinds, verdicts and reasons, and where else to read about them."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from imagesuggest_assets.server.pictures import COMMONS
from resources.stores.kinds import COMMONS_CATEGORY, DEPICTS, LEAD_IMAGE, WIKIDATA_IMAGE
from resources.wikis import domain_of

WIKIDATA = "https://www.wikidata.org"
KINDS = {
    WIKIDATA_IMAGE: "the item's image on Wikidata",
    LEAD_IMAGE: "leads the article in another language",
    COMMONS_CATEGORY: "in the item's category on Commons",
    DEPICTS: "said on Commons to show the item",
}
"""Why a file belongs to an article's item."""
VERDICTS = {
    "fits": "fits",
    "used": "is used in the article now",
    "rejected": "does not fit",
}
REASONS = {
    "notrelevant": "It shows something else",
    "noinfo": "Too little is known of it to tell",
    "offensive": "It is offensive",
    "lowquality": "Its quality is too low",
    "unfamiliar": "I do not know the subject",
    "foreignlanguage": "I can not read the language",
    "other": "Another reason",
}
"""Why a suggestion is rejected, in the order of their keys 1 to 7."""
STATES = {
    "published": "published",
    "released": "published, released by a person",
    "held": "held back",
    "left out": "left out of the newest snapshot",
    "retired": "retired",
}


class Link(NamedTuple):
    """Where a page leads, and what it is called there."""

    href: str
    text: str


def spaced(name: str) -> str:
    """Write a title or file name as people read it."""
    return name.replace("_", " ")


def kinds_told(kinds: Sequence[str]) -> list[str]:
    """Say why a file belongs to an article's item, the strongest reason first."""
    return [KINDS.get(kind, kind.removeprefix("istype-")) for kind in kinds]


def file_page(name: str) -> str:
    """Give the address of a file's page."""
    return f"{COMMONS}/wiki/File:{quote(name, safe='')}"


def usage_page(name: str) -> str:
    """Give the address that tells where a file is used."""
    return f"{COMMONS}/wiki/Special:GlobalUsage/{quote(name, safe='')}"


def item_page(item: str) -> str:
    """Give the address of an item."""
    return f"{WIKIDATA}/wiki/{quote(item, safe='')}"


def article_page(wiki: str, title: str) -> str:
    """Give the address of an article; "" where nobody knows where its wiki is."""
    domain = domain_of(wiki)
    return f"https://{domain}/w/index.php?title={quote(title, safe='')}" if domain else ""


def articles_of(item: str, wikis: Sequence[str]) -> list[Link]:
    """Give the articles of an item on other wikis, to which Wikidata leads."""
    return [Link(f"{WIKIDATA}/wiki/Special:GoToLinkedPage/{wiki}/{item}", wiki) for wiki in wikis]
