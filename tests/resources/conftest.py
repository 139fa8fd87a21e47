"""A mirror on loopback, and how it is looked at."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resources.sources.mirror import Bounds, Mirror
from tests.resources.sources.mirror_server import MirrorServer, serving
from tests.resources.sources.mirrors import BODY, FILE, QUICK, Open


@pytest.fixture
def server() -> Iterator[MirrorServer]:
    with serving({FILE: BODY}) as made:
        yield made


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def said() -> list[str]:
    """What was logged."""
    return []


@pytest.fixture
def mirror_of(server: MirrorServer, cache: Path, said: list[str]) -> Iterator[Open]:
    """Opens mirrors of the server with quick bounds, and closes them."""
    opened: list[Mirror] = []

    def open_one(url: str = "", bounds: Bounds = QUICK, **settings: Any) -> Mirror:
        made = Mirror(url or server.url, cache, bounds=bounds, log=said.append, **settings)
        opened.append(made)
        return made

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def mirror(mirror_of: Open) -> Mirror:
    return mirror_of()
