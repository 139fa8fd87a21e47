"""Lets whole runs draw nothing, which takes a fifth of their time and changes nothing else. What is
drawn has its own tests.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import pytest

from graph import pictures as shared
from graph import shown
from imagesuggest_assets.catalog import measured, pictures
from module_assets.catalog import pictures as of_modules

_COMMAND = (
    "from tests.acceptance.undrawn import undrawn\n"
    "from {}.command.main import main\n"
    "with undrawn():\n    main()"
)
COMMAND, MODULES = (_COMMAND.format(name) for name in ("imagesuggest_assets", "module_assets"))
"""The commands `imagesuggest` and `modules`, so."""


@contextmanager
def undrawn() -> Iterator[None]:
    """Write the title of each picture in its place."""

    def title_of(title: str, *_: object, **__: object) -> dg.MarkdownMetadataValue:
        return dg.MetadataValue.md(title)

    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            (shared, "plot"),
            (pictures, "plot"),
            (measured, "plot"),
            (of_modules, "plot"),
            (shown, "grid"),
        ):
            patch.setattr(module, name, title_of)
        yield
