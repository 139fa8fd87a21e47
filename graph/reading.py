"""Reads files that a manifest names into Parquet files, tells how far it has come, and keeps what
came of it: a wiki is read whole, or no row of it.

What the files are is not known here.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from graph.green_lights import InputFile
from graph.inputs import SnapshotInputs
from graph.manifest import local_files
from resources.dumps import DumpsResource
from resources.engine import EngineResource
from resources.errors import InputError
from resources.lake import Lake
from resources.lake_paths import LakePath
from resources.progress import Progress
from resources.sources.reading import Counts, Job, OnBytes
from resources.wording import several

T = TypeVar("T")
TOLD = 3
"""Of the files of a wiki that can not be read, so many are told of."""


class FileReader:
    """What every asset that reads files needs: where they are, of which snapshot, who listens."""

    def __init__(
        self,
        asset: str,
        inputs: SnapshotInputs,
        dumps: DumpsResource,
        lake: Lake,
        engine: EngineResource,
        progress: Progress,
    ) -> None:
        self.asset, self.inputs, self.lake, self.engine = asset, inputs, lake, engine
        self._dumps = dumps
        self._folder = lake.scratch.new(asset)
        self._folder.mkdir()
        self._progress = progress

    def target(self, name: str) -> Path:
        """Give where the Parquet file made of a file is to be written."""
        return self._folder / f"{name}.parquet"

    def files(self, files: Sequence[InputFile]) -> list[Path]:
        """Give files of the manifest on this machine."""
        return local_files(self._dumps.get(), files, lambda _: None)

    def read(
        self, jobs: Sequence[Job], read: Callable[[Job, OnBytes], T]
    ) -> list[tuple[LakePath, T]]:
        """Read the files of ``jobs`` with ``read``, and tell how far it has come. Give of each
        where what was written is, and what ``read`` returns.
        """
        self._progress.start(self.asset, sum(job.bytes for job in jobs))
        read_all = self.engine.reading(lambda: self.lake.aside(self.asset, shared=True))
        told = read_all(jobs, read, lambda count: self._progress.advance(self.asset, count))
        self._progress.finish(self.asset)
        return told


@dataclass
class TablesRead:
    """What came of reading: of each table and wiki what was written and what was counted, and why
    wikis can not be read, by wiki.
    """

    files: dict[str, dict[str, tuple[LakePath, Counts]]] = field(default_factory=dict)
    failed: dict[str, list[InputError]] = field(default_factory=dict)

    def add(self, table: str, wiki: str, written: LakePath, told: Counts | InputError) -> None:
        """Add what came of one table of one wiki."""
        if isinstance(told, InputError):
            self.failed.setdefault(wiki, []).append(told)
        else:
            self.files.setdefault(table, {})[wiki] = (written, told)

    def of(self, table: str) -> dict[str, tuple[LakePath, Counts]]:
        """Give the files of a table, by wiki, of the wikis that can be read."""
        found = self.files.get(table, {})
        return {wiki: each for wiki, each in found.items() if wiki not in self.failed}

    def raise_if_none_is_left(self, wikis: Collection[str]) -> None:
        """Raise the first InputError where none of these wikis can be read."""
        if self.failed and self.failed.keys() >= {*wikis}:
            raise next(iter(self.failed.values()))[0]

    def lost(self) -> dict[str, str]:
        """Say why wikis can not be read, by wiki."""
        return {wiki: several([*map(str, errors)], TOLD) for wiki, errors in self.failed.items()}
