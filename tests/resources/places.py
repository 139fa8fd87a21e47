"""Where a lake can be, for tests that hold for each: here, on HDFS, in an object store."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.servers.process import JavaServer

KINDS = ("local", "hdfs", "s3")


@dataclass(frozen=True)
class LakePlace:
    """An address at which no lake is yet; ``server`` is behind it, if any, and ``environment`` what
    is needed to get at it.
    """

    address: str
    environment: dict[str, str] = field(default_factory=dict)
    server: JavaServer | None = None

    @property
    def for_others(self) -> "LakePlace":
        """The same, for another process."""
        return replace(self, server=None)

    def at_port(self, port: int) -> "LakePlace":
        """The same, where the server is reached at another port."""
        assert self.server is not None
        usual, other = (f":{number}" for number in (self.server.port, port))
        environment = {
            name: value.replace(usual, other) for name, value in self.environment.items()
        }
        return LakePlace(self.address.replace(usual, other), environment, self.server)


def lake_place(
    kind: str, request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> LakePlace:
    """Give a new place of a kind, which this process gets at; its server is started if need be."""
    if kind == "local":
        return LakePlace(str(folder / "lake"))
    name = uuid4().hex
    environment = {"IMAGESUGGEST_SCRATCH": str(folder / "scratch")}
    if kind == "hdfs":
        server = request.getfixturevalue("hdfs_server")
    else:
        server = request.getfixturevalue("object_server")
        environment |= server.environment
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    return LakePlace(f"{server.url}/{name}", environment, server)


def reach(place: LakePlace) -> str:
    """Let a process that a test has started get at a place; give its address."""
    os.environ.update(place.environment)
    return place.address
