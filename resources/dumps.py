"""Where a snapshot's inputs come from, as a Dagster resource: the public dumps, or the Data Lake's
tables. Their layouts are known in sources/dumps.py and sources/hive/layout.py.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import dagster as dg
from pydantic import Field, PrivateAttr

from resources.addresses import Hidden, is_address, quoted, shown
from resources.errors import UserError
from resources.sources.dumps import Dumps
from resources.sources.hive.layout import Hive, HiveTables
from resources.sources.mirror import BOUNDS, LOOKS, Mirror
from resources.sources.places import CONNECTIONS, Folder
from resources.sources.provider import Provider
from resources.sources.web import Bounds

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", re.IGNORECASE)


class DumpsResource(dg.ConfigurableResource):
    """A folder or mirror of public dumps, or a catalog's tables, and the wikis that suggestions are
    made for.

    ``path`` is shown to everybody; ``secret`` is the address with its user and password, where it
    has these, and is shown to nobody; ``hive`` is the catalog, None for dumps.
    """

    path: str = Field(
        description="The folder, or the address of a mirror (`https://…`), with the layout of "
        "Wikimedia's public dump server; or `hive`, for the Data Lake's tables."
    )
    wikis: str = Field(
        default="", description="Target wikis, with commas between them; empty: all there are."
    )
    cache: str = Field(default="", description="The folder that files of a mirror are kept in.")
    cache_limit: str = Field(
        default="",
        description="What the cache may hold, such as 200GB; the oldest dumps go first. Empty: "
        "no limit.",
    )
    connections: int = Field(default=CONNECTIONS, description="Files fetched at once, at most.")
    contact: str = Field(
        default="", description="An address that a mirror's people can write to; sent to it."
    )
    judgements: str = Field(
        default="",
        description="The folder in which the server keeps what people judge; its feedback events "
        "are read beside those of the dumps or tables.",
    )
    secret: dg.ResourceDependency[Hidden] = Hidden()  # type: ignore[assignment]
    hive: dg.ResourceDependency[Hive | None] = None  # type: ignore[assignment]
    layout: ClassVar[type[Dumps]] = Dumps
    """Which of the dumps' files are known: those of a graph."""
    asks: ClassVar[str] = (
        "set IMAGESUGGEST_DUMPS (or --dumps) to a folder or a mirror with the layout of the public "
        "dumps, or to hive"
    )
    """What to do where no dumps are named."""
    _tables: HiveTables | None = PrivateAttr(default=None)
    _dumps: Dumps | None = PrivateAttr(default=None)
    _mirror: Mirror | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, place: str, **more: Any) -> Self:
        """Take a folder or an address; who looks at one that no mirror can have is told so."""
        if is_address(place):
            return cls(path=shown(place), secret=Hidden(place), **more)
        return cls(path=place, **more)

    @property
    def tables(self) -> HiveTables | None:
        """The Data Lake's tables, the same during a run; None where inputs are dumps."""
        if self.hive is not None and self._tables is None:
            self._tables = HiveTables(self.hive, self.target_wikis())
        return self._tables

    def provider(self) -> Provider:
        """Give the tables or the dumps."""
        return self.tables or self.get()

    def get(self) -> Dumps:
        """Give the dumps, the same during a run. Raises UserError where there is no such place."""
        if self._dumps is None:
            if self.remote:
                self._mirror = self._open(None, BOUNDS)
            self._dumps = self.layout(self._mirror or self._folder())
        return self._dumps

    def judged(self) -> Dumps | None:
        """Give the folder of judgements, whose events lie as those of dumps do; None where nothing
        was judged yet.
        """
        folder = Path(self.judgements)
        return Dumps(Folder(folder)) if self.judgements and folder.is_dir() else None

    @contextmanager
    def looked_at(self, seconds: float | None = None) -> Iterator[Provider]:
        """Give what there is for a look at it; a mirror has to answer all within ``seconds``."""
        if self.hive is not None:
            yield HiveTables(self.hive, self.target_wikis())
            return
        if not self.remote:
            yield self.layout(self._folder())
            return
        with self._open(seconds, LOOKS) as mirror:
            yield self.layout(mirror)

    @property
    def remote(self) -> bool:
        """Whether the dumps are on a mirror."""
        return bool(self.secret.text) or is_address(self.path)

    def target_wikis(self) -> list[str]:
        """Give the wikis named; none is all that are there."""
        return [wiki.strip() for wiki in self.wikis.split(",") if wiki.strip()]

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Close the connections to a mirror."""
        if self._mirror is not None:
            self._mirror.close()
        self._dumps = self._mirror = self._tables = None

    def _folder(self) -> Folder:
        if not self.path:
            raise UserError(f"no dumps: {self.asks}")
        return Folder(Path(self.path))

    def _open(self, deadline: float | None, bounds: Bounds) -> Mirror:
        return Mirror(
            self.secret.text or self.path,
            Path(self.cache),
            connections=self.connections,
            limit=size_of(self.cache_limit) if self.cache_limit else None,
            deadline=deadline,
            contact=self.contact,
            bounds=bounds,
        )


def size_of(text: str) -> int:
    """Read a size such as 200GB, in bytes. Raises UserError for what is none."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise UserError(f"{quoted(text)} is no size; write one such as 200GB")
    return int(float(found[1]) * 1000 ** " KMGT".index(found[2].upper() or " "))
