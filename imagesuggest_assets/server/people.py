"""What the server has for people: the addresses of the gallery, and who may judge there."""

import logging
import secrets
from pathlib import Path

from starlette.routing import Route

from imagesuggest_assets.server.gallery import Gallery
from imagesuggest_assets.server.judgements import Judgements
from imagesuggest_assets.server.judges import Judges
from imagesuggest_assets.server.judging import Judging
from imagesuggest_assets.server.measured import Measured
from imagesuggest_assets.server.pictures import drawing
from imagesuggest_assets.server.rendering import SITE
from imagesuggest_assets.server.source import Source
from imagesuggest_assets.settings import Settings
from resources.disk import alone_in, make_folder, put

KEY = "key"
"""The file, beside the judgements, of what sessions and forms are signed with."""
_LOG = logging.getLogger("imagesuggest")


def judgements_of(settings: Settings) -> Judgements:
    """Give the judgements that settings name."""
    return Judgements(Path(settings.judgements), settings.seal_minutes)


def pages_for_people(source: Source, judgements: Judgements, settings: Settings) -> list[Route]:
    """Give the addresses of all pages."""
    key = _key(judgements.folder)
    judges = Judges(key, settings.judges, settings.judges_proxy)
    drawn = settings.pictures == "drawn"
    gallery = Gallery(source, judges, judgements, Measured(settings), drawn=drawn)
    judging = Judging(source, judges, judgements)
    pages = {
        "/": gallery.wikis,
        "/gallery/{wiki:part}": gallery.gallery,
        "/gallery/{wiki:part}/{page_id:part}": gallery.article,
        "/explain/{wiki:part}": gallery.explain,
        "/explain/{wiki:part}/{title:part}": gallery.explain,
        "/measure/{wiki:part}": gallery.measure,
        "/judgements": gallery.judgements,
        "/judgements/plot.webp": gallery.plot,
        "/static/{name:part}": SITE.static,
        "/picture/{name:part}": drawing,
    }
    return [
        *(Route(path, SITE.told_on_a_page(handler)) for path, handler in pages.items()),
        Route("/judge", SITE.told_on_a_page(judging.judge), methods=["POST"]),
        Route("/login", SITE.told_on_a_page(judging.login)),
        Route("/login", SITE.told_on_a_page(judging.log_in), methods=["POST"]),
    ]


def _key(folder: Path) -> str:
    """Give the key, the same for all processes and after a restart. Where it can not be kept, as
    nothing can then that somebody judges, it is of this process alone.
    """
    try:
        make_folder(folder)
        with alone_in(folder):
            if not (folder / KEY).exists():
                put(folder / KEY, secrets.token_hex(32).encode(), private=True)
            return (folder / KEY).read_text()
    except OSError as error:
        _LOG.error("%s: judgements can not be kept there: %s", folder, error)
        return secrets.token_hex(32)
