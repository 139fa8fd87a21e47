"""The files that a snapshot is made of. Which they are is chosen by each graph."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

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

    @cached_property
    def wikis(self) -> tuple[str, ...]:
        """The target wikis, sorted."""
        return tuple(sorted({*self._by_source} - {*self.others}))

    @cached_property
    def _by_source(self) -> Mapping[str, Sequence[InputFile]]:
        found: dict[str, list[InputFile]] = {}
        for file in self.files:
            found.setdefault(file.source, []).append(file)
        return found

    def of(self, source: str) -> tuple[InputFile, ...]:
        """The files of a source."""
        return tuple(self._by_source.get(source, ()))

    def file(self, source: str, table: str = "") -> InputFile | None:
        """The file of a source's table; None where it has none."""
        return next((file for file in self.of(source) if file.table == table), None)
