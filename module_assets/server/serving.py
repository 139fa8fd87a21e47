"""Starts the server by its settings."""

import logging
import re

from starlette.types import ASGIApp

from module_assets.server.application import application
from module_assets.server.source import Source
from module_assets.settings import Settings
from resources.errors import UserError
from resources.web.serving import keep_imported, run

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*", re.ASCII)


def serve(host: str, port: int, root_path: str, **given: str) -> None:
    """Serve the snapshot of a lake that is shown; ``given`` settings win over the environment's.

    Raises UserError where the address can not be had, and for a prefix that is none.
    """
    settings = Settings.from_environment(**given)
    prefix = root_path.rstrip("/")
    if not _PREFIX.fullmatch(prefix):
        raise UserError(f"--root-path is {root_path!r}; write a path such as /modules")
    logging.basicConfig(format="modules: %(message)s", level=logging.WARNING)

    def made() -> ASGIApp:
        answering = application(Source(settings.lake, settings.scratch), prefix)
        keep_imported()
        return answering

    run(made, host, port)
