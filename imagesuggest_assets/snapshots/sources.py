"""What the graph begins with: the places that sensors look at. They are observed, not computed."""

import dagster as dg

from imagesuggest_assets.catalog.asset import OWNERS
from resources.sources.dumps import COMMONS, ITEMS, MEDIAINFO

WIKIS, COMMONS_DUMPS, FEEDBACK_EVENTS = "wiki_dumps", "commons_dumps", "feedback_events"
ITEMS_DUMPS, MEDIAINFO_DUMPS = "wikidata_entities", "mediainfo_entities"
MEANINGS = {
    WIKIS: "The dumps of the target wikis: which are whole, which are waited for.",
    COMMONS_DUMPS: "The dumps of Commons.",
    ITEMS_DUMPS: "The dumps of Wikidata's entities.",
    MEDIAINFO_DUMPS: "The dumps of Commons' structured data.",
    FEEDBACK_EVENTS: "What editors said of suggestions: the event files that are there.",
}
SOURCE_OF = {
    COMMONS_DUMPS: COMMONS,
    ITEMS_DUMPS: ITEMS.source,
    MEDIAINFO_DUMPS: MEDIAINFO.source,
}
"""The source of each place that has one alone."""
GROUP = "sources"
DUMPS = (WIKIS, *SOURCE_OF)
"""The sources that a snapshot's files are chosen from."""
SOURCES = [
    dg.AssetSpec(name, description=meaning, group_name=GROUP, owners=OWNERS, kinds={"file"})
    for name, meaning in MEANINGS.items()
]
"""Each new state of a source is a materialization of it, by the sensor that looks at it."""
