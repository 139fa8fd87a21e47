"""Reads files that a manifest names into Parquet files, and tells how far it has come.

What the files are is not known here.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from graph.green_lights import InputFile
from graph.inputs import SnapshotInputs
from graph.manifest import local_files
from resources.dumps import DumpsResource
from resources.engine import EngineResource
from resources.lake import Lake
from resources.lake_paths import LakePath
from resources.progress import Progress
from resources.sources.reading import Job, OnBytes

T = TypeVar("T")


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
