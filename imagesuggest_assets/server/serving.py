"""Starts the server: what makes sense of its settings, and what each of its processes makes."""

import logging
import os

from starlette.types import ASGIApp

from imagesuggest_assets.publication.store.place import build_store
from imagesuggest_assets.server.source import Source
from imagesuggest_assets.settings import SEAL_MINUTES, Settings
from resources.errors import UserError
from resources.stores.reading import reader_of
from resources.web.serving import keep_imported, run

FACTORY = "imagesuggest_assets.server.serving:application"
"""What makes the application of a process."""


def serve(host: str, port: int, workers: int, **given: str) -> None:
    """Serve what is published; ``given`` settings win over the environment's. Raises UserError
    where the address can not be had.
    """
    # What makes no sense is told here, and not by each process.
    settings = Settings.from_environment(**given)
    build_store(settings)
    _refuse_early_sealing(settings)
    for name, value in given.items():
        if value:
            os.environ[f"IMAGESUGGEST_{name.upper()}"] = value
    run(FACTORY, host, port, workers)


def application() -> ASGIApp:
    """Make the application of this process."""
    # Only now: what is counted is kept otherwise where there are several processes.
    from imagesuggest_assets.server import application as made
    from imagesuggest_assets.server.people import judgements_of, pages_for_people

    settings, answering = Settings.from_environment(), source()
    judgements = judgements_of(settings)
    pages = pages_for_people(answering, judgements, settings)
    return made.application(answering, pages, judgements)


def source() -> Source:
    """Make what this process answers from, by the environment's settings."""
    logging.basicConfig(format="imagesuggest: %(message)s", level=logging.WARNING)
    settings = Settings.from_environment()
    found = Source(reader_of(build_store(settings)), settings.lake, settings.scratch)
    keep_imported()
    return found


def _refuse_early_sealing(settings: Settings) -> None:
    """Raise UserError where a file of events would be sealed while one before it still settles."""
    if not settings.rules and settings.seal_minutes >= SEAL_MINUTES:
        return
    # They take longer to import than a server to start, and are as they were for nearly everybody.
    from imagesuggest_assets.rules import Rules

    rules = Rules.named(settings.rules)
    least = 2 * rules.settling_minutes
    if settings.seal_minutes < least:
        raise UserError(
            f"IMAGESUGGEST_SEAL_MINUTES is {settings.seal_minutes}; write {least:g} or more, twice "
            f"what event files take to settle (rule settling_minutes, {rules.settling_minutes:g})"
        )
