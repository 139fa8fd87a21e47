"""The files that a snapshot is made of. Which they are is chosen by each graph."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from graph.green_lights import InputFile


@dataclass(frozen=True)
class SnapshotInputs:
    """The files that make up a snapshot, and why each wiki that is left out of it is.

    ``others`` are the sources that are no target wikis.
    """

    key: str
    files: tuple[InputFile, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    others: Collection[str] = ()

    @property
    def wikis(self) -> tuple[str, ...]:
        """The target wikis, sorted."""
        return tuple(sorted({file.source for file in self.files} - {*self.others}))

    def of(self, source: str) -> tuple[InputFile, ...]:
        """The files of a source."""
        return tuple(file for file in self.files if file.source == source)

    def file(self, source: str, table: str = "") -> InputFile | None:
        """The file of a source's table; None where it has none."""
        return next((file for file in self.of(source) if file.table == table), None)
