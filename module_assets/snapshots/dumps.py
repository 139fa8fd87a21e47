"""The public dumps as the module finder reads them, as a Dagster resource."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from resources.dumps import DumpsResource
from resources.sources.dumps import Dumps
from resources.sources.module_dumps import ModuleDumps


class ModuleDumpsResource(DumpsResource):
    """A folder or mirror of public dumps, and the wikis whose modules are looked for."""

    layout: ClassVar[type[Dumps]] = ModuleDumps
    asks: ClassVar[str] = (
        "set MODULES_DUMPS, or IMAGESUGGEST_DUMPS (or --dumps), to a folder or a mirror with the "
        "layout of the public dumps"
    )

    def modules(self) -> ModuleDumps:
        """Give the dumps, the same during a run. Raises UserError where there is no such place."""
        found = self.get()
        assert isinstance(found, ModuleDumps)  # noqa: S101 - for the type checker
        return found

    @contextmanager
    def modules_for_a_look(self, seconds: float) -> Iterator[ModuleDumps]:
        """Give the dumps for a look at them; a mirror has to answer all within ``seconds``."""
        with self.looked_at(seconds) as found:
            assert isinstance(found, ModuleDumps)  # noqa: S101 - for the type checker
            yield found
