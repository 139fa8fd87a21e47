"""The site of the gallery: what its templates/ know. What is on its pages is decided elsewhere."""

from pathlib import Path

from imagesuggest_assets.server import words
from imagesuggest_assets.server.pictures import HOSTS
from imagesuggest_assets.server.rating import REASONS
from resources.web.site import Site

SITE = Site(
    Path(__file__).resolve().parent,
    {
        "direction": "ltr",
        "root": "",
        "home": "All wikis",
        "wiki": None,
        "judge": None,
        "log_in": False,
        "words": words,
        "REASONS": REASONS,
    },
    {"spaced": words.spaced},
    HOSTS,
)
